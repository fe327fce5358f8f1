//! What each operator takes as its arguments.

use std::fmt::Write;

use super::{Expression, Fault, Node, Operator, Place};

/// What kind of thing an expression is, as far as it can be told without a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Condition,
    Text,
    Number,
    Boolean,
    Moment,
    Interval,
    Geometry,
    Array,
    /// Of any type: a property.
    Property,
    /// Of any type, or a condition: a function.
    Function,
}

/// What may stand somewhere; Czech and English words for it.
struct Wanted {
    kinds: &'static [Kind],
    cs: &'static str,
    en: &'static str,
}

const CONDITION: Wanted = Wanted {
    kinds: &[Kind::Condition, Kind::Boolean, Kind::Function],
    cs: "podmínka, například `pole = 1`",
    en: "a condition such as `field = 1`",
};
const SCALAR: Wanted = Wanted {
    kinds: &[
        Kind::Text,
        Kind::Number,
        Kind::Boolean,
        Kind::Moment,
        Kind::Property,
        Kind::Function,
    ],
    cs: "hodnota nebo název údaje",
    en: "a value or the name of a property",
};
const TEXT: Wanted = Wanted {
    kinds: &[Kind::Text, Kind::Property, Kind::Function],
    cs: "text nebo název údaje",
    en: "a text or the name of a property",
};
const PATTERN: Wanted = Wanted {
    kinds: &[Kind::Text],
    cs: "vzor, například 'Nov%'",
    en: "a pattern such as 'Nov%'",
};
const NUMBER: Wanted = Wanted {
    kinds: &[Kind::Number, Kind::Property, Kind::Function],
    cs: "číslo nebo název údaje",
    en: "a number or the name of a property",
};
const GEOMETRY: Wanted = Wanted {
    kinds: &[Kind::Geometry, Kind::Property, Kind::Function],
    cs: "geometrie nebo název údaje s geometrií",
    en: "a geometry or the name of a property with one",
};
const TIME: Wanted = Wanted {
    kinds: &[Kind::Moment, Kind::Interval, Kind::Property, Kind::Function],
    cs: "čas: DATE('…'), TIMESTAMP('…'), INTERVAL(…) nebo název údaje",
    en: "a time: DATE('…'), TIMESTAMP('…'), INTERVAL(…) or the name of a property",
};
const ARRAY: Wanted = Wanted {
    kinds: &[Kind::Array, Kind::Property, Kind::Function],
    cs: "seznam v závorkách nebo název údaje",
    en: "a list in brackets or the name of a property",
};
const LIST: Wanted = Wanted {
    kinds: &[Kind::Array],
    cs: "seznam hodnot",
    en: "a list of values",
};
const ANYTHING: Wanted = Wanted {
    kinds: &[
        Kind::Condition,
        Kind::Text,
        Kind::Number,
        Kind::Boolean,
        Kind::Moment,
        Kind::Interval,
        Kind::Geometry,
        Kind::Array,
        Kind::Property,
        Kind::Function,
    ],
    cs: "hodnota",
    en: "a value",
};

/// Makes an expression of an operator and its arguments, if it takes them.
pub(super) fn call(
    operator: Operator,
    arguments: Vec<Expression>,
    place: Place,
) -> Result<Expression, Fault> {
    let wanted: &[Wanted] = match &operator {
        Operator::And | Operator::Or => {
            several(&operator, &arguments, &place)?;
            return Ok(Node::Call(operator, arguments).at(place));
        }
        Operator::Function(_) => return Ok(Node::Call(operator, arguments).at(place)),
        Operator::Not => &[CONDITION],
        Operator::Compare(_) => &[SCALAR, SCALAR],
        Operator::Like => &[TEXT, PATTERN],
        Operator::Between => &[SCALAR, SCALAR, SCALAR],
        Operator::In => &[SCALAR, LIST],
        Operator::IsNull => &[ANYTHING],
        Operator::Fold(_) => &[TEXT],
        Operator::Calculate(_) => &[NUMBER, NUMBER],
        Operator::Spatial(_) => &[GEOMETRY, GEOMETRY],
        Operator::Temporal(_) => &[TIME, TIME],
        Operator::Array(_) => &[ARRAY, ARRAY],
    };
    count(&operator, wanted.len(), arguments.len(), &place)?;
    for (argument, wanted) in arguments.iter().zip(wanted) {
        want(argument, wanted)?;
    }
    match (&operator, arguments.last()) {
        (Operator::In, Some(list)) => among(list)?,
        (Operator::Like, Some(pattern)) => fixed(pattern)?,
        _ => {}
    }
    Ok(Node::Call(operator, arguments).at(place))
}

/// Refuses a whole filter that is no condition.
pub(super) fn want_condition(filter: &Expression) -> Result<(), Fault> {
    want(filter, &CONDITION)
}

fn several(operator: &Operator, arguments: &[Expression], place: &Place) -> Result<(), Fault> {
    if arguments.len() < 2 {
        count(operator, 2, arguments.len(), place)?;
    }
    arguments.iter().try_for_each(want_condition)
}

fn count(operator: &Operator, wanted: usize, found: usize, place: &Place) -> Result<(), Fault> {
    if wanted == found {
        return Ok(());
    }
    let name = operator.name();
    Err(Fault::new(
        place,
        format!("`{name}` má mít tolik argumentů: {wanted}; je jich {found}"),
        format!("`{name}` takes {wanted} arguments, not {found}"),
    ))
}

fn want(found: &Expression, wanted: &Wanted) -> Result<(), Fault> {
    if wanted.kinds.contains(&kind(found)) {
        return Ok(());
    }
    let mut cs = format!("zde má být {}", wanted.cs);
    let mut en = format!("{} is expected here", wanted.en);
    if let Node::Property(name) = &found.node {
        let _ = write!(cs, "; údaj s ano a ne se píše `{name} = TRUE`");
        let _ = write!(en, "; a property of yes and no is written `{name} = TRUE`");
    }
    Err(Fault::new(&found.place, cs, en))
}

/// Refuses what `IN` cannot look among.
fn among(list: &Expression) -> Result<(), Fault> {
    let Node::Array(values) = &list.node else {
        return want(list, &LIST);
    };
    if values.is_empty() {
        return Err(Fault::new(
            &list.place,
            "v závorkách za IN má být aspoň jedna hodnota",
            "at least one value must stand in the brackets after IN",
        ));
    }
    values.iter().try_for_each(|value| want(value, &SCALAR))
}

/// Refuses a pattern that is not written out.
fn fixed(pattern: &Expression) -> Result<(), Fault> {
    match &pattern.node {
        Node::Call(Operator::Fold(_), arguments) => arguments.iter().try_for_each(fixed),
        _ => want(pattern, &PATTERN),
    }
}

fn kind(expression: &Expression) -> Kind {
    match &expression.node {
        Node::Text(_) | Node::Call(Operator::Fold(_), _) => Kind::Text,
        Node::Number(_) | Node::Call(Operator::Calculate(_), _) => Kind::Number,
        Node::Boolean(_) => Kind::Boolean,
        Node::Moment(_) => Kind::Moment,
        Node::Interval(_) | Node::Open => Kind::Interval,
        Node::Geometry(_) | Node::Bbox(_) => Kind::Geometry,
        Node::Array(_) => Kind::Array,
        Node::Property(_) => Kind::Property,
        Node::Call(Operator::Function(_), _) => Kind::Function,
        Node::Call(..) => Kind::Condition,
    }
}
