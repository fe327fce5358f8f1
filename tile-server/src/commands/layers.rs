//! `obzor layers`: lists the layers of an instance.

use std::fmt::Write;

use clap::Args;
use layers::{Audience, FeatureQuery, Layer, PrivacyClass};
use serde_json::{Value as Json, json};

use super::{InstanceArgs, print};
use crate::instance::Instance;

/// What may be typed after `obzor layers`.
#[derive(Args, Debug)]
pub struct LayersArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Lists every layer with its audience and how many features it has, all and public.
pub fn run(args: &LayersArgs) -> anyhow::Result<()> {
    let store = Instance::of(&args.instance).open_store()?;
    let count = |audience: Audience, layer| match audience.view(layer) {
        Some(view) => store.count(&FeatureQuery::new(view)),
        None => Ok(0),
    };
    let mut rows = Vec::new();
    for layer in store.layers().iter() {
        rows.push((
            layer,
            count(Audience::OFFICE, layer)?,
            count(Audience::PUBLIC, layer)?,
        ));
    }
    if args.json {
        let list: Json = rows
            .iter()
            .map(|(layer, all, public)| as_json(layer, *all, *public))
            .collect();
        return print(&format!("{list:#}"));
    }
    let mut text = format!(
        "{:<20} {:<10} {:>9} {:>9}  {}",
        "LAYER", "AUDIENCE", "FEATURES", "PUBLIC", "TITLE"
    );
    for (layer, all, public) in rows {
        let audience = name(layer.audience);
        write!(
            text,
            "\n{:<20} {audience:<10} {all:>9} {public:>9}  {}",
            layer.id.as_str(),
            layer.title.cs
        )?;
        if let Some(source) = &layer.source {
            write!(text, " (attached table {})", source.name())?;
        }
    }
    print(&text)
}

fn as_json(layer: &Layer, all: u64, public: u64) -> Json {
    json!({
        "id": layer.id.as_str(),
        "title": { "cs": layer.title.cs, "en": layer.title.en },
        "group": layer.group,
        "audience": name(layer.audience),
        "features": all,
        "public_features": public,
        "source": layer.source.as_ref().map(layers::Source::name),
    })
}

fn name(audience: PrivacyClass) -> &'static str {
    match audience {
        PrivacyClass::Public => "public",
        PrivacyClass::Internal => "internal",
        PrivacyClass::Personal => "personal",
    }
}
