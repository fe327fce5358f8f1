//! Filters that are read, written and refused.

mod random;
mod standard;

use super::{MAX_BYTES, MAX_DEPTH, MAX_PARTS, MAX_POSITIONS, read_json, read_text};

/// Checks that a filter is written so, and reads back from text and JSON.
fn check(text: &str, written: &str) {
    let filter = read_text(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    assert_eq!(filter.to_string(), written);
    assert_eq!(read_text(written).as_ref(), Ok(&filter), "{written}");
    let json = filter.to_json().to_string();
    assert_eq!(read_json(&json).as_ref(), Ok(&filter), "{json}");
}

/// Checks that a filter is refused, where the mark `▸` stands, for a reason that names this.
fn refuse(marked: &str, part: &str) {
    let text = marked.replacen('▸', "", 1);
    let fault = read_text(&text).expect_err(&text);
    let before = marked.split('▸').next().unwrap_or_default();
    let place = format!("character {}: ", before.chars().count() + 1);
    let said = fault.describe(&text);
    assert!(said.en.starts_with(&place), "{marked}: {}", said.en);
    assert!(said.en.contains(part), "{marked}: {}", said.en);
    assert!(said.cs.starts_with("znak "), "{marked}: {}", said.cs);
}

fn refuse_json(json: &str, pointer: &str, part: &str) {
    let said = read_json(json).expect_err(json).describe(json).en;
    assert!(
        said.starts_with(pointer) && said.contains(part),
        "{json}: {said}"
    );
}

#[test]
fn operators_hold_as_the_grammar_says() {
    check(
        "a=1 or b=2 and not c=3",
        "(a = 1) OR ((b = 2) AND (NOT (c = 3)))",
    );
    check(
        "a = 1 + 2 * 3 ^ 2 - 4 - 5",
        "a = (((1 + (2 * (3 ^ 2))) - 4) - 5)",
    );
    check("a = - b ^ 2", "a = ((-1 * b) ^ 2)");
    check("a = 7 div 2 % -3", "a = ((7 DIV 2) % -3)");
    check(
        "a not between 1 and 2 and b is not null",
        "(NOT (a BETWEEN 1 AND 2)) AND (NOT (b IS NULL))",
    );
    check("(a = 1) is null", "(a = 1) IS NULL");
    check("NOT NOT a = 1", "NOT (NOT (a = 1))");
    check("((((a)))) = (1)", "a = 1");
    check("f() = 'it''s'", "f() = 'it''s'");
    check(r"a = '\y' or b = 'x\''", r"(a = '\y') OR (b = 'x''')");
    check(
        "\"od\" = 1 AND \"and\" = \"two words\"",
        "(od = 1) AND (\"and\" = \"two words\")",
    );
    check("čtvrť_1.b = .5E+1", "čtvrť_1.b = 5.0");
    check(
        "A_EQUALS(a, ((1), (2, 3), (), 4 + 5))",
        "A_EQUALS(a, ((1), (2, 3), (), 4 + 5))",
    );
    check("a IN ((1 + 2), 3)", "a IN (1 + 2, 3)");
    check(
        "s_within(g, envelope(1, 2, 3, 4))",
        "S_WITHIN(g, BBOX(1, 2, 3, 4))",
    );
    check(
        "S_EQUALS(g, multipoint(1 2, 3 4))",
        "S_EQUALS(g, MULTIPOINT((1 2), (3 4)))",
    );
}

#[test]
fn a_fault_names_its_place_and_what_is_expected() {
    refuse("a = ▸", "the filter ends here");
    refuse("a = 1 ▸b", "AND, OR, a comparison or the end");
    refuse("a ▸!= 1", "did you mean `<>`");
    refuse("a = ▸'abc", "does not end");
    refuse("a = ▸#", "no meaning");
    refuse("▸a", "`a = TRUE`");
    refuse("a = 1 AND ▸5", "a condition");
    refuse("a = 1 ▸= 2", "AND, OR");
    refuse("a LIKE ▸b", "a pattern");
    refuse("a IN ▸b", "`(`");
    refuse("a IN ▸()", "at least one value");
    refuse("a NOT ▸= 1", "LIKE, BETWEEN or IN");
    refuse("S_WITHIN(g, ▸1)", "a geometry");
    refuse("▸S_WITHIN(g)", "takes 2 arguments, not 1");
    refuse("S_WITHIN(g, POINT(1 ▸, 2))", "a coordinate");
    refuse("S_WITHIN(g, POLYGON(▸(0 0, 1 0, 1 1, 0 1)))", "not closed");
    refuse("a = DATE(▸'2026-02-30')", "a day such as");
    refuse(
        "T_AFTER(a, INTERVAL(▸'now', '..'))",
        "an interval begins and ends",
    );
    refuse("č = 1 AND\t▸)", "a value or a condition");
    let two_lines = read_text("a = 1\n  AND )").expect_err("a bracket");
    assert_eq!(
        two_lines.describe("a = 1\n  AND )").cs.split(':').next(),
        Some("řádek 2, znak 7")
    );
}

#[test]
fn json_that_is_no_filter_is_refused_with_a_pointer() {
    refuse_json("7", "the whole filter", "a condition");
    refuse_json("{", "character 1", "no JSON");
    refuse_json(
        r#"{"op":"=","args":[1]}"#,
        "the whole filter",
        "takes 2 arguments",
    );
    refuse_json(
        r#"{"op":"=","args":[{"property":"a"},null]}"#,
        "member /args/1",
        "isNull",
    );
    refuse_json(
        r#"{"op":"=","args":[{"propety":"a"},1]}"#,
        "member /args/0",
        "must have a member",
    );
    refuse_json(
        r#"{"op":"not","args":[{"op":"and","args":[true,5]}]}"#,
        "member /args/0/args/1",
        "a condition",
    );
    refuse_json(
        r#"{"op":"t_after","args":[{"property":"a"},{"date":"x"}]}"#,
        "member /args/1/date",
        "a day",
    );
    refuse_json(
        r#"{"op":"s_within","args":[{"property":"a"},{"type":"Point","coordinates":[1,"b"]}]}"#,
        "member /args/1/coordinates",
        "two numbers",
    );
    refuse_json(
        "{\"op\":\"=\",\"args\":[{\"property\":\"a\"},\"\\u0000\"]}",
        "member /args/1",
        "control",
    );
}

#[test]
fn a_filter_beyond_the_limits_is_refused() {
    let said = |text: &str| read_text(text).expect_err("a limit").text.en;
    let brackets = |many: usize| format!("{}a = 1{}", "(".repeat(many), ")".repeat(many));
    assert!(said(&brackets(20_000)).contains("nested"));
    assert!(said(&brackets(100_000)).contains("bytes"));
    assert!(said(&"NOT ".repeat(10_000)).contains("nested"));
    let quotients_in_sums = format!("a = b{}{}", "/2".repeat(25), "+1".repeat(25));
    assert!(said(&quotients_in_sums).contains("nested"));
    assert!(said(&format!("a = 1{}", "+1".repeat(MAX_DEPTH))).contains("nested"));
    assert!(said(&format!("a = 1{}", "+1".repeat(20_000))).contains("parts"));
    assert!(read_text(&brackets(MAX_DEPTH - 1)).is_ok());
    assert!(read_text(&brackets(MAX_DEPTH)).is_err());
    assert!(said(&format!("a IN (1{})", ",1".repeat(MAX_PARTS))).contains("parts"));
    assert!(said(&format!("a = '{}'", "x".repeat(MAX_BYTES))).contains("bytes"));
    let line = format!(
        "S_CROSSES(g, LINESTRING(1 2{}))",
        ",1 2".repeat(MAX_POSITIONS)
    );
    assert!(said(&line).contains("positions"));
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(read_json(&deep).is_err());
    let deep = format!(
        "{}true{}",
        r#"{"op":"not","args":["#.repeat(50),
        "]}".repeat(50)
    );
    assert!(
        read_json(&deep)
            .expect_err("a limit")
            .text
            .en
            .contains("nested")
    );
}
