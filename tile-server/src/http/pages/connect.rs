//! How a layer is opened in other programs: QGIS, GDAL, curl and Python, with a token for what is not public.

use layers::{Language, LayerId};
use maud::{Markup, html};

use super::say;

/// Says it for one layer; `base` is the address before every path.
pub(super) fn connect(layer: &LayerId, base: &str, language: Language) -> Markup {
    let items = format!("{base}/collections/{layer}/items");
    html! {
        h2 id="connect" { (say(language, "Jak vrstvu připojit", "How to connect the layer")) }
        (qgis(layer, base, language))
        details {
            summary { "GDAL (ogr2ogr)" }
            (code(&format!("ogr2ogr {layer}.gpkg OAPIF:{base} {layer}")))
        }
        details {
            summary { "curl" }
            (code(&format!("curl -o {layer}.geojson \"{items}?f=json&limit=1000\"")))
            p { (say(language, "S tokenem:", "With a token:")) }
            (code(&format!("curl -H \"Authorization: Bearer TOKEN\" \"{items}?f=json&limit=1000\"")))
            p.soft { (say(language,
                "Kde další stránka začíná, říká v odpovědi odkaz „next“.",
                "The link “next” in the answer says where the next page begins.")) }
        }
        details {
            summary { "Python (geopandas)" }
            (code(&format!(
                "import geopandas\n\nlayer = geopandas.read_file(\"OAPIF:{base}\", layer=\"{layer}\", engine=\"pyogrio\")\nprint(layer.head())"
            )))
        }
    }
}

fn qgis(layer: &LayerId, base: &str, language: Language) -> Markup {
    let lang = language.code();
    html! {
        details open {
            summary { "QGIS" }
            ol {
                li { (say(language,
                    "V nabídce Vrstva zvolte Přidat vrstvu › Přidat vrstvu WFS / OGC API – Features a pak Nový.",
                    "In the menu Layer choose Add Layer › Add WFS / OGC API – Features Layer, then New.")) }
                li { (say(language, "Do pole URL vložte adresu ", "Put this address into the field URL: ")) (code(base))
                    (say(language, "a verzi nechte OGC API – Features.", "and leave the version at OGC API – Features.")) }
                li { (say(language,
                    "Co je veřejné, uvidíte bez přihlášení. K neveřejným vrstvám a k úpravám je potřeba token:",
                    "What is public you see without logging in. Layers that are not public, and edits, need a token:")) " "
                    a href={ "/account?lang=" (lang) } { (say(language, "vytvořte si ho ve svém účtu", "make one in your account")) }
                    (say(language,
                        ", v QGIS zvolte Autentizace › Základní, do jména napište své přihlašovací jméno a jako heslo vložte token.",
                        ", in QGIS choose Authentication › Basic, write your name, and put the token in as the password.")) }
                li { (say(language, "Klikněte na Připojit a ze seznamu přidejte vrstvu ", "Click Connect and add from the list the layer "))
                    code { (layer) } "." }
            }
        }
    }
}

fn code(text: &str) -> Markup {
    html! { pre tabindex="0" { code { (text) } } }
}
