//! One element of VFR understood as a record.

use std::cell::RefCell;
use std::str::FromStr;

use super::element::Element;
use super::gml;
use super::record::{
    Address, Building, CadastralArea, Municipality, MunicipalityPart, Parcel, VfrRecord,
};

/// Reads a record; everything wrong with it is returned, not the first thing. `None` for a kind that is not read.
pub(super) fn record(element: &Element) -> Option<Result<VfrRecord, Vec<String>>> {
    let sheet = Sheet::new(element);
    let record = match element.name.as_str() {
        "Obec" => VfrRecord::Municipality(sheet.municipality()),
        "CastObce" => VfrRecord::MunicipalityPart(sheet.municipality_part()),
        "KatastralniUzemi" => VfrRecord::CadastralArea(sheet.cadastral_area()),
        "Parcela" => VfrRecord::Parcel(sheet.parcel()),
        "StavebniObjekt" => VfrRecord::Building(sheet.building()),
        "AdresniMisto" => VfrRecord::Address(sheet.address()),
        _ => return None,
    };
    let problems = sheet.problems.into_inner();
    Some(if problems.is_empty() {
        Ok(record)
    } else {
        Err(problems)
    })
}

/// A record being read, with what was found wrong so far; a value that cannot be read stands as its default meanwhile.
struct Sheet<'a> {
    element: &'a Element,
    problems: RefCell<Vec<String>>,
}

impl<'a> Sheet<'a> {
    fn new(element: &'a Element) -> Self {
        Self {
            element,
            problems: RefCell::default(),
        }
    }

    fn municipality(&self) -> Municipality {
        Municipality {
            code: self.required(&["Kod"]),
            name: self.required(&["Nazev"]),
            status: self.optional(&["StatusKod"]),
            pou_code: self.optional(&["Pou", "Kod"]),
            lau_code: self.optional(&["NutsLau"]),
            point: self.geometry("DefinicniBod", gml::point),
            border: self.geometry("OriginalniHranice", gml::multi_polygon),
        }
    }

    fn municipality_part(&self) -> MunicipalityPart {
        MunicipalityPart {
            code: self.required(&["Kod"]),
            name: self.required(&["Nazev"]),
            municipality_code: self.required(&["Obec", "Kod"]),
            point: self.geometry("DefinicniBod", gml::point),
        }
    }

    fn cadastral_area(&self) -> CadastralArea {
        CadastralArea {
            code: self.required(&["Kod"]),
            name: self.required(&["Nazev"]),
            municipality_code: self.required(&["Obec", "Kod"]),
            border: self.geometry("OriginalniHranice", gml::multi_polygon),
        }
    }

    fn parcel(&self) -> Parcel {
        Parcel {
            id: self.required(&["Id"]),
            cadastral_area_code: self.required(&["KatastralniUzemi", "Kod"]),
            number: self.required(&["KmenoveCislo"]),
            subdivision: self.optional(&["PododdeleniCisla"]),
            numbering: self.required(&["DruhCislovaniKod"]),
            area: self.required(&["VymeraParcely"]),
            land_kind: self.required(&["DruhPozemkuKod"]),
            land_use: self.optional(&["ZpusobyVyuzitiPozemku"]),
            border: self.geometry("OriginalniHranice", gml::polygon),
        }
    }

    fn building(&self) -> Building {
        Building {
            code: self.required(&["Kod"]),
            kind: self.required(&["TypStavebnihoObjektuKod"]),
            house_numbers: self.house_numbers(),
            usage: self.optional(&["ZpusobVyuzitiKod"]),
            municipality_part_code: self.optional(&["CastObce", "Kod"]),
            parcel_id: self.optional(&["IdentifikacniParcela", "Id"]),
            floors: self.optional(&["PocetPodlazi"]),
            flats: self.optional(&["PocetBytu"]),
            built_up_area: self.optional(&["ZastavenaPlocha"]),
            completed: self.year("Dokonceni"),
            point: self.geometry("DefinicniBod", gml::point),
            border: self.geometry("OriginalniHranice", gml::multi_polygon),
        }
    }

    fn address(&self) -> Address {
        let letter: Option<String> = self.optional(&["CisloOrientacniPismeno"]);
        let number: Option<i64> = self.optional(&["CisloOrientacni"]);
        Address {
            code: self.required(&["Kod"]),
            house_number: self.required(&["CisloDomovni"]),
            street_number: number.map(|number| format!("{number}{}", letter.unwrap_or_default())),
            postcode: self.optional(&["Psc"]),
            street_code: self.optional(&["Ulice", "Kod"]),
            building_code: self.optional(&["StavebniObjekt", "Kod"]),
            point: self.geometry("DefinicniBod", gml::point),
        }
    }

    fn house_numbers(&self) -> Vec<i64> {
        let numbers = self.element.find(&["CislaDomovni"]);
        numbers
            .iter()
            .flat_map(|list| list.all("CisloDomovni"))
            .filter_map(|number| self.parsed(&number.text, "CisloDomovni"))
            .collect()
    }

    fn required<T: FromStr + Default>(&self, path: &[&str]) -> T {
        if self.element.find(path).is_none() {
            self.problem(format!("{} is missing", path.join("/")));
        }
        self.optional(path).unwrap_or_default()
    }

    fn optional<T: FromStr>(&self, path: &[&str]) -> Option<T> {
        let found = self.element.find(path)?;
        self.parsed(&found.text, &path.join("/"))
    }

    fn year(&self, name: &str) -> Option<i64> {
        let day = &self.element.find(&[name])?.text;
        self.parsed(day.split('-').next().unwrap_or_default(), name)
    }

    fn parsed<T: FromStr>(&self, text: &str, name: &str) -> Option<T> {
        let value = text.parse().ok();
        if value.is_none() {
            self.problem(format!("{name}: `{text}` cannot be read"));
        }
        value
    }

    fn geometry<T>(&self, name: &str, read: fn(&Element) -> Result<T, String>) -> Option<T> {
        let element = self.element.find(&["Geometrie", name])?;
        read(element)
            .map_err(|why| self.problem(format!("{name}: {why}")))
            .ok()
    }

    fn problem(&self, problem: String) {
        self.problems.borrow_mut().push(problem);
    }
}
