//! The part of MapLibre's expression language that our styles use, evaluated so that a legend can be made from a style.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

/// What an expression is evaluated for: a zoom level and a feature's properties.
pub(crate) struct Scope<'a> {
    pub(crate) zoom: f64,
    pub(crate) properties: &'a [(String, Json)],
}

/// An expression that this evaluator does not understand; says which part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) String);

type Evaluated = Result<Json, Unreadable>;

/// Returns the value of an expression or of a plain value.
pub(crate) fn evaluate(expression: &Json, scope: &Scope<'_>) -> Evaluated {
    let Some((operator, arguments)) = call(expression) else {
        return Ok(expression.clone());
    };
    let argument = |place: usize| match arguments.get(place) {
        Some(argument) => evaluate(argument, scope),
        None => Err(unreadable(expression)),
    };
    match operator {
        "literal" => arguments
            .first()
            .cloned()
            .ok_or_else(|| unreadable(expression)),
        "zoom" => Ok(json!(scope.zoom)),
        "get" => Ok(property(&argument(0)?, scope)),
        "has" => Ok((!property(&argument(0)?, scope).is_null()).into()),
        "!" => Ok((!is_true(&argument(0)?)).into()),
        "all" => each(arguments, scope).map(|values| values.iter().all(is_true).into()),
        "any" => each(arguments, scope).map(|values| values.iter().any(is_true).into()),
        "==" => Ok(same(&argument(0)?, &argument(1)?).into()),
        "!=" => Ok((!same(&argument(0)?, &argument(1)?)).into()),
        "in" => Ok(contains(&argument(1)?, &argument(0)?).into()),
        "coalesce" => each(arguments, scope).map(first_value),
        "to-string" => Ok(text(&argument(0)?).into()),
        "concat" => {
            each(arguments, scope).map(|values| values.iter().map(text).collect::<String>().into())
        }
        "slice" => Ok(slice(&text(&argument(0)?), &argument(1)?, &argument(2)?).into()),
        "*" => each(arguments, scope).map(|values| json!(numbers(&values).product::<f64>())),
        "max" => each(arguments, scope)
            .map(|values| json!(numbers(&values).fold(f64::NEG_INFINITY, f64::max))),
        "case" => case(arguments, scope),
        "match" => match_label(arguments, scope),
        "step" => step(arguments, scope),
        "interpolate" => interpolate(arguments, scope),
        _ => Err(unreadable(expression)),
    }
}

/// Returns the names of all properties that an expression reads.
pub(crate) fn properties_read(expression: &Json) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    walk(expression, &mut |operator, arguments| {
        if let ("get" | "has", Some(Json::String(name))) = (operator, arguments.first()) {
            names.insert(name.as_str());
        }
    });
    names
}

/// Returns the properties compared with values by `match`, `==`, `!=` or `in`, with those values.
pub(crate) fn values_expected(expression: &Json) -> Vec<(&str, &Json)> {
    let mut expected = Vec::new();
    walk(expression, &mut |operator, arguments| {
        let Some(name) = arguments.first().and_then(property_name) else {
            return;
        };
        let labels: Vec<&Json> = match operator {
            "match" => arguments[1..]
                .chunks_exact(2)
                .map(|pair| &pair[0])
                .collect(),
            "==" | "!=" => arguments[1..].iter().collect(),
            "in" => arguments[1..]
                .iter()
                .filter_map(|list| call(list)?.1.first())
                .collect(),
            _ => return,
        };
        for label in labels {
            match label {
                Json::Array(values) => expected.extend(values.iter().map(|value| (name, value))),
                value => expected.push((name, value)),
            }
        }
    });
    expected
}

fn property_name(expression: &Json) -> Option<&str> {
    match call(expression)? {
        ("get", [Json::String(name)]) => Some(name),
        _ => None,
    }
}

fn walk<'a>(expression: &'a Json, visit: &mut dyn FnMut(&'a str, &'a [Json])) {
    let Some((operator, arguments)) = call(expression) else {
        return;
    };
    if operator == "literal" {
        return;
    }
    visit(operator, arguments);
    for argument in arguments {
        walk(argument, visit);
    }
}

fn call(expression: &Json) -> Option<(&str, &[Json])> {
    let (operator, arguments) = expression.as_array()?.split_first()?;
    Some((operator.as_str()?, arguments))
}

fn unreadable(expression: &Json) -> Unreadable {
    Unreadable(expression.to_string())
}

fn each(arguments: &[Json], scope: &Scope<'_>) -> Result<Vec<Json>, Unreadable> {
    arguments
        .iter()
        .map(|argument| evaluate(argument, scope))
        .collect()
}

fn first_value(values: Vec<Json>) -> Json {
    let mut values = values.into_iter();
    values.find(|value| !value.is_null()).unwrap_or(Json::Null)
}

fn property(name: &Json, scope: &Scope<'_>) -> Json {
    let mut properties = scope.properties.iter();
    let found = properties.find(|(property, _)| name.as_str() == Some(property));
    found.map_or(Json::Null, |(_, value)| value.clone())
}

fn is_true(value: &Json) -> bool {
    value.as_bool() == Some(true)
}

fn same(a: &Json, b: &Json) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() < f64::EPSILON,
        _ => a == b,
    }
}

fn contains(list: &Json, value: &Json) -> bool {
    let mut members = list.as_array().into_iter().flatten();
    members.any(|member| same(member, value))
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn numbers(values: &[Json]) -> impl Iterator<Item = f64> {
    values.iter().filter_map(Json::as_f64)
}

fn slice(text: &str, from: &Json, to: &Json) -> String {
    let place = |value: &Json| value.as_u64().map_or(usize::MAX, |place| place as usize);
    let (from, to) = (place(from), place(to));
    text.chars()
        .skip(from)
        .take(to.saturating_sub(from))
        .collect()
}

fn case(arguments: &[Json], scope: &Scope<'_>) -> Evaluated {
    let (branches, fallback) = branches_and_fallback("case", arguments)?;
    for branch in branches.chunks_exact(2) {
        if is_true(&evaluate(&branch[0], scope)?) {
            return evaluate(&branch[1], scope);
        }
    }
    evaluate(fallback, scope)
}

fn match_label(arguments: &[Json], scope: &Scope<'_>) -> Evaluated {
    let Some((input, rest)) = arguments.split_first() else {
        return Err(Unreadable("match".to_owned()));
    };
    let input = evaluate(input, scope)?;
    let (branches, fallback) = branches_and_fallback("match", rest)?;
    for branch in branches.chunks_exact(2) {
        if same(&branch[0], &input) || contains(&branch[0], &input) {
            return evaluate(&branch[1], scope);
        }
    }
    evaluate(fallback, scope)
}

/// Splits pairs from the value that holds when none of them does.
fn branches_and_fallback<'a>(
    operator: &str,
    arguments: &'a [Json],
) -> Result<(&'a [Json], &'a Json), Unreadable> {
    match arguments.split_last() {
        Some((fallback, branches)) if branches.len() % 2 == 0 => Ok((branches, fallback)),
        _ => Err(Unreadable(operator.to_owned())),
    }
}

fn step(arguments: &[Json], scope: &Scope<'_>) -> Evaluated {
    let [input, first, stops @ ..] = arguments else {
        return Err(Unreadable("step".to_owned()));
    };
    let at = evaluate(input, scope)?.as_f64().unwrap_or(0.0);
    let mut chosen = first;
    for stop in stops.chunks_exact(2) {
        if stop[0].as_f64().is_some_and(|from| from <= at) {
            chosen = &stop[1];
        }
    }
    evaluate(chosen, scope)
}

fn interpolate(arguments: &[Json], scope: &Scope<'_>) -> Evaluated {
    let [curve, input, stops @ ..] = arguments else {
        return Err(Unreadable("interpolate".to_owned()));
    };
    let base = match call(curve) {
        Some(("linear", [])) => 1.0,
        Some(("exponential", [base])) => base.as_f64().unwrap_or(1.0),
        _ => return Err(unreadable(curve)),
    };
    let at = evaluate(input, scope)?.as_f64().unwrap_or(0.0);
    let position = |stop: &[Json]| stop[0].as_f64().unwrap_or(0.0);
    let pairs: Vec<&[Json]> = stops.chunks_exact(2).collect();
    let next = pairs.partition_point(|pair| position(pair) <= at);
    let (Some(before), after) = (pairs.get(next.saturating_sub(1)), pairs.get(next)) else {
        return Err(Unreadable("interpolate".to_owned()));
    };
    let low = evaluate(&before[1], scope)?;
    let Some(after) = after.filter(|_| next > 0) else {
        return Ok(low);
    };
    let high = evaluate(&after[1], scope)?;
    let (Some(from), Some(to)) = (low.as_f64(), high.as_f64()) else {
        // A legend shows one colour of a ramp: the one already reached.
        return Ok(low);
    };
    let share = curve_share(
        base,
        at - position(before),
        position(after) - position(before),
    );
    Ok(json!(from + (to - from) * share))
}

fn curve_share(base: f64, passed: f64, whole: f64) -> f64 {
    if (base - 1.0).abs() < f64::EPSILON {
        passed / whole
    } else {
        (base.powf(passed) - 1.0) / (base.powf(whole) - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &Json, expected: &Json) {
        let properties = [
            ("type".to_owned(), json!(2)),
            ("name".to_owned(), json!("Luh")),
        ];
        let scope = Scope {
            zoom: 15.0,
            properties: &properties,
        };
        assert_eq!(evaluate(expression, &scope).as_ref(), Ok(expected));
    }

    #[test]
    fn choices_follow_the_style_specification() {
        check(
            &json!(["match", ["get", "type"], 1, "a", [2, 3], "b", "c"]),
            &json!("b"),
        );
        check(&json!(["match", ["get", "none"], 1, "a", "c"]), &json!("c"));
        check(
            &json!([
                "case",
                ["has", "none"],
                1,
                ["==", ["get", "name"], "Luh"],
                2,
                3
            ]),
            &json!(2),
        );
        check(
            &json!([
                "all",
                ["!", ["has", "none"]],
                ["in", ["get", "type"], ["literal", [1, 2]]]
            ]),
            &json!(true),
        );
        check(
            &json!([
                "concat",
                ["get", "name"],
                " ",
                ["to-string", ["get", "type"]]
            ]),
            &json!("Luh 2"),
        );
    }

    #[test]
    fn ramps_follow_the_zoom() {
        check(
            &json!(["interpolate", ["linear"], ["zoom"], 14, 1, 16, 3]),
            &json!(2.0),
        );
        check(
            &json!(["interpolate", ["exponential", 2], ["zoom"], 14, 0, 16, 3]),
            &json!(1.0),
        );
        check(
            &json!(["interpolate", ["linear"], ["zoom"], 16, 1, 18, 3]),
            &json!(1),
        );
        check(
            &json!(["interpolate", ["linear"], ["zoom"], 10, 1, 12, 3]),
            &json!(3),
        );
        check(
            &json!(["step", ["zoom"], "far", 15, "near"]),
            &json!("near"),
        );
    }

    #[test]
    fn an_unknown_operator_is_named() {
        let scope = Scope {
            zoom: 15.0,
            properties: &[],
        };
        let error = evaluate(&json!(["heatmap-density"]), &scope).expect_err("not understood");
        assert!(error.0.contains("heatmap-density"));
    }

    #[test]
    fn fields_and_expected_codes_are_found() {
        let filter = json!([
            "all",
            ["has", "code"],
            ["match", ["get", "type"], [1, 2], true, 3, true, false]
        ]);
        assert_eq!(properties_read(&filter), BTreeSet::from(["code", "type"]));
        let expected = [1, 2, 3].map(|code| ("type", json!(code)));
        let found = values_expected(&filter);
        assert!(
            found
                .iter()
                .map(|(name, value)| (*name, (*value).clone()))
                .eq(expected)
        );
    }
}
