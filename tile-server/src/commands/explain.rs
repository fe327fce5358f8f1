//! `obzor explain`: says what makes a tile big or slow and what to change, in Czech.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::{Args, Subcommand};
use layers::{Audience, FeatureStore, Layer, LayerId, LayerView};
use serde_json::{Value as Json, json};

use super::{InstanceArgs, Refused, print};
use crate::instance::Instance;
use crate::tiles::{Census, Encodings, TileId, TileService};

/// A tile larger than this is slow on a phone.
const BUDGET: usize = 500_000;

/// How often a layer is made to tell how long that takes.
const ROUNDS: usize = 9;

/// What may be typed after `obzor explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say what is in a tile as the public gets it, layer by layer.
    Tile(TileArgs),
}

#[derive(Args, Debug)]
struct TileArgs {
    /// The layers, separated by commas.
    layers: String,
    /// Zoom level.
    z: u8,
    /// Column from the west.
    x: u32,
    /// Row from the north.
    y: u32,
    #[command(flatten)]
    instance: InstanceArgs,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// One layer of the tile.
struct Share {
    layer: Arc<Layer>,
    census: Census,
    micros: f64,
}

/// Explains what was asked for.
pub fn run(args: &ExplainArgs) -> anyhow::Result<()> {
    let What::Tile(args) = &args.what;
    let tile = TileId::new(args.z, args.x, args.y).map_err(|error| Refused(error.to_string()))?;
    let store: Arc<dyn FeatureStore> = Instance::of(&args.instance).open_store()?;
    let service = TileService::new(Arc::clone(&store));
    let mut shares = Vec::new();
    for name in args.layers.split(',') {
        let layer = store.layers().named(name);
        let view = layer.and_then(|layer| Audience::PUBLIC.view(layer));
        let view = view
            .ok_or_else(|| Refused(format!("vrstva {name} není; seznam vypíše `obzor layers`")))?;
        shares.push(share(&service, &view, tile)?);
    }
    print(&if args.json {
        let list: Json = shares.iter().map(Share::json).collect();
        format!("{list:#}")
    } else {
        text(&shares, tile)
    })
}

fn share(service: &TileService, view: &LayerView, tile: TileId) -> anyhow::Result<Share> {
    let layer = view.layer();
    let census = service
        .census(view, tile)
        .with_context(|| format!("vrstva {} v dlaždici", layer.id))?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        service.encode(std::slice::from_ref(view), tile, Encodings::GZIP)?;
        rounds.push(start.elapsed().as_secs_f64() * 1e6);
    }
    rounds.sort_by(f64::total_cmp);
    Ok(Share {
        layer: Arc::clone(layer),
        census,
        micros: rounds[ROUNDS / 2],
    })
}

impl Share {
    fn id(&self) -> &LayerId {
        &self.layer.id
    }

    fn json(&self) -> Json {
        let Census {
            bytes,
            gzip_bytes,
            value_bytes,
            features,
            corners,
            features_there,
            corners_there,
        } = self.census;
        json!({
            "layer": self.id().as_str(),
            "bytes": bytes,
            "gzip_bytes": gzip_bytes,
            "value_bytes": value_bytes,
            "features": features,
            "vertices": corners,
            "features_there": features_there,
            "vertices_there": corners_there,
            "micros": self.micros.round(),
        })
    }

    /// Says what of the layer is not in the tile, and why.
    fn left_out(&self, zoom: u8) -> Option<String> {
        let Census {
            features,
            features_there,
            ..
        } = self.census;
        let id = self.id();
        let first = self.layer.zooms.min;
        if zoom < first {
            return Some(format!(
                "{id}: v dlaždicích až od přiblížení {first} (zooms.min)"
            ));
        }
        let missing = features_there.saturating_sub(features);
        (missing > 0).then(|| {
            format!(
                "{id}: {missing} z {features_there} prvků tu není: jsou příliš malé, nebo dlaždici jen míjejí"
            )
        })
    }

    /// Says what would make a large layer smaller.
    fn advice(&self, total: usize) -> Option<String> {
        let Census {
            bytes, value_bytes, ..
        } = self.census;
        let id = self.id();
        if total <= BUDGET || bytes * 3 < total {
            return None;
        }
        Some(if value_bytes * 2 > bytes {
            format!("{id}: většinu zabírají hodnoty; zkraťte seznam tile_fields v definici vrstvy")
        } else {
            format!("{id}: zvyšte zooms.min v definici vrstvy, ať se ukazuje až blíž")
        })
    }
}

fn text(shares: &[Share], tile: TileId) -> String {
    let mut out = format!(
        "Dlaždice {}/{}/{}\n\n{:<24} {:>9} {:>9} {:>8} {:>9} {:>9}",
        tile.zoom(),
        tile.column(),
        tile.row(),
        "VRSTVA",
        "BAJTŮ",
        "GZIP",
        "PRVKŮ",
        "VRCHOLŮ",
        "ČAS"
    );
    for Share {
        layer,
        census,
        micros,
    } in shares
    {
        let Census {
            bytes,
            gzip_bytes,
            features,
            corners,
            ..
        } = census;
        let id = layer.id.as_str();
        // Writing to a text cannot fail.
        let _ = write!(
            out,
            "\n{id:<24} {bytes:>9} {gzip_bytes:>9} {features:>8} {corners:>9} {micros:>6.0} µs"
        );
    }
    let total: usize = shares.iter().map(|share| share.census.bytes).sum();
    let _ = write!(out, "\n{:<24} {total:>9}", "celkem");
    let left_out = shares
        .iter()
        .filter_map(|share| share.left_out(tile.zoom()));
    let advice = shares.iter().filter_map(|share| share.advice(total));
    paragraph(&mut out, "Chybí", &left_out.collect::<Vec<_>>());
    paragraph(&mut out, "Co změnit", &advice.collect::<Vec<_>>());
    out
}

fn paragraph(out: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = write!(out, "\n\n{title}:\n  {}", lines.join("\n  "));
    }
}
