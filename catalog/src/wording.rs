//! How codes are called towards people, in Czech and English.

use layers::Text;

use crate::{FileFormat, Licence, Periodicity, Theme};

fn text(cs: &str, en: &str) -> Text {
    Text {
        cs: cs.to_owned(),
        en: en.to_owned(),
    }
}

impl FileFormat {
    /// Returns the name of the format alone, the same in every language.
    pub fn name(self) -> &'static str {
        match self {
            Self::GeoPackage => "GeoPackage",
            Self::GeoJson => "GeoJSON",
            Self::Csv => "CSV",
        }
    }

    /// Returns the name of the format with its coordinate system.
    pub fn title(self) -> Text {
        match self {
            Self::GeoPackage => text(
                "GeoPackage (S-JTSK, EPSG:5514)",
                "GeoPackage (S-JTSK, EPSG:5514)",
            ),
            Self::GeoJson => text("GeoJSON (WGS 84)", "GeoJSON (WGS 84)"),
            Self::Csv => text(
                "CSV (UTF-8, poloha jako WKT a stupně)",
                "CSV (UTF-8, positions as WKT and degrees)",
            ),
        }
    }

    /// Says with what a file of the format is opened.
    pub fn opened_with(self) -> Text {
        match self {
            Self::GeoPackage => text("QGIS, ArcGIS, GDAL", "QGIS, ArcGIS, GDAL"),
            Self::GeoJson => text(
                "webové mapy, QGIS, programovací jazyky",
                "web maps, QGIS, programming languages",
            ),
            Self::Csv => text(
                "Excel, LibreOffice, databáze, statistické programy",
                "Excel, LibreOffice, databases, statistical programs",
            ),
        }
    }
}

impl Periodicity {
    /// Returns how often in words.
    pub fn title(self) -> Text {
        match self {
            Self::Continuous => text("průběžně", "continuously"),
            Self::Daily => text("denně", "daily"),
            Self::Weekly => text("týdně", "weekly"),
            Self::Biweekly => text("jednou za dva týdny", "every two weeks"),
            Self::Monthly => text("měsíčně", "monthly"),
            Self::Quarterly => text("čtvrtletně", "quarterly"),
            Self::Semiannual => text("dvakrát ročně", "twice a year"),
            Self::Annual => text("ročně", "yearly"),
            Self::Irregular => text("nepravidelně", "irregularly"),
            Self::Never => text("už se neaktualizuje", "no longer renewed"),
        }
    }
}

impl Theme {
    /// Returns the label of the EU's list.
    pub fn title(self) -> Text {
        match self {
            Self::Agriculture => text(
                "Zemědělství, rybolov, lesnictví a výživa",
                "Agriculture, fisheries, forestry and food",
            ),
            Self::Economy => text("Hospodářství a finance", "Economy and finance"),
            Self::Education => text(
                "Vzdělávání, kultura a sport",
                "Education, culture and sport",
            ),
            Self::Energy => text("Energie", "Energy"),
            Self::Environment => text("Životní prostředí", "Environment"),
            Self::Government => text("Vláda a veřejný sektor", "Government and public sector"),
            Self::Health => text("Zdraví", "Health"),
            Self::International => text("Mezinárodní otázky", "International issues"),
            Self::Justice => text(
                "Spravedlnost, právní systém a veřejná bezpečnost",
                "Justice, legal system and public safety",
            ),
            Self::Regions => text("Regiony a města", "Regions and cities"),
            Self::Society => text("Populace a společnost", "Population and society"),
            Self::Technology => text("Věda a technologie", "Science and technology"),
            Self::Transport => text("Doprava", "Transport"),
        }
    }
}

impl Licence {
    /// Returns the short name of the licence.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cc0 => "CC0 1.0",
            Self::CcBy4 => "CC BY 4.0",
        }
    }
}
