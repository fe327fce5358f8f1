//! Committing so that the outcome is known: when its answer is lost, another connection asks for it.

use std::thread;
use std::time::Duration;

use super::column::Sql;
use super::connection::{During, Session};
use super::pool::Pool;
use crate::{Applied, Revision, StoreError};

/// How often the outcome is asked for, and how long it is between two questions: five seconds together.
const QUESTIONS: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(250);

/// A change set whose transaction was committed, unless the answer to that was lost.
pub(super) struct Committed {
    applied: Applied,
    doubt: Option<Doubt>,
}

/// What is needed to find the outcome out.
struct Doubt {
    change_set: i64,
    transaction: String,
    why: String,
}

/// What became of a transaction.
enum Outcome {
    Written,
    NotWritten,
    Open,
}

/// Commits what the session has written as a change set.
pub(super) fn commit(
    session: &mut Session,
    change_set: i64,
    applied: Applied,
) -> Result<Committed, StoreError> {
    let act = "commit a change set";
    let transaction = session.query("SELECT pg_current_xact_id()::text", &[]);
    let transaction = transaction.during(act)?[0].get(0);
    let doubt = match session.commit().during(act) {
        Ok(()) => None,
        Err(StoreError::Unreachable(why)) => Some(Doubt {
            change_set,
            transaction,
            why,
        }),
        Err(error) => return Err(error),
    };
    Ok(Committed { applied, doubt })
}

impl Committed {
    /// Returns what an empty change set applies at the newest revision.
    pub(super) fn nothing(revision: Revision) -> Self {
        Self {
            applied: Applied {
                revision,
                touched: Vec::new(),
            },
            doubt: None,
        }
    }

    /// Returns what was applied once it is certain; [`StoreError::OutcomeUnknown`] when that takes too long.
    pub(super) fn ascertained(self, pool: &Pool) -> Result<Applied, StoreError> {
        // Whoever asks after this is to see it; one more question for what was not written after all does no harm.
        pool.hear_of(self.applied.revision);
        let Some(doubt) = self.doubt else {
            return Ok(self.applied);
        };
        for _ in 0..QUESTIONS {
            let asked = pool.take().and_then(|mut session| doubt.ask(&mut session));
            match asked {
                Ok(Outcome::Written) => return Ok(self.applied),
                Ok(Outcome::NotWritten) => return Err(StoreError::Unreachable(doubt.why)),
                Ok(Outcome::Open) | Err(StoreError::Unreachable(_) | StoreError::Busy) => {
                    thread::sleep(BETWEEN);
                }
                Err(error) => return Err(StoreError::OutcomeUnknown(error.to_string())),
            }
        }
        Err(StoreError::OutcomeUnknown(doubt.why))
    }
}

impl Doubt {
    fn ask(&self, session: &mut Session) -> Result<Outcome, StoreError> {
        let row = session.query(
            "SELECT EXISTS (SELECT FROM obzor_store.revisions WHERE change_set = $1),
               coalesce(pg_xact_status($2::text::xid8) = 'aborted', false)",
            &[
                Sql::Integer(self.change_set),
                Sql::Text(self.transaction.clone()),
            ],
        );
        let row = &row.during("ask for the outcome of a change set")?[0];
        Ok(match (row.get(0), row.get(1)) {
            (true, _) => Outcome::Written,
            (false, true) => Outcome::NotWritten,
            (false, false) => Outcome::Open,
        })
    }
}

#[cfg(test)]
mod tests {
    use test_postgres::Database;

    use super::*;
    use crate::store::postgis::{PostgisStore, pool};

    #[test]
    fn the_outcome_of_a_transaction_is_found_out_by_another_connection() {
        let database = Database::fresh();
        PostgisStore::migrate(&database.url()).expect("a store");
        let pool = pool(&database.url()).expect("a pool");
        let mut other = database.connect();
        let mut begun = |end: &str| {
            let sql =
                "SELECT obzor_store.begin_change_set('a', 'b', NULL), pg_current_xact_id()::text";
            other.batch_execute("BEGIN").expect("done");
            let row = other.query_one(sql, &[]).expect("a change set");
            other.batch_execute(end).expect("done");
            Doubt {
                change_set: row.get(0),
                transaction: row.get(1),
                why: String::new(),
            }
        };
        let mut check = |end: &str, expected: fn(&Outcome) -> bool| {
            let doubt = begun(end);
            let outcome = doubt.ask(&mut pool.take().expect("a connection"));
            assert!(expected(&outcome.expect("an answer")), "{end}");
        };
        check("COMMIT", |outcome| matches!(outcome, Outcome::Written));
        check("ROLLBACK", |outcome| matches!(outcome, Outcome::NotWritten));
        check("", |outcome| matches!(outcome, Outcome::Open));
    }
}
