//! Definitions are read whole, and everything wrong with them is told.

use super::*;

/// Reads bad definitions of an instance and checks that the problems found are just those that the parts tell.
fn check(texts: &[&str], parts: &[&str]) {
    let own: Vec<_> = texts
        .iter()
        .map(|text| ("own.toml".to_owned(), (*text).to_owned()))
        .collect();
    let problems = read_definitions(&own).expect_err("a bad definition");
    let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
    for part in parts {
        assert!(
            all.iter().any(|problem| problem.contains(part)),
            "{part} is not among {all:#?}"
        );
    }
    assert_eq!(all.len(), parts.len(), "{all:#?}");
}

#[test]
fn every_problem_of_a_bad_definition_is_reported() {
    let text = r#"
        id = "benches"
        alias = "lavicky"
        title = { cs = "Lavičky", en = "Benches" }
        description = { cs = "Lavičky.", en = "Benches." }
        group = "nowhere"
        class = "passport"
        audience = "public"
        municipal = true
        key = ["missing"]
        label = "{nothing}"
        steward = "x"
        update_frequency = "often"
        common = ["unheard_of"]
        fields = [
          { name = "fid", alias = "a", title = { cs = "a", en = "a" }, type = "text" },
          { name = "kind", alias = "a", title = { cs = "a", en = "a" }, type = "colour" },
          { name = "wood", alias = "a", title = { cs = "a", en = "a" }, type = "integer", codes = "none" },
          { name = "place", alias = "a", title = { cs = "a", en = "a" }, type = "reference", layer = "parks" },
        ]
    "#;
    check(
        &[text],
        &[
            "nowhere",
            "`missing`",
            "`nothing`",
            "often",
            "unheard_of",
            "`fid`",
            "colour",
            "`none`",
            "`parks`",
            "municipality_code",
        ],
    );
}

#[test]
fn a_definition_that_would_leak_or_mislead_is_refused() {
    let text = r#"
        id = "benches"
        alias = "lavicky"
        title = { cs = "Lavičky", en = "" }
        description = { cs = "Lavičky.", en = "Benches." }
        group = "greenery"
        class = "passport"
        geometry = "Point"
        audience = "public"
        municipal = false
        key = ["number"]
        public_if = "number"
        label = "Lavička {donor}"
        search = { label = "{donor}", rank = 5 }
        tile_fields = ["donor", "parts"]
        zooms = { min = 17, max = 16 }
        steward = "x"
        update_frequency = "P1Y"
        fields = [
          { name = "number", alias = "a", title = { cs = "a", en = "a" }, type = "integer", range = [5, 1] },
          { name = "donor", alias = "a", title = { cs = "a", en = "a" }, type = "text", privacy = "personal" },
          { name = "kind", alias = "a", title = { cs = "a", en = "a" }, type = "text", codes = "surface" },
          { name = "parts", alias = "a", title = { cs = "a", en = "a" }, type = "list", items = [
            { name = "price", alias = "a", title = { cs = "a", en = "a" }, type = "real", privacy = "internal" },
          ] },
        ]
    "#;
    check(
        &[text],
        &[
            "a title and a description",
            "`number` is part of the key and must be mandatory",
            "`number` says which rows are public",
            "label uses `donor`",
            "search uses `donor`",
            "tiles carry `donor`",
            "tiles carry `parts`",
            "`min` is greater",
            "field `number`: the range",
            "field `kind`: the code list `surface`",
            "field `parts`: `price`",
        ],
    );
}

#[test]
fn a_definition_that_is_wrong_about_its_past_is_refused() {
    let text = r#"
        id = "benches"
        alias = "lavicky"
        title = { cs = "Lavičky", en = "Benches" }
        description = { cs = "Lavičky.", en = "Benches." }
        group = "greenery"
        class = "passport"
        geometry = "Point"
        audience = "public"
        municipal = false
        key = ["number"]
        public_if = "open"
        label = "Lavička {number}"
        search = { label = "Lavička {old_kind}", also = ["{wood}"], rank = 8 }
        tile_fields = ["wood"]
        steward = "x"
        update_frequency = "P1Y"
        fields = [
          { name = "number", alias = "a", title = { cs = "a", en = "a" }, type = "integer", mandatory = true, retired = true },
          { name = "open", alias = "a", title = { cs = "a", en = "a" }, type = "boolean", mandatory = true, retired = true },
          { name = "kind", alias = "a", title = { cs = "a", en = "a" }, type = "text", was = ["old_kind", "number", "fid"] },
          { name = "wood", alias = "a", title = { cs = "a", en = "a" }, type = "text", was = ["old_kind", "tree", "tree"], retired = true },
          { name = "parts", alias = "a", title = { cs = "a", en = "a" }, type = "list", items = [
            { name = "price", alias = "a", title = { cs = "a", en = "a" }, type = "real", was = ["cost"] },
          ] },
        ]
    "#;
    check(
        &[text],
        &[
            "search uses `old_kind`, which is not a field",
            "`number`: is retired and yet is mandatory",
            "`number`: is retired and yet is part of the key",
            "`number`: is retired and yet is in the label",
            "`open`: is retired and yet is mandatory",
            "`open`: is retired and yet says which rows are public",
            "`kind`: `was` has `number`, which is the name of a field now",
            "`kind`: `was` has `fid`, which is not a field's name",
            "`wood`: `was` has `old_kind`, which `was` has already",
            "`wood`: `was` has `tree`, which `was` has already",
            "`wood`: is retired and yet is searched",
            "`wood`: is retired and yet is in tile_fields",
            "`parts`: items of a list have no `was`",
        ],
    );
}

#[test]
fn a_source_that_cannot_be_attached_is_refused_with_every_reason() {
    let text = r#"
        id = "lamps"
        alias = "lampy"
        title = { cs = "Lampy", en = "Lamps" }
        description = { cs = "Lampy.", en = "Lamps." }
        group = "greenery"
        class = "passport"
        audience = "public"
        municipal = false
        label = "Lampa"
        steward = "x"
        update_frequency = "P1Y"
        source = { table = "lampy", geometry = "the_geom", key = "", srid = 2065, watch = { poll = 0 }, municipality = 562971 }
        fields = [
          { name = "parts", alias = "a", title = { cs = "a", en = "a" }, type = "list", items = [
            { name = "price", alias = "a", title = { cs = "a", en = "a" }, type = "real", column = "cena" },
          ] },
        ]
    "#;
    check(
        &[text],
        &[
            "`gis.lamps`",
            "`key` is",
            "the layer has no geometry",
            "`srid` must be one of",
            "`poll` is",
            "for a municipal layer",
            "within a list",
        ],
    );
    let start = text.find("source =").expect("a source");
    let end = text.find("fields =").expect("fields");
    let own = [&text[..start], &text[end..]].concat();
    let own = own.replace(
        "type = \"list\", items",
        "type = \"list\", column = \"x\", items",
    );
    check(&[&own], &["a layer with a `source`", "within a list"]);
}

#[test]
fn a_layer_is_defined_once_and_tells_of_no_hidden_layer() {
    let text = r#"
        id = "cabinets"
        alias = "skrine"
        title = { cs = "Skříně", en = "Cabinets" }
        description = { cs = "Skříně.", en = "Cabinets." }
        group = "networks"
        class = "passport"
        audience = "public"
        municipal = false
        label = "Skříň"
        steward = "x"
        update_frequency = "P1Y"
        fields = [
          { name = "line", alias = "a", title = { cs = "a", en = "a" }, type = "reference", layer = "optical-lines" },
          { name = "wires", alias = "a", title = { cs = "a", en = "a" }, type = "list", items = [
            { name = "area", alias = "a", title = { cs = "a", en = "a" }, type = "reference", layer = "zoning-areas" },
          ] },
        ]
    "#;
    check(
        &[text],
        &[
            "`optical-lines`, which is less public",
            "`zoning-areas`, which has no key",
        ],
    );
    let sound = text.replace("audience = \"public\"", "audience = \"internal\"");
    let sound = sound.replace("zoning-areas", "parcels");
    check(&[&sound, &sound], &["defines the layer `cabinets` as well"]);
    let strange = sound.replace("\"passport\"", "\"secrets\"");
    check(
        &[&strange],
        &["class `secrets` is not one of the policy's: register,"],
    );
}

#[test]
fn only_one_layer_has_the_borders_of_the_municipalities() {
    let rival = r#"
        id = "districts"
        alias = "okrsky"
        title = { cs = "Okrsky", en = "Districts" }
        description = { cs = "Okrsky.", en = "Districts." }
        group = "territory"
        class = "passport"
        geometry = "Polygon"
        audience = "public"
        municipal = true
        borders = { field = "missing", exact = "real" }
        label = "Okrsek"
        steward = "x"
        update_frequency = "P1Y"
        common = ["municipality_code"]
        fields = []
    "#;
    check(
        &[rival],
        &[
            "`missing` is not a public text field",
            "only one layer may have them",
            "only one layer may have them",
        ],
    );
    check(
        &[&rival.replace("Polygon", "Point")],
        &[
            "borders need a public municipal layer",
            "only one layer may have them",
            "only one layer may have them",
        ],
    );
}

#[test]
fn a_merge_that_a_field_cannot_have_is_refused() {
    let text = r#"
        id = "benches"
        alias = "lavicky"
        title = { cs = "Lavičky", en = "Benches" }
        description = { cs = "Lavičky.", en = "Benches." }
        group = "greenery"
        class = "passport"
        audience = "public"
        municipal = false
        label = "{name}"
        steward = "x"
        update_frequency = "P1Y"
        fields = [
          { name = "name", alias = "a", title = { cs = "a", en = "a" }, type = "text", merge = "max" },
          { name = "count", alias = "a", title = { cs = "a", en = "a" }, type = "integer", merge = "union" },
          { name = "seen_on", alias = "a", title = { cs = "a", en = "a" }, type = "date", merge = "min" },
          { name = "repairs", alias = "a", title = { cs = "a", en = "a" }, type = "list", merge = "union", items = [
            { name = "cost", alias = "a", title = { cs = "a", en = "a" }, type = "real", merge = "max" },
          ] },
        ]
    "#;
    check(
        &[text],
        &[
            "field `name`: `merge` is `max` or `min`",
            "field `count`: `merge` is `union`",
            "`cost` is an item of a list",
        ],
    );
    let unknown = text.replace(r#"merge = "max""#, r#"merge = "newest""#);
    check(&[&unknown], &["newest"]);
}
