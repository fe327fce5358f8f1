//! What the sample district would publish: a few datasets of every municipality.

use catalog::{
    Contact, Dataset, Periodicity, PersonalData, Protection, Publisher, TermsOfUse, Territory,
    TerritoryKind, Theme,
};
use layers::{LayerId, Text};

use crate::recorder::MADE_AT;

/// What is published together: the end of its id, its layers, theme, and titles in Czech and English.
struct Plan {
    id: &'static str,
    layers: &'static [&'static str],
    theme: Theme,
    steward: &'static str,
    cs: &'static str,
    en: &'static str,
}

const PLANS: [Plan; 3] = [
    Plan {
        id: "street-lighting",
        layers: &["street-lights", "switchboards"],
        theme: Theme::Transport,
        steward: "Správa veřejného osvětlení",
        cs: "Veřejné osvětlení",
        en: "Street lighting",
    },
    Plan {
        id: "greenery",
        layers: &["trees", "green-areas"],
        theme: Theme::Environment,
        steward: "Odbor životního prostředí",
        cs: "Zeleň",
        en: "Greenery",
    },
    Plan {
        id: "sorted-waste",
        layers: &["waste-sites", "waste-containers"],
        theme: Theme::Environment,
        steward: "Odbor životního prostředí",
        cs: "Tříděný odpad",
        en: "Sorted waste",
    },
];

/// Returns the datasets of a municipality with that code, name and place among the municipalities of the sample.
pub(crate) fn datasets(code: i64, name: &str, place: usize) -> impl Iterator<Item = Dataset> {
    PLANS
        .iter()
        .map(move |plan| dataset(plan, code, name, place))
}

fn dataset(plan: &Plan, code: i64, name: &str, place: usize) -> Dataset {
    let text = |cs: String, en: String| Text { cs, en };
    let publisher = text(
        format!("Obec {name} (ukázka)"),
        format!("Municipality of {name} (sample)"),
    );
    Dataset {
        id: format!("sample-{code}-{}", plan.id),
        municipality_code: code,
        layers: plan
            .layers
            .iter()
            .filter_map(|id| LayerId::new(id))
            .collect(),
        periodicity: Periodicity::Quarterly,
        themes: vec![plan.theme],
        steward: plan.steward.to_owned(),
        title: text(
            format!("{} – {name} (ukázka)", plan.cs),
            format!("{} – {name} (sample)", plan.en),
        ),
        description: text(
            format!(
                "Ukázková, vymyšlená data: {} v obci {name}.",
                plan.cs.to_lowercase()
            ),
            format!(
                "Invented sample data: {} in {name}.",
                plan.en.to_lowercase()
            ),
        ),
        keywords: vec![
            text(plan.cs.to_lowercase(), plan.en.to_lowercase()),
            text("ukázková data".to_owned(), "sample data".to_owned()),
        ],
        spatial_coverage: vec![Territory {
            kind: TerritoryKind::Municipality,
            code,
        }],
        contact: Contact {
            name: text(
                format!("Obecní úřad {name} (ukázka)"),
                format!("Municipal office of {name} (sample)"),
            ),
            email: format!("data@obec-{code}.example"),
        },
        publisher: Publisher {
            name: publisher,
            company_number: company_number(place),
        },
        terms_of_use: TermsOfUse {
            works: Protection::None,
            database_work: Protection::None,
            database_right: Protection::Cc0,
            personal_data: PersonalData::None,
            author: None,
            decided_by: "Ukázková instance".to_owned(),
            decided_on: MADE_AT.date_naive(),
            reason: "Data jsou vymyšlena programem; nikdo k nim nemá práva.".to_owned(),
        },
    }
}

/// Returns a company number (IČO) with a right check digit, so low that no municipality has it.
fn company_number(place: usize) -> String {
    let stem = format!("{:07}", place + 1);
    let digits = stem.bytes().map(|digit| usize::from(digit - b'0'));
    let weighted: usize = digits
        .zip((2..=8).rev())
        .map(|(digit, weight)| digit * weight)
        .sum();
    format!("{stem}{}", (11 - weighted % 11) % 10)
}
