//! A first import of many rows: they are read, understood and written at the same time, and none waits for the last.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use anyhow::bail;
use importers::table::{FirstImport, ForeignRow, Import, NeedsAll, Outcome};
use indicatif::ProgressBar;
use layers::{Change, FeatureStore, StoreError};

use super::{Done, ImportArgs, TextsShown, change_set, commit, new_id, reading_bar, stored};
use crate::foreign_file::ForeignFile;

/// From how many rows on; fewer are quickly read, and then nobody waits for a lock while they are.
const MANY: u64 = 10_000;
/// By how many rows positions are recognised.
const FIRST_ROWS: usize = 10_000;
/// How many blocks of new features may wait to be written: some 10,000 rows, while the store works on those before.
const BLOCKS_AHEAD: usize = 64;

/// Whether a file has so many rows, and there is nothing to compare them with.
pub(super) fn is_for(import: Import<'_>, store: &dyn FeatureStore) -> anyhow::Result<bool> {
    if import.source.expected_rows.is_none_or(|rows| rows < MANY) {
        return Ok(false);
    }
    let mut query = stored(import, store);
    query.limit = Some(1);
    Ok(store.read(&query)?.next().transpose()?.is_none())
}

/// Imports the rows as they come; none, with nothing written, when all must be known first.
pub(super) fn import(
    args: &ImportArgs,
    import: Import<'_>,
    store: &dyn FeatureStore,
    file: ForeignFile<'_>,
) -> anyhow::Result<Option<Done>> {
    let (sender, blocks) = sync_channel(BLOCKS_AHEAD);
    let is_whole = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let read = read(import, file, &sender);
            is_whole.store(matches!(read, Ok(Some(_))), Ordering::Release);
            // Only now the store sees that no more comes, and asks whether that was all.
            drop(sender);
            read
        });
        let set = change_set(args, import, blocks.into_iter().flatten());
        let committed = commit(store, set, &|| is_whole.load(Ordering::Acquire));
        let Ok(read) = reader.join() else {
            bail!("the reading of the file panicked");
        };
        let revision = match committed {
            // Rows that are the same thing were in each other's way: all of them together tell which.
            Err(error) if matches!(read, Ok(None)) && is_rejection(&error) => None,
            committed => committed?,
        };
        Ok(read?.map(|(outcome, texts)| Done {
            outcome,
            revision,
            texts,
        }))
    })
}

fn is_rejection(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::Rejected(_)))
}

/// Reads the file and passes new features on; none when all rows must be known first, or nobody takes them.
fn read(
    import: Import<'_>,
    mut file: ForeignFile<'_>,
    sender: &SyncSender<Vec<Change>>,
) -> anyhow::Result<Option<(Outcome, TextsShown)>> {
    let bar = reading_bar(import.source)?;
    let mut first = Vec::new();
    while first.len() < FIRST_ROWS
        && let Some(rows) = file.next_rows()?
    {
        first.extend(rows);
    }
    let Ok(import) = FirstImport::new(import, &mut first) else {
        return Ok(None);
    };
    let mut passing = Passing {
        import,
        texts: TextsShown::default(),
        bar,
        sender,
    };
    let mut is_going_on = passing.pass(first);
    while is_going_on && let Some(block) = file.next_block()? {
        is_going_on = passing.pass(file.rows(&block)?);
    }
    let outcome = passing.import.finish().ok().filter(|_| is_going_on);
    Ok(outcome.map(|outcome| (outcome, passing.texts)))
}

/// Rows on their way to the store.
struct Passing<'a> {
    import: FirstImport<'a>,
    texts: TextsShown,
    bar: ProgressBar,
    sender: &'a SyncSender<Vec<Change>>,
}

impl Passing<'_> {
    /// Passes on the new features that rows are; false when all rows must be known first, or nobody takes them.
    fn pass(&mut self, rows: Vec<ForeignRow<'_>>) -> bool {
        self.texts.look_at(&rows);
        self.bar.inc(rows.len() as u64);
        let changes = rows.into_iter().map(|row| self.import.take(row, new_id));
        let changes: Result<Vec<_>, NeedsAll> = changes.filter_map(Result::transpose).collect();
        changes.is_ok_and(|changes| self.sender.send(changes).is_ok())
    }
}
