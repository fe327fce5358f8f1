//! A first import of many rows: they are read, understood and written at the same time, and none waits for the last.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use anyhow::bail;
use importers::table::{FirstImport, Import, NeedsAll, Outcome};
use layers::{Change, FeatureStore};

use super::{Done, ImportArgs, TextsShown, change_set, commit, new_id, reading_bar, stored};
use crate::foreign_file::ForeignFile;

/// From how many rows on; fewer are quickly read, and then nobody waits for a lock while they are.
const MANY: u64 = 10_000;
/// By how many rows positions are recognised.
const FIRST_ROWS: usize = 10_000;
/// How many blocks of new features may wait to be written.
const BLOCKS_AHEAD: usize = 16;

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
        let revision = committed?;
        Ok(read?.map(|(outcome, texts)| Done {
            outcome,
            revision,
            texts,
        }))
    })
}

/// Reads the file and passes new features on; none when all rows must be known first, or nobody takes them.
fn read(
    import: Import<'_>,
    mut file: ForeignFile<'_>,
    sender: &SyncSender<Vec<Change>>,
) -> anyhow::Result<Option<(Outcome, TextsShown)>> {
    let bar = reading_bar(import.source)?;
    let (mut first, mut texts) = (Vec::new(), TextsShown::default());
    while first.len() < FIRST_ROWS
        && let Some(rows) = file.next_rows()?
    {
        first.extend(rows);
    }
    let Ok(mut passing) = FirstImport::new(import, &mut first) else {
        return Ok(None);
    };
    let mut next = Some(first);
    while let Some(rows) = next {
        texts.look_at(&rows);
        bar.inc(rows.len() as u64);
        let changes = rows.into_iter().map(|row| passing.take(row, new_id));
        let changes: Result<Vec<_>, NeedsAll> = changes.filter_map(Result::transpose).collect();
        let Ok(changes) = changes else {
            return Ok(None);
        };
        if sender.send(changes).is_err() {
            return Ok(None);
        }
        next = file.next_rows()?;
    }
    Ok(Some((passing.finish(), texts)))
}
