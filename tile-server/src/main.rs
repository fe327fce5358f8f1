//! The program `obzor`: reads the command line and hands over to one command.

use std::process::ExitCode;

use clap::Parser;
use tile_server::commands::{self, Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    commands::start_logging(cli.log);
    commands::exit_code(match &cli.command {
        Command::Sample(args) => commands::sample::run(args),
        Command::Serve(args) => commands::serve::run(args),
        Command::Layers(args) => commands::layers::run(args),
        Command::Import(args) => commands::import::run(args),
        Command::Package(args) => commands::package::run(args),
        Command::Datasets(args) => commands::datasets::run(args),
        Command::Publish(args) => commands::publish::run(args),
        Command::Attach(args) => commands::attach::run(args),
        Command::Audit(args) => commands::audit::run(args),
        Command::Migrate(args) => commands::migrate::run(args),
        Command::Copy(args) => commands::copy::run(args),
        Command::Backup(args) => commands::backup::run(args),
        Command::Prune(args) => commands::prune::run(args),
        Command::Redact(args) => commands::redact::run(args),
        Command::Restore(args) => commands::restore::run(args),
        Command::Explain(args) => commands::explain::run(args),
        Command::User(args) => commands::user::run(args),
        Command::Undo(args) => commands::undo::run(args),
        Command::Check(args) => commands::check::run(args),
    })
}
