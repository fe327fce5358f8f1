//! Buttons by which features are downloaded, one for each format.

use layers::{Language, LayerView};
use maud::{Markup, html};

use crate::http::formats;

use super::say;

/// A format of downloads: its name in addresses, what it is called and what it is good for.
struct Format {
    name: &'static str,
    title: &'static str,
    cs: &'static str,
    en: &'static str,
}

const FORMATS: [Format; 5] = [
    Format {
        name: "xlsx",
        title: "XLSX",
        cs: "tabulka pro Excel a LibreOffice",
        en: "a table for Excel and LibreOffice",
    },
    Format {
        name: "gpkg",
        title: "GeoPackage",
        cs: "pro QGIS a jiné programy s mapou, v S-JTSK",
        en: "for QGIS and other programs with maps, in S-JTSK",
    },
    Format {
        name: "csv",
        title: "CSV",
        cs: "tabulka pro programy, oddělená čárkami",
        en: "a table for programs, separated by commas",
    },
    Format {
        name: "fgb",
        title: "FlatGeobuf",
        cs: "pro programy s mapou, nejrychlejší ke čtení",
        en: "for programs with maps, the fastest to read",
    },
    Format {
        name: "json",
        title: "GeoJSON",
        cs: "pro webové mapy a programy; nejvýš 10 000 prvků najednou",
        en: "for web maps and programs; 10,000 features at once at most",
    },
];

/// Offers features of a layer in every format that it has, at the address that is made for each.
pub(super) fn downloads(
    view: &LayerView,
    address: &dyn Fn(&str) -> String,
    language: Language,
) -> Markup {
    let known = formats::names(view);
    let fitting = FORMATS.iter().filter(|one| known.contains(&one.name));
    html! {
        h2 id="download" { (say(language, "Ke stažení", "Download")) }
        ul.downloads { @for format in fitting { li {
            a.button href=(address(format.name)) { (format.title) }
            " " span.soft { (say(language, format.cs, format.en)) }
        } } }
    }
}
