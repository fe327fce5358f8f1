//! A world of writers with screens of their own, who send batches that are cut, doubled, shuffled and lost, by clocks that
//! lie; every end is compared with the model's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta};
use layers::Feature;
use layers::merge::{Operation, OperationId, Outcome, Part, SentGeometry};
use layers::policy::Operation as Act;
use serde_json::{Value as Json, json};

use crate::city::{City, creation, drawn, following, operation, post_at, update};
use crate::model::{End, Job, Model, Sheet, Typed};

const FIELDS: [&str; 8] = [
    "code",
    "status",
    "count",
    "zone",
    "inspected_on",
    "built_on",
    "owner",
    "marks",
];
pub(crate) const PLACE: &str = "place";
/// Features that are there from the beginning.
const FIRST: u64 = 3;
/// The zone in which the first writer has no say.
const BARRED: i64 = 3;

/// What happens next; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Update {
        who: usize,
        on: u64,
        fields: Vec<(usize, u8)>,
    },
    Create {
        who: usize,
        value: u8,
    },
    Delete {
        who: usize,
        on: u64,
    },
    /// Sends what the mask picks, turned by so much, each twice if that is said; the answer may be lost.
    Send {
        who: usize,
        mask: u32,
        turn: usize,
        twice: bool,
        lost: bool,
    },
    Read {
        who: usize,
    },
    /// Everything that ever came up to a place comes again.
    Replay {
        share: u8,
    },
}

/// One writer: a screen, what is typed and not yet answered, and the revision that was read.
pub(crate) struct Writer {
    name: String,
    base: i64,
    shown: BTreeMap<u64, Sheet>,
    /// What is shown less own values that were not taken.
    under: BTreeMap<u64, Sheet>,
    pub(crate) outbox: Vec<(Operation, Job)>,
    /// The last own operation on a feature that the screen still shows.
    last: BTreeMap<u64, u64>,
    /// Features of which an operation was answered and not read since.
    answered: BTreeSet<u64>,
}

pub(crate) struct World {
    pub(crate) city: City,
    pub(crate) model: Model,
    pub(crate) writers: Vec<Writer>,
    pub(crate) ends: HashMap<OperationId, End>,
    pub(crate) received: Vec<Operation>,
    pub(crate) next: u64,
    pub(crate) next_feature: u64,
}

impl Writer {
    /// Returns what a mask picks of the outbox, turned by so much, each twice if that is said.
    fn batch(&self, mask: u32, turn: usize, twice: bool) -> Vec<Operation> {
        let outbox = self.outbox.iter().enumerate();
        let picked = outbox.filter(|(place, _)| mask >> (place % 32) & 3 != 0);
        let mut batch: Vec<_> = picked
            .map(|(_, (operation, _))| operation.clone())
            .collect();
        let turn = turn % batch.len().max(1);
        batch.rotate_left(turn);
        if turn % 2 == 1 {
            batch.reverse();
        }
        if twice {
            batch.extend(batch.clone());
        }
        batch
    }
}

impl World {
    pub(crate) fn new(mut city: City, writers: usize, barred: bool) -> Self {
        let codes = (1..=FIRST).map(|on| creation(on, "office", on, &format!("k{on}")));
        city.receive(codes.collect());
        let sheet = |on: u64| {
            let mut sheet: Sheet = FIELDS.iter().map(|field| (*field, Json::Null)).collect();
            sheet.insert("code", json!(format!("k{on}")));
            sheet.insert(PLACE, json!(0.0));
            (on, sheet)
        };
        let mut model = Model {
            sheets: (1..=FIRST).map(sheet).collect(),
            barred: None,
        };
        let names = (0..writers).map(|number| format!("writer {number}"));
        if barred {
            city.barred = vec![("writer 0".to_owned(), BARRED)];
            model.barred = Some((0, BARRED));
        }
        let writers = names.map(|name| Writer {
            name,
            base: 1,
            shown: model.sheets.clone(),
            under: model.sheets.clone(),
            outbox: Vec::new(),
            last: BTreeMap::new(),
            answered: BTreeSet::new(),
        });
        Self {
            city,
            writers: writers.collect(),
            model,
            ends: HashMap::new(),
            received: Vec::new(),
            next: 100,
            next_feature: FIRST,
        }
    }

    pub(crate) fn step(&mut self, step: &Step) {
        let count = self.writers.len();
        match step {
            Step::Update { who, on, fields } => {
                let on = 1 + on % self.next_feature;
                let sheet = fields.iter().map(|(field, value)| typed(*field, *value));
                self.change(who % count, on, &Typed::Update(sheet.collect()));
            }
            Step::Create { who, value } => {
                self.next_feature += 1;
                let mut sheet: Sheet = FIELDS.iter().map(|field| (*field, Json::Null)).collect();
                sheet.extend([typed(0, *value), typed(8, *value)]);
                self.change(who % count, self.next_feature, &Typed::Create(sheet));
            }
            Step::Delete { who, on } => {
                self.change(who % count, 1 + on % self.next_feature, &Typed::Delete);
            }
            Step::Send {
                who,
                mask,
                turn,
                twice,
                lost,
            } => {
                self.send(who % count, *mask, *turn, *twice, *lost);
            }
            Step::Read { who } => self.read(who % count),
            Step::Replay { share } => self.replay(*share),
        }
    }

    /// Somebody types something on their screen.
    fn change(&mut self, who: usize, on: u64, typed: &Typed) {
        let writer = &mut self.writers[who];
        let shown = writer.shown.get(&on).cloned();
        if shown.is_none() != matches!(typed, Typed::Create(_)) {
            return;
        }
        self.next += 1;
        let mut operation = sent(self.next, writer, on, typed, shown.as_ref());
        if let Some(last) = writer.last.insert(on, self.next) {
            operation = following(operation, last);
        }
        let job = Job {
            author: who,
            on,
            typed: typed.clone(),
            shown,
            under: writer.under.get(&on).cloned(),
        };
        writer.outbox.push((operation, job));
        show(&mut writer.shown, on, typed);
    }

    /// Sends some of an outbox, compares every end with the model's, and maybe loses the answer.
    pub(crate) fn send(&mut self, who: usize, mask: u32, turn: usize, twice: bool, lost: bool) {
        let batch = self.writers[who].batch(mask, turn, twice);
        let known: BTreeSet<_> = self.ends.keys().copied().collect();
        for operation in &batch {
            self.expect(who, operation.id, &batch);
        }
        let judgement = self.city.receive(batch.clone());
        let mut judged = BTreeSet::new();
        for (id, outcome) in &judgement.outcomes {
            let is_again = !judged.insert(*id) || known.contains(id);
            check_end(outcome, &self.ends[id], is_again);
        }
        // (i) Every operation that was taken has one end, and what was not taken has none.
        let early = judgement.early.iter().map(|early| early.operation);
        let early: BTreeSet<_> = early.collect();
        for operation in batch {
            let id = operation.id;
            assert_eq!(judged.contains(&id), !early.contains(&id));
            assert_eq!(self.ends.contains_key(&id), !early.contains(&id));
            assert_eq!(self.city.recorded.contains_key(&id), !early.contains(&id));
            let is_new = !known.contains(&id) && !early.contains(&id);
            if is_new && !self.received.contains(&operation) {
                self.received.push(operation);
            }
        }
        assert_eq!(self.model.sheets, sheets(&self.city));
        if !lost {
            let writer = &mut self.writers[who];
            let has_answer = |operation: &Operation| judged.contains(&operation.id);
            let answered = writer.outbox.iter().filter(|(sent, _)| has_answer(sent));
            writer.answered.extend(answered.map(|(_, job)| job.on));
            writer.outbox.retain(|(sent, _)| !has_answer(sent));
        }
    }

    /// Lets the model judge an operation, after the one on which it stands, if that has come.
    fn expect(&mut self, who: usize, id: OperationId, batch: &[Operation]) {
        if self.ends.contains_key(&id) {
            return;
        }
        let operation = batch
            .iter()
            .find(|operation| operation.id == id)
            .expect("sent");
        if let Some(after) = operation.after {
            if batch.iter().any(|operation| operation.id == after) {
                self.expect(who, after, batch);
            }
            if !self.ends.contains_key(&after) {
                return;
            }
        }
        let writer = &mut self.writers[who];
        let place = writer
            .outbox
            .iter()
            .position(|(operation, _)| operation.id == id)
            .expect("mine");
        let job = writer.outbox[place].1.clone();
        let end = self.model.job(&job);
        // What came to stand lies under all that its author typed after it.
        let later = writer.outbox[place + 1..]
            .iter_mut()
            .filter(|(_, later)| later.on == job.on);
        for (_, later) in later {
            later.under = settled(later.under.take(), &job, &end);
        }
        let under = settled(writer.under.remove(&job.on), &job, &end);
        writer.under.extend(under.map(|under| (job.on, under)));
        self.ends.insert(id, end);
    }

    /// Reads the newest state; what was not answered is shown over it.
    fn read(&mut self, who: usize) {
        let writer = &mut self.writers[who];
        // A writer who waits for an answer about a feature and has another one, sends first.
        if writer
            .outbox
            .iter()
            .any(|(_, job)| writer.answered.contains(&job.on))
        {
            return;
        }
        let before = std::mem::replace(&mut writer.under, self.model.sheets.clone());
        writer.shown = self.model.sheets.clone();
        writer.base = self.city.head();
        writer.answered.clear();
        let waiting: BTreeSet<_> = writer.outbox.iter().map(|(_, job)| job.on).collect();
        writer.last.retain(|on, _| waiting.contains(on));
        for (_, job) in &writer.outbox {
            let was = before.get(&job.on);
            let is_there = self.model.sheets.contains_key(&job.on);
            match &job.typed {
                Typed::Create(_) if !is_there => {
                    writer.under.extend(was.map(|was| (job.on, was.clone())));
                }
                Typed::Delete => {
                    writer.under.remove(&job.on);
                    writer.under.extend(was.map(|was| (job.on, was.clone())));
                }
                Typed::Create(sheet) | Typed::Update(sheet) => {
                    if let (Some(under), Some(was)) = (writer.under.get_mut(&job.on), was) {
                        let own = sheet.iter().filter(|(_, value)| is_said(&job.typed, value));
                        under.extend(own.map(|(field, _)| (*field, was[field].clone())));
                    }
                }
            }
            show(&mut writer.shown, job.on, &job.typed);
        }
    }

    /// (iv) Whatever came before and comes again changes nothing, and is told what became of it.
    pub(crate) fn replay(&mut self, share: u8) {
        let prefix = self.received.len() * usize::from(share) / 255;
        let again = self.received[..prefix].to_vec();
        for _ in 0..2 {
            let judgement = self.city.receive(again.clone());
            assert!(judgement.changes.is_empty() && judgement.conflicts.is_empty());
            assert_eq!(judgement.outcomes.len(), prefix);
            for (id, outcome) in &judgement.outcomes {
                check_end(outcome, &self.ends[id], true);
            }
        }
    }
}

fn check_end(outcome: &Outcome, end: &End, is_again: bool) {
    let outcome = match (outcome, is_again) {
        (Outcome::Duplicate(first), true) => &**first,
        (outcome, false) => outcome,
        (outcome, true) => panic!("done again: {outcome:?}"),
    };
    let open = match outcome {
        Outcome::Conflict { parts, .. } => parts
            .iter()
            .map(|part| match part {
                Part::Field(name) => name.clone(),
                Part::Geometry => PLACE.to_owned(),
                Part::Feature => "feature".to_owned(),
            })
            .collect(),
        _ => BTreeSet::new(),
    };
    assert_eq!(
        &End {
            word: outcome.word(),
            open
        },
        end
    );
}

/// Returns a field and a value of it.
fn typed(field: usize, value: u8) -> (&'static str, Json) {
    let name = *FIELDS.get(field).unwrap_or(&PLACE);
    let value = match name {
        "code" => json!(format!("k{}", value % 6)),
        "status" if value.is_multiple_of(7) => Json::Null,
        "status" | "owner" => json!(format!("s{}", value % 3)),
        "count" => json!(value % 11),
        "zone" => json!(value % 5),
        "inspected_on" | "built_on" => json!(format!("2026-01-0{}", 1 + value % 5)),
        "marks" => {
            let letters = ["a", "b", "c"].into_iter().enumerate();
            let picked = letters.filter(|(place, _)| value >> place & 1 == 1);
            picked
                .map(|(_, letter)| json!({ "sign": letter }))
                .collect()
        }
        _ => json!(f64::from(value % 4)),
    };
    (name, value)
}

/// Returns the operation that a device sends.
fn sent(number: u64, writer: &Writer, on: u64, typed: &Typed, shown: Option<&Sheet>) -> Operation {
    let act = match typed {
        Typed::Create(_) => Act::Create,
        Typed::Update(_) => Act::Update,
        Typed::Delete => Act::Delete,
    };
    let mut sent = operation(number, &writer.name, act, on, writer.base);
    // The clock of the device says anything.
    let lie = TimeDelta::days((number * 7919 % 20_000) as i64 - 10_000);
    sent.at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + lie;
    let (Typed::Create(sheet) | Typed::Update(sheet)) = typed else {
        return sent;
    };
    for (field, new) in sheet.iter().filter(|(_, new)| is_said(typed, new)) {
        let old = shown.map(|shown| &shown[field]);
        if *field == PLACE {
            let at = |place: &Json| post_at(place.as_f64().expect("a number"));
            sent.geometry = Some(SentGeometry {
                old: old.map(at),
                ..drawn(&at(new))
            });
        } else {
            let old = old.unwrap_or(&Json::Null).clone();
            sent.set
                .extend(update(0, "", 0, 0, &[(*field, old, new.clone())]).set);
        }
    }
    sent
}

/// Whether an operation says something of a field: a new feature has nothing where nothing was typed.
fn is_said(typed: &Typed, value: &Json) -> bool {
    !(matches!(typed, Typed::Create(_)) && value.is_null())
}

/// Puts on a screen what was typed.
fn show(shown: &mut BTreeMap<u64, Sheet>, on: u64, typed: &Typed) {
    match typed {
        Typed::Create(sheet) => {
            let over = shown.entry(on).or_insert_with(|| sheet.clone());
            over.extend(
                sheet
                    .iter()
                    .filter(|(_, value)| is_said(typed, value))
                    .map(|(field, value)| (*field, value.clone())),
            );
        }
        Typed::Update(sheet) => {
            if let Some(over) = shown.get_mut(&on) {
                over.extend(sheet.clone());
            }
        }
        Typed::Delete => {
            shown.remove(&on);
        }
    }
}

/// Returns what lies under an author's later values when it is known what became of an earlier job.
fn settled(under: Option<Sheet>, job: &Job, end: &End) -> Option<Sheet> {
    match &job.typed {
        Typed::Update(sheet) => under.map(|mut under| {
            // Who sends what was shown has typed nothing.
            let is_shown = |field: &str, value: &Json| {
                job.shown
                    .as_ref()
                    .is_some_and(|shown| shown[field] == *value)
            };
            let typed = sheet
                .iter()
                .filter(|(field, value)| !is_shown(field, value));
            let taken = typed.filter(|(field, _)| end.takes(field));
            under.extend(taken.map(|(field, value)| (*field, value.clone())));
            under
        }),
        Typed::Create(sheet) if ["applied", "merged", "conflict"].contains(&end.word) => {
            let value = |(field, value): (&&'static str, &Json)| {
                let taken = end.takes(field).then(|| value.clone());
                (*field, taken.unwrap_or_default())
            };
            Some(sheet.iter().map(value).collect())
        }
        Typed::Delete if end.takes("feature") => None,
        _ => under,
    }
}

/// Returns what stands in a city.
fn sheets(city: &City) -> BTreeMap<u64, Sheet> {
    let standing = city.snapshots.last().expect("one").values();
    let sheet = |feature: &Feature| {
        let (_, on) = feature.id.as_uuid().as_u64_pair();
        let fields = FIELDS.iter().map(|field| (*field, city.value(on, field)));
        let place = (PLACE, json!(city.east(on)));
        (on, fields.chain([place]).collect())
    };
    standing.map(sheet).collect()
}
