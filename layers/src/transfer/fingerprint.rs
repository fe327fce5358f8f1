//! Fingerprints: two stores hold the same when these are the same, whatever engines keep them.
//!
//! A fingerprint is the SHA-256 of values in one canonical form: numbers in eight bytes, little end first, texts with
//! their length before them, geometry as well-known binary, instants in the precision in which they are kept.

use std::fmt;

use geo_types::Geometry;
use sha2::{Digest, Sha256};

use crate::merge::LedgerRow;
use crate::store::wkb;
use crate::{
    Bbox, ChangeKind, Feature, HistoryEntry, Layer, LayerId, LayerSet, OfficeRecord, Revision,
    RevisionInfo, Snapshot, StoreError, Value, Version,
};

/// The SHA-256 of something in its canonical form, and how many things that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// How many features, versions, revisions or records.
    pub count: u64,
    sha256: [u8; 32],
}

/// The fingerprints of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerFingerprint {
    /// The layer.
    pub layer: LayerId,
    /// Of the features that stand in it.
    pub features: Fingerprint,
    /// Of every version of every feature, each with its revision and its place in it.
    pub versions: Fingerprint,
}

/// The fingerprints of all that a store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFingerprint {
    /// The newest revision.
    pub head: Revision,
    /// Of the revisions: numbers, authors, times and reasons.
    pub revisions: Fingerprint,
    /// Of every layer, in the order of the definitions.
    pub layers: Vec<LayerFingerprint>,
    /// Of the office's records with their versions.
    pub records: Fingerprint,
    /// Of operations, conflicts, and of what was shown to whom.
    pub ledger: Fingerprint,
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sha256
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Reads all that a snapshot holds and returns its fingerprints; attached tables are none of it.
pub fn fingerprint(
    layers: &LayerSet,
    snapshot: &mut dyn Snapshot,
) -> Result<StoreFingerprint, StoreError> {
    let mut versions: Vec<_> = layers.kept().map(|layer| Canonical::of(layer)).collect();
    let mut revisions = Canonical::default();
    let (mut revision, mut place) = (0, 0);
    for entry in snapshot.history(Revision(0))? {
        match entry? {
            HistoryEntry::Revision(info) => {
                revisions.add_revision(&info);
                (revision, place) = (info.revision.0, 0);
            }
            HistoryEntry::Version(version) => {
                place += 1;
                let layer = layers.kept().position(|l| l.id == version.touched.layer);
                let of_layer = layer.map(|layer| &mut versions[layer]);
                let of_layer = of_layer
                    .ok_or_else(|| StoreError::UnknownLayer(version.touched.layer.clone()))?;
                of_layer.add_version(revision, place, &version);
            }
        }
    }
    let mut of_layers = Vec::new();
    for (layer, versions) in layers.kept().zip(versions) {
        let mut features = Canonical::of(layer);
        for feature in snapshot.standing(&layer.id)? {
            features.add_feature(&feature?);
        }
        of_layers.push(LayerFingerprint {
            layer: layer.id.clone(),
            features: features.finish(),
            versions: versions.finish(),
        });
    }
    let mut records = Canonical::default();
    for record in snapshot.records()? {
        records.add_record(&record);
    }
    let mut ledger = Canonical::default();
    for row in snapshot.ledger()? {
        ledger.add_ledger_row(&row?);
    }
    Ok(StoreFingerprint {
        head: snapshot.head(),
        revisions: revisions.finish(),
        layers: of_layers,
        records: records.finish(),
        ledger: ledger.finish(),
    })
}

/// Takes things in their canonical form.
#[derive(Default)]
struct Canonical {
    hash: Sha256,
    count: u64,
    geometry: Vec<u8>,
}

impl Canonical {
    /// Begins with what is to be known to read the rest: the layer and its fields.
    fn of(layer: &Layer) -> Self {
        let mut new = Self::default();
        new.text(layer.id.as_str());
        for field in &layer.fields {
            new.text(&field.name);
        }
        new
    }

    fn finish(self) -> Fingerprint {
        Fingerprint {
            count: self.count,
            sha256: self.hash.finalize().into(),
        }
    }

    fn add_revision(&mut self, info: &RevisionInfo) {
        self.count += 1;
        self.integer(info.revision.0);
        self.integer(info.at.timestamp_micros());
        self.text(&info.author);
        self.text(&info.reason);
    }

    fn add_version(&mut self, revision: i64, place: i64, version: &Version) {
        let touched = &version.touched;
        self.count += 1;
        self.integer(revision);
        self.integer(place);
        self.hash.update(touched.id.as_uuid().as_bytes());
        self.integer(touched.fid);
        self.integer(version.rev);
        self.integer(match touched.kind {
            ChangeKind::Insert => 1,
            ChangeKind::Update => 2,
            ChangeKind::Delete => 3,
        });
        self.bbox(touched.before);
        self.bbox(touched.after);
        self.geometry(version.geometry.as_ref());
        self.values(&version.values);
    }

    fn add_feature(&mut self, feature: &Feature) {
        self.count += 1;
        self.hash.update(feature.id.as_uuid().as_bytes());
        self.integer(feature.fid);
        self.integer(feature.rev);
        self.geometry(feature.geometry.as_ref());
        self.values(&feature.values);
    }

    fn add_record(&mut self, record: &OfficeRecord) {
        self.count += 1;
        self.text(record.kind.as_str());
        self.text(&record.key);
        self.integer(record.version);
        self.text(&record.body.to_string());
    }

    fn add_ledger_row(&mut self, row: &LedgerRow) {
        self.count += 1;
        match row {
            LedgerRow::Operation(row) => {
                self.integer(1);
                self.integer(row.seq);
                self.text(&row.sender);
                self.integer(row.at.timestamp_millis());
                self.integer(row.is_blind.into());
                self.integer(row.revision.map_or(0, |revision| revision.0));
                self.text(&row.operation.to_string());
                self.text(&row.outcome.to_string());
            }
            LedgerRow::Conflict(row) => {
                self.integer(2);
                self.integer(row.seq);
                for text in [&row.operation, &row.part, &row.layer, &row.feature] {
                    self.text(text);
                }
                self.integer(row.municipality.unwrap_or(-1));
                self.integer(row.opened.timestamp_millis());
                self.text(&row.conflict.to_string());
                let decision = row.decision.as_ref().map(ToString::to_string);
                self.text(&decision.unwrap_or_default());
            }
            LedgerRow::Served(row) => {
                self.integer(3);
                self.text(&row.reader);
                self.text(&row.layer);
                self.integer(row.revision.0);
                self.integer(row.at.timestamp_millis());
            }
        }
    }

    fn integer(&mut self, number: i64) {
        self.hash.update(number.to_le_bytes());
    }

    /// Zero has one form here: not every engine keeps its sign.
    fn real(&mut self, number: f64) {
        self.hash.update((number + 0.0).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.integer(text.len() as i64);
        self.hash.update(text);
    }

    fn bbox(&mut self, bbox: Option<Bbox>) {
        self.integer(bbox.is_some().into());
        for edge in bbox.iter().flat_map(|bbox| [bbox.min, bbox.max]).flatten() {
            self.real(edge);
        }
    }

    fn geometry(&mut self, geometry: Option<&Geometry<f64>>) {
        self.geometry.clear();
        if let Some(geometry) = geometry {
            wkb::write(&mut self.geometry, geometry);
        }
        self.integer(self.geometry.len() as i64);
        self.hash.update(&self.geometry);
    }

    fn values(&mut self, values: &[Value]) {
        self.integer(values.len() as i64);
        for value in values {
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        let kind = |this: &mut Self, kind: u8| this.hash.update([kind]);
        match value {
            Value::Null => kind(self, 0),
            Value::Text(text) => {
                kind(self, 1);
                self.text(text);
            }
            Value::Integer(number) => {
                kind(self, 2);
                self.integer(*number);
            }
            Value::Real(number) => {
                kind(self, 3);
                self.real(*number);
            }
            Value::Boolean(flag) => {
                kind(self, 4);
                self.integer((*flag).into());
            }
            Value::Date(day) => {
                kind(self, 5);
                self.integer(day.to_epoch_days().into());
            }
            Value::Timestamp(at) => {
                kind(self, 6);
                self.integer(at.timestamp_millis());
            }
            Value::List(rows) => {
                kind(self, 7);
                self.integer(rows.len() as i64);
                for row in rows {
                    self.values(row);
                }
            }
        }
    }
}
