//! What ought to come of every operation, said once more and in another way: by what each screen really showed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

/// The values of a feature by field, with `place` for where it stands.
pub(crate) type Sheet = BTreeMap<&'static str, Json>;

/// What somebody typed.
#[derive(Clone, Debug)]
pub(crate) enum Typed {
    Create(Sheet),
    Update(Sheet),
    Delete,
}

/// An operation with what the screen showed, and what lay under the author's own values on it.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) author: usize,
    pub(crate) on: u64,
    pub(crate) typed: Typed,
    /// What the screen showed before.
    pub(crate) shown: Option<Sheet>,
    /// The same less those values of the author that were not taken.
    pub(crate) under: Option<Sheet>,
}

/// What became of a job: its word, and what is open, each with what stands and what was wanted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct End {
    pub(crate) word: &'static str,
    pub(crate) open: BTreeSet<String>,
}

impl End {
    fn of(word: &'static str) -> Self {
        Self {
            word,
            open: BTreeSet::new(),
        }
    }

    /// Whether what was typed into a field stands.
    pub(crate) fn takes(&self, field: &str) -> bool {
        match self.word {
            "applied" | "merged" => true,
            "conflict" => !self.open.contains(field) && !self.open.contains("feature"),
            _ => false,
        }
    }
}

/// What stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) sheets: BTreeMap<u64, Sheet>,
    /// Which author may touch nothing in which zone.
    pub(crate) barred: Option<(usize, i64)>,
}

impl Model {
    /// Does a job.
    pub(crate) fn job(&mut self, job: &Job) -> End {
        let now = self.sheets.get(&job.on).cloned();
        let (after, end) = match &job.typed {
            Typed::Create(sheet) => {
                let empty: Sheet = sheet.keys().map(|field| (*field, Json::Null)).collect();
                let known = [Some(&empty), Some(&empty)];
                let begun = now.clone().unwrap_or_else(|| empty.clone());
                let (after, mut end) = merge(&begun, sheet, known);
                if now.is_some() && end.word == "applied" {
                    end.word = "merged";
                }
                (Some(after), end)
            }
            Typed::Update(sheet) => match (&now, &job.under) {
                (Some(now), under) => {
                    let (after, end) = merge(now, sheet, [job.shown.as_ref(), under.as_ref()]);
                    (Some(after), end)
                }
                (None, None) => (None, End::of("rejected")),
                (None, Some(under)) => {
                    let known = [job.shown.as_ref(), Some(under)];
                    let (wanted, _) = merge(under, sheet, known);
                    (
                        None,
                        if wanted == *under {
                            End::of("merged")
                        } else {
                            whole()
                        },
                    )
                }
            },
            Typed::Delete => match (&now, &job.under) {
                (None, None) => (None, End::of("rejected")),
                (None, Some(_)) => (None, End::of("merged")),
                (Some(now), under) if knew(now, [job.shown.as_ref(), under.as_ref()]) => {
                    (None, End::of("applied"))
                }
                (Some(now), _) => (Some(now.clone()), whole()),
            },
        };
        let creates = matches!(job.typed, Typed::Create(_));
        let before = now.as_ref().or(job
            .under
            .as_ref()
            .or(job.shown.as_ref())
            .filter(|_| !creates));
        if self.bars(job.author, before) || self.bars(job.author, after.as_ref()) {
            return End::of("unpermitted");
        }
        if end.word == "rejected"
            || is_bad(&job.typed)
            || self.is_taken(job.on, now.as_ref(), after.as_ref())
        {
            return End::of("rejected");
        }
        match after {
            Some(after) => self.sheets.insert(job.on, after),
            None => self.sheets.remove(&job.on),
        };
        end
    }

    fn bars(&self, author: usize, sheet: Option<&Sheet>) -> bool {
        let zone = sheet.and_then(|sheet| sheet["zone"].as_i64());
        self.barred
            .is_some_and(|(who, barred)| who == author && zone == Some(barred))
    }

    /// Whether a feature would get a code that another one has.
    fn is_taken(&self, on: u64, now: Option<&Sheet>, after: Option<&Sheet>) -> bool {
        let Some(after) = after else { return false };
        let is_new = now.is_none_or(|now| now["code"] != after["code"]);
        let mut others = self.sheets.iter().filter(|(other, _)| **other != on);
        is_new && others.any(|(_, other)| other["code"] == after["code"])
    }
}

fn whole() -> End {
    End {
        word: "conflict",
        open: BTreeSet::from(["feature".to_owned()]),
    }
}

fn is_bad(typed: &Typed) -> bool {
    match typed {
        Typed::Create(sheet) | Typed::Update(sheet) => sheet
            .get("count")
            .is_some_and(|count| count.as_i64() > Some(9)),
        Typed::Delete => false,
    }
}

type KnownSheets<'a> = [Option<&'a Sheet>; 2];

fn knew(now: &Sheet, known: KnownSheets<'_>) -> bool {
    now.iter()
        .all(|(field, value)| known.iter().flatten().any(|known| known[field] == *value))
}

fn merge(now: &Sheet, typed: &Sheet, known: KnownSheets<'_>) -> (Sheet, End) {
    let mut after = now.clone();
    let mut end = End::of(if knew(now, known) {
        "applied"
    } else {
        "merged"
    });
    for (field, mine) in typed {
        let theirs = &now[field];
        let is_known = |value: &Json| known.iter().flatten().any(|known| known[field] == *value);
        if is_known(mine) || mine == theirs {
            continue;
        }
        if is_known(theirs) {
            after.insert(*field, mine.clone());
            continue;
        }
        let base = known[1].map_or(&Json::Null, |under| &under[field]);
        if let Some(value) = decide(field, base, theirs, mine) {
            after.insert(*field, value);
        } else {
            end.open.insert((*field).to_owned());
            end.word = "conflict";
        }
    }
    (after, end)
}

fn decide(field: &str, base: &Json, theirs: &Json, mine: &Json) -> Option<Json> {
    let day = |value: &Json| value.as_str().map(str::to_owned);
    let later = match (day(theirs), day(mine)) {
        (None, _) => mine,
        (Some(their), Some(my)) if (my > their) == (field == "inspected_on") => mine,
        _ => theirs,
    };
    match field {
        "inspected_on" | "built_on" => Some(later.clone()),
        "owner" => Some(theirs.clone()),
        "marks" => {
            let rows = |list: &Json| list.as_array().cloned().unwrap_or_default();
            let (base, mine) = (rows(base), rows(mine));
            let mut merged = rows(theirs);
            merged.retain(|row| mine.contains(row) || !base.contains(row));
            for row in mine {
                if !base.contains(&row) && !merged.contains(&row) {
                    merged.push(row);
                }
            }
            Some(Json::Array(merged))
        }
        _ => None,
    }
}
