//! Packages: the map of one municipality in one file, for work without a network. `docs/package-format.md` describes it.
//!
//! Everything in a package is of one revision and for everybody.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use layers::store::export_geopackage;
use layers::{
    Audience, FeatureQuery, FeatureStore, Freshness, Language, LayerId, LayerView,
    MUNICIPALITY_FIELD, Municipality, Revision, Value,
};
use serde_json::{Value as Json, json};
use styles::Style;

use crate::config::Config;
use crate::map_config;

mod area;
mod container;
mod error;
mod manifest;
mod search_list;
mod tile_archive;
mod verify;

pub(crate) use self::container::{Written, looks_like_a_package, write};
pub(crate) use self::error::PackageError;
pub(crate) use self::verify::verify;

use self::area::Area;
use self::container::Entry;
use self::manifest::{Manifest, TownName};

/// Entries that the program itself names; a reader may rely on every name in `docs/package-format.md`.
const MANIFEST: &str = "manifest.json";
const TILES: &str = "tiles.pmtiles";
const FEATURES: &str = "features.gpkg";
const SEARCH: &str = "search.json";
/// What `verify` misses when it is not there.
const REQUIRED: [&str; 9] = [
    TILES,
    FEATURES,
    SEARCH,
    "style.cs.json",
    "style.en.json",
    "legend.cs.json",
    "legend.en.json",
    "map.cs.json",
    "map.en.json",
];

/// The style that a package carries.
const STYLE: &str = "city";

/// For whom everything in a package is read, and how the manifest says so; the two belong together.
pub(crate) const AUDIENCE: Audience = Audience::PUBLIC;
const AUDIENCE_NAME: &str = "public";

/// What to pack.
pub(crate) struct Order<'a> {
    pub(crate) config: &'a Config,
    pub(crate) store: Arc<dyn FeatureStore>,
    pub(crate) municipality: &'a Municipality,
    /// The revision of everything in the package, whatever is committed meanwhile.
    pub(crate) revision: Revision,
    pub(crate) built_at: DateTime<Utc>,
}

/// What goes into the container, and how much of it there is.
pub(crate) struct Contents {
    pub(crate) manifest: Manifest,
    /// In the order of the manifest.
    pub(crate) entries: Vec<Entry>,
    pub(crate) counts: Counts,
}

/// What a package holds, counted.
pub(crate) struct Counts {
    pub(crate) tiles: u64,
    pub(crate) features: u64,
    pub(crate) found_by_search: usize,
}

impl Order<'_> {
    /// Makes everything that a package holds, large parts as files in `folder`; `progress` hears how many tiles of how
    /// many are done.
    pub(crate) fn make(
        &self,
        folder: &Path,
        progress: &dyn Fn(u64, u64),
    ) -> Result<Contents, PackageError> {
        let area = Area::of(self.municipality, &self.views());
        let tiles = folder.join(TILES);
        let tile_count = tile_archive::write(self, &area, &tiles, progress)?;
        let features = folder.join(FEATURES);
        let feature_count = self.write_features(&area, &features)?;
        let listed = search_list::list(self, &area)?;
        let found_by_search = listed["entries"].as_array().map_or(0, Vec::len);
        let mut entries = vec![
            Entry::file(TILES, tiles),
            Entry::file(FEATURES, features),
            Entry::json(SEARCH, &listed),
        ];
        let config = Config {
            start: Some(area.start(self.config)),
            ..self.config.clone()
        };
        for language in [Language::Czech, Language::English] {
            let style = style_path(language);
            entries.push(Entry::json(&style, &self.style(language)?));
            let legend = format!("legend.{}.json", language.code());
            entries.push(Entry::json(&legend, &self.legend(language)?));
            let map = map_config::describe(
                &config,
                self.store.layers(),
                &AUDIENCE,
                language,
                &format!("package://{style}"),
                |layer| self.freshness(layer),
            );
            entries.push(Entry::json(&format!("map.{}.json", language.code()), &map));
        }
        entries.extend(look());
        Ok(Contents {
            manifest: self.manifest(&area, &entries)?,
            entries,
            counts: Counts {
                tiles: tile_count,
                features: feature_count,
                found_by_search,
            },
        })
    }

    /// Says that an attached table is as it was when the package was built, for it has no revisions.
    fn freshness(&self, layer: &LayerId) -> Option<Freshness> {
        let layer = self.store.layers().get(layer)?;
        layer.source.as_ref().map(|_| Freshness {
            as_of: self.built_at,
            live: false,
        })
    }

    /// Returns what the audience sees of the layers, in the order of the layer tree.
    fn views(&self) -> Vec<LayerView> {
        let layers = self.store.layers();
        layers
            .iter()
            .filter_map(|layer| AUDIENCE.view(layer))
            .collect()
    }

    /// Writes the features of the municipality, and of layers that belong to none what meets the area.
    fn write_features(&self, area: &Area, path: &Path) -> Result<u64, PackageError> {
        let query = |view: LayerView| {
            let mut query = FeatureQuery {
                at: view.layer().state_at(Some(self.revision)),
                ..FeatureQuery::new(view)
            };
            if query.view.layer().municipal {
                let code = Value::Integer(self.municipality.code);
                query.equal.push((MUNICIPALITY_FIELD.to_owned(), code));
            } else {
                query.bbox = Some(area.s_jtsk);
            }
            query
        };
        let queries: Vec<_> = self.views().into_iter().map(query).collect();
        let counts = export_geopackage(path, &*self.store, &queries, self.built_at)
            .map_err(PackageError::WriteFeatures)?;
        Ok(counts.iter().sum())
    }

    fn style(&self, language: Language) -> Result<Json, PackageError> {
        let layers = self.store.layers();
        let style = shipped_style()?.with_all(layers, &AUDIENCE);
        Ok(style.resolve_packed(TILES, layers, &AUDIENCE, language))
    }

    fn legend(&self, language: Language) -> Result<Json, PackageError> {
        let layers = self.store.layers();
        let style = shipped_style()?.with_all(layers, &AUDIENCE);
        let legend = style.legend(layers, &AUDIENCE, language);
        Ok(json!(legend.map_err(PackageError::ReadStyle)?))
    }

    fn manifest(&self, area: &Area, entries: &[Entry]) -> Result<Manifest, PackageError> {
        Ok(Manifest {
            format: manifest::FORMAT.to_owned(),
            version: manifest::VERSION,
            title: self.config.title.clone(),
            municipality: TownName {
                code: self.municipality.code,
                name: self.municipality.name.clone(),
            },
            revision: self.revision.0,
            audience: AUDIENCE_NAME.to_owned(),
            built_at: self.built_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            sample: self.config.sample,
            attribution: self.config.attribution.clone(),
            bbox: area.corners(),
            start: area.start(self.config).into(),
            files: entries
                .iter()
                .map(Entry::describe)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn shipped_style() -> Result<Style, PackageError> {
    let style = Style::shipped(STYLE).expect("the style ships with the program");
    style.map_err(PackageError::ReadStyle)
}

fn style_path(language: Language) -> String {
    format!("style.{}.json", language.code())
}

/// Returns the fonts and sprites that the style needs.
fn look() -> impl Iterator<Item = Entry> {
    let fonts = styles::font_names().filter_map(|name| {
        let file = styles::font(&name)?;
        Some(Entry::bytes(&format!("fonts/{name}"), file.into_owned()))
    });
    let sprites = styles::sprite_names().filter_map(|name| {
        let file = styles::sprite(&name)?;
        Some(Entry::bytes(&format!("sprites/{name}"), file.into_owned()))
    });
    fonts.chain(sprites)
}
