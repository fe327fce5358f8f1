//! Counts that are kept: while nothing is committed, every page of the same features has the same.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use layers::{LayerView, Revision};

use crate::page::PageRequest;

/// How many counts are kept: one for each who walks over pages at a time.
const MOST: usize = 256;

/// What is counted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    view: LayerView,
    at: Option<Revision>,
    text: String,
}

impl Question {
    pub(super) fn of(request: &PageRequest) -> Self {
        let selection = &request.selection;
        Self {
            view: selection.view.clone(),
            at: selection
                .as_of
                .map(|state| state.revision)
                .or(selection.revision),
            text: request.question.clone(),
        }
    }
}

/// The counts of one revision, the newest last.
#[derive(Default)]
struct OfRevision {
    revision: Revision,
    counts: VecDeque<(Question, u64)>,
}

/// The counts of the newest revision that were asked for last.
#[derive(Default)]
pub(crate) struct KeptCounts(Mutex<OfRevision>);

impl KeptCounts {
    /// Returns what was counted while a revision was the newest.
    pub(super) fn find(&self, question: &Question, head: Revision) -> Option<u64> {
        let kept = self.lock();
        let mut counts = kept.counts.iter().filter(|_| kept.revision == head);
        let found = counts.find(|(other, _)| other == question);
        found.map(|(_, count)| *count)
    }

    /// Keeps what was counted while a revision was the newest, before and after.
    pub(super) fn keep(&self, question: Question, head: Revision, count: u64) {
        let mut kept = self.lock();
        if kept.revision != head {
            kept.counts.clear();
            kept.revision = head;
        }
        kept.counts.push_back((question, count));
        if kept.counts.len() > MOST {
            kept.counts.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, OfRevision> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
