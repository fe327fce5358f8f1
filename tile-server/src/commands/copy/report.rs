//! What a copy has done and whether it is one: in Czech for people, as JSON for programs.

use layers::{Fingerprint, LayerId, Revision, StoreFingerprint};
use serde_json::{Value as Json, json};

use super::Moved;
use super::files::CopiedFiles;

/// What was moved, and what both stores hold now.
pub(super) struct Report {
    pub(super) attachments: CopiedFiles,
    pub(super) moved: Moved,
    pub(super) from: StoreFingerprint,
    pub(super) to: StoreFingerprint,
    /// The newest revision of the source, which may have gone on meanwhile.
    pub(super) source_head: Revision,
    /// The layers that show tables of other software, which are not copied.
    pub(super) attached: Vec<LayerId>,
}

impl Report {
    /// Returns the names of what is not the same in both stores.
    pub(super) fn differences(&self) -> Vec<String> {
        let mut differences = self.from.differences(&self.to);
        if !self.attachments.missing.is_empty() {
            differences.push("attachments".to_owned());
        }
        differences
    }

    fn per_second(&self) -> f64 {
        self.moved.versions as f64 / self.moved.time.as_secs_f64().max(0.001)
    }

    /// Returns the report for people.
    pub(super) fn text(&self) -> String {
        let mut lines = vec![
            format!(
                "Revize {} až {}: přeneseno {} verzí prvků za {:.1} s ({:.0} za sekundu).",
                self.moved.since.0 + 1,
                self.from.head.0,
                self.moved.versions,
                self.moved.time.as_secs_f64(),
                self.per_second()
            ),
            line(["vrstva", "prvků", "verzí", "otisk"]),
        ];
        if self.moved.since == self.from.head {
            lines[0] = format!("Nových revizí není; cíl je v revizi {}.", self.to.head.0);
        }
        let used = self.from.layers.iter().zip(&self.to.layers);
        for (from, to) in used.filter(|(from, to)| from.versions.count + to.versions.count > 0) {
            lines.push(line([
                from.layer.as_str(),
                &from.features.count.to_string(),
                &from.versions.count.to_string(),
                same(from == to),
            ]));
        }
        for (name, from, to) in [
            ("revize", &self.from.revisions, &self.to.revisions),
            ("evidence úřadu", &self.from.records, &self.to.records),
            ("operace a konflikty", &self.from.ledger, &self.to.ledger),
        ] {
            lines.push(line([name, &from.count.to_string(), "", same(from == to)]));
        }
        lines.extend(self.files());
        if !self.attached.is_empty() {
            let names: Vec<_> = self.attached.iter().map(LayerId::as_str).collect();
            lines.push(format!(
                "Připojené tabulky zůstávají, kde jsou: {}.",
                names.join(", ")
            ));
        }
        if self.source_head > self.from.head {
            lines.push(format!(
                "Zdroj je mezitím v revizi {}; spusťte příkaz znovu, přenese jen nové.",
                self.source_head.0
            ));
        }
        lines.join("\n")
    }

    /// Says what became of photos and documents.
    fn files(&self) -> Vec<String> {
        let files = &self.attachments;
        if files.stay {
            return vec![format!(
                "Přílohy ({} souborů) zůstávají ve složce instance; cíl je potřebuje mít také.",
                files.needed
            )];
        }
        let missing = files.missing.iter();
        let missing = missing.map(|name| format!("Příloha chybí nebo je poškozená: {name}"));
        let copied = (files.needed > 0).then(|| {
            format!(
                "Přílohy: {} souborů, z toho přeneseno {}.",
                files.needed, files.copied
            )
        });
        copied.into_iter().chain(missing).collect()
    }

    /// Returns the report for programs.
    pub(super) fn json(&self) -> Json {
        let layers = self.from.layers.iter().zip(&self.to.layers);
        let layers = layers.map(|(from, to)| {
            json!({
                "layer": from.layer,
                "equal": from == to,
                "features": both(&from.features, &to.features),
                "versions": both(&from.versions, &to.versions),
            })
        });
        json!({
            "since": self.moved.since.0,
            "revision": self.from.head.0,
            "source_revision": self.source_head.0,
            "versions": self.moved.versions,
            "seconds": self.moved.time.as_secs_f64(),
            "equal": self.differences().is_empty(),
            "differences": self.differences(),
            "layers": layers.collect::<Vec<_>>(),
            "revisions": both(&self.from.revisions, &self.to.revisions),
            "records": both(&self.from.records, &self.to.records),
            "ledger": both(&self.from.ledger, &self.to.ledger),
            "attached": self.attached,
            "attachments": {
                "needed": self.attachments.needed,
                "copied": self.attachments.copied,
                "missing": self.attachments.missing,
            },
        })
    }
}

fn line([name, features, versions, equal]: [&str; 4]) -> String {
    format!("{name:<28} {features:>10} {versions:>10}  {equal}")
}

fn same(equal: bool) -> &'static str {
    if equal { "shodný" } else { "LIŠÍ SE" }
}

fn both(from: &Fingerprint, to: &Fingerprint) -> Json {
    let one = |print: &Fingerprint| json!({ "count": print.count, "sha256": print.to_string() });
    json!({ "from": one(from), "to": one(to) })
}
