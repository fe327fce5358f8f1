//! Which rows of a load have the identity or the natural key of one before, judged as if they came one by one.

use std::collections::{HashMap, HashSet};

use postgres::Row;
use uuid::Uuid;

use super::ACT;
use crate::store::postgis::column;
use crate::store::postgis::connection::{During, Session};
use crate::store::postgis::row::{LayerRows, same_key};
use crate::{FeatureId, Field, Finding, Problem, StoreError};

/// A feature that another one stands in the way of: the place of its change in the set, its id and what is wrong.
pub(in crate::store::postgis) type Rejected = (usize, FeatureId, Vec<Finding>);

/// Takes out the rows that would have been rejected; their change set will not be committed.
///
/// What is only in the way of a row that goes itself stays. `before` is what was added to the places of changes.
pub(super) fn take_out(
    session: &mut Session,
    rows: &LayerRows<'_>,
    before: i64,
) -> Result<Vec<Rejected>, StoreError> {
    let layer = rows.layer();
    let key = layer.key.iter().filter_map(|name| layer.field(name));
    let key: Vec<&Field> = key.map(|(_, field)| field).collect();
    let candidates = session.client().query(&candidates(rows, &key), &[]);
    let mut seen = Seen::default();
    let (mut rejected, mut gone) = (Vec::new(), Vec::new());
    for row in candidates.during(ACT)? {
        let (fid, id): (i64, FeatureId) = (row.get(0), row.get::<_, Uuid>(1).into());
        let findings = seen.judge(&row, id, &key);
        if !findings.is_empty() {
            rejected.push(((fid - before) as usize, id, findings));
            gone.push(fid);
        }
    }
    let sql = format!("DELETE FROM {} WHERE fid = ANY($1)", rows.table());
    session.client().execute(&sql, &[&gone]).during(ACT)?;
    Ok(rejected)
}

/// Returns SQL for the rows that share their identity or their key with others, in the order in which they came, with a
/// number that stands for their key; null where a part of it is missing.
fn candidates(rows: &LayerRows<'_>, key: &[&Field]) -> String {
    let columns: Vec<_> = key.iter().map(|field| rows.column(field)).collect();
    let columns = columns.join(", ");
    let (shares, number, columns) = if key.is_empty() {
        ("false".to_owned(), "NULL::bigint".to_owned(), String::new())
    } else {
        (
            format!("num_nulls({columns}) = 0 AND count(*) OVER (PARTITION BY {columns}) > 1"),
            format!(
                "CASE num_nulls({columns}) WHEN 0 THEN dense_rank() OVER (ORDER BY {columns}) END"
            ),
            format!(", {columns}"),
        )
    };
    format!(
        "SELECT fid, id, number{columns} FROM (
           SELECT fid, id, {number} AS number{columns}, {shares} OR count(*) OVER (PARTITION BY id) > 1 AS shares FROM {}
         ) judged WHERE shares ORDER BY fid",
        rows.table()
    )
}

/// The identities and keys of the rows that stay.
#[derive(Default)]
struct Seen {
    ids: HashSet<FeatureId>,
    /// Whose key it is, by the number of the key.
    keys: HashMap<i64, FeatureId>,
}

impl Seen {
    /// Says what is wrong with a row, or remembers it.
    fn judge(&mut self, row: &Row, id: FeatureId, key: &[&Field]) -> Vec<Finding> {
        let number: Option<i64> = row.get(2);
        let mut findings = Vec::new();
        if self.ids.contains(&id) {
            findings.push(Finding::of_feature(Problem::DuplicateId));
        }
        let holder = number.and_then(|number| self.keys.get(&number));
        if holder.is_some_and(|holder| *holder != id) {
            let values = (3..)
                .zip(key)
                .map(|(column, field)| column::value(field, row, column).unwrap_or_default());
            let values: Vec<_> = values.collect();
            let parts: Vec<_> = key.iter().copied().zip(&values).collect();
            findings.push(same_key(&parts));
        }
        if findings.is_empty() {
            self.ids.insert(id);
            self.keys.extend(number.map(|number| (number, id)));
        }
        findings
    }
}
