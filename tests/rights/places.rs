//! What lies at a place, as each actor: the rows that they see and no others, by address and by document.

use layers::{Layer, PrivacyClass};

use super::Asking;
use super::planted::{self, Row};
use crate::answer::Answer;

/// How far around everything lies, in degrees.
const AROUND: f64 = 0.002;

impl Asking<'_> {
    pub(super) fn places(&mut self, layer: &Layer, rows: &[Row], seen: &[&Row]) {
        let [lon, lat] = planted::place();
        let at = format!("/what-is-here?f=json&point={lon},{lat}&radius=200");
        let (west, east) = (lon - AROUND, lon + AROUND);
        let (south, north) = (lat - AROUND, lat + AROUND);
        let area = format!(
            "{{\"type\":\"Polygon\",\"coordinates\":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}"
        );
        let answers = [
            (at.clone(), self.get(&at)),
            (
                "POST /what-is-here".to_owned(),
                self.send("POST", "/what-is-here?f=json", &area),
            ),
        ];
        for (door, answer) in answers {
            self.lying(layer, &door, &answer, rows, seen);
        }
        for row in rows {
            let door = format!("/what-is-here?f=json&feature={}/{}", layer.id, row.id);
            let is_seen = seen.iter().any(|one| one.id == row.id);
            let expected = match (is_seen, layer.geometry) {
                (false, _) => 404,
                (true, None) => 400,
                (true, Some(_)) => 200,
            };
            let got = self.get(&door).status;
            self.expect(&door, got, expected);
        }
    }

    fn lying(&mut self, layer: &Layer, door: &str, answer: &Answer, rows: &[Row], seen: &[&Row]) {
        self.expect(door, answer.status, 200);
        if answer.status != 200 {
            return;
        }
        let found = answer.json();
        let here = found["layers"].as_array().unwrap().iter();
        let here = here.clone().find(|here| here["layer"] == layer.id.as_str());
        let count = here.map_or(0, |here| here["count"].as_u64().unwrap());
        let expected = layer.geometry.map_or(0, |_| seen.len() as u64);
        self.expect(&format!("{door} counts {}", layer.id), count, expected);
        let body = answer.text();
        for row in rows {
            let is_there = body.contains(&row.id);
            let expected = layer.geometry.is_some() && seen.iter().any(|one| one.id == row.id);
            self.expect(&format!("{door} tells {}", row.id), is_there, expected);
            for class in [PrivacyClass::Internal, PrivacyClass::Personal] {
                let is_told =
                    planted::text_field(layer, class).is_some() && body.contains(&row.text(class));
                if is_told {
                    let expected = self.actor.sees_value(layer, row, class);
                    self.expect(&format!("{door} {}", row.text(class)), true, expected);
                }
            }
        }
    }
}
