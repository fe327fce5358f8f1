//! `obzor import`: takes the rows of a foreign file into a layer, or says row by row why not.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow};
use chrono::{DateTime, Utc};
use clap::Args;
use importers::table::{ForeignTable, Import, ImportPlan, Mapping, MappingFile};
use indicatif::{ProgressBar, ProgressIterator, ProgressStyle};
use layers::{
    Audience, ChangeSet, FeatureId, FeatureQuery, FeatureStore, Layer, MUNICIPALITY_FIELD,
    Municipalities, Revision, StoreError, Value,
};
use uuid::Uuid;

use super::{InPart, InstanceArgs, Refused};
use crate::foreign_file;
use crate::instance::Instance;
use crate::spool::ImportSpool;

mod report;

use self::report::Report;

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
    let table = read_file(args, &instance)?;
    let mapping = resolve_mapping(&mapping_file, layer, &table)?;
    let import = Import {
        layer,
        municipality: args.municipality.filter(|_| layer.municipal),
        table: &table,
        mapping: &mapping,
    };
    let plan = make_plan(import, &*store)?;
    let revision = if args.dry_run {
        None
    } else {
        commit(&plan, &*store, args, import.municipality)?
    };
    let report = Report {
        args,
        import,
        plan: &plan,
        revision,
    };
    report.print()?;
    match plan.rejected.len() {
        0 => Ok(()),
        count => Err(InPart(format!("nepřijaté řádky: {count}; důvody jsou ve zprávě")).into()),
    }
}

fn read_mapping(args: &ImportArgs) -> anyhow::Result<MappingFile> {
    let Some(path) = &args.mapping else {
        return Ok(MappingFile::default());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("soubor {} nelze přečíst", path.display()))?;
    MappingFile::parse(&text).map_err(|problem| anyhow!("{}: {problem}", path.display()))
}

fn read_file(args: &ImportArgs, instance: &Instance) -> anyhow::Result<ForeignTable> {
    if !args.file.is_file() {
        return Err(Refused(format!("soubor {} tu není", args.file.display())).into());
    }
    let spool = ImportSpool::take(&instance.spool())
        .context("pracovní složku importu nelze připravit")?
        .ok_or_else(|| Refused("právě běží jiný import; zkuste to za chvíli".to_owned()))?;
    let bar = ProgressBar::no_length().with_style(bar_style("čtu")?);
    foreign_file::read(
        &args.file,
        args.file_layer.as_deref(),
        &spool,
        Duration::from_secs(args.patience),
        |table| {
            if let Some(expected) = table.expected_rows {
                bar.set_length(expected);
            }
            bar.set_position(table.rows.len() as u64);
        },
    )
}

fn bar_style(act: &str) -> anyhow::Result<ProgressStyle> {
    ProgressStyle::with_template(&format!(
        "{{spinner}} {act} {{pos}}/{{len}} {{bar:40}} {{elapsed}}"
    ))
    .context("the progress bar's template is wrong")
}

fn resolve_mapping(
    file: &MappingFile,
    layer: &Layer,
    table: &ForeignTable,
) -> anyhow::Result<Mapping> {
    file.resolve(layer, &table.columns)
        .map_err(|problems| anyhow!("převod sloupců:\n  {}", problems.join("\n  ")))
}

fn make_plan(import: Import<'_>, store: &dyn FeatureStore) -> anyhow::Result<ImportPlan> {
    let layer = store.layers().get(&import.layer.id);
    let view = layer.and_then(|layer| Audience::OFFICE.view(layer));
    let mut query = FeatureQuery::new(view.expect("the office sees every layer"));
    let owner = import.municipality.map(Value::Integer);
    query.equal = owner
        .into_iter()
        .map(|code| (MUNICIPALITY_FIELD.to_owned(), code))
        .collect();
    let new_id = || FeatureId::from(Uuid::now_v7());
    Ok(import.plan(store.read(&query)?, new_id)?)
}

/// Commits the plan as one change set; a plan that changes nothing makes no revision.
fn commit(
    plan: &ImportPlan,
    store: &dyn FeatureStore,
    args: &ImportArgs,
    municipality: Option<i64>,
) -> anyhow::Result<Option<Revision>> {
    let count = plan.new.len() + plan.changed.len();
    if count == 0 {
        return Ok(None);
    }
    let bar = ProgressBar::new(count as u64).with_style(bar_style("zapisuji")?);
    let file = args.file.file_name().unwrap_or_default().to_string_lossy();
    let set = ChangeSet {
        author: args.author.clone(),
        reason: format!("import souboru {file}"),
        at: DateTime::<Utc>::from(std::time::SystemTime::now()),
        municipalities: municipality.map_or(Municipalities::All, |code| {
            Municipalities::Listed(BTreeSet::from([code]))
        }),
        changes: Box::new(plan.changes().progress_with(bar)),
    };
    match store.apply(set) {
        Ok(applied) => Ok(Some(applied.revision)),
        Err(error @ StoreError::Rejected(_)) => Err(error).context(
            "data se mezitím změnila nebo odporují jiným; nic se nezapsalo, spusťte import znovu",
        ),
        Err(error) => Err(error.into()),
    }
}
