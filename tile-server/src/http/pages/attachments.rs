//! The page of what hangs on a feature: photos and documents, and for editors a form to add one and buttons to remove.

use chrono::DateTime;
use layers::{Language, PrivacyClass, Text};
use maud::{Markup, html};

use crate::attachments::Sight;
use crate::city::{City, title};
use crate::edit::Seen;
use crate::http::answer::Answer;
use crate::http::attachments::Entry;

use super::dataset::day;
use super::login::notice;
use super::{page, say};

/// The photos and documents on a feature; `problem` is what must be mended in what was just sent.
pub(crate) fn attachments(
    city: &City,
    seen: &Seen,
    entries: &[Entry],
    is_editor: bool,
    language: Language,
    problem: Option<&Text>,
) -> Answer {
    let layer = seen.view.layer();
    let collection = format!("/collections/{}", layer.id);
    let feature = format!("{collection}/items/{}", seen.feature.id);
    let here = format!("{feature}/attachments");
    let name = title(&seen.view, &seen.feature, language);
    let body = html! {
        @if let Some(problem) = problem { (notice(problem, language)) }
        @if entries.is_empty() {
            p.soft { (say(language, "Zatím tu nic není.", "There is nothing here yet.")) }
        }
        ul.photos { @for entry in entries { li { (card(seen, entry, &here, is_editor, language)) } } }
        @if is_editor { (form(seen, &here, language)) }
    };
    let trail = [
        (say(language, "Vrstvy", "Layers"), "/collections"),
        (layer.title.in_language(language), collection.as_str()),
        (name.as_str(), feature.as_str()),
    ];
    let heading = say(language, "Fotografie a dokumenty", "Photos and documents");
    page(city, language, heading, &trail, &body)
}

fn card(seen: &Seen, entry: &Entry, here: &str, is_editor: bool, language: Language) -> Markup {
    let attachment = &entry.kept.attachment;
    let address = format!("{here}/{}", entry.sha256());
    let caption = match attachment.caption.as_str() {
        "" => entry.name(),
        caption => caption.to_owned(),
    };
    html! {
        a.picture href=(address) {
            @if attachment.media_type.is_image() {
                img src=(address) alt=(caption) loading="lazy";
            } @else {
                span { (attachment.media_type.ending().to_uppercase()) }
            }
        }
        p { (caption) }
        p.soft {
            (size(entry.bytes()))
            @if entry.sight == Sight::Whole {
                " · " (attachment.by)
                @if let Ok(at) = DateTime::parse_from_rfc3339(&attachment.at) {
                    " · " (day(at.date_naive(), language))
                }
                @if let Some(metres) = entry.distance(seen) {
                    " · " (say(language, "foceno", "taken")) " " (metres.round()) " m "
                    (say(language, "od prvku", "away"))
                }
                " · " (who_sees(attachment.privacy, language))
            }
        }
        @if is_editor {
            form method="post" action={ (address) "/remove?lang=" (language.code()) } {
                button.plain { (say(language, "Odebrat", "Remove")) }
            }
        }
    }
}

fn who_sees(privacy: PrivacyClass, language: Language) -> &'static str {
    match privacy {
        PrivacyClass::Public => say(language, "vidí každý", "everybody sees it"),
        PrivacyClass::Internal => say(language, "jen pro úřad", "for the office"),
        PrivacyClass::Personal => say(language, "osobní údaje", "personal data"),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}

fn form(seen: &Seen, here: &str, language: Language) -> Markup {
    let Some(rules) = &seen.view.layer().attachments else {
        return html! {};
    };
    let kinds: Vec<_> = rules.media_types.iter().map(|one| one.as_str()).collect();
    html! {
        h2 { (say(language, "Přiložit", "Attach")) }
        form method="post" enctype="multipart/form-data" action={ (here) "?lang=" (language.code()) } { div.fields {
            label {
                (say(language, "Soubor", "File"))
                span.soft {
                    (say(language, "Fotografie nebo PDF, nejvýš ", "A photo or PDF, at most "))
                    (rules.max_bytes / 1_048_576) " MiB"
                }
                input type="file" name="file" required accept=(kinds.join(","));
            }
            label {
                (say(language, "Popisek", "Caption"))
                span.soft { (say(language, "Uvidí ho každý, kdo uvidí soubor.", "Whoever sees the file sees it.")) }
                input type="text" name="caption" maxlength="500";
            }
            @if rules.privacy == PrivacyClass::Public { (privacy_choice(language)) }
            button { (say(language, "Přiložit", "Attach")) }
        } }
    }
}

fn privacy_choice(language: Language) -> Markup {
    html! {
        label.tick {
            input type="checkbox" name="privacy" value="public";
            span {
                (say(language, "Smí ji vidět veřejnost", "The public may see it"))
                span.soft { (say(
                    language,
                    "Jen fotografii bez údajů z fotoaparátu. Nejsou na ní lidé ani značky aut?",
                    "Only the photo, without what the camera noted. Are there people or number plates on it?",
                )) }
            }
        }
    }
}
