//! `obzor prune`: removes the history that is older than `obzor.toml` keeps it, layer by layer.

use std::fmt::Write;
use std::time::SystemTime;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use layers::audit::{AuditAct, AuditEvent};
use layers::{LayerId, Revision, Store, StoreError};
use serde_json::{Value as Json, json};

use super::{InstanceArgs, print};
use crate::audit::{self, Actor};
use crate::config::Retention;
use crate::instance::Instance;

const FOREVER: &str = "historie se uchovává navždy: v obzor.toml není oddíl [retention]";
const NOTHING: &str = "žádná historie není starší, než se má uchovávat";

/// What may be typed after `obzor prune`.
#[derive(Args, Debug)]
pub struct PruneArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// Only say what would go, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Who answers for it; stands in the audit log.
    #[arg(long, env = "USER")]
    author: String,
    /// Say it as JSON.
    #[arg(long)]
    json: bool,
}

/// History of a layer whose time is over.
struct Overdue {
    layer: LayerId,
    /// The oldest state that stays.
    start: Revision,
    at: DateTime<Utc>,
    /// How many versions of features only older states have.
    versions: u64,
}

/// Removes what is overdue, and says how much.
pub fn run(args: &PruneArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let retention = instance.config()?.retention;
    if retention.is_forever() && !args.json {
        return print(FOREVER);
    }
    let store = instance.open_store()?;
    let now = SystemTime::now().into();
    let overdue = overdue(&*store, &retention, now).context("historii nelze přečíst")?;
    if !args.dry_run {
        for one in &overdue {
            let event = AuditEvent {
                layer: Some(one.layer.to_string()),
                subject: Some(format!("before revision {}", one.start.0)),
                rows: Some(one.versions),
                ..Actor::author(&args.author).event(AuditAct::Prune)
            };
            audit::record_command(&instance, &*store, event)?;
            store
                .prune(&one.layer, one.start)
                .with_context(|| format!("historii vrstvy {} nelze zkrátit", one.layer))?;
        }
    }
    print(&if args.json {
        as_json(&overdue, !args.dry_run)
    } else {
        in_words(&overdue, args.dry_run)
    })
}

/// Finds the layers whose history reaches back further than it is to.
fn overdue(
    store: &dyn Store,
    retention: &Retention,
    now: DateTime<Utc>,
) -> Result<Vec<Overdue>, StoreError> {
    let mut all = Vec::new();
    for layer in store.layers().iter().filter(|layer| layer.source.is_none()) {
        let Some(term) = retention.of(&layer.class) else {
            continue;
        };
        let asked = store.revision_at(term.before(now))?;
        // A term that was made longer brings nothing back; what a killed run left goes.
        let known = store.history_start(&layer.id)?;
        let start = known.map_or(asked, |known| known.revision.max(asked));
        let Some(info) = store.revision(start)? else {
            continue;
        };
        let versions = store.prunable(&layer.id, start)?;
        if versions > 0 {
            all.push(Overdue {
                layer: layer.id.clone(),
                start,
                at: info.at,
                versions,
            });
        }
    }
    Ok(all)
}

fn as_json(overdue: &[Overdue], is_done: bool) -> String {
    let layer = |one: &Overdue| {
        json!({
            "layer": one.layer.as_str(),
            "start": { "revision": one.start.0, "at": one.at },
            "versions": one.versions,
        })
    };
    let layers: Vec<Json> = overdue.iter().map(layer).collect();
    format!("{:#}", json!({ "done": is_done, "layers": layers }))
}

fn in_words(overdue: &[Overdue], is_dry: bool) -> String {
    if overdue.is_empty() {
        return NOTHING.to_owned();
    }
    let head = if is_dry {
        "nanečisto, nic se nezměnilo; odebralo by se"
    } else {
        "odebráno, navždy"
    };
    let mut text = format!("{head}:");
    for one in overdue {
        let _ = write!(
            text,
            "\n  {}: verzí {}, historie začíná {} (revize {})",
            one.layer,
            one.versions,
            one.at.format("%-d. %-m. %Y"),
            one.start.0
        );
    }
    text
}
