//! `obzor audit verify`: whether the log is as it was written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use layers::audit::{AuditFault, AuditVerdict, ChainEnd, verify_audit};
use serde::Deserialize;
use serde_json::json;

use super::super::{InstanceArgs, print};
use crate::audit::{AnchorLine, anchors_file};
use crate::instance::Instance;

/// How many faults are listed.
const LISTED: usize = 1000;

/// What may be typed after `obzor audit verify`.
#[derive(Args, Debug)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// What an earlier `verify --json` printed: everything that was in the log then must still be.
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// What an earlier verification printed.
#[derive(Deserialize)]
struct Earlier {
    ends: Vec<ChainEnd>,
}

/// Reads the whole log; fails when something is wrong with it.
pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let store = instance.open_store()?;
    let mut anchors = kept_apart(&anchors_file(&instance.evidence()?))?;
    if let Some(file) = &args.since {
        let unreadable = || format!("soubor {} nelze přečíst", file.display());
        let text = fs::read_to_string(file).with_context(unreadable)?;
        let earlier: Earlier = serde_json::from_str(&text).with_context(unreadable)?;
        anchors.extend(earlier.ends);
    }
    let verdict = verify_audit(&*store, &anchors)?;
    print(&if args.json {
        as_json(&verdict)
    } else {
        as_text(&verdict)
    })?;
    match verdict.faults.len() {
        0 => Ok(()),
        count => bail!("auditní stopa nesouhlasí, nálezů: {count}"),
    }
}

/// Reads the anchors that are kept apart from the store.
fn kept_apart(file: &Path) -> anyhow::Result<Vec<ChainEnd>> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.with_context(|| format!("soubor {} nelze přečíst", file.display()))?,
    };
    let mut ends = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let anchor: AnchorLine = serde_json::from_str(line)
            .with_context(|| format!("{}, řádek {number}", file.display()))?;
        ends.extend(anchor.ends);
    }
    Ok(ends)
}

fn as_json(verdict: &AuditVerdict) -> String {
    let faults = verdict.faults.iter().take(LISTED).map(ToString::to_string);
    format!(
        "{:#}",
        json!({
            "rows": verdict.rows,
            "anchors": verdict.anchors,
            "ends": verdict.ends,
            "faults": faults.collect::<Vec<_>>(),
            "fault_count": verdict.faults.len(),
        })
    )
}

fn as_text(verdict: &AuditVerdict) -> String {
    let mut lines: Vec<_> = verdict.faults.iter().take(LISTED).map(say).collect();
    lines.push(format!(
        "Přečteno událostí: {}, porovnáno kotev: {}, nálezů: {}.",
        verdict.rows,
        verdict.anchors,
        verdict.faults.len()
    ));
    for end in &verdict.ends {
        lines.push(format!(
            "konec řetězu {} {} {}",
            end.chain, end.seq, end.hash
        ));
    }
    lines.join("\n")
}

fn say(fault: &AuditFault) -> String {
    let chain = fault.chain();
    match fault {
        AuditFault::Changed { seq, .. } => {
            format!("řetěz {chain}, událost {seq}: změněna, nebo před ni přišla jiná")
        }
        AuditFault::Moved { seq, from, .. } => {
            format!("řetěz {chain}, událost {seq}: přesunuta z místa {from}")
        }
        AuditFault::Missing { first, last, .. } if first == last => {
            format!("řetěz {chain}, událost {first}: chybí")
        }
        AuditFault::Missing { first, last, .. } => {
            format!("řetěz {chain}, události {first} až {last}: chybí")
        }
        AuditFault::Added { seq, .. } => {
            format!("řetěz {chain}, událost {seq}: přidána za konec řetězu")
        }
        AuditFault::Unanchored(end) => {
            format!(
                "řetěz {chain}, událost {}: chybí, nebo není ta, kterou zná kotva",
                end.seq
            )
        }
    }
}
