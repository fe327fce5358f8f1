//! The page that explains the policy: every role, and what it sees and does with each class of layers.

use layers::policy::{Duty, LayerClass, Operation, Policy, Role};
use layers::{Language, PrivacyClass};
use maud::{Markup, html};

use crate::city::City;
use crate::http::answer::Answer;

use super::wide::wide;
use super::{page, say};

/// All roles.
pub(crate) fn rights(city: &City, language: Language) -> Answer {
    let lead = say(
        language,
        "Veřejnost vidí jen to, co je veřejné. Role k tomu přidávají; co tu není, je odepřeno.",
        "The public sees only what is public. Roles add to that; what is not listed here is refused.",
    );
    let policy = Policy::in_force();
    let body = html! {
        p.lead { (lead) }
        @for role in &policy.roles { (of_role(policy, role, language)) }
        h2 { (say(language, "Druhy vrstev", "Classes of layers")) }
        dl { @for class in &policy.classes {
            dt { (class.title.in_language(language)) }
            dd { (layers_of(city, class, language)) }
        } }
    };
    let title = say(language, "Role a práva", "Roles and rights");
    page(city, language, title, &[], &body)
}

fn of_role(policy: &Policy, role: &Role, language: Language) -> Markup {
    html! {
        h2 id=(role.id) { (role.title.in_language(language)) }
        p { (role.description.in_language(language)) " " (reach(role, language)) }
        (wide(role.title.in_language(language), &html! {
            thead { tr {
                th { (say(language, "Druh vrstev", "Class of layers")) }
                th { (say(language, "Vidí", "Sees")) }
                th { (say(language, "Smí", "May")) }
            } }
            tbody { @for class in &policy.classes { tr {
                td { (class.title.in_language(language)) }
                td { (sight(role.clearance(&class.id), language)) }
                td { (deeds(role, class, language)) }
            } } }
        }))
        @if let Some(duties) = duties(role, language) {
            p { (say(language, "Navíc", "Besides")) ": " (duties) "." }
        }
    }
}

fn reach(role: &Role, language: Language) -> &'static str {
    if role.municipal {
        say(
            language,
            "Platí jen pro prvky obcí, pro které ji kdo dostal; jinde vidí to co veřejnost.",
            "It holds only for the features of the municipalities for which somebody has it; elsewhere they see what the public sees.",
        )
    } else {
        say(
            language,
            "Platí pro všechny obce.",
            "It holds for all municipalities.",
        )
    }
}

fn sight(clearance: PrivacyClass, language: Language) -> &'static str {
    match clearance {
        PrivacyClass::Public => say(language, "veřejné", "what is public"),
        PrivacyClass::Internal => say(language, "i neveřejné", "what is internal too"),
        PrivacyClass::Personal => say(
            language,
            "i neveřejné a osobní údaje",
            "what is internal and personal too",
        ),
    }
}

fn deeds(role: &Role, class: &LayerClass, language: Language) -> String {
    let all = Operation::ALL.into_iter();
    let done = all.filter(|operation| role.does(*operation, &class.id));
    let done: Vec<_> = done.map(|one| operation(one, language)).collect();
    if done.is_empty() {
        return say(language, "jen číst", "only read").to_owned();
    }
    done.join(", ")
}

/// Says what is done with a feature.
pub(super) fn operation(operation: Operation, language: Language) -> &'static str {
    match operation {
        Operation::Create => say(language, "přidávat", "add"),
        Operation::Update => say(language, "měnit", "change"),
        Operation::Delete => say(language, "odstraňovat", "remove"),
    }
}

fn duties(role: &Role, language: Language) -> Option<String> {
    let all = [
        (
            Duty::Publish,
            say(language, "vydává datové sady", "publishes datasets"),
        ),
        (
            Duty::Audit,
            say(language, "čte záznamy o přístupech", "reads the audit log"),
        ),
        (
            Duty::Administer,
            say(
                language,
                "spravuje uživatele a jejich role",
                "manages users and their roles",
            ),
        ),
    ];
    let had = all.into_iter().filter(|(duty, _)| role.has(*duty));
    let had: Vec<_> = had.map(|(_, words)| words).collect();
    (!had.is_empty()).then(|| had.join(", "))
}

/// Names the layers of a class that everybody may know of.
fn layers_of(city: &City, class: &LayerClass, language: Language) -> String {
    let views = city.public_layers();
    let of_class: Vec<_> = views
        .filter(|view| view.layer().class == class.id)
        .map(|view| view.layer().title.in_language(language).to_owned())
        .collect();
    if of_class.is_empty() {
        return say(
            language,
            "jen neveřejné vrstvy",
            "only layers that are not public",
        )
        .to_owned();
    }
    of_class.join(", ")
}
