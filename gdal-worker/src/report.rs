//! The two ways of printing a description: for people and for machines.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::describe::{FileDescription, LayerDescription};

/// Writes a few lines per layer.
pub(crate) fn write_text(out: &mut impl Write, file: &FileDescription) -> io::Result<()> {
    writeln!(out, "{}, {} layers", file.driver, file.layers.len())?;
    for layer in &file.layers {
        let crs = layer.crs.as_ref();
        let crs = crs.and_then(|crs| crs.authority.as_ref().or(crs.name.as_ref()));
        writeln!(
            out,
            "\n{}: {} features, {}, {}",
            layer.name,
            layer.features,
            layer.geometry.as_deref().unwrap_or("no geometry"),
            crs.map_or("no coordinate system declared", String::as_str),
        )?;
        for field in &layer.fields {
            writeln!(out, "  {}: {}", field.name, field.field_type)?;
        }
    }
    Ok(())
}

/// Writes one JSON document.
pub(crate) fn write_json(out: &mut impl Write, file: &FileDescription) -> io::Result<()> {
    let layers: Vec<_> = file.layers.iter().map(layer_json).collect();
    writeln!(
        out,
        "{}",
        json!({ "driver": file.driver, "layers": layers })
    )
}

fn layer_json(layer: &LayerDescription) -> Value {
    let fields = layer.fields.iter();
    json!({
        "name": layer.name,
        "geometry": layer.geometry,
        "features": layer.features,
        "crs": layer.crs.as_ref().map(|crs| json!({ "authority": crs.authority, "name": crs.name })),
        "fields": fields.map(|f| json!({ "name": f.name, "type": f.field_type })).collect::<Vec<_>>(),
    })
}
