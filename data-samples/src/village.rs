//! The real village of Děčany, as RÚIAN had it on 31 March 2014.

use importers::ruian::{
    Address, Building, CadastralArea, Municipality, MunicipalityPart, Parcel, VfrReader, VfrRecord,
};

/// A municipality with everything that RÚIAN knows of it; geometry in EPSG:5514.
#[derive(Clone, Debug)]
pub struct Village {
    /// The municipality itself.
    pub municipality: Municipality,
    /// Its parts.
    pub parts: Vec<MunicipalityPart>,
    /// Its cadastral areas.
    pub cadastral_areas: Vec<CadastralArea>,
    /// Its parcels.
    pub parcels: Vec<Parcel>,
    /// Its buildings.
    pub buildings: Vec<Building>,
    /// Its addresses.
    pub addresses: Vec<Address>,
}

/// Returns the file of Děčany in the exchange format of RÚIAN, packed by gzip.
pub fn decany_vfr() -> &'static [u8] {
    include_bytes!("../files/20140331_OB_564729_UKSH.xml.gz")
}

/// Reads Děčany: 3,172 parcels, 310 buildings, 221 addresses.
///
/// # Panics
/// Never: the file is part of the program.
pub fn decany() -> Village {
    let mut municipality = None;
    let (mut parts, mut cadastral_areas) = (Vec::new(), Vec::new());
    let (mut parcels, mut buildings, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
    for record in VfrReader::from_gzip(decany_vfr()) {
        match record.expect("the file is part of the program and sound") {
            VfrRecord::Municipality(record) => municipality = Some(record),
            VfrRecord::MunicipalityPart(record) => parts.push(record),
            VfrRecord::CadastralArea(record) => cadastral_areas.push(record),
            VfrRecord::Parcel(record) => parcels.push(record),
            VfrRecord::Building(record) => buildings.push(record),
            VfrRecord::Address(record) => addresses.push(record),
        }
    }
    Village {
        municipality: municipality.expect("the file has one municipality"),
        parts,
        cadastral_areas,
        parcels,
        buildings,
        addresses,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decany_is_read_whole() {
        let village = decany();
        assert_eq!(village.municipality.code, 564_729);
        assert_eq!(village.municipality.name, "Děčany");
        assert_eq!(village.parts.len(), 4);
        assert_eq!(village.cadastral_areas.len(), 4);
        assert_eq!(village.parcels.len(), 3172);
        assert_eq!(village.buildings.len(), 310);
        assert_eq!(village.addresses.len(), 221);
    }

    #[test]
    fn borders_holes_and_points_are_where_the_register_has_them() {
        let village = decany();
        let holes = |parcel: &Parcel| parcel.border.as_ref().map_or(0, |b| b.interiors().len());
        assert!(village.parcels.iter().all(|parcel| parcel.border.is_some()));
        assert_eq!(village.parcels.iter().map(holes).sum::<usize>(), 48);
        let drawn = village.buildings.iter().filter(|b| b.border.is_some());
        assert_eq!(drawn.count(), 298);
        let placed = village.addresses.iter().filter(|a| a.point.is_some());
        assert_eq!(placed.count(), 212);
    }

    #[test]
    fn the_drawn_area_of_a_parcel_is_that_on_record() {
        use geo::Area;
        let village = decany();
        let far_off = |parcel: &&Parcel| {
            let drawn = parcel.border.as_ref().map_or(0.0, Area::unsigned_area);
            (drawn - parcel.area as f64).abs() > 20.0 + 0.1 * parcel.area as f64
        };
        assert!(village.parcels.iter().filter(far_off).count() < 32);
    }
}
