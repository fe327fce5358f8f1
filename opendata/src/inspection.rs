//! The inspection of a dataset: every check over every feature that would go out, and everything that they found.

mod geometry;
mod privacy;
mod schema;
mod subject;
mod territory;
mod texts;

use catalog::Dataset;
use layers::{Feature, FeatureStore, LayerId, LayerView, StoreError, municipalities};

use self::schema::Keys;
use self::subject::Subject;
use self::territory::Home;
use crate::finding::text;
use crate::gate::check_dataset;
use crate::{Check, Finding, Findings, Obstacle, Place, PublicView};

/// What was found out about a dataset.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// Everything that the checks found.
    pub findings: Findings,
    /// How many features each layer has.
    pub features: Vec<(LayerId, u64)>,
}

/// Looks at the record of a dataset and at every feature of its view; `seen` is called for each.
pub fn inspect(
    dataset: &Dataset,
    view: &PublicView,
    store: &dyn FeatureStore,
    seen: &mut dyn FnMut(),
) -> Result<Inspection, StoreError> {
    let mut inspection = Inspection::default();
    let obstacles = check_dataset(dataset, store.layers());
    for finding in obstacles.iter().map(Obstacle::finding) {
        inspection.findings.add(finding);
    }
    texts::check_record(dataset, &mut inspection.findings);
    let at = view.queries().first().and_then(|query| query.at);
    let home = municipalities(store, at)?
        .into_iter()
        .find(|municipality| municipality.code == dataset.municipality_code)
        .filter(|municipality| municipality.exact)
        .map(|municipality| Home::new(&municipality));
    for query in view.queries() {
        let mut layer = LayerInspection::new(&query.view, home.as_ref());
        for feature in store.read(query)? {
            layer.inspect(&feature?, &mut inspection.findings);
            seen();
        }
        let id = query.view.layer().id.clone();
        inspection.features.push((id, layer.count));
    }
    if inspection.features.iter().all(|(_, count)| *count == 0) {
        inspection.findings.add(empty());
    }
    Ok(inspection)
}

fn empty() -> Finding {
    Finding {
        check: Check::NotEmpty,
        place: Place::default(),
        message: text("není tu žádný veřejný prvek", "there is no public feature"),
        advice: text(
            "Doplňte data, nebo sadu nezveřejňujte.",
            "Add data, or do not publish the dataset.",
        ),
    }
}

/// The inspection of one layer.
struct LayerInspection<'a> {
    view: &'a LayerView,
    home: Option<&'a Home>,
    keys: Keys,
    count: u64,
}

impl<'a> LayerInspection<'a> {
    fn new(view: &'a LayerView, home: Option<&'a Home>) -> Self {
        Self {
            view,
            home,
            keys: Keys::new(view),
            count: 0,
        }
    }

    /// Looks at one feature with every check.
    fn inspect(&mut self, feature: &Feature, findings: &mut Findings) {
        self.count += 1;
        let mut subject = Subject::new(self.view, feature, findings);
        schema::check(&mut subject);
        self.keys.check(&mut subject);
        geometry::check(&mut subject, self.home);
        texts::check(&mut subject);
    }
}
