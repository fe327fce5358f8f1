//! Which column of a foreign table is which of our fields, by their names.

use layers::{Field, Layer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// DBF keeps this much of a name: bytes in the file's encoding, which are letters or bytes of UTF-8.
const DBF_NAME: usize = 10;

/// Columns that hold a position, in pairs; which of the two is which axis is told by their numbers.
const COORDINATES: [[&str; 2]; 14] = [
    ["x", "y"],
    ["lon", "lat"],
    ["lng", "lat"],
    ["longitude", "latitude"],
    ["sourx", "soury"],
    ["souradnicex", "souradnicey"],
    ["sjtskx", "sjtsky"],
    ["xsjtsk", "ysjtsk"],
    ["jtskx", "jtsky"],
    ["xjtsk", "yjtsk"],
    ["coordx", "coordy"],
    ["xcoord", "ycoord"],
    ["easting", "northing"],
    ["zemepisnadelka", "zemepisnasirka"],
];

/// Returns letters and digits alone, in lower case and without diacritics.
pub(super) fn fold(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c) && c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns the field's place for each column that is one: by name, also a former one, by Czech name, by title, by a name
/// cut by DBF.
pub(super) fn matched(layer: &Layer, columns: &[String]) -> Vec<Option<usize>> {
    let folded: Vec<_> = columns.iter().map(|column| fold(column)).collect();
    let mut matched = vec![None; columns.len()];
    let ways: [fn(&Field) -> Vec<&str>; 4] = [
        |field| field.names().collect(),
        |field| vec![&field.alias],
        |field| vec![&field.title.cs],
        |field| vec![&field.title.en],
    ];
    for way in ways {
        for (place, field) in layer.fields.iter().enumerate() {
            let names: Vec<_> = way(field).into_iter().map(fold).collect();
            let column = folded.iter().position(|column| names.contains(column));
            if let Some(column) = column
                && matched[column].is_none()
                && !matched.contains(&Some(place))
            {
                matched[column] = Some(place);
            }
        }
    }
    for (column, name) in folded.iter().enumerate() {
        if matched[column].is_none() {
            matched[column] = only_field_cut_to(layer, name, &matched);
        }
    }
    matched
}

/// Returns the one field, not yet matched, of whose names the DBF format leaves this.
fn only_field_cut_to(layer: &Layer, name: &str, matched: &[Option<usize>]) -> Option<usize> {
    let is_cut = |field: &Field| {
        [&field.name, &field.alias, &field.title.cs, &field.title.en]
            .iter()
            .any(|full| cuts(full).iter().any(|cut| cut == name))
    };
    let fields = layer.fields.iter().enumerate();
    let mut found = fields
        .filter(|(place, field)| is_cut(field) && !matched.contains(&Some(*place)))
        .map(|(place, _)| place);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Returns what is left of a name that is too long for DBF, folded; nothing of a name that fits.
fn cuts(name: &str) -> Vec<String> {
    let by_letters: String = name.chars().take(DBF_NAME).collect();
    let by_bytes = &name[..name.floor_char_boundary(DBF_NAME)];
    [by_letters.as_str(), by_bytes]
        .iter()
        .filter(|cut| cut.len() < name.len())
        .map(|cut| fold(cut))
        .collect()
}

/// Returns the two columns that hold a position, if there are such.
pub(super) fn coordinates(columns: &[String]) -> Option<[usize; 2]> {
    let folded: Vec<_> = columns.iter().map(|column| fold(column)).collect();
    let place = |name: &str| folded.iter().position(|column| column == name);
    COORDINATES
        .iter()
        .find_map(|[first, second]| Some([place(first)?, place(second)?]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use layers::LayerSet;

    fn check(column: &str, expected: Option<&str>) {
        let layers = LayerSet::shipped().expect("sound");
        let layer = layers.named("street-lights").expect("shipped");
        let matched = matched(layer, &[column.to_owned()]);
        let found = matched[0].map(|place| layer.fields[place].name.as_str());
        assert_eq!(found, expected, "{column}");
    }

    #[test]
    fn a_column_is_known_by_name_alias_and_title() {
        check("support_type", Some("support_type"));
        check("TYP_PODPERY", Some("support_type"));
        check("Typ podpěry", Some("support_type"));
        check("Support type", Some("support_type"));
        check("barva", None);
    }

    #[test]
    fn a_column_cut_by_dbf_is_known_when_only_one_field_fits() {
        check("TYP_PODPER", Some("support_type"));
        check("pocet_svit", Some("luminaire_count"));
        check("Evidenční", Some("code"));
        check("municipali", None);
    }

    #[test]
    fn columns_with_a_position_are_found_in_pairs() {
        let columns = |names: [&str; 3]| names.map(str::to_owned);
        assert_eq!(
            coordinates(&columns(["kod", "Souřadnice Y", "Souřadnice X"])),
            Some([2, 1])
        );
        assert_eq!(coordinates(&columns(["lat", "kod", "lon"])), Some([2, 0]));
        assert_eq!(coordinates(&columns(["kod", "x", "lat"])), None);
    }
}
