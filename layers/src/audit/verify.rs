//! Whether the audit log is as it was written: every row that was changed, moved, added or taken away is named.

use std::fmt;

use super::{AuditAct, AuditRow, AuditStore, ChainEnd, GENESIS, link};
use crate::StoreError;

/// How many rows are read at once.
const PAGE: u64 = 10_000;
/// How many rows that do not fit are compared with each other, to find those that were moved.
const COMPARED: usize = 50;

/// One thing that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditFault {
    /// A row is not what its hash says, or the row before it is another one now.
    Changed {
        /// The chain.
        chain: String,
        /// The row's place.
        seq: i64,
    },
    /// A row stands in the place of another.
    Moved {
        /// The chain.
        chain: String,
        /// Where it stands.
        seq: i64,
        /// Where it stood.
        from: i64,
    },
    /// Rows are missing, the last included.
    Missing {
        /// The chain.
        chain: String,
        /// The first place that is empty.
        first: i64,
        /// The last one.
        last: i64,
    },
    /// A row was added past the end of its chain, not by the store.
    Added {
        /// The chain.
        chain: String,
        /// Its place.
        seq: i64,
    },
    /// The row that an anchor names is missing, or is another one.
    Unanchored(ChainEnd),
}

impl AuditFault {
    /// Returns the chain in which it is.
    pub fn chain(&self) -> &str {
        match self {
            Self::Changed { chain, .. }
            | Self::Moved { chain, .. }
            | Self::Missing { chain, .. }
            | Self::Added { chain, .. } => chain,
            Self::Unanchored(end) => &end.chain,
        }
    }
}

impl fmt::Display for AuditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chain = self.chain();
        match self {
            Self::Changed { seq, .. } => write!(f, "{chain} {seq}: changed"),
            Self::Moved { seq, from, .. } => write!(f, "{chain} {seq}: moved from {from}"),
            Self::Missing { first, last, .. } => write!(f, "{chain} {first}-{last}: missing"),
            Self::Added { seq, .. } => write!(f, "{chain} {seq}: added"),
            Self::Unanchored(end) => write!(f, "{chain} {}: not as anchored", end.seq),
        }
    }
}

/// What was found in the whole log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditVerdict {
    /// How many rows were read.
    pub rows: u64,
    /// The end of every chain, to be kept elsewhere: it shows later that nothing was cut off.
    pub ends: Vec<ChainEnd>,
    /// How many anchors were compared.
    pub anchors: usize,
    /// Everything that is not as it was written.
    pub faults: Vec<AuditFault>,
}

/// Reads the whole log and compares it with its hashes, with the anchors in it and with those that are given.
///
/// Of rows that are added while it is read, only that the store added them is looked at.
pub fn verify_audit(
    store: &dyn AuditStore,
    anchors: &[ChainEnd],
) -> Result<AuditVerdict, StoreError> {
    let mut verdict = AuditVerdict {
        ends: store.audit_ends()?,
        ..AuditVerdict::default()
    };
    let mut anchors = anchors.to_vec();
    let (mut seen, mut late) = (Vec::new(), Vec::new());
    let mut chain = Chain::default();
    let mut after: Option<(String, i64)> = None;
    loop {
        let place = after.as_ref().map(|(chain, seq)| (chain.as_str(), *seq));
        let rows = store.audit_rows(place, PAGE)?;
        let Some(last) = rows.last() else { break };
        after = Some((last.chain.clone(), last.seq));
        for row in rows {
            if chain.name != row.chain {
                std::mem::take(&mut chain).finish(&mut verdict);
                chain.begin(&row.chain, &verdict.ends);
                seen.push(row.chain.clone());
            }
            if row
                .event()
                .is_some_and(|event| event.act == AuditAct::Anchor)
            {
                anchors.extend(row.event().into_iter().flat_map(|event| event.ends));
            }
            if chain.is_late(&row) {
                late.push((row.chain, row.seq));
            } else {
                chain.take(row, &mut verdict);
            }
        }
    }
    chain.finish(&mut verdict);
    let gone = verdict.ends.iter().filter(|end| !seen.contains(&end.chain));
    let gone = gone.map(|end| AuditFault::Missing {
        chain: end.chain.clone(),
        first: 1,
        last: end.seq,
    });
    verdict.faults.extend(gone.collect::<Vec<_>>());
    verdict.faults.extend(added(store, late)?);
    compare_anchors(store, anchors, &mut verdict)?;
    Ok(verdict)
}

/// Returns those rows past the ends of their chains that the store did not add meanwhile.
fn added(
    store: &dyn AuditStore,
    late: Vec<(String, i64)>,
) -> Result<impl Iterator<Item = AuditFault>, StoreError> {
    let ends = store.audit_ends()?;
    let is_ours = move |chain: &str, seq| {
        let mut ends = ends.iter();
        ends.any(|end| end.chain == chain && end.seq >= seq)
    };
    let late = late.into_iter();
    let strange = late.filter(move |(chain, seq)| !is_ours(chain, *seq));
    Ok(strange.map(|(chain, seq)| AuditFault::Added { chain, seq }))
}

fn compare_anchors(
    store: &dyn AuditStore,
    mut anchors: Vec<ChainEnd>,
    verdict: &mut AuditVerdict,
) -> Result<(), StoreError> {
    anchors.sort();
    anchors.dedup();
    verdict.anchors = anchors.len();
    for anchor in anchors.into_iter().filter(|anchor| anchor.seq > 0) {
        let before = Some((anchor.chain.as_str(), anchor.seq - 1));
        let row = store.audit_rows(before, 1)?.pop();
        let fits = |row: &AuditRow| {
            (&row.chain, row.seq, &row.hash) == (&anchor.chain, anchor.seq, &anchor.hash)
        };
        if !row.is_some_and(|row| fits(&row)) {
            verdict.faults.push(AuditFault::Unanchored(anchor));
        }
    }
    Ok(())
}

/// A chain that is being read.
#[derive(Default)]
struct Chain {
    name: String,
    /// Its end, as it was noted when it was written.
    end: Option<ChainEnd>,
    /// The place and hash of the row before; the hash is none when that row is missing.
    seq: i64,
    hash: Option<String>,
    /// The rows that do not fit, each with the hash before it.
    odd: Vec<(AuditRow, String)>,
}

impl Chain {
    fn begin(&mut self, name: &str, ends: &[ChainEnd]) {
        name.clone_into(&mut self.name);
        self.end = ends.iter().find(|end| end.chain == name).cloned();
        self.hash = Some(GENESIS.to_owned());
    }

    /// Whether a row stands past the end that was noted.
    fn is_late(&self, row: &AuditRow) -> bool {
        row.seq > self.end.as_ref().map_or(0, |end| end.seq)
    }

    fn take(&mut self, row: AuditRow, verdict: &mut AuditVerdict) {
        let name = &self.name;
        verdict.rows += 1;
        if row.seq > self.seq + 1 {
            verdict.faults.push(AuditFault::Missing {
                chain: name.clone(),
                first: self.seq + 1,
                last: row.seq - 1,
            });
            self.hash = None;
        }
        self.seq = row.seq;
        // What follows a row that is missing cannot be checked: its hash holds that of the missing one.
        let before = self.hash.replace(row.hash.clone());
        if let Some(before) = before
            && link(name, row.seq, &before, &row.text) != row.hash
        {
            self.odd.push((row, before));
        }
    }

    fn finish(mut self, verdict: &mut AuditVerdict) {
        self.judge(&mut verdict.faults);
        let Some(end) = self.end.filter(|_| !self.name.is_empty()) else {
            return;
        };
        if self.seq < end.seq {
            verdict.faults.push(AuditFault::Missing {
                chain: self.name,
                first: self.seq + 1,
                last: end.seq,
            });
        } else if self.hash.is_some_and(|hash| hash != end.hash) {
            verdict.faults.push(AuditFault::Unanchored(end));
        }
    }

    /// Says of the rows that do not fit whether they were moved or changed.
    fn judge(&mut self, faults: &mut Vec<AuditFault>) {
        let odd = std::mem::take(&mut self.odd);
        let few = &odd[..odd.len().min(COMPARED)];
        // Each row was hashed with the hash before its own place, which may have been moved too.
        let befores: Vec<&str> = few
            .iter()
            .flat_map(|(row, before)| [row.hash.as_str(), before.as_str()])
            .collect();
        for (place, (row, _)) in odd.iter().enumerate() {
            let stood = |seq: i64| {
                let mut befores = befores.iter().filter(|_| place < COMPARED);
                befores.any(|before| link(&self.name, seq, before, &row.text) == row.hash)
            };
            let (chain, seq) = (self.name.clone(), row.seq);
            if stood(seq) {
                // It is sound: the row before it was moved away.
                continue;
            }
            let from = few.iter().map(|(other, _)| other.seq).find(|&p| stood(p));
            faults.push(match from {
                Some(from) => AuditFault::Moved { chain, seq, from },
                None => AuditFault::Changed { chain, seq },
            });
        }
    }
}
