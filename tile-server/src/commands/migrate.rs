//! `obzor migrate`: brings the store of an instance to the version of this program and to the layers' definitions.

use std::fmt::Write;

use clap::Args;
use layers::store::{LayerPlan, Step};
use serde_json::json;

use super::{InstanceArgs, Refused, print};
use crate::instance::Instance;

/// What may be typed after `obzor migrate`.
#[derive(Args, Debug)]
pub struct MigrateArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// Only say what would be done, what cannot be done and why, and who would wait for how long.
    #[arg(long)]
    dry_run: bool,
    /// Say it as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the migrations that are missing, brings the tables to the definitions, and says what was done.
pub fn run(args: &MigrateArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let versions = if args.dry_run {
        instance.store_versions()?
    } else {
        instance.migrate_store()?
    };
    let plans = instance.plan_evolution()?;
    let is_possible = plans.iter().all(|plan| plan.obstacles.is_empty());
    let plans = if is_possible && !args.dry_run {
        instance.evolve_store()?
    } else {
        plans
    };
    let report = Report {
        versions,
        plans: &plans,
        is_done: is_possible && !args.dry_run,
    };
    print(&if args.json {
        report.as_json()?
    } else {
        report.in_words()
    })?;
    if is_possible {
        Ok(())
    } else {
        Err(Refused("the tables of the layers stay as they were".to_owned()).into())
    }
}

/// What was done, or would be.
struct Report<'a> {
    versions: Option<(i64, i64)>,
    plans: &'a [LayerPlan],
    is_done: bool,
}

impl Report<'_> {
    fn as_json(&self) -> anyhow::Result<String> {
        let report = json!({
            "done": self.is_done,
            "versions": self.versions.map(|(before, after)| json!({ "before": before, "after": after })),
            "layers": self.plans,
        });
        Ok(serde_json::to_string_pretty(&report)?)
    }

    fn in_words(&self) -> String {
        let mut text = self.versions_in_words();
        for plan in self.plans {
            let lines = lines(plan);
            if !lines.is_empty() {
                let _ = write!(text, "{}:\n  {}\n", plan.layer, lines.join("\n  "));
            }
        }
        let changes = self.plans.iter().any(|plan| !plan.is_empty());
        text += match (changes, self.is_done) {
            (false, _) => "The tables fit the definitions of the layers.",
            (true, true) => "Done.",
            (true, false) if self.versions.is_some() => WAITING_IN_A_DATABASE,
            (true, false) => WAITING_IN_A_FILE,
        };
        text
    }

    fn versions_in_words(&self) -> String {
        match self.versions {
            None => String::new(),
            Some((before, after)) if before == after => {
                format!("The database has version {after} already.\n")
            }
            Some((0, after)) => format!("The database becomes a store, version {after}.\n"),
            Some((before, after)) => {
                format!("The database goes from version {before} to {after}.\n")
            }
        }
    }
}

const WAITING_IN_A_DATABASE: &str = "\
Nothing was changed. Each table above would be locked for some milliseconds, as no row is rewritten (an index that is made
takes about a second for 300,000 rows). Behind a slow reader or writer a lock is waited for 200 ms at first
and 1.5 s at most, then all others go first; that is tried for two minutes.";

const WAITING_IN_A_FILE: &str = "\
Nothing was changed. Other writers would wait for some milliseconds, as no row is rewritten (an index that is made takes
about a second for 300,000 rows); readers would not wait.";

/// Says what is done to one layer; nothing of a layer that stays as it is.
fn lines(plan: &LayerPlan) -> Vec<String> {
    let mut lines: Vec<_> = plan.steps.iter().map(step_in_words).collect();
    for name in &plan.retired {
        lines.push(format!(
            "field {name} is retired: its column and its values stay"
        ));
    }
    let obstacles = plan.obstacles.iter();
    lines.extend(obstacles.map(|why| format!("cannot be done: {why}")));
    lines
}

fn step_in_words(step: &Step) -> String {
    match step {
        Step::AddTable => "the table is added".to_owned(),
        Step::AddColumn {
            name,
            kind,
            mandatory,
        } => {
            let note = if *mandatory {
                "; features that are there lack this mandatory field, and whoever edits one has to fill it in"
            } else {
                ""
            };
            format!("column {name} ({kind}) is added{note}")
        }
        Step::RenameColumn { former, name } => {
            format!("column {former} gets the name {name}; history stays as it is")
        }
        Step::AddIndex { name } => format!("an index of {name} is added"),
        Step::RenewParts { parts } => {
            format!(
                "made anew, so that history and key are kept: {}",
                parts.join(", ")
            )
        }
    }
}
