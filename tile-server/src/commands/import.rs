//! `obzor import`: takes the rows of a foreign file into a layer, or says row by row why not.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow};
use chrono::{DateTime, Utc};
use clap::Args;
use importers::table::{ForeignLayer, Import, Mapping, MappingFile, Outcome};
use indicatif::{ProgressBar, ProgressIterator, ProgressStyle};
use layers::audit::{AuditAct, AuditEvent};
use layers::{
    Audience, Change, ChangeSet, FeatureId, FeatureQuery, FeatureStore, Layer, MUNICIPALITY_FIELD,
    Municipalities, Revision, StoreError, Value,
};
use uuid::Uuid;

use super::{InPart, InstanceArgs, Refused};
use crate::audit::{self, Actor};
use crate::foreign_file::{ForeignFile, Source};
use crate::instance::Instance;
use crate::spool::ImportSpool;

mod report;
mod stream;
mod texts;

use self::report::Report;
use self::texts::TextsShown;

/// What may be typed after `obzor import`.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// The file: Shapefile (.shp), GeoPackage, GeoJSON, or CSV with coordinates.
    file: PathBuf,
    #[command(flatten)]
    instance: InstanceArgs,
    /// The layer that takes the rows; `obzor layers` lists them.
    #[arg(long)]
    layer: String,
    /// Whose data these are: the RÚIAN code of the municipality.
    #[arg(long, value_name = "CODE")]
    municipality: Option<i64>,
    /// Which column is which field and what values mean, where names do not tell.
    #[arg(long, value_name = "M.toml")]
    mapping: Option<PathBuf>,
    /// Which layer of the file, when it has more than one.
    #[arg(long, value_name = "NAME")]
    file_layer: Option<String>,
    /// Only report what would happen.
    #[arg(long)]
    dry_run: bool,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
    /// Who answers for the change; stands in the history.
    #[arg(long, env = "USER")]
    author: String,
    /// How many seconds the reader of the file may be silent.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,
}

/// Imports the file as one change set; rows that cannot be taken are listed and make the exit code 4.
pub fn run(args: &ImportArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let store = instance.open_store()?;
    let layer = store.layers().named(&args.layer);
    let layer = layer.ok_or_else(|| {
        let name = &args.layer;
        Refused(format!("vrstva {name} není; seznam vypíše `obzor layers`"))
    })?;
    if layer.source.is_some() {
        return Err(Refused(format!(
            "vrstva {} ukazuje cizí tabulku a mění se jen v programu, který ji vede; odpovídá za ni {}",
            layer.id, layer.steward
        ))
        .into());
    }
    let mapping_file = read_mapping(args)?;
    if !args.file.is_file() {
        return Err(Refused(format!("soubor {} tu není", args.file.display())).into());
    }
    let spool = ImportSpool::take(&instance.spool())
        .context("pracovní složku importu nelze připravit")?
        .ok_or_else(|| Refused("právě běží jiný import; zkuste to za chvíli".to_owned()))?;
    let patience = Duration::from_secs(args.patience);
    let source = Source::new(&args.file, args.file_layer.as_deref(), &spool, patience)?;
    let file = source.open()?;
    let foreign = file.layer()?.clone();
    let mapping = resolve_mapping(&mapping_file, layer, &foreign.columns)?;
    let import = Import {
        layer,
        municipality: args.municipality.filter(|_| layer.municipal),
        source: &foreign,
        mapping: &mapping,
    };
    let done = import_rows(args, import, &*store, &source, file)?;
    if let Some(revision) = done.revision {
        let event = AuditEvent {
            layer: Some(layer.id.to_string()),
            municipality: import.municipality,
            subject: Some(format!("revision {}", revision.0)),
            ..Actor::author(&args.author).event(AuditAct::Import)
        };
        audit::record_command(&instance, &*store, event)?;
    }
    let report = Report {
        args,
        import,
        done: &done,
    };
    report.print()?;
    match done.outcome.rejected.len() {
        0 => Ok(()),
        count => Err(InPart(format!("nepřijaté řádky: {count}; důvody jsou ve zprávě")).into()),
    }
}

/// What an import did.
struct Done {
    outcome: Outcome,
    /// The revision that was made, if one was.
    revision: Option<Revision>,
    /// Some texts of the file.
    texts: TextsShown,
}

fn read_mapping(args: &ImportArgs) -> anyhow::Result<MappingFile> {
    let Some(path) = &args.mapping else {
        return Ok(MappingFile::default());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("soubor {} nelze přečíst", path.display()))?;
    MappingFile::parse(&text).map_err(|problem| anyhow!("{}: {problem}", path.display()))
}

fn resolve_mapping(
    file: &MappingFile,
    layer: &Layer,
    columns: &[String],
) -> anyhow::Result<Mapping> {
    file.resolve(layer, columns)
        .map_err(|problems| anyhow!("převod sloupců:\n  {}", problems.join("\n  ")))
}

/// Imports the rows: as they come, where that can be done, or else when all are known.
fn import_rows<'a>(
    args: &ImportArgs,
    import: Import<'_>,
    store: &dyn FeatureStore,
    source: &'a Source<'a>,
    mut file: ForeignFile<'a>,
) -> anyhow::Result<Done> {
    if !args.dry_run && stream::is_for(import, store)? {
        if let Some(done) = stream::import(args, import, store, file)? {
            return Ok(done);
        }
        file = source.open()?;
    }
    import_at_once(args, import, store, file)
}

/// Imports all rows of the file, compared with what is stored.
fn import_at_once(
    args: &ImportArgs,
    import: Import<'_>,
    store: &dyn FeatureStore,
    mut file: ForeignFile<'_>,
) -> anyhow::Result<Done> {
    let bar = reading_bar(import.source)?;
    let (mut rows, mut texts) = (Vec::new(), TextsShown::default());
    while let Some(more) = file.next_rows()? {
        texts.look_at(&more);
        bar.inc(more.len() as u64);
        rows.extend(more);
    }
    let plan = import.plan(rows, store.read(&stored(import, store))?, new_id)?;
    let outcome = plan.outcome;
    let count = plan.new.len() + plan.changed.len();
    // A plan that changes nothing makes no revision.
    let revision = if args.dry_run || count == 0 {
        None
    } else {
        let bar = ProgressBar::new(count as u64).with_style(bar_style("zapisuji")?);
        let changes = plan.new.into_iter().chain(plan.changed);
        let set = change_set(args, import, changes.progress_with(bar));
        commit(store, set, &|| true)?
    };
    Ok(Done {
        outcome,
        revision,
        texts,
    })
}

fn reading_bar(source: &ForeignLayer) -> anyhow::Result<ProgressBar> {
    let bar = match source.expected_rows {
        Some(expected) => ProgressBar::new(expected),
        None => ProgressBar::no_length(),
    };
    Ok(bar.with_style(bar_style("čtu")?))
}

fn bar_style(act: &str) -> anyhow::Result<ProgressStyle> {
    ProgressStyle::with_template(&format!(
        "{{spinner}} {act} {{pos}}/{{len}} {{bar:40}} {{elapsed}}"
    ))
    .context("the progress bar's template is wrong")
}

/// Returns the query for what the layer holds of the municipality.
fn stored(import: Import<'_>, store: &dyn FeatureStore) -> FeatureQuery {
    let layer = store.layers().get(&import.layer.id);
    let view = layer.and_then(|layer| Audience::OFFICE.view(layer));
    let mut query = FeatureQuery::new(view.expect("the office sees every layer"));
    let owner = import.municipality.map(Value::Integer);
    query.equal = owner
        .into_iter()
        .map(|code| (MUNICIPALITY_FIELD.to_owned(), code))
        .collect();
    query
}

fn new_id() -> FeatureId {
    FeatureId::from(Uuid::now_v7())
}

fn change_set<'a>(
    args: &ImportArgs,
    import: Import<'_>,
    changes: impl Iterator<Item = Change> + 'a,
) -> ChangeSet<'a> {
    let file = args.file.file_name().unwrap_or_default().to_string_lossy();
    ChangeSet {
        author: args.author.clone(),
        reason: format!("import souboru {file}"),
        at: DateTime::<Utc>::from(std::time::SystemTime::now()),
        municipalities: import.municipality.map_or(Municipalities::All, |code| {
            Municipalities::Listed(BTreeSet::from([code]))
        }),
        changes: Box::new(changes),
    }
}

/// Commits the changes if they are wanted when the last one has come.
fn commit(
    store: &dyn FeatureStore,
    set: ChangeSet<'_>,
    wanted: &dyn Fn() -> bool,
) -> anyhow::Result<Option<Revision>> {
    match store.load(set, wanted) {
        Err(error @ StoreError::Rejected(_)) => Err(error).context(
            "data se mezitím změnila nebo odporují jiným; nic se nezapsalo, spusťte import znovu",
        ),
        other => Ok(other?),
    }
}
