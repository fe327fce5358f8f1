//! The command line: what may be typed, how it is logged, and what the exit code says.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::store_address::StoreAddress;

pub mod attach;
pub mod audit;
pub mod backup;
pub mod check;
pub mod copy;
pub mod datasets;
pub mod explain;
pub mod import;
pub mod layers;
pub mod migrate;
pub mod package;
pub mod prune;
pub mod publish;
pub mod redact;
pub mod restore;
pub mod sample;
pub mod serve;
pub mod undo;
pub mod user;

/// The environment variable that says how much is logged.
const LOG_VARIABLE: &str = "OBZOR_LOG";
/// What is logged unless it says otherwise: our own lines, and of the server below only what is wrong; that a client sends
/// nonsense or goes away is not.
const DEFAULT_LOG: &str = "info,actix_server=warn,actix_http=off";

const AFTER_HELP: &str = "\
First steps:
  obzor sample --instance ./city            fill an empty folder with the sample district
  obzor serve --instance ./city             then open http://127.0.0.1:8080/

Exit codes:
  0  done
  1  failed; standard error says why
  2  the command line is wrong
  3  refused: something is in the way and nothing was changed
  4  done in part: some rows of a file were not taken, the rest is in the store;
     of `check`: the instance is sound, but some stored features break a rule of their layer

Logging goes to standard error; OBZOR_LOG=debug (or warn, info, tile_server=trace) says how much.";

/// Obzor: prostorová data města na mapě, v API a jako otevřená data.
///
/// A spatial data server for a city and the villages around it: layers in one GeoPackage or in PostGIS, vector tiles,
/// OGC API Features, search and a map, from one program and one folder.
#[derive(Debug, Parser)]
#[command(name = "obzor", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value_t = LogForm::Human)]
    pub log: LogForm,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands, one file each.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fill an empty instance folder with the sample district.
    #[command(after_help = "Example:\n  obzor sample --instance ./city")]
    Sample(sample::SampleArgs),
    /// Serve the instance: map, tiles, features and search.
    #[command(after_help = "Examples:\n  obzor serve --instance ./city\n  \
        obzor serve --instance /srv/obzor --bind 0.0.0.0 --port 80 --log json")]
    Serve(serve::ServeArgs),
    /// List the layers with their audience and number of features.
    #[command(after_help = "Examples:\n  obzor layers --instance ./city\n  \
        obzor layers --instance ./city --json | jq '.[].id'")]
    Layers(layers::LayersArgs),
    /// Take the rows of a foreign file into a layer; every row that cannot be taken is listed with its reasons.
    #[command(after_help = "Examples:\n  \
        obzor import stromy.shp --layer trees --municipality 564729 --dry-run --instance ./city\n  \
        obzor import stromy.csv --layer trees --municipality 564729 --mapping stromy.toml --instance ./city\n\n\
        The same file twice changes nothing. Features that the file does not mention stay as they are.")]
    Import(import::ImportArgs),
    /// Build or check the offline package of a municipality.
    Package(package::PackageArgs),
    /// List the datasets with their newest releases.
    #[command(after_help = "Example:\n  obzor datasets --instance ./city --json | jq '.[].id'")]
    Datasets(datasets::DatasetsArgs),
    /// Check datasets and publish them: GeoPackage, GeoJSON and CSV with checksums, or everything that is wrong.
    #[command(after_help = "Examples:\n  \
        obzor publish sample-564729-greenery --dry-run --instance ./city\n  \
        obzor publish --all --municipality 564729 --instance ./city\n\n\
        A dataset with findings that block keeps its old release (exit code 3; 4 when others were published).\n\
        A dataset that has not changed gets no new release.")]
    Publish(publish::PublishArgs),
    /// Help to show tables of other software in the same database.
    Attach(attach::AttachArgs),
    /// Say who did what with data that are not public, and check that nobody tampered with the log.
    Audit(audit::AuditArgs),
    /// Bring the store to this program's version and to the definitions of the layers; an empty database becomes one.
    #[command(after_help = "Examples:\n  \
        obzor migrate --dry-run --instance /srv/obzor    say what would be done, and change nothing\n  \
        OBZOR_STORE=postgres://obzor@db.example/obzor obzor migrate --instance /srv/obzor\n\n\
        Fields are added, renamed (`was`) and retired (`retired`) while servers run; history stays as it is.\n\
        When something cannot be done, all of it is told and the tables stay as they were (exit code 3).")]
    Migrate(migrate::MigrateArgs),
    /// Copy a whole city from one store into another: every revision, all history, what the office keeps.
    #[command(after_help = "Examples:\n  \
        obzor copy --from /srv/obzor --to postgres://obzor@db.example/obzor\n  \
        obzor copy --from postgres://obzor@db.example/obzor --to copy.gpkg\n\n\
        Broken off, it goes on where it was; run again, it takes over what is new. Fails when the two are not equal.")]
    Copy(copy::CopyArgs),
    /// Back up a whole instance into one file while it is served and edited: one revision, checked after it is written.
    #[command(
        after_help = "Example:\n  obzor backup --instance /srv/obzor --out /zalohy/obzor-$(date +%F).zip\n\n\
        For a store in a file. A database has its own tools: docs/backups.md."
    )]
    Backup(backup::BackupArgs),
    /// Make a new instance of a backup, or only check it; a damaged one is refused with everything that is wrong.
    #[command(
        after_help = "Examples:\n  obzor restore obzor-2026-11-23.zip --instance /srv/obzor-new\n  \
        obzor restore obzor-2026-11-23.zip --check"
    )]
    Restore(restore::RestoreArgs),
    /// Remove history that is older than `[retention]` in obzor.toml keeps it; the newest state stays whole.
    #[command(after_help = "Examples:\n  \
        obzor prune --dry-run --instance /srv/obzor    say what would go, and change nothing\n  \
        obzor prune --instance /srv/obzor              every week, by cron or a timer\n\n\
        What goes is gone for good. A database needs the login role that owns its tables.")]
    Prune(prune::PruneArgs),
    /// Erase a personal value from features, history, reasons, records, working files and releases.
    #[command(after_help = "Examples:\n  \
        obzor redact --value-file - --dry-run --instance /srv/obzor < hodnota.txt    where does it stand?\n  \
        obzor redact --layer graves --id UUID --field lessee --instance /srv/obzor\n  \
        obzor redact --attachment SHA256 --instance /srv/obzor    a photo, wherever it hangs\n\n\
        What was erased is listed as hashes in the folder `evidence`, and `obzor restore` erases it again.")]
    Redact(redact::RedactArgs),
    /// Explain why a tile is as big as it is, and what to change.
    #[command(
        after_help = "Example:\n  obzor explain tile parcels,buildings 14 8824 5525 --instance ./city"
    )]
    Explain(explain::ExplainArgs),
    /// Add, list and remove the people and programs that may edit, and their tokens.
    #[command(after_help = "Examples:\n  \
        obzor user add jana.novakova --municipality 562971 --instance ./city\n  \
        obzor user token jana.novakova --expires 365 --instance ./city\n  \
        obzor user list --instance ./city")]
    User(user::UserArgs),
    /// Take back what a revision did; what others did to the same features since stays.
    #[command(
        after_help = "Example:\n  obzor undo 17 --reason \"omylem smazané lampy\" --instance ./city\n\n\
        Where somebody went on from what is taken back, a conflict is opened for a person to decide at /conflicts."
    )]
    Undo(undo::UndoArgs),
    /// Check the configuration, the layer definitions, the styles, the store and every feature in it, and report
    /// every problem.
    #[command(after_help = "Examples:\n  obzor check --instance ./city\n  \
        obzor check --instance ./city --json | jq '.layers[].findings[]'")]
    Check(check::CheckArgs),
}

/// The folder that every command works on, and where its features are kept.
#[derive(Args, Debug)]
pub struct InstanceArgs {
    /// The instance folder: `obzor.toml`, the store, public and staff files.
    #[arg(long, value_name = "DIR", env = "OBZOR_INSTANCE")]
    pub instance: PathBuf,
    /// A PostGIS database as the store, such as `postgres://obzor@db.example/obzor`; else `store` in `obzor.toml`,
    /// else a GeoPackage in the folder.
    #[arg(long, value_name = "URL", env = "OBZOR_STORE", hide_env_values = true)]
    pub store: Option<StoreAddress>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogForm {
    /// One readable line each.
    Human,
    /// One JSON object each.
    Json,
}

/// Something is in the way and nothing was changed; ends the program with exit code 3.
#[derive(Debug)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// Some of the work could not be done, the rest was; ends the program with exit code 4.
#[derive(Debug)]
pub struct InPart(pub String);

impl fmt::Display for InPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InPart {}

/// Starts logging to standard error.
pub fn start_logging(form: LogForm) {
    let filter =
        EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .with_writer(io::stderr);
    match form {
        LogForm::Human => log.init(),
        LogForm::Json => log.json().flatten_event(true).init(),
    }
}

/// Says on standard error what went wrong and returns the exit code that the help documents.
pub fn exit_code(done: anyhow::Result<()>) -> ExitCode {
    let Err(error) = done else {
        return ExitCode::SUCCESS;
    };
    // Nothing is left to do when even standard error is closed.
    let _ = writeln!(io::stderr(), "obzor: {error:#}");
    if error.is::<Refused>() {
        ExitCode::from(3)
    } else if error.is::<InPart>() {
        ExitCode::from(4)
    } else {
        ExitCode::FAILURE
    }
}

/// Writes one answer to standard output; a closed pipe is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
