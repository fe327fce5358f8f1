//! The list of layers, by groups or as found by a word.

use layers::{FeatureQuery, Language, LayerView, StoreError};
use maud::{Markup, html};

use crate::city::City;
use crate::http::answer::Answer;

use super::portal::grouped;
use super::{PageHead, page_with, say};

/// Layers: all that somebody may see, or those that a text finds.
pub(crate) fn collections(
    city: &City,
    views: &[LayerView],
    text: &str,
    language: Language,
) -> Result<Answer, StoreError> {
    let body = html! {
        p.lead { (say(language,
            "Každá vrstva má stránku s tabulkou, mapou, soubory ke stažení a návodem, jak ji připojit.",
            "Each layer has a page with a table, a map, downloads and how to connect it.")) }
        form.line method="get" action="/collections" role="search" {
            input type="hidden" name="f" value="html";
            input type="hidden" name="lang" value=(language.code());
            label { (say(language, "Hledat vrstvu", "Find a layer"))
                input type="search" name="q" value=(text) maxlength="100"
                    placeholder=(say(language, "například osvětlení", "such as lighting"));
            }
            button { (say(language, "Hledat", "Search")) }
        }
        @if views.is_empty() {
            p.notice { (say(language,
                "Žádná vrstva takové slovo nemá. Zkuste jiné, nebo jen jeho začátek.",
                "No layer has such a word. Try another, or only its beginning.")) }
        }
        @if !views.is_empty() {
            h2 { @if text.is_empty() { (say(language, "Podle skupin", "By group")) }
                @else { (say(language, "Nalezené vrstvy", "Layers found")) } }
            (layer_list(city, views, language)?)
        }
    };
    let head = PageHead {
        query: format!(
            "&f=html&q={}",
            form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
        ),
        ..PageHead::default()
    };
    let title = say(language, "Vrstvy", "Layers");
    Ok(page_with(city, language, title, &[], &head, &body))
}

/// Lists layers under the headings of the layer tree, with how many features each has.
pub(super) fn layer_list(
    city: &City,
    views: &[LayerView],
    language: Language,
) -> Result<Markup, StoreError> {
    let mut groups = Vec::new();
    for group in city.layers().groups() {
        let views = views.iter();
        let rows = views
            .filter(|view| view.layer().group == group.id)
            .map(|view| Ok((city.reading.count(&FeatureQuery::new(view.clone()))?, view)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        if !rows.is_empty() {
            groups.push((group, rows));
        }
    }
    let lang = language.code();
    Ok(html! {
        div.groups {
            @for (group, rows) in &groups {
                section {
                    h3 { (group.title.in_language(language)) }
                    ul { @for (count, view) in rows {
                        li {
                            a href={ "/collections/" (view.layer().id) "?f=html&lang=" (lang) } {
                                (view.layer().title.in_language(language))
                            }
                            span.count { (grouped(*count)) }
                        }
                    } }
                }
            }
        }
    })
}
