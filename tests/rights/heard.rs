//! What open maps hear: of rows that they show, and of nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use layers::{Layer, LayerSet, PrivacyClass};

use super::cells::Cells;
use super::expected::{Actor, actors};
use super::planted::{self, OURS, Row, THEIRS};
use crate::city::City;
use crate::events::Listener;

/// A city, and everybody's open map.
struct Maps {
    city: City,
    layers: Arc<LayerSet>,
    rows: BTreeMap<String, Vec<Row>>,
    /// The layer whose change everybody hears: by it a map knows that it has heard all that was before.
    bell: Arc<Layer>,
    open: Vec<(Actor, Listener)>,
    rung: u32,
}

impl Maps {
    fn open() -> Self {
        let layers = Arc::new(LayerSet::shipped().unwrap());
        let mut rows = BTreeMap::new();
        let city = City::start_on(|instance| rows = planted::plant(instance, &layers));
        let is_open = |layer: &&Arc<Layer>| {
            layer.audience == PrivacyClass::Public
                && layer.public_if.is_none()
                && layer.geometry.is_some()
        };
        let bell = Arc::clone(layers.iter().find(is_open).unwrap());
        let open = actors(&city).into_iter().map(|actor| {
            let listener = Listener::open_as(&city, "", actor.token.as_deref());
            (actor, listener)
        });
        Self {
            open: open.collect(),
            city,
            layers,
            rows,
            bell,
            rung: 0,
        }
    }

    /// Moves rows, rings, and returns of which layers each map has heard beside the bell's.
    fn heard(&mut self, moved: &dyn Fn(&Layer, &Row) -> bool) -> Vec<BTreeSet<String>> {
        self.rung += 1;
        let metres = 2.0 * f64::from(self.rung);
        let others = self.layers.iter().filter(|layer| layer.id != self.bell.id);
        let all = others.flat_map(|layer| {
            let rows = self.rows[layer.id.as_str()].iter();
            rows.map(|row| (&**layer, row))
        });
        let chosen = all.filter(|(layer, row)| moved(layer, row));
        let instance = self.city.instance();
        planted::move_rows(&instance, &self.layers, chosen, metres);
        let bell = &self.rows[self.bell.id.as_str()][0];
        let bell = std::iter::once((&*self.bell, bell));
        planted::move_rows(&instance, &self.layers, bell, metres);
        let open = self.open.iter_mut();
        open.map(|(_, listener)| heard_until(listener, self.bell.id.as_str()))
            .collect()
    }
}

fn heard_until(listener: &mut Listener, bell: &str) -> BTreeSet<String> {
    let mut heard = BTreeSet::new();
    while !heard.contains(bell) {
        let event = listener.event();
        heard.extend(event["layers"].as_object().unwrap().keys().cloned());
    }
    heard
}

#[test]
fn an_open_map_hears_of_the_rows_that_it_shows() {
    let mut maps = Maps::open();
    let mut cells = Cells::default();
    for (owner, open) in [(OURS, true), (OURS, false), (THEIRS, true), (THEIRS, false)] {
        let is_moved = |row: &Row| row.owner == owner && row.open == open;
        let heard = maps.heard(&|_, row| is_moved(row));
        for ((actor, _), heard) in maps.open.iter().zip(heard) {
            let others = maps.layers.iter().filter(|layer| layer.id != maps.bell.id);
            for layer in others {
                let mut moved = maps.rows[layer.id.as_str()].iter();
                let shows = actor.sees_layer(layer) && layer.geometry.is_some();
                let expected =
                    shows && moved.any(|row| is_moved(row) && actor.sees_row(layer, row));
                let what = format!("{} hears of {} of {owner} {open}", actor.name, layer.id);
                cells.expect(&what, heard.contains(layer.id.as_str()), expected);
            }
        }
    }
    cells.hold(800);
}
