//! Hostile texts in every place where a client may write: no part of one ever stands in the SQL of the database.

use std::fs;
use std::path::Path;

use crate::answer::Answer;
use crate::city::City;
use crate::edit::{Editor, TOWN, lamp};
use serde_json::json;

/// Stands in every hostile text and nowhere else.
const TAINT: &str = "kalimpura";
/// What breaks out of a text, a name, a number or a comment of some language, or ends what reads it.
const BREAKERS: [&str; 26] = [
    "'",
    "''",
    "\"",
    "\"\"",
    "`",
    "\\",
    "\\'",
    ";",
    "--",
    "/*",
    "*/",
    "#",
    "$1",
    "$$",
    "$tag$",
    "%",
    "%s",
    "%27",
    "\0",
    "\u{1}",
    "\n",
    "\u{2019}",
    "\u{ff07}",
    "') OR ('1'='1",
    "'; DROP TABLE obzor.parcels; --",
    "x\u{301}'||pg_sleep(9)||'",
];

/// Returns the hostile texts.
fn texts() -> impl Iterator<Item = String> {
    let whole = BREAKERS.into_iter().enumerate();
    whole.map(|(number, breaker)| match number % 3 {
        0 => format!("{TAINT}{breaker}{TAINT}"),
        1 => format!("{breaker}{TAINT}"),
        _ => format!("1{breaker} {TAINT}"),
    })
}

fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// Returns filters in text with a hostile text in each place.
fn filters_in_text(text: &str) -> [String; 13] {
    let quoted = format!("'{}'", text.replace('\'', "''"));
    let named = format!("\"{text}\"");
    [
        text.to_owned(),
        format!("code = {quoted}"),
        format!("code = '{text}'"),
        format!("CASEI(ACCENTI(code)) LIKE CASEI({quoted})"),
        format!("code IN ({quoted}, 'b') OR code BETWEEN {quoted} AND 'z'"),
        format!("{named} = 1"),
        format!("{text} = 1"),
        format!("luminaires.{text} = 1"),
        format!("A_CONTAINS(luminaires.light_source, ({quoted}))"),
        format!("T_AFTER(inspected_on, DATE({quoted}))"),
        format!("S_INTERSECTS(geometry, POINT(13 {text}))"),
        format!("{text}(code) = {quoted}"),
        format!("height > 1{text}"),
    ]
}

/// Returns filters in JSON with a hostile text in each place.
fn filters_in_json(text: &str) -> [String; 7] {
    let property = json!({ "property": text });
    [
        json!({ "op": "=", "args": [{ "property": "code" }, text] }),
        json!({ "op": "like", "args": [{ "property": "code" }, text] }),
        json!({ "op": "in", "args": [{ "property": "code" }, [text, "b"]] }),
        json!({ "op": "=", "args": [property, 1] }),
        json!({ "op": text, "args": [property, 1] }),
        json!({ "op": "s_within", "args": [{ "property": "geometry" }, { "type": text, "coordinates": [text] }] }),
        json!({ "op": "t_after", "args": [{ "property": "inspected_on" }, { "date": text }] }),
    ]
    .map(|filter| filter.to_string())
}

/// Returns every address with a hostile text in it.
fn addresses(text: &str) -> Vec<String> {
    let lamps = "/collections/street-lights/items";
    let in_text = filters_in_text(text).map(|filter| ("filter", filter));
    let in_json = filters_in_json(text).map(|filter| ("filter-lang=cql2-json&filter", filter));
    let mut queries: Vec<_> = in_text.into_iter().chain(in_json).collect();
    for name in [
        "code",
        "height",
        "municipality_code",
        "inspected_on",
        "captured_on",
        "limit",
        "offset",
        "cursor",
        "sortby=code&cursor",
        "bbox",
        "bbox-crs",
        "crs",
        "filter-crs",
        "filter-lang",
        "datetime",
        "sortby",
        "properties",
        "f",
        "lang",
        text,
    ] {
        queries.push((name, text.to_owned()));
    }
    let mut all: Vec<String> = queries
        .into_iter()
        .map(|(name, value)| {
            let name = if name == text {
                escaped(name)
            } else {
                name.to_owned()
            };
            format!("{lamps}?{name}={}", escaped(&value))
        })
        .collect();
    let place = escaped(text);
    all.extend([
        format!("{lamps}/{place}"),
        format!("{lamps}/{place}/history"),
        format!("{lamps}/{place}/attachments"),
        format!("/collections/{place}"),
        format!("/collections/{place}/items"),
        format!("/collections/{place}/queryables"),
        format!("/changes?layer=street-lights&since={place}"),
        format!("/changes?layer={place}&since=0"),
        format!("/search?q={place}"),
        format!("/tiles/{place}"),
        format!("/tiles/{place}/14/8800/5550"),
        format!("/catalog/{place}"),
        format!("/operations/{place}"),
    ]);
    all
}

/// Sends a text in what a client writes: values, reasons, identities and headers.
fn write(city: &City, jana: &Editor<'_>, text: &str) -> Vec<u16> {
    let lamps = "/collections/street-lights/items";
    let mut made = lamp(TOWN, text);
    made["properties"]["note"] = json!(text);
    let mut named = lamp(TOWN, "named");
    named["id"] = json!(text);
    let mut other = lamp(TOWN, "other");
    other["properties"][text] = json!(text);
    let mut statuses: Vec<u16> = [made, named, other]
        .iter()
        .map(|body| {
            let path = format!("{lamps}?reason={}", escaped(text));
            jana.send("POST", &path, "", body).status
        })
        .collect();
    let operation = json!([{
        "id": "0190a000-0000-7000-8000-000000000001", "device": text, "author": text, "layer": text,
        "feature": text, "act": text, "base": text, "set": { text: { "old": text, "new": text } },
    }]);
    statuses.push(jana.send("POST", "/operations", "", &operation).status);
    let header: String = text.chars().filter(|c| matches!(c, ' '..='~')).collect();
    for name in [
        "authorization",
        "cookie",
        "accept",
        "accept-language",
        "if-none-match",
        "user-agent",
        "referer",
        "x-forwarded-for",
        "x-request-id",
        "content-crs",
        "range",
    ] {
        let value = match name {
            "authorization" => format!("Bearer {header}"),
            "cookie" => format!("obzor={header}; session={header}"),
            _ => header.clone(),
        };
        let path = format!("{lamps}?limit=1");
        let answer = Answer::try_get(&city.url(&path), &[(name, &value)]);
        statuses.extend(answer.map(|answer| answer.status));
    }
    statuses
}

#[test]
fn no_hostile_text_reaches_the_sql_of_the_database() {
    let [_, city] = City::start_both();
    let url = city.database().url();
    let folder = url.split("host=").nth(1).unwrap().split('&').next();
    let log = Path::new(folder.unwrap()).join("log");
    city.psql(
        "DO $$ BEGIN
           EXECUTE format('ALTER DATABASE %I SET log_statement = ''all''', current_database());
           EXECUTE format('ALTER DATABASE %I SET log_parameter_max_length = 0', current_database());
           EXECUTE format('ALTER DATABASE %I SET log_parameter_max_length_on_error = 0', current_database());
         END $$",
    );
    let mut city = city.restart();
    // A header that names nobody, or a layer that nobody has, may be told of.
    city.expect_trouble(TAINT);
    let jana = Editor::new(&city, "jana", TOWN);
    let before = fs::read_to_string(&log).unwrap().len();
    let rows = "SELECT count(*) FROM obzor.parcels";
    let parcels = city.psql(rows);
    let mut asked = 0;
    for text in texts() {
        for path in addresses(&text) {
            let answer = city.get(&path);
            assert!(
                answer.status < 500,
                "{path}: {} {}",
                answer.status,
                answer.text()
            );
            asked += 1;
        }
        let statuses = write(&city, &jana, &text);
        assert!(
            statuses.iter().all(|status| *status < 500),
            "{text:?}: {statuses:?}"
        );
        asked += statuses.len();
    }
    assert_eq!(city.psql(rows), parcels);
    let log = fs::read_to_string(&log).unwrap();
    let said = &log[before..];
    let statements = said.matches("execute ").count();
    assert!(
        asked > 1500 && statements > 500,
        "{asked} requests, {statements} statements"
    );
    let tainted: Vec<_> = said
        .lines()
        .filter(|line| line.contains(TAINT))
        .take(5)
        .collect();
    assert!(tainted.is_empty(), "{tainted:#?}");
}

#[test]
fn what_a_filter_may_cost_is_limited() {
    let city = City::shared();
    let many = |word: &str, part: &str, times: usize| vec![part; times].join(word);
    let deep = |open: &str, close: &str, times: usize| {
        format!("{}code = 'a'{}", open.repeat(times), close.repeat(times))
    };
    for (filter, is_fine) in [
        (many(" OR ", "code = 'a'", 200), true),
        (many(" OR ", "code = 'a'", 1200), false),
        (deep("(", ")", 30), true),
        (deep("(", ")", 60), false),
        (deep("NOT (", ")", 5000), false),
        (format!("code LIKE '{}'", "%a".repeat(1000)), true),
    ] {
        let start = std::time::Instant::now();
        let path = format!(
            "/collections/street-lights/items?limit=1&filter={}",
            escaped(&filter)
        );
        let status = city.get(&path).status;
        let expected: &[u16] = if is_fine { &[200] } else { &[400, 414, 431] };
        assert!(expected.contains(&status), "{filter:.60}: {status}");
        assert!(
            start.elapsed().as_secs() < 5,
            "{filter:.60}: {:?}",
            start.elapsed()
        );
    }
}
