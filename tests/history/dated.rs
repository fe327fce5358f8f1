//! `?datetime=`: features as they were.

use serde_json::{Value, json};

use super::{LAMPS, Reader, TOWN, live};
use crate::city::City;

#[test]
fn a_layer_is_shown_as_it_was_at_any_instant() {
    for city in City::start_both() {
        let jana = Reader::new(&city, "jana", "editor", Some(TOWN));
        let lamp = live(&jana, "D-1");
        let versions = jana.get(&format!("{lamp}/history")).json()["versions"].clone();
        let times: Vec<_> = versions
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["at"].as_str().unwrap())
            .collect();
        let [gone, moved, noted, higher, added] = times[..] else {
            panic!("{times:?}")
        };
        let public = Reader::public(&city);
        let height = |reader: &Reader<'_>, at: &str| {
            let answer = reader.get(&format!("{lamp}?datetime={at}"));
            (answer.status == 200).then(|| answer.json()["properties"]["height"].clone())
        };
        assert_eq!(height(&public, added), Some(Value::Null));
        assert_eq!(height(&public, higher), Some(json!(6.5)));
        assert_eq!(height(&public, gone), None);
        assert_eq!(height(&public, "2020-01-01"), None);
        let note = |reader: &Reader<'_>| {
            reader.get(&format!("{lamp}?datetime={noted}")).json()["properties"]["note"].clone()
        };
        assert_eq!(note(&jana), "tajné");
        assert_eq!(note(&public), Value::Null);

        let matched = |query: &str| {
            public.get(&format!("{LAMPS}?{query}")).json()["numberMatched"]
                .as_u64()
                .unwrap()
        };
        let now = matched("");
        assert_eq!(matched(&format!("datetime={moved}")), now + 1);
        assert_eq!(matched(&format!("datetime=../{moved}")), now + 1);
        assert_eq!(matched(&format!("datetime={moved}/..")), now);
        assert_eq!(matched(&format!("datetime={moved}&code=D-1")), 1);
        assert_eq!(matched(&format!("datetime={gone}&code=D-1")), 0);
        let around = "bbox=13.40375,50.46055,13.40385,50.46065&code=D-1";
        assert_eq!(matched(&format!("datetime={noted}&{around}")), 0);
        assert_eq!(matched(&format!("datetime={moved}&{around}")), 1);
        // All of today's lamps were there, with the one that is gone, on as many pages.
        let page = public.get(&format!("{LAMPS}?datetime={moved}&limit=10000"));
        assert_eq!(page.json()["numberReturned"], now + 1);
        let tag = page.header("etag").to_owned();
        assert_eq!(page.header("cache-control"), "no-cache");
        let path = format!("{LAMPS}?datetime={moved}&limit=10000");
        assert_eq!(city.get_with(&path, &[("if-none-match", &tag)]).status, 304);
        let html = public.get(&format!("{LAMPS}?datetime={moved}&f=html&code=D-1"));
        assert!(html.text().contains("Stav, jaký platil"), "{}", html.text());
    }
}

#[test]
fn what_is_no_time_is_refused_with_what_would_be_one() {
    let city = City::shared();
    for bad in ["tomorrow", "2026-13-01", "2026-05-31/2020-01-01", "x/.."] {
        for path in [LAMPS.to_owned(), format!("{LAMPS}/1")] {
            let answer = city.get(&format!("{path}?datetime={bad}"));
            assert_eq!(answer.status, 400, "{bad}");
            assert!(
                answer.text().contains("2026-05-31T12:00:00Z"),
                "{}",
                answer.text()
            );
        }
    }
    assert_eq!(
        city.get(&format!("{LAMPS}?datetime=2020-01-01")).json()["numberMatched"],
        0
    );
    let all = |query: &str| city.get(&format!("{LAMPS}{query}")).json()["numberMatched"].clone();
    assert_eq!(all("?datetime=2999-01-01"), all(""));
}
