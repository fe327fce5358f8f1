//! GDAL's own tools as clients: what `ogrinfo` says about a file, a tile or a service.

use crate::city::run;

/// A layer as `ogrinfo` summarises it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) name: String,
    pub(crate) count: u64,
    /// West, south, east, north in the layer's own coordinates; none for an empty layer or a table.
    pub(crate) extent: Option<[f64; 4]>,
}

/// Returns what `ogrinfo -so` prints about the layers of a source, ordered by name.
pub(crate) fn summaries(source: &str, arguments: &[&str]) -> Vec<Summary> {
    let mut all = vec!["-ro", "-so", source];
    all.extend(if arguments.is_empty() {
        &["-al"]
    } else {
        arguments
    });
    let printed = run("ogrinfo", &all);
    let mut layers: Vec<Summary> = Vec::new();
    for line in printed.lines() {
        let (key, value) = line.split_once(": ").unwrap_or_default();
        match (key, layers.last_mut()) {
            ("Layer name", _) => layers.push(Summary {
                name: value.to_owned(),
                count: 0,
                extent: None,
            }),
            ("Feature Count", Some(layer)) => layer.count = value.parse().unwrap(),
            ("Extent", Some(layer)) => layer.extent = Some(extent(value)),
            _ => {}
        }
    }
    layers.sort_by(|a, b| a.name.cmp(&b.name));
    layers
}

/// Runs one statement on a file, as somebody at a command line would.
pub(crate) fn execute(file: &std::path::Path, sql: &str) {
    run("ogrinfo", &["-q", file.to_str().unwrap(), "-sql", sql]);
}

/// Reads `(1.0, 2.0) - (3.0, 4.0)`.
fn extent(text: &str) -> [f64; 4] {
    let numbers: Vec<f64> = text
        .split(|c: char| "(), ".contains(c))
        .filter_map(|word| word.parse().ok())
        .collect();
    numbers.try_into().unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn an_extent_is_read_with_its_signs() {
    let read = extent("(-800000.5, -1000000.0) - (-799999.0, 1.5)");
    assert_eq!(
        format!("{read:?}"),
        "[-800000.5, -1000000.0, -799999.0, 1.5]"
    );
}
