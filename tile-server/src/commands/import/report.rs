//! The report of an import: in Czech for the person who sent the file, as JSON for programs.

use std::fmt::Write;

use importers::table::{Import, Reading, RejectedRow};
use layers::Revision;
use serde_json::{Value as Json, json};

use super::{Done, ImportArgs};
use crate::commands::print;

mod same_reasons;

use self::same_reasons::same_reasons;

/// What happened, or would.
pub(super) struct Report<'a> {
    pub(super) args: &'a ImportArgs,
    pub(super) import: Import<'a>,
    pub(super) done: &'a Done,
}

impl Report<'_> {
    /// Prints the report as it was asked for.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        print(&if self.args.json {
            format!("{:#}", self.json())
        } else {
            self.text()
        })
    }

    /// Writes the report for people.
    fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a text cannot fail.
        let _ = self.write(&mut out);
        out.trim_end().to_owned()
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        self.write_source(out)?;
        self.write_columns(out)?;
        for note in &self.done.outcome.notes {
            writeln!(out, "Pozor: {note}")?;
        }
        self.write_counts(out)?;
        self.write_rejected(out)?;
        writeln!(out, "\n{}", self.outcome())
    }

    fn write_source(&self, out: &mut String) -> std::fmt::Result {
        let (source, layer) = (self.import.source, self.import.layer);
        let (file, rows) = (self.args.file.display(), self.done.outcome.rows);
        writeln!(out, "Soubor {file}: {}, řádků {rows}", source.driver)?;
        writeln!(out, "Kódování: {}", source.encoding)?;
        let shown = self.done.texts.all();
        if !shown.is_empty() {
            writeln!(out, "Texty v něm: {}", shown.join(" · "))?;
        }
        if let Some(reading) = self.done.outcome.reading {
            writeln!(out, "Souřadnice: {}", reading.title())?;
        }
        write!(out, "Vrstva: {} ({})", layer.title.cs, layer.id)?;
        match self.import.municipality {
            Some(code) => writeln!(out, ", obec {code}"),
            None => writeln!(out),
        }
    }

    fn write_counts(&self, out: &mut String) -> std::fmt::Result {
        let outcome = &self.done.outcome;
        writeln!(out, "\nNové: {}", outcome.new)?;
        writeln!(out, "Změněné: {}", outcome.changed)?;
        writeln!(out, "Beze změny: {}", outcome.same)?;
        writeln!(out, "Nepřijaté: {}", outcome.rejected.len())?;
        if outcome.left_alone > 0 {
            let count = outcome.left_alone;
            writeln!(out, "V souboru nejsou a zůstávají, jak byly: {count}")?;
        }
        Ok(())
    }

    fn write_rejected(&self, out: &mut String) -> std::fmt::Result {
        if !self.done.outcome.rejected.is_empty() {
            writeln!(out, "\nNepřijaté řádky:")?;
        }
        for (rows, reasons) in same_reasons(&self.done.outcome.rejected) {
            writeln!(out, "  {rows}: {reasons}")?;
        }
        Ok(())
    }

    fn write_columns(&self, out: &mut String) -> std::fmt::Result {
        let mut unused = Vec::new();
        writeln!(out, "Sloupce:")?;
        for (column, field) in self.columns() {
            match field {
                Some(place) => {
                    let title = &self.import.layer.fields[place].title.cs;
                    writeln!(out, "  {column} → {title}")?;
                }
                None => unused.push(column),
            }
        }
        if !unused.is_empty() {
            writeln!(out, "  nepoužité: {}", unused.join(", "))?;
        }
        Ok(())
    }

    fn outcome(&self) -> String {
        match self.done.revision {
            Some(Revision(number)) => format!("Zapsáno jako revize {number}."),
            None if self.args.dry_run => "Zkouška nanečisto: nic se nezapsalo.".to_owned(),
            None => "Není co měnit: nic se nezapsalo.".to_owned(),
        }
    }

    /// Writes the report for programs.
    fn json(&self) -> Json {
        let (source, layer) = (self.import.source, self.import.layer);
        let outcome = &self.done.outcome;
        let columns = self.columns().map(|(column, field)| {
            let field = field.map(|place| layer.fields[place].name.as_str());
            json!({ "column": column, "field": field })
        });
        json!({
            "file": self.args.file,
            "format": source.driver,
            "encoding": source.encoding,
            "positions": outcome.reading.map(Reading::title),
            "layer": layer.id.as_str(),
            "municipality": self.import.municipality,
            "columns": columns.collect::<Vec<_>>(),
            "notes": outcome.notes,
            "rows": outcome.rows,
            "new": outcome.new,
            "changed": outcome.changed,
            "same": outcome.same,
            "left_alone": outcome.left_alone,
            "rejected": outcome.rejected.iter().map(rejected_json).collect::<Vec<_>>(),
            "dry_run": self.args.dry_run,
            "revision": self.done.revision.map(|revision| revision.0),
        })
    }

    /// Returns the columns with the places of their fields; those that hold the position are left out.
    fn columns(&self) -> impl Iterator<Item = (&str, Option<usize>)> {
        let positions = self.import.mapping.coordinates();
        let columns = self.import.source.columns.iter().map(String::as_str);
        let fields = self.import.mapping.fields().iter().copied();
        columns
            .zip(fields)
            .enumerate()
            .filter(move |(place, _)| !positions.is_some_and(|columns| columns.contains(place)))
            .map(|(_, column)| column)
    }
}

fn rejected_json(row: &RejectedRow) -> Json {
    let reasons = row.reasons.iter();
    let reasons = reasons.map(|r| json!({ "kind": r.kind, "field": r.field, "text": r.text }));
    json!({ "row": row.row, "reasons": reasons.collect::<Vec<_>>() })
}
