//! Choices in forms that several pages have: municipalities by name, and a role with its municipalities.

use layers::Language;
use layers::policy::Policy;
use maud::{Markup, html};

use crate::municipality_names::MunicipalityNames;

use super::say;

/// The role that somebody chose in a form, as it was sent; shown again when it could not be given so.
#[derive(Default)]
pub(crate) struct RoleChoice {
    pub(crate) role: String,
    pub(crate) codes: Vec<i64>,
    pub(crate) for_all: bool,
}

/// Boxes to tick, one for each municipality; those with these codes are ticked.
pub(super) fn municipality_ticks<'a>(
    municipalities: impl IntoIterator<Item = (i64, &'a str)>,
    ticked: &[i64],
    legend: &str,
) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            div.ticks { @for (code, name) in municipalities {
                label.tick {
                    input type="checkbox" name="municipality" value=(code) checked[ticked.contains(&code)];
                    (name)
                }
            } }
        }
    }
}

/// The choice of a role, and of municipalities for those roles that need some.
pub(super) fn role_choice(
    chosen: &RoleChoice,
    known: &MunicipalityNames,
    language: Language,
) -> Markup {
    let roles = &Policy::in_force().roles;
    let municipal = roles.iter().filter(|role| role.municipal);
    let municipal: Vec<_> = municipal
        .map(|role| role.title.in_language(language))
        .collect();
    let legend = format!(
        "{}: {}",
        say(
            language,
            "Obce, jen pro role",
            "Municipalities, only for the roles"
        ),
        municipal.join(", ")
    );
    html! {
        label { "Role"
            span.soft { a href={ "/rights?lang=" (language.code()) } {
                (say(language, "Co která role vidí a smí", "What each role sees and may do"))
            } }
            select name="role" required {
                option value="" { (say(language, "– vyberte –", "– choose –")) }
                @for role in roles {
                    option value=(role.id) selected[role.id == chosen.role] {
                        (role.title.in_language(language))
                        @if role.municipal { (say(language, " (vyberte obce)", " (choose municipalities)")) }
                        @else { (say(language, " (všechny obce)", " (all municipalities)")) }
                    }
                }
            }
        }
        (municipality_ticks(known.iter(), &chosen.codes, &legend))
        label.tick {
            input type="checkbox" name="all" value="yes" checked[chosen.for_all];
            (say(language, "Všechny obce, i co nepatří žádné", "All municipalities, and what belongs to none"))
        }
    }
}
