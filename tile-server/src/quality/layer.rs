//! The quality of one layer, feature by feature.

use std::collections::BTreeMap;

use layers::{
    Feature, FeatureQuery, FeatureStore, Finding, Language, LayerView, LoggedChange, Revision,
    StoreError, Territories, Text, Touched, examine,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::freshness::last_changes;
use super::reading::read_some;
use super::{Example, LayerReport, MunicipalityReport, ProblemReport};
use crate::city::title;

/// How many features a report names of those that break the same rule.
const EXAMPLES: usize = 5;

/// The municipality whose a feature is, by its code in RÚIAN; none when it names none.
pub(super) type Owner = Option<i64>;

/// What is kept of one layer.
pub(super) struct LayerQuality {
    view: LayerView,
    /// Whose each feature is that the audience sees, by `fid`.
    owners: FxHashMap<i64, Owner>,
    /// The rules that were ever seen broken, each with the first finding.
    rules: Vec<Finding>,
    /// By `fid` the rules that a feature breaks, by their places.
    flawed: BTreeMap<i64, Vec<usize>>,
    last_changes: BTreeMap<Owner, Revision>,
}

impl LayerQuality {
    /// Looks at every feature.
    pub(super) fn load(
        store: &dyn FeatureStore,
        view: LayerView,
        territories: &Territories,
        log: &[LoggedChange],
    ) -> Result<Self, StoreError> {
        let mut layer = Self {
            owners: FxHashMap::default(),
            rules: Vec::new(),
            flawed: BTreeMap::new(),
            last_changes: BTreeMap::new(),
            view,
        };
        for feature in store.read(&FeatureQuery::new(layer.view.clone()))? {
            layer.add(territories, &feature?);
        }
        let log = layer.own(log);
        layer.last_changes = last_changes(store, &layer.view, &layer.owners, &log)?;
        Ok(layer)
    }

    /// Looks again at the features that the log names.
    pub(super) fn follow(
        &mut self,
        store: &dyn FeatureStore,
        territories: &Territories,
        log: &[LoggedChange],
    ) -> Result<(), StoreError> {
        let log = self.own(log);
        if log.is_empty() {
            return Ok(());
        }
        let fids: FxHashSet<i64> = log.iter().map(|(_, touched)| touched.fid).collect();
        let now = read_some(store, &self.view, None, &fids)?;
        for fid in &fids {
            self.owners.remove(fid);
            self.flawed.remove(fid);
        }
        for feature in now.values() {
            self.add(territories, feature);
        }
        let news = last_changes(store, &self.view, &self.owners, &log)?;
        self.last_changes.extend(news);
        Ok(())
    }

    fn own<'a>(&self, log: &'a [LoggedChange]) -> Vec<(Revision, &'a Touched)> {
        let id = &self.view.layer().id;
        log.iter()
            .filter_map(|change| Some((change.revision, change.feature()?)))
            .filter(|(_, touched)| touched.layer == *id)
            .collect()
    }

    fn add(&mut self, territories: &Territories, feature: &Feature) {
        let owner = self.view.municipality_of(feature);
        self.owners.insert(feature.fid, owner);
        let mut broken: Vec<usize> = Vec::new();
        for finding in examine(&self.view, territories, feature) {
            let rule = self.rule(finding);
            if !broken.contains(&rule) {
                broken.push(rule);
            }
        }
        if !broken.is_empty() {
            self.flawed.insert(feature.fid, broken);
        }
    }

    /// Returns the place of the rule that a finding says is broken.
    fn rule(&mut self, finding: Finding) -> usize {
        let same = |known: &Finding| {
            known.field == finding.field && known.problem.code() == finding.problem.code()
        };
        self.rules.iter().position(same).unwrap_or_else(|| {
            self.rules.push(finding);
            self.rules.len() - 1
        })
    }

    /// Puts together what is known.
    pub(super) fn report(
        &self,
        store: &dyn FeatureStore,
        names: &BTreeMap<i64, String>,
    ) -> Result<LayerReport, StoreError> {
        let rules = 0..self.rules.len();
        let problems = rules.map(|rule| self.problem(store, rule));
        let mut problems: Vec<_> = problems.collect::<Result<_, _>>()?;
        problems.retain(|problem| problem.features > 0);
        // The same order whichever was broken first.
        problems.sort_by_key(|problem| {
            let finding = &problem.finding;
            (finding.field.clone(), finding.problem.code())
        });
        Ok(LayerReport {
            view: self.view.clone(),
            features: self.owners.len() as u64,
            municipalities: self.municipalities(store, names)?,
            problems,
        })
    }

    fn municipalities(
        &self,
        store: &dyn FeatureStore,
        names: &BTreeMap<i64, String>,
    ) -> Result<Vec<MunicipalityReport>, StoreError> {
        let mut counts: BTreeMap<Owner, (u64, u64)> = BTreeMap::new();
        for (fid, owner) in &self.owners {
            let (features, flawed) = counts.entry(*owner).or_default();
            *features += 1;
            *flawed += u64::from(self.flawed.contains_key(fid));
        }
        let report = |(code, (features, flawed)): (Owner, (u64, u64))| {
            let last = self.last_changes.get(&code);
            let info = last.map(|revision| store.revision(*revision)).transpose()?;
            Ok(MunicipalityReport {
                code,
                name: code.and_then(|code| names.get(&code).cloned()),
                features,
                flawed,
                last_change: info.flatten().map(|info| info.at),
            })
        };
        let mut all: Vec<_> = counts.into_iter().map(report).collect::<Result<_, _>>()?;
        all.sort_by_key(|one| one.name.as_deref().map(crate::czech_order::czech_order));
        Ok(all)
    }

    fn problem(&self, store: &dyn FeatureStore, rule: usize) -> Result<ProblemReport, StoreError> {
        let breaking = self
            .flawed
            .iter()
            .filter(|(_, rules)| rules.contains(&rule));
        let fids: Vec<i64> = breaking.map(|(fid, _)| *fid).collect();
        let first: FxHashSet<i64> = fids.iter().take(EXAMPLES).copied().collect();
        let read = read_some(store, &self.view, None, &first)?;
        let examples = fids.iter().filter_map(|fid| read.get(fid));
        Ok(ProblemReport {
            finding: self.rules[rule].clone(),
            features: fids.len() as u64,
            examples: examples
                .map(|feature| Example {
                    id: feature.id,
                    fid: feature.fid,
                    title: Text {
                        cs: title(&self.view, feature, Language::Czech),
                        en: title(&self.view, feature, Language::English),
                    },
                })
                .collect(),
        })
    }
}
