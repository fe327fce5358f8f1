//! `obzor audit`: who did what with data that are not public, and whether anybody tampered with the log.

mod export;
mod verify;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use clap::{Args, Subcommand};
use layers::audit::{AuditAct, AuditEvent, AuditQuery};
use serde_json::{Value as Json, json};

use self::export::ExportArgs;
use self::verify::VerifyArgs;
use super::{InstanceArgs, print};
use crate::instance::Instance;

/// What may be typed after `obzor audit`.
#[derive(Args, Debug)]
pub struct AuditArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Check that no row of the log was changed, moved, added or removed; every such row is named (exit code 1).
    #[command(
        after_help = "Examples:\n  obzor audit verify --instance /srv/obzor --json > konce.json    keep it elsewhere\n  \
        obzor audit verify --instance /srv/obzor --since konce.json    is all of it still there?"
    )]
    Verify(VerifyArgs),
    /// List events, the newest first.
    #[command(after_help = "Example, who downloaded optical networks in May:\n  \
        obzor audit search --layer optical-network --from 2026-05-01 --to 2026-05-31 --instance /srv/obzor")]
    Search(SearchArgs),
    /// Write events as CSV or as JSON lines, with the hashes by which they are chained.
    Export(ExportArgs),
}

/// Which events.
#[derive(Args, Debug)]
struct Filter {
    /// Who: the name of a user.
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// What was done, such as `read`, `export`, `refused`, `redact`.
    #[arg(long, value_parser = act)]
    act: Option<AuditAct>,
    /// With which layer; what concerns all layers, such as a backup, is listed too.
    #[arg(long, value_name = "LAYER")]
    layer: Option<String>,
    /// With which dataset.
    #[arg(long, value_name = "ID")]
    dataset: Option<String>,
    /// With whose data: the RÚIAN code of a municipality.
    #[arg(long, value_name = "CODE")]
    municipality: Option<i64>,
    /// Since when: a day (UTC) or an instant such as 2026-05-01T08:00:00Z.
    #[arg(long, value_name = "WHEN", value_parser = start)]
    from: Option<DateTime<Utc>>,
    /// Until when, that day included, or before that instant.
    #[arg(long, value_name = "WHEN", value_parser = end)]
    to: Option<DateTime<Utc>>,
}

impl Filter {
    fn query(&self, limit: Option<u64>) -> AuditQuery {
        AuditQuery {
            actor: self.actor.clone(),
            act: self.act,
            layer: self.layer.clone(),
            dataset: self.dataset.clone(),
            municipality: self.municipality,
            from: self.from.map(AuditEvent::instant),
            until: self.to.map(AuditEvent::instant),
            limit,
        }
    }
}

/// What may be typed after `obzor audit search`.
#[derive(Args, Debug)]
struct SearchArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    #[command(flatten)]
    filter: Filter,
    /// How many to list at most.
    #[arg(long, default_value_t = 1000)]
    limit: u64,
    /// List as JSON.
    #[arg(long)]
    json: bool,
}

/// Does what was asked with the log.
pub fn run(args: &AuditArgs) -> anyhow::Result<()> {
    match &args.act {
        Act::Verify(args) => verify::run(args),
        Act::Search(args) => search(args),
        Act::Export(args) => export::run(args),
    }
}

fn search(args: &SearchArgs) -> anyhow::Result<()> {
    let store = Instance::of(&args.instance).open_store()?;
    let rows = store.search_audit(&args.filter.query(Some(args.limit)))?;
    if args.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                let event: Json = serde_json::from_str(&row.text).unwrap_or_default();
                json!({ "chain": row.chain, "seq": row.seq, "event": event, "hash": row.hash })
            })
            .collect();
        return print(&format!("{:#}", Json::from(rows)));
    }
    for row in &rows {
        match row.event() {
            Some(event) => print(&line(&event))?,
            None => print(&format!("{} {}: událost nelze přečíst", row.chain, row.seq))?,
        }
    }
    print(&format!("událostí: {}", rows.len()))
}

/// Writes an event as one line.
fn line(event: &AuditEvent) -> String {
    let mut line = format!("{}  {}  {}", event.at, event.actor, event.act.as_str());
    let parts = [
        ("role", event.role.clone()),
        ("vrstva", event.layer.clone()),
        ("sada", event.dataset.clone()),
        ("obec", event.municipality.map(|code| code.to_string())),
        ("předmět", event.subject.clone()),
        ("před", event.before.clone()),
        ("po", event.after.clone()),
        ("výběr", event.filter.clone()),
        ("řádků", event.rows.map(|rows| rows.to_string())),
        ("dlaždic", event.tiles.map(|tiles| tiles.to_string())),
        ("bajtů", event.bytes.map(|bytes| bytes.to_string())),
        ("sha256", event.sha256.clone()),
        ("dotaz", event.request.clone()),
        ("adresa", event.address.clone()),
        ("krát", event.times.map(|times| times.to_string())),
    ];
    for (name, value) in parts {
        if let Some(value) = value {
            line.extend(["  ", name, " ", value.as_str()]);
        }
    }
    line
}

fn act(word: &str) -> Result<AuditAct, String> {
    let words: Vec<_> = AuditAct::ALL.iter().map(|act| act.as_str()).collect();
    AuditAct::of_word(word).ok_or_else(|| format!("write one of {}", words.join(", ")))
}

fn start(text: &str) -> Result<DateTime<Utc>, String> {
    moment(text, 0)
}

fn end(text: &str) -> Result<DateTime<Utc>, String> {
    moment(text, 1)
}

/// Reads an instant, or so many days after the beginning of a day.
fn moment(text: &str, days: u64) -> Result<DateTime<Utc>, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    let day: Option<NaiveDate> = text.parse().ok();
    let day = day.and_then(|day| day.checked_add_days(Days::new(days)));
    let day = day.ok_or("write a day such as 2026-05-01, or 2026-05-01T08:00:00Z")?;
    Ok(day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, from: Option<&str>, to: Option<&str>) {
        let written = |at: Result<_, String>| at.ok().map(AuditEvent::instant);
        assert_eq!(written(start(text)).as_deref(), from, "{text}");
        assert_eq!(written(end(text)).as_deref(), to, "{text}");
    }

    #[test]
    fn a_day_is_included_and_an_instant_is_itself() {
        let (may, june) = ("2026-05-31T00:00:00.000Z", "2026-06-01T00:00:00.000Z");
        check("2026-05-31", Some(may), Some(june));
        check("2026-05-31T02:00:00+02:00", Some(may), Some(may));
        check("květen", None, None);
    }
}
