//! OGC API Features Part 2: features, boxes and filters in five coordinate systems, each with its own order of axes.

use serde_json::Value;

use crate::city::City;

const HALF_WORLD: f64 = 20_037_508.342_789_244;

/// The systems, each with what it makes of longitude and latitude; that of EPSG:5514 is another projection.
type OfDegrees = fn(f64, f64) -> [f64; 2];
const OF_DEGREES: [(&str, OfDegrees); 4] = [
    ("OGC/1.3/CRS84", |lon, lat| [lon, lat]),
    ("EPSG/0/4326", |lon, lat| [lat, lon]),
    ("EPSG/0/4258", |lon, lat| [lat, lon]),
    ("EPSG/0/3857", |lon, lat| {
        let north = (std::f64::consts::FRAC_PI_4 + lat.to_radians() / 2.0).tan();
        [lon, north.ln().to_degrees()].map(|degrees| degrees / 180.0 * HALF_WORLD)
    }),
];
const S_JTSK: &str = "EPSG/0/5514";
const ITEMS: &str = "/collections/addresses/items?limit=500";

fn uri(crs: &str) -> String {
    format!("http://www.opengis.net/def/crs/{crs}")
}

/// Returns the number of features that match, and the position and identity of each on the page.
fn points(city: &City, path: &str) -> (u64, Vec<(String, [f64; 2])>) {
    let answer = city.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    let page = answer.json();
    let point = |feature: &Value| {
        let at = &feature["geometry"]["coordinates"];
        let id = feature["id"].as_str().unwrap().to_owned();
        (id, [0, 1].map(|axis| at[axis].as_f64().unwrap()))
    };
    let features = page["features"].as_array().unwrap();
    (
        page["numberMatched"].as_u64().unwrap(),
        features.iter().map(point).collect(),
    )
}

#[test]
fn features_come_in_the_system_that_is_asked_for() {
    let city = City::shared();
    let (_, degrees) = points(&city, ITEMS);
    assert!(degrees.len() > 100);
    for (crs, of_degrees) in OF_DEGREES {
        let path = format!("{ITEMS}&crs={}", uri(crs));
        assert_eq!(
            city.get(&path).header("content-crs"),
            format!("<{}>", uri(crs))
        );
        let (_, found) = points(&city, &path);
        for ((id, [lon, lat]), (other, at)) in degrees.iter().zip(&found) {
            let expected = of_degrees(*lon, *lat);
            let off = [0, 1].map(|axis| (at[axis] - expected[axis]).abs());
            let allowed = if expected[0].abs() > 180.0 { 0.02 } else { 0.0 };
            assert!(
                id == other && off[0] <= allowed && off[1] <= allowed,
                "{crs}: {off:?}"
            );
        }
    }
    assert_eq!(
        city.get(ITEMS).header("content-crs"),
        format!("<{}>", uri("OGC/1.3/CRS84"))
    );
    let by_curie = city.get(&format!("{ITEMS}&crs=%5BEPSG:5514%5D"));
    assert_eq!(by_curie.header("content-crs"), format!("<{}>", uri(S_JTSK)));
}

#[test]
fn s_jtsk_is_answered_as_it_is_stored() {
    for city in City::start_both() {
        let sql = "SELECT id || ' ' || ST_X(geom) || ' ' || ST_Y(geom) AS line FROM addresses";
        let stored: Vec<String> = if city.is_in_database() {
            let rows = city.psql(&format!("SET search_path = obzor, public; {sql}"));
            rows.lines().map(str::to_owned).collect()
        } else {
            let file = city.store();
            let rows = crate::city::run(
                "ogr2ogr",
                &[
                    "-f",
                    "CSV",
                    "/vsistdout/",
                    file.to_str().unwrap(),
                    "-dialect",
                    "SQLite",
                    "-sql",
                    sql,
                ],
            );
            rows.lines()
                .skip(1)
                .map(|line| line.trim_matches('"').to_owned())
                .collect()
        };
        let (all, found) = points(
            &city,
            &format!("{ITEMS}&limit=10000&crs={}", uri(S_JTSK)).replace("limit=500&", ""),
        );
        assert_eq!(all, stored.len() as u64);
        for line in stored {
            let mut words = line.split(' ');
            let id = words.next().unwrap();
            let at: Vec<f64> = words.map(|word| word.parse().unwrap()).collect();
            let (_, shown) = found.iter().find(|(own, _)| own == id).unwrap();
            assert!(
                (shown[0] - at[0]).hypot(shown[1] - at[1]) < 1e-6,
                "{line}: {shown:?}"
            );
        }
    }
}

#[test]
fn one_feature_comes_in_the_system_that_is_asked_for_under_another_tag() {
    let city = City::shared();
    let id = &points(&city, ITEMS).1[0].0;
    let mut tags = Vec::new();
    for (crs, _) in OF_DEGREES {
        let listed = &points(&city, &format!("{ITEMS}&crs={}", uri(crs))).1[0].1;
        let answer = city.get(&format!(
            "/collections/addresses/items/{id}?crs={}",
            uri(crs)
        ));
        assert_eq!(answer.header("content-crs"), format!("<{}>", uri(crs)));
        let at = &answer.json()["geometry"]["coordinates"];
        let is_there = |axis: usize| (at[axis].as_f64().unwrap() - listed[axis]).abs() < 1e-9;
        assert!((0..2).all(is_there), "{crs}: {at}");
        tags.push(answer.header("etag").to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), OF_DEGREES.len());
}

#[test]
fn a_box_and_a_filter_find_the_same_in_each_system() {
    let city = City::shared();
    let (west, south, east, north) = (13.9051, 50.4341, 13.9123, 50.4402);
    let expected = points(
        &city,
        &format!("{ITEMS}&bbox={west},{south},{east},{north}"),
    );
    assert!(expected.0 > 0 && expected.0 < points(&city, ITEMS).0);
    for (crs, of_degrees) in OF_DEGREES {
        let (min, max) = (of_degrees(west, south), of_degrees(east, north));
        let numbers = format!("{},{},{},{}", min[0], min[1], max[0], max[1]);
        let asked = format!("bbox={numbers}&bbox-crs={}", uri(crs));
        assert_eq!(
            points(&city, &format!("{ITEMS}&{asked}")),
            expected,
            "{asked}"
        );
        let filter = format!(
            "filter=S_INTERSECTS(geometry,BBOX({numbers}))&filter-crs={}",
            uri(crs)
        );
        assert_eq!(
            points(&city, &format!("{ITEMS}&{filter}")),
            expected,
            "{filter}"
        );
    }
    // Upright in S-JTSK: just those whose stored position lies in it.
    let system = uri(S_JTSK);
    let (all, stored) = points(&city, &format!("{ITEMS}&crs={system}"));
    let [x, y] = stored[7].1;
    let [min, max] = [[x - 300.0, y - 200.0], [x + 250.0, y + 350.0]];
    let inside = |at: &[f64; 2]| (0..2).all(|axis| min[axis] <= at[axis] && at[axis] <= max[axis]);
    let numbers = format!("{},{},{},{}", min[0], min[1], max[0], max[1]);
    for asked in [
        format!("bbox={numbers}&bbox-crs={system}"),
        format!("bbox={numbers}&bbox-crs={system}&crs={system}"),
        format!("filter=S_INTERSECTS(geometry,BBOX({numbers}))&filter-crs=EPSG:5514"),
    ] {
        let (matched, found) = points(&city, &format!("{ITEMS}&{asked}"));
        let ids: Vec<_> = found.iter().map(|(id, _)| id).collect();
        let there = stored.iter().filter(|(_, at)| inside(at));
        let there: Vec<_> = there.map(|(id, _)| id).collect();
        assert!(!there.is_empty() && matched < all, "{asked}");
        assert!(there.iter().all(|id| ids.contains(id)), "{asked}");
    }
}

#[test]
fn collections_list_the_systems_and_others_are_refused() {
    let city = City::shared();
    let collection = city.get("/collections/addresses").json();
    let listed = collection["crs"].as_array().unwrap();
    assert_eq!(listed[0], uri("OGC/1.3/CRS84"));
    for (crs, _) in OF_DEGREES {
        assert!(listed.contains(&Value::from(uri(crs))), "{crs}");
    }
    assert_eq!(collection["storageCrs"], uri(S_JTSK));
    assert!(listed.contains(&collection["storageCrs"]));
    let conformance = city.get("/conformance").json();
    let class = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs";
    assert!(
        conformance["conformsTo"]
            .as_array()
            .unwrap()
            .contains(&class.into())
    );
    for asked in [
        "crs=EPSG:5513",
        "bbox-crs=x&bbox=1,2,3,4",
        "filter-crs=EPSG/0/4326",
        "crs=",
    ] {
        let answer = city.get_with(&format!("{ITEMS}&{asked}"), &[("Accept-Language", "en")]);
        assert_eq!(answer.status, 400, "{asked}");
        let name = asked.split('=').next().unwrap();
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains(&format!("`{name}` must be one of")),
            "{detail}"
        );
    }
}
