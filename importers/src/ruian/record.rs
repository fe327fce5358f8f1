//! The records of a VFR file, as plain values; codes are RÚIAN's own, geometry is in EPSG:5514.

use geo_types::{MultiPolygon, Point, Polygon};

/// One record of a VFR file.
#[derive(Clone, Debug, PartialEq)]
pub enum VfrRecord {
    /// `Obec`.
    Municipality(Municipality),
    /// `CastObce`.
    MunicipalityPart(MunicipalityPart),
    /// `KatastralniUzemi`.
    CadastralArea(CadastralArea),
    /// `Parcela`.
    Parcel(Parcel),
    /// `StavebniObjekt`.
    Building(Building),
    /// `AdresniMisto`.
    Address(Address),
}

/// A municipality.
#[derive(Clone, Debug, PartialEq)]
pub struct Municipality {
    /// `Kod`, six digits.
    pub code: i64,
    /// `Nazev`.
    pub name: String,
    /// `StatusKod`: 2 municipality, 3 town, 4 statutory city, 5 capital, 6 market town.
    pub status: Option<i64>,
    /// `Pou`, the authorised municipal office it belongs to.
    pub pou_code: Option<i64>,
    /// `NutsLau`, its code in the statistics of the European Union.
    pub lau_code: Option<String>,
    /// The definition point.
    pub point: Option<Point<f64>>,
    /// The original border.
    pub border: Option<MultiPolygon<f64>>,
}

/// A part of a municipality, within which house numbers are unique.
#[derive(Clone, Debug, PartialEq)]
pub struct MunicipalityPart {
    /// `Kod`.
    pub code: i64,
    /// `Nazev`.
    pub name: String,
    /// The municipality it belongs to.
    pub municipality_code: i64,
    /// The definition point.
    pub point: Option<Point<f64>>,
}

/// A cadastral area, within which parcel numbers are unique.
#[derive(Clone, Debug, PartialEq)]
pub struct CadastralArea {
    /// `Kod`, six digits.
    pub code: i64,
    /// `Nazev`.
    pub name: String,
    /// The municipality it lies in.
    pub municipality_code: i64,
    /// The original border.
    pub border: Option<MultiPolygon<f64>>,
}

/// A parcel of the cadastre.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// `Id`, beyond 32 bits.
    pub id: i64,
    /// The cadastral area it lies in.
    pub cadastral_area_code: i64,
    /// `KmenoveCislo`, the number before the stroke.
    pub number: i64,
    /// `PododdeleniCisla`, the number after the stroke.
    pub subdivision: Option<i64>,
    /// `DruhCislovaniKod`: 1 for a building parcel ("st."), 2 for land.
    pub numbering: i64,
    /// `VymeraParcely`, the area on record in square metres.
    pub area: i64,
    /// `DruhPozemkuKod`, the kind of land.
    pub land_kind: i64,
    /// `ZpusobyVyuzitiPozemku`, how the land is used.
    pub land_use: Option<i64>,
    /// The original border; none where there is no digital map.
    pub border: Option<Polygon<f64>>,
}

/// A building.
#[derive(Clone, Debug, PartialEq)]
pub struct Building {
    /// `Kod`.
    pub code: i64,
    /// `TypStavebnihoObjektuKod`: 1 with a house number, 2 with a registration number, 3 without.
    pub kind: i64,
    /// `CislaDomovni`.
    pub house_numbers: Vec<i64>,
    /// `ZpusobVyuzitiKod`, how the building is used.
    pub usage: Option<i64>,
    /// The part of the municipality it belongs to, if it has a number.
    pub municipality_part_code: Option<i64>,
    /// `IdentifikacniParcela`, the parcel it stands on.
    pub parcel_id: Option<i64>,
    /// `PocetPodlazi`.
    pub floors: Option<i64>,
    /// `PocetBytu`.
    pub flats: Option<i64>,
    /// `ZastavenaPlocha`, in square metres.
    pub built_up_area: Option<i64>,
    /// The year of `Dokonceni`.
    pub completed: Option<i64>,
    /// The definition point.
    pub point: Option<Point<f64>>,
    /// The original border.
    pub border: Option<MultiPolygon<f64>>,
}

/// An address.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// `Kod`.
    pub code: i64,
    /// `CisloDomovni`.
    pub house_number: i64,
    /// `CisloOrientacni` with its letter, if streets have numbers.
    pub street_number: Option<String>,
    /// `Psc`.
    pub postcode: Option<i64>,
    /// The street it belongs to, if the municipality has streets.
    pub street_code: Option<i64>,
    /// The building it leads to.
    pub building_code: Option<i64>,
    /// The address point.
    pub point: Option<Point<f64>>,
}
