//! A filter read from JSON, by the schema of the standard (annex B).

mod geometry;

use serde_json::{Map, Value as Json};

use super::character::is_of_text;
use super::limits::Budget;
use super::{Expression, Fault, Moment, Node, Number, Operator, Place, grammar};

/// Reads a filter from CQL2 JSON; the fault is the first that keeps it from being one.
pub fn read_json(text: &str) -> Result<Expression, Fault> {
    let whole = Place::Pointer(String::new());
    let mut reader = Reader {
        budget: Budget::of(text, &whole)?,
    };
    let document: Json = serde_json::from_str(text).map_err(|error| no_json(text, &error))?;
    let filter = reader.expression(&document, &Path::TOP)?;
    grammar::want_condition(&filter)?;
    Ok(filter)
}

/// Says where a text stops being JSON; its parser also refuses to go deeper than any filter may.
fn no_json(text: &str, error: &serde_json::Error) -> Fault {
    let lines = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let before: usize = lines.map(str::len).sum();
    let at = (before + error.column().saturating_sub(1)).min(text.len());
    Fault::new(
        &Place::Bytes(at..at),
        format!("to není JSON: {error}"),
        format!("this is no JSON: {error}"),
    )
}

/// Says what may stand at the end of an interval.
pub(super) fn no_interval_end(place: &Place) -> Fault {
    Fault::new(
        place,
        "interval začíná a končí dnem '2026-05-31', okamžikem '2026-05-31T12:00:00Z', údajem nebo otevřeně '..'",
        "an interval begins and ends with a day '2026-05-31', an instant '2026-05-31T12:00:00Z', a property, or open \
         with '..'",
    )
}

/// Where the reader is; written out only for what is kept.
struct Path<'a> {
    around: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

impl Path<'_> {
    const TOP: Path<'static> = Path {
        around: None,
        step: Step::Item(0),
    };

    fn member<'a>(&'a self, name: &'a str) -> Path<'a> {
        Path {
            around: Some(self),
            step: Step::Member(name),
        }
    }

    fn item(&self, number: usize) -> Path<'_> {
        Path {
            around: Some(self),
            step: Step::Item(number),
        }
    }

    fn place(&self) -> Place {
        Place::Pointer(self.pointer())
    }

    fn pointer(&self) -> String {
        let Some(around) = self.around else {
            return String::new();
        };
        let before = around.pointer();
        match self.step {
            Step::Member(name) => {
                format!("{before}/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            Step::Item(number) => format!("{before}/{number}"),
        }
    }

    fn fault<T>(&self, cs: &str, en: &str) -> Result<T, Fault> {
        Err(Fault::new(&self.place(), cs, en))
    }
}

struct Reader {
    budget: Budget,
}

impl Reader {
    fn expression(&mut self, json: &Json, path: &Path<'_>) -> Result<Expression, Fault> {
        let place = path.place();
        self.budget.part(&place)?;
        let node = match json {
            Json::Bool(flag) => Node::Boolean(*flag),
            Json::Number(number) => match Number::read(&number.to_string()) {
                Some(number) => Node::Number(number),
                None => return path.fault("číslo je příliš velké", "the number is too large"),
            },
            Json::String(text) => Node::Text(read_characters(text, path)?),
            Json::Array(items) => {
                self.budget.enter(&place)?;
                let items = self.items(items, path)?;
                self.budget.leave();
                Node::Array(items)
            }
            Json::Object(members) => return self.object(members, path),
            Json::Null => {
                return path.fault(
                    "null tu být nemůže; prázdný údaj najde isNull",
                    "null cannot stand here; isNull finds what is empty",
                );
            }
        };
        Ok(node.at(place))
    }

    fn items(&mut self, items: &[Json], path: &Path<'_>) -> Result<Vec<Expression>, Fault> {
        let items = items.iter().enumerate();
        items
            .map(|(number, item)| self.expression(item, &path.item(number)))
            .collect()
    }

    fn object(
        &mut self,
        members: &Map<String, Json>,
        path: &Path<'_>,
    ) -> Result<Expression, Fault> {
        let place = path.place();
        let string = |name: &str| match members.get(name) {
            Some(Json::String(text)) => Ok(text.as_str()),
            _ => path
                .member(name)
                .fault("zde má být text", "a text is expected here"),
        };
        if members.contains_key("op") {
            return self.call(string("op")?, members.get("args"), path);
        }
        let node = if members.contains_key("property") {
            Node::Property(read_characters(string("property")?, path)?)
        } else if members.contains_key("date") {
            let path = path.member("date");
            match Moment::date(string("date")?) {
                Some(day) => Node::Moment(day),
                None => {
                    return path.fault(
                        "zde má být den, například 2026-05-31",
                        "a day such as 2026-05-31 is expected here",
                    );
                }
            }
        } else if members.contains_key("timestamp") {
            let path = path.member("timestamp");
            match Moment::timestamp(string("timestamp")?) {
                Some(at) => Node::Moment(at),
                None => {
                    return path.fault(
                        "zde má být okamžik, například 2026-05-31T12:00:00Z",
                        "an instant such as 2026-05-31T12:00:00Z is expected here",
                    );
                }
            }
        } else if let Some(ends) = members.get("interval") {
            self.interval(ends, &path.member("interval"))?
        } else if let Some(numbers) = members
            .get("bbox")
            .filter(|_| !members.contains_key("type"))
        {
            Node::Bbox(self.bbox(numbers, &path.member("bbox"))?)
        } else if members.contains_key("type") {
            Node::Geometry(self.geometry(members, path)?)
        } else {
            return path.fault(
                "objekt má mít člen op, property, date, timestamp, interval, bbox nebo type",
                "an object must have a member op, property, date, timestamp, interval, bbox or type",
            );
        };
        Ok(node.at(place))
    }

    fn call(
        &mut self,
        name: &str,
        arguments: Option<&Json>,
        path: &Path<'_>,
    ) -> Result<Expression, Fault> {
        let inside = path.member("args");
        let Some(Json::Array(arguments)) = arguments else {
            return inside.fault(
                "zde má být seznam argumentů",
                "a list of arguments is expected here",
            );
        };
        let place = path.place();
        self.budget.enter(&place)?;
        let arguments = self.items(arguments, &inside)?;
        self.budget.leave();
        grammar::call(Operator::named(name), arguments, place)
    }

    fn interval(&mut self, ends: &Json, path: &Path<'_>) -> Result<Node, Fault> {
        let Some([from, to]) = ends.as_array().map(Vec::as_slice) else {
            return path.fault(
                "interval má mít dva konce",
                "an interval must have two ends",
            );
        };
        let from = self.interval_end(from, &path.item(0))?;
        let to = self.interval_end(to, &path.item(1))?;
        Ok(Node::Interval(Box::new([from, to])))
    }

    fn interval_end(&mut self, end: &Json, path: &Path<'_>) -> Result<Expression, Fault> {
        let place = path.place();
        if let Json::String(text) = end {
            let instant = Moment::date(text).or_else(|| Moment::timestamp(text));
            return match instant {
                Some(instant) => Ok(Node::Moment(instant).at(place)),
                None if text == ".." => Ok(Node::Open.at(place)),
                None => Err(no_interval_end(&place)),
            };
        }
        let end = self.expression(end, path)?;
        if end.is_interval_end() {
            Ok(end)
        } else {
            Err(no_interval_end(&place))
        }
    }
}

fn read_characters(text: &str, path: &Path<'_>) -> Result<String, Fault> {
    if text.chars().all(is_of_text) {
        return Ok(text.to_owned());
    }
    path.fault(
        "řídicí znak v textu být nesmí",
        "a text may not hold control characters",
    )
}
