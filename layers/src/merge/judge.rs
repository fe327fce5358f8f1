//! Judging a batch: each operation in turn, over what those before it made of the features.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::chain::{Judged, Sight, is_chain, not_a_chain};
use super::difference::change;
use super::effect::{self, Effect, NoSuchFeature, Open};
use super::keys::{Keys, key_of};
use super::order::in_order;
use super::outcome::{Asked, Conflict, Early, Judgement, Outcome, Signature};
use super::reading::{Reading, malformed};
use super::{Batch, Content, Operation, OperationId, Past};
use crate::policy::Operation as Act;
use crate::{FeatureId, Finding, Layer, LayerId, LayerSet, Problem, StoreError};

/// The `rev` of a new feature.
const FIRST_REV: i64 = 1;

/// Says what to do with a batch: which changes to commit, what became of each operation, and what is open.
///
/// Three-way per value and for the geometry: what only one side changed is taken over, what both changed is merged by
/// the policy of the field, lines and areas vertex by vertex, and the rest stays as committed and becomes a conflict. A
/// removal never wins over a change, nor a change over a removal. What was judged before is not done again, however
/// often it is sent. No clock but the server's order counts.
///
/// `permits` is asked once for each operation that is understood so far as to know what it would do.
pub fn judge(
    batch: &Batch,
    layers: &LayerSet,
    past: &dyn Past,
    permits: &dyn Fn(&Asked<'_>) -> bool,
) -> Result<Judgement, StoreError> {
    let operations = &batch.operations;
    let mut first_places = HashMap::with_capacity(operations.len());
    for (place, operation) in operations.iter().enumerate() {
        first_places.entry(operation.id).or_insert(place);
    }
    let order = in_order(operations, &first_places);
    let followed = operations.iter().filter_map(|operation| operation.after);
    let mut judge = Judge {
        batch,
        layers,
        past,
        permits,
        followed: followed.collect(),
        first_places,
        outcomes: vec![None; operations.len()],
        had_its_turn: vec![false; operations.len()],
        works: HashMap::new(),
        sights: HashMap::new(),
        keys: Keys::default(),
        judgement: Judgement::default(),
    };
    for place in order {
        judge.outcomes[place] = judge.outcome(place)?;
        judge.had_its_turn[place] = true;
    }
    let ids = operations.iter().map(|operation| operation.id);
    let outcomes = ids
        .zip(judge.outcomes)
        .filter_map(|(id, outcome)| Some((id, outcome?)));
    judge.judgement.outcomes = outcomes.collect();
    Ok(judge.judgement)
}

/// A feature while a batch is judged.
struct Work {
    rev: i64,
    content: Option<Content>,
    /// Who changed it last in this batch.
    signature: Option<Signature>,
}

struct Judge<'a> {
    batch: &'a Batch,
    layers: &'a LayerSet,
    past: &'a dyn Past,
    permits: &'a dyn Fn(&Asked<'_>) -> bool,
    /// The operations on which others of the batch stand.
    followed: HashSet<OperationId>,
    first_places: HashMap<OperationId, usize>,
    outcomes: Vec<Option<Outcome>>,
    had_its_turn: Vec<bool>,
    works: HashMap<(LayerId, FeatureId), Work>,
    /// What the authors of operations saw on which others stand.
    sights: HashMap<OperationId, Sight>,
    keys: Keys,
    judgement: Judgement,
}

impl<'a> Judge<'a> {
    /// Returns what becomes of an operation; none when it came too early.
    fn outcome(&mut self, place: usize) -> Result<Option<Outcome>, StoreError> {
        let operation = &self.batch.operations[place];
        if let Some(before) = self.judged(operation.id)? {
            return Ok(Some(again(operation, before)));
        }
        if let Some(after) = operation.after {
            match self.judged(after)? {
                Some(before) => {
                    if !is_chain(&before.operation, operation) {
                        return Ok(Some(rejected(not_a_chain())));
                    }
                }
                // In its turn, what it stands on was looked at before, unless they stand on one another.
                None if self.is_yet_to_come(after) => {
                    return Ok(Some(rejected(not_a_chain())));
                }
                None => {
                    self.judgement.early.push(Early {
                        operation: operation.id,
                        awaits: after,
                    });
                    return Ok(None);
                }
            }
        }
        // Whoever may not know of a layer learns nothing from the answer.
        let Some(layer) = self.layers.get(&operation.layer) else {
            return Ok(Some(Outcome::Unpermitted));
        };
        self.judge(operation, layer).map(Some)
    }

    fn judge(&mut self, operation: &'a Operation, layer: &Layer) -> Result<Outcome, StoreError> {
        let reading = Reading::new(operation, layer);
        let key = (layer.id.clone(), operation.feature);
        self.load(layer, &key)?;
        let sight = match self.sight(operation, layer) {
            Err(StoreError::BeforeHistory { .. }) => return Ok(self.forgotten(operation, layer)),
            sight => sight?,
        };
        let current = self.works[&key].content.as_ref();
        let effect = match operation.act {
            Act::Create => Ok(effect::create(layer, &reading, current)),
            Act::Update => effect::update(layer, &reading, &sight, current),
            Act::Delete => effect::delete(layer, &sight, current),
        };
        let after = effect
            .as_ref()
            .ok()
            .and_then(|effect| effect.after.as_ref());
        let known = sight.taken.as_ref().or(sight.seen.as_ref());
        let asked = Asked {
            operation,
            layer,
            before: current.or(known.filter(|_| operation.act != Act::Create)),
            after,
        };
        if !(self.permits)(&asked) {
            return Ok(Outcome::Unpermitted);
        }
        let mut findings = reading.findings;
        match effect {
            Err(NoSuchFeature) => findings.push(Finding::of_feature(Problem::NoSuchFeature)),
            Ok(effect) => {
                let more = self.check(layer, operation.feature, current, &effect)?;
                for finding in more {
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                }
                if findings.is_empty() {
                    return self.take(operation, layer, effect);
                }
            }
        }
        Ok(Outcome::Rejected(findings))
    }

    /// Rejects an operation of which nobody knows any more what its author began with.
    fn forgotten(&self, operation: &Operation, layer: &Layer) -> Outcome {
        let work = &self.works[&(layer.id.clone(), operation.feature)];
        let asked = Asked {
            operation,
            layer,
            before: work.content.as_ref(),
            after: None,
        };
        if (self.permits)(&asked) {
            rejected(Problem::BaseForgotten)
        } else {
            Outcome::Unpermitted
        }
    }

    /// Returns everything that is wrong with what an operation makes of a feature.
    fn check(
        &self,
        layer: &Layer,
        id: FeatureId,
        current: Option<&Content>,
        effect: &Effect,
    ) -> Result<Vec<Finding>, StoreError> {
        let Some(after) = effect
            .after
            .as_ref()
            .filter(|after| Some(*after) != current)
        else {
            return Ok(Vec::new());
        };
        let mut findings = layer.check(after.geometry.as_ref(), &after.values);
        if current.and_then(|current| key_of(layer, current)) != key_of(layer, after) {
            let of = |id| {
                let work = self.works.get(&(layer.id.clone(), id));
                work.map(|work| work.content.as_ref())
            };
            findings.extend(self.keys.namesake(self.past, layer, id, after, of)?);
        }
        Ok(findings)
    }

    /// Takes over what an operation makes of a feature.
    fn take(
        &mut self,
        operation: &Operation,
        layer: &Layer,
        effect: Effect,
    ) -> Result<Outcome, StoreError> {
        let Effect {
            after,
            open,
            is_merge,
        } = effect;
        let parts: Vec<_> = open.iter().map(|open| open.part.clone()).collect();
        self.keep(operation, layer, open)?;
        let work = self.works.get_mut(&(layer.id.clone(), operation.feature));
        let work = work.expect("it was loaded to be judged");
        let held = work.content.as_ref().map(|content| (content, work.rev));
        let change = change(layer, operation.feature, held, after.as_ref());
        if let Some(change) = change {
            self.judgement.changes.push(change);
            self.keys.put(
                layer,
                operation.feature,
                work.content.as_ref(),
                after.as_ref(),
            );
            work.rev = if work.content.is_some() {
                work.rev + 1
            } else {
                FIRST_REV
            };
            work.content = after;
            work.signature = Some(Signature {
                author: self.batch.author.clone(),
                at: self.batch.at,
                revision: None,
            });
        }
        let rev = work.content.as_ref().map(|_| work.rev);
        Ok(if !parts.is_empty() {
            Outcome::Conflict { rev, parts }
        } else if is_merge {
            Outcome::Merged { rev }
        } else {
            Outcome::Applied { rev }
        })
    }

    /// Keeps what is open as conflicts.
    fn keep(
        &mut self,
        operation: &Operation,
        layer: &Layer,
        open: Vec<Open>,
    ) -> Result<(), StoreError> {
        if open.is_empty() {
            return Ok(());
        }
        let work = &self.works[&(layer.id.clone(), operation.feature)];
        let theirs_by = if work.signature.is_some() {
            work.signature.clone()
        } else {
            let info = self.past.last_change(layer, operation.feature)?;
            info.map(|info| Signature {
                author: info.author,
                at: info.at,
                revision: Some(info.revision),
            })
        };
        // Where the feature is gone, whose it was.
        let municipality = work
            .content
            .as_ref()
            .or_else(|| open.iter().find_map(Open::content))
            .and_then(|content| content.municipality(layer));
        let conflicts = open.into_iter().map(|open| Conflict {
            operation: operation.id,
            layer: layer.id.clone(),
            feature: operation.feature,
            municipality,
            part: open.part,
            base: open.base,
            theirs: open.theirs,
            mine: open.mine,
            theirs_by: theirs_by.clone(),
            author: operation.author.clone(),
            device: operation.device.clone(),
            at: operation.at,
        });
        self.judgement.conflicts.extend(conflicts);
        Ok(())
    }

    /// Reads a feature as it stands, unless the batch has changed it.
    fn load(&mut self, layer: &Layer, key: &(LayerId, FeatureId)) -> Result<(), StoreError> {
        if let Entry::Vacant(entry) = self.works.entry(key.clone()) {
            let current = self.past.current(layer, key.1)?;
            entry.insert(Work {
                rev: current.as_ref().map_or(0, |feature| feature.rev),
                content: current.map(Content::from),
                signature: None,
            });
        }
        Ok(())
    }

    /// Returns an operation that was judged, in this batch or before.
    fn judged(&self, id: OperationId) -> Result<Option<Judged<'a>>, StoreError> {
        let place = self.first_places.get(&id);
        let outcome = place.and_then(|place| self.outcomes[*place].as_ref());
        match (place, outcome) {
            // What was sent again is what it was at first, also as the base of others.
            (Some(place), Some(outcome)) if !matches!(outcome, Outcome::Duplicate(_)) => {
                Ok(Some(Judged {
                    operation: Cow::Borrowed(&self.batch.operations[*place]),
                    outcome: outcome.clone(),
                }))
            }
            _ => Ok(self.past.earlier(id)?.map(|recorded| Judged {
                operation: Cow::Owned(recorded.operation),
                outcome: recorded.outcome,
            })),
        }
    }

    /// Returns what the author of an operation saw.
    fn sight(&mut self, operation: &'a Operation, layer: &Layer) -> Result<Sight, StoreError> {
        // Back to the first of their operations that they still showed as their own.
        let mut chain = vec![Cow::Borrowed(operation)];
        let mut own = Vec::new();
        let mut passed = HashSet::from([operation.id]);
        while let Some(last) = chain.last() {
            let after = last.after.filter(|_| !self.sights.contains_key(&last.id));
            let before = after.map(|after| self.judged(after)).transpose()?.flatten();
            let goes_on = |before: &Judged<'_>| is_chain(&before.operation, last);
            let Some(before) = before.filter(goes_on) else {
                break;
            };
            if !passed.insert(before.operation.id) {
                break;
            }
            chain.push(before.operation.clone());
            own.push(before);
        }
        let mut sight: Option<Sight> = None;
        while let Some(operation) = chain.pop() {
            let begun = match (self.sights.get(&operation.id), sight) {
                (Some(known), _) => known.clone(),
                (None, None) => Sight::at(self.past, layer, &operation)?,
                (None, Some(before)) => {
                    let fresh = Sight::at(self.past, layer, &operation)?;
                    let own = own.pop().expect("one for each operation but the first");
                    before.after(layer, &own).over(fresh)
                }
            };
            if self.followed.contains(&operation.id) {
                self.sights.insert(operation.id, begun.clone());
            }
            sight = Some(begun);
        }
        Ok(sight.unwrap_or_default())
    }

    /// Whether the batch has an operation that has not had its turn.
    fn is_yet_to_come(&self, id: OperationId) -> bool {
        let place = self.first_places.get(&id);
        place.is_some_and(|place| !self.had_its_turn[*place])
    }
}

/// Returns the outcome of an operation that came again; under its identity nothing else may come.
fn again(operation: &Operation, before: Judged<'_>) -> Outcome {
    if before.operation.is_again(operation) {
        Outcome::Duplicate(Box::new(before.outcome))
    } else {
        rejected(malformed(
            "pod touto identitou už přišla jiná operace",
            "another operation came under this identity",
        ))
    }
}

fn rejected(problem: Problem) -> Outcome {
    Outcome::Rejected(vec![Finding::of_feature(problem)])
}
