//! Codes as IRIs: the EU's lists, media types, the state's registers of territory and of public bodies.

use serde::Serialize;

use crate::{FileFormat, Periodicity, Publisher, Territory, TerritoryKind, Theme};

const EU: &str = "http://publications.europa.eu/resource/authority";
const MEDIA_TYPES: &str = "http://www.iana.org/assignments/media-types";
const RUIAN: &str = "https://linked.cuzk.cz/resource/ruian";
const PUBLIC_BODIES: &str = "https://rpp-opendata.egon.gov.cz/odrpp/zdroj/orgán-veřejné-moci";
/// `.example` belongs to nobody for good (RFC 2606).
const SAMPLE_BODIES: &str = "https://organ-verejne-moci.example";

/// Returns the IRI of a theme in the EU's list of data themes.
pub(super) fn theme(theme: Theme) -> String {
    format!("{EU}/data-theme/{}", code(theme))
}

/// Returns the IRI of a frequency in the EU's list.
pub(super) fn frequency(periodicity: Periodicity) -> String {
    format!("{EU}/frequency/{}", code(periodicity))
}

/// Returns the IRI of a format in the EU's list of file types.
pub(super) fn file_type(format: FileFormat) -> String {
    let code = match format {
        FileFormat::GeoPackage => "GPKG",
        FileFormat::GeoJson => "GEOJSON",
        FileFormat::Csv => "CSV",
    };
    format!("{EU}/file-type/{code}")
}

/// Returns the IRI of the media type of a format.
pub(super) fn media_type(format: FileFormat) -> String {
    format!("{MEDIA_TYPES}/{}", format.media_type())
}

/// Returns the IRI of an element of RÚIAN.
pub(super) fn territory(territory: Territory) -> String {
    let kind = match territory.kind {
        TerritoryKind::Municipality => "obec",
        TerritoryKind::AdministrativeDistrict => "orp",
        TerritoryKind::MunicipalityPart => "cast-obce",
        TerritoryKind::CadastralArea => "katastralni-uzemi",
    };
    format!("{RUIAN}/{kind}/{}", territory.code)
}

/// Returns the IRI of a public body in the register of rights and duties; a sample names no real one.
pub(super) fn publisher(publisher: &Publisher, is_sample: bool) -> String {
    let register = if is_sample {
        SAMPLE_BODIES
    } else {
        PUBLIC_BODIES
    };
    format!("{register}/{}", publisher.company_number)
}

/// Returns the code of the EU's list, which is how our own enums are written.
fn code(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(code)) => code,
        other => unreachable!("themes and periodicities are written as codes, not as {other:?}"),
    }
}
