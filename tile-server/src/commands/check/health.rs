//! What stored features break of the rules of their layers, whoever wrote them, for `obzor check`.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use layers::{
    Audience, FeatureId, FeatureStore, LayerId, LoggedChange, PrivacyClass, Revision, RevisionInfo,
    Scope, Store, StoreError,
};
use serde_json::{Value as Json, json};

use crate::quality::{Example, LayerReport, ProblemReport, Quality, Report};

/// The layers with findings, and who last changed the features that are named.
#[derive(Default)]
pub(super) struct Health {
    report: Option<Arc<Report>>,
    last_changes: HashMap<(LayerId, FeatureId), RevisionInfo>,
}

impl Health {
    /// Looks at every feature of a store.
    pub(super) fn of(store: &Arc<dyn Store>) -> Result<Self, StoreError> {
        let features: Arc<dyn FeatureStore> = Arc::<dyn Store>::clone(store);
        // Values of retired fields are kept, and no longer judged.
        let everything = Audience::with_clearance(PrivacyClass::Personal);
        let report = Quality::new(features, everything).report()?;
        Ok(Self {
            last_changes: last_changes(&**store, &report)?,
            report: Some(report),
        })
    }

    /// Returns how many features break a rule.
    pub(super) fn flawed(&self) -> u64 {
        self.layers().map(LayerReport::flawed).sum()
    }

    fn layers(&self) -> impl Iterator<Item = &LayerReport> {
        let all = self.report.iter().flat_map(|report| &report.layers);
        all.filter(|layer| !layer.problems.is_empty())
    }

    /// Writes the findings for people.
    pub(super) fn as_text(&self) -> String {
        let mut text = String::new();
        for layer in self.layers() {
            let id = &layer.view.layer().id;
            let _ = writeln!(
                text,
                "{id}: {} of {} features break a rule",
                layer.flawed(),
                layer.features
            );
            for problem in &layer.problems {
                let _ = writeln!(text, "  {}: {}", problem.finding, problem.features);
                for one in &problem.examples {
                    let _ = writeln!(text, "    {}", self.line(id, one));
                }
            }
        }
        text.truncate(text.trim_end().len());
        text
    }

    fn line(&self, layer: &LayerId, one: &Example) -> String {
        let mut line = format!("fid {}  {}  {}", one.fid, one.id, one.title.cs);
        if let Some(info) = self.last_changes.get(&(layer.clone(), one.id)) {
            let at = info.at.format("%Y-%m-%d %H:%M UTC");
            let _ = write!(
                line,
                "  (changed by {}, {at}, revision {})",
                info.author, info.revision.0
            );
        }
        line
    }

    /// Writes the findings for programs.
    pub(super) fn as_json(&self) -> Json {
        let layer = |layer: &LayerReport| {
            let id = &layer.view.layer().id;
            let problems = layer.problems.iter();
            json!({
                "id": id.as_str(),
                "features": layer.features,
                "flawed": layer.flawed(),
                "findings": problems.map(|problem| self.finding(id, problem)).collect::<Vec<_>>(),
            })
        };
        self.layers().map(layer).collect()
    }

    fn finding(&self, layer: &LayerId, problem: &ProblemReport) -> Json {
        let text = problem.finding.problem.text();
        let first = problem.examples.iter().map(|one| {
            let info = self.last_changes.get(&(layer.clone(), one.id));
            json!({
                "id": one.id.to_string(),
                "fid": one.fid,
                "title": one.title.cs,
                "author": info.map(|info| &info.author),
                "at": info.map(|info| info.at),
                "revision": info.map(|info| info.revision.0),
            })
        });
        json!({
            "field": problem.finding.field,
            "code": problem.finding.problem.code(),
            "message": { "cs": text.cs, "en": text.en },
            "features": problem.features,
            "first": first.collect::<Vec<_>>(),
        })
    }
}

/// Returns who last changed each of the features that a report names.
fn last_changes(
    store: &dyn FeatureStore,
    report: &Report,
) -> Result<HashMap<(LayerId, FeatureId), RevisionInfo>, StoreError> {
    let mut named: HashMap<(LayerId, FeatureId), Revision> = HashMap::new();
    for layer in &report.layers {
        let examples = layer.problems.iter().flat_map(|problem| &problem.examples);
        named.extend(examples.map(|one| ((layer.view.layer().id.clone(), one.id), Revision(0))));
    }
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    for change in store.changes(Revision(0))? {
        let LoggedChange { revision, scope } = change;
        let Scope::Feature(touched) = scope else {
            continue;
        };
        if let Some(last) = named.get_mut(&(touched.layer, touched.id)) {
            *last = revision;
        }
    }
    let mut found = HashMap::new();
    for (feature, revision) in named {
        found.extend(store.revision(revision)?.map(|info| (feature, info)));
    }
    Ok(found)
}
