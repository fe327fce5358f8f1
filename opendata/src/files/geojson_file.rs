//! GeoJSON (RFC 7946): one collection with the features of all layers, in WGS 84.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use layers::crs::{Crs, transform_geometry};
use layers::geojson::{write_geometry, write_properties, write_text};
use layers::{Feature, LayerView};

use crate::PublicView;

/// A GeoJSON file that is being written, a feature on each line.
pub(super) struct GeoJsonFile {
    out: BufWriter<File>,
    /// Whether the properties begin with the name of the layer.
    named: bool,
    line: Vec<u8>,
    first: bool,
}

impl GeoJsonFile {
    pub(super) fn create(path: &Path, view: &PublicView) -> io::Result<Self> {
        let mut out = BufWriter::new(File::create_new(path)?);
        out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
        Ok(Self {
            out,
            named: view.views().len() > 1,
            line: Vec::new(),
            first: true,
        })
    }

    /// Writes a feature read through the view.
    pub(super) fn write(&mut self, view: &LayerView, feature: &Feature) -> io::Result<()> {
        let line = &mut self.line;
        line.clear();
        line.extend_from_slice(if self.first { b"\n" } else { b",\n" });
        self.first = false;
        write!(
            line,
            "{{\"type\":\"Feature\",\"id\":\"{}\",\"geometry\":",
            feature.id
        )?;
        let geometry = feature.geometry.as_ref();
        let geometry = geometry.map(|stored| transform_geometry(Crs::SJtsk, Crs::Wgs84, stored));
        write_geometry(line, geometry.as_ref());
        line.extend_from_slice(b",\"properties\":{");
        if self.named {
            line.extend_from_slice(b"\"layer\":");
            write_text(line, view.layer().id.as_str());
            if view.fields().len() > 0 {
                line.push(b',');
            }
        }
        write_properties(line, view, feature);
        line.extend_from_slice(b"}}");
        self.out.write_all(line)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}
