//! What an audience may not see is nowhere in the bytes of its tiles.

use layers::{Audience, FeatureStore};

use super::super::{Encodings, TileId};
use super::{Stored, id, lamp, lamp_store};

/// Returns all bytes of the lamps' tiles at all zoom levels for an audience.
fn bytes(stored: &Stored, audience: &Audience) -> Vec<u8> {
    let service = stored.service();
    let layer = stored.store.layers().get(&id("lamps")).unwrap();
    let view = audience.view(layer).unwrap();
    let mut all = Vec::new();
    for zoom in 13..=16 {
        let size = f64::from(1_u32 << zoom);
        let tile = TileId::new(
            zoom,
            (0.538_634_6 * size) as u32,
            (0.337_240_7 * size) as u32,
        )
        .unwrap();
        let made = service
            .encode(std::slice::from_ref(&view), tile, Encodings::NONE)
            .unwrap();
        all.extend_from_slice(&made.bytes);
    }
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn hidden_rows_and_fields_are_nowhere_in_the_bytes() {
    let here = [-773_555.0, -999_234.0];
    let stored = lamp_store(vec![
        lamp(1, "SHOWN", here, true),
        lamp(2, "HIDDEN", here, false),
    ]);
    let office = bytes(&stored, &Audience::OFFICE);
    assert!(holds(&office, "SHOWN"));
    assert!(
        holds(&office, "HIDDEN"),
        "the office must see the hidden row, or this test proves nothing"
    );
    let public = bytes(&stored, &Audience::PUBLIC);
    assert!(holds(&public, "SHOWN"));
    for hidden in ["HIDDEN", "SECRET", "secret"] {
        assert!(!holds(&public, hidden), "{hidden} is in a public tile");
    }
}

#[test]
fn what_only_some_see_is_forgotten_when_nobody_asks_for_it() {
    let stored = lamp_store(vec![lamp(1, "SHOWN", [-773_555.0, -999_234.0], true)]);
    let service = stored.service();
    let layer = stored.store.layers().get(&id("lamps")).unwrap();
    let views = [Audience::PUBLIC, Audience::OFFICE].map(|audience| audience.view(layer).unwrap());
    let [public, office] = views.each_ref().map(std::slice::from_ref);
    service.load(&views).unwrap();
    let number = |view| service.hold(view).unwrap()[0].number();
    let before = number(office);
    let held = service.hold(office).unwrap();

    service.forget_unasked();
    service.forget_unasked();
    assert!(service.is_loaded(office), "a map is still open");

    drop(held);
    service.forget_unasked();
    assert!(service.is_loaded(office), "it was asked for since");
    service.forget_unasked();
    service.forget_unasked();
    assert!(!service.is_loaded(office));
    assert!(service.is_loaded(public), "everybody may ask for it");
    service.load(office).unwrap();
    assert_ne!(
        number(office),
        before,
        "tiles of before may be in the cache"
    );
}
