//! Geometry: there and of the right type, valid, in S-JTSK, and within the municipality.

use geo::CoordsIter;
use geo_types::Geometry;
use layers::crs::{Crs, in_czechia, transform};
use layers::{Problem, Text, find_flaws};

use super::subject::Subject;
use super::territory::Home;
use crate::Check;
use crate::finding::text;

/// Looks at the geometry of a feature.
pub(super) fn check(subject: &mut Subject<'_>, home: Option<&Home>) {
    let feature = subject.feature;
    let geometry = match (subject.view.layer().geometry, &feature.geometry) {
        (None, None) => return,
        (Some(expected), Some(geometry)) if expected.accepts(geometry) => geometry,
        (Some(expected), Some(_)) => {
            return report_type(subject, &Problem::WrongGeometry(expected.ogc_name()));
        }
        _ => return report_type(subject, &Problem::GeometryPresence),
    };
    check_validity(subject, geometry);
    if check_coordinates(subject, geometry)
        && let Some(home) = home
    {
        home.check(subject, geometry);
    }
}

fn report_type(subject: &mut Subject<'_>, problem: &Problem) {
    let advice = text("Zakreslete prvek znovu.", "Draw the feature again.");
    subject.report_geometry(Check::GeometryType, None, problem.text(), advice);
}

fn check_validity(subject: &mut Subject<'_>, geometry: &Geometry<f64>) {
    for flaw in find_flaws(geometry) {
        subject.report_geometry(
            Check::Validity,
            flaw.at,
            flaw.kind.text(),
            text(
                "Opravte kresbu v tomto místě.",
                "Correct the drawing at this place.",
            ),
        );
    }
}

/// Reports the first position that is not in Czechia; whether there is none.
fn check_coordinates(subject: &mut Subject<'_>, geometry: &Geometry<f64>) -> bool {
    let mut positions = geometry.coords_iter().map(|c| [c.x, c.y]);
    let Some(wrong) = positions.find(|position| !in_czechia(*position)) else {
        return true;
    };
    subject.report_geometry(
        Check::Coordinates,
        Some(wrong),
        diagnosis(wrong),
        text(
            "Převeďte souřadnice do S-JTSK / Krovak East North (EPSG:5514).",
            "Convert the coordinates to S-JTSK / Krovak East North (EPSG:5514).",
        ),
    );
    false
}

/// Says what a wrong position seems to be.
fn diagnosis([x, y]: [f64; 2]) -> Text {
    let degrees = |position| in_czechia(transform(Crs::Wgs84, Crs::SJtsk, position));
    if in_czechia([y, x]) {
        text(
            "souřadnice jsou v opačném pořadí",
            "the coordinates are in reverse order",
        )
    } else if in_czechia([-x, -y]) {
        text(
            "souřadnicím chybí záporné znaménko",
            "the coordinates lack their minus signs",
        )
    } else if in_czechia([-y, -x]) {
        text(
            "souřadnice jsou v opačném pořadí a bez záporných znamének",
            "the coordinates are in reverse order and lack their minus signs",
        )
    } else if degrees([x, y]) {
        text("souřadnice jsou ve stupních", "the coordinates are degrees")
    } else if degrees([y, x]) {
        text(
            "souřadnice jsou ve stupních, šířka první",
            "the coordinates are degrees, latitude first",
        )
    } else {
        text("poloha neleží v Česku", "the position is not in Czechia")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(position: [f64; 2], expected: &str) {
        assert!(!in_czechia(position), "{position:?}");
        assert!(diagnosis(position).en.contains(expected), "{position:?}");
    }

    #[test]
    fn a_wrong_position_is_recognised_by_its_numbers() {
        check([-991_722.0, -807_677.0], "reverse order");
        check([807_677.0, 991_722.0], "lack their minus");
        check([991_722.0, 807_677.0], "reverse order and lack");
        check([13.41, 50.46], "are degrees");
        check([50.46, 13.41], "latitude first");
        check([0.0, 0.0], "not in Czechia");
        assert!(in_czechia([-807_677.0, -991_722.0]));
    }
}
