//! Exports: all features that somebody asks for as one file, in the formats that people and programs open.

mod csv_file;
mod error;
mod flatgeobuf_file;
mod geopackage_file;
mod kept;
mod last_shown;
mod xlsx_file;

use std::path::Path;

use chrono::{DateTime, Utc};
use layers::{Feature, FeatureQuery, FeatureStore, Field, Language, LayerView, MUNICIPALITY_FIELD};

use crate::page::PageRequest;
use crate::selection::Selection;

use self::csv_file::CsvFile;
use self::flatgeobuf_file::FlatGeobufFile;
use self::geopackage_file::GeoPackageFile;
use self::xlsx_file::XlsxFile;

pub(crate) use self::error::ExportError;
pub(crate) use self::kept::{ExportFile, ExportKey, Exports, attend};
pub(crate) use self::last_shown::LastShown;

/// A format that is a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    Csv,
    FlatGeobuf,
    GeoPackage,
    Xlsx,
}

/// Which features go into a file, and how.
#[derive(Clone, Debug)]
pub(crate) struct ExportRequest {
    /// The features, in one page however many they are.
    pub(crate) page: PageRequest,
    pub(crate) format: ExportFormat,
    /// The language of what only people read.
    pub(crate) language: Language,
}

/// A file that takes features one by one, so that no more than one is in memory.
trait FeatureFile {
    fn write(&mut self, feature: &Feature) -> Result<(), ExportError>;

    /// Completes the file.
    fn finish(self: Box<Self>) -> Result<(), ExportError>;
}

impl ExportRequest {
    /// Writes the file and returns how many features it has; gives up as soon as it is not wanted any more.
    pub(crate) fn write(
        &self,
        store: &dyn FeatureStore,
        query: &FeatureQuery,
        path: &Path,
        made_at: DateTime<Utc>,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<u64, ExportError> {
        let selection = &self.page.selection;
        let shown = Shown::of(selection);
        let mut file = self.begin(path, &shown.view, made_at)?;
        let (mut to_skip, mut rows) = (self.page.offset, 0);
        for feature in selection.read_by(store, query)? {
            let feature = feature?;
            if !is_wanted() {
                return Err(ExportError::Abandoned);
            }
            if to_skip > 0 {
                to_skip -= 1;
                continue;
            }
            if rows == self.page.limit {
                break;
            }
            file.write(&shown.cut(feature))?;
            rows += 1;
        }
        file.finish()?;
        Ok(rows)
    }

    fn begin(
        &self,
        path: &Path,
        view: &LayerView,
        made_at: DateTime<Utc>,
    ) -> Result<Box<dyn FeatureFile>, ExportError> {
        let crs = self.page.selection.crs;
        Ok(match self.format {
            ExportFormat::Csv => Box::new(CsvFile::create(path, view, crs)?),
            ExportFormat::FlatGeobuf => Box::new(FlatGeobufFile::create(path, view, crs)?),
            ExportFormat::GeoPackage => Box::new(GeoPackageFile::create(path, view, made_at)?),
            ExportFormat::Xlsx => Box::new(XlsxFile::create(path, view, made_at, self.language)?),
        })
    }
}

/// The values that a file has of each feature.
struct Shown {
    view: LayerView,
    /// Their places in the view that was asked; none are all.
    places: Option<Vec<usize>>,
}

impl Shown {
    /// Takes those that are asked for, and the municipality beside values that do not show in the features of all.
    fn of(asked: &Selection) -> Self {
        let all = &asked.view;
        let Some(places) = &asked.properties else {
            return Self {
                view: all.clone(),
                places: None,
            };
        };
        let fields = all.fields().enumerate();
        let wanted = fields.filter(|(place, _)| places.contains(place));
        let mut names: Vec<_> = wanted.map(|(_, field)| field.name.clone()).collect();
        let mut view = all.clone().with_fields(&names);
        if view.fields().len() < names.len() {
            names.push(MUNICIPALITY_FIELD.to_owned());
            view = all.clone().with_fields(&names);
        }
        let place = |field: &Field| all.fields().position(|one| one.name == field.name);
        let places = view.fields().filter_map(place).collect();
        Self {
            view,
            places: Some(places),
        }
    }

    fn cut(&self, mut feature: Feature) -> Feature {
        if let Some(places) = &self.places {
            feature.values = places
                .iter()
                .map(|&place| feature.values[place].clone())
                .collect();
        }
        feature
    }
}
