//! The requests of QGIS, GDAL and `ArcGIS` one by one, and what each looks for in the answers; without it they give up.

use serde_json::Value;

use crate::answer::Answer;
use crate::city::City;

/// A client by its name, with what it says that it takes.
struct Client<'a> {
    city: &'a City,
    agent: &'static str,
    accept: &'static str,
}

impl Client<'_> {
    fn ask(&self, address: &str) -> Answer {
        let path = address.strip_prefix(&self.city.url("")).unwrap_or(address);
        let headers = [("user-agent", self.agent), ("accept", self.accept)];
        let answer = self.city.get_with(path, &headers);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    fn json(&self, address: &str) -> Value {
        self.ask(address).json()
    }
}

/// Returns the address of the first link of this relation and media type.
fn link<'a>(document: &'a Value, rel: &str, media_type: &str) -> Option<&'a str> {
    let mut links = document["links"].as_array().unwrap().iter();
    let link = links.find(|link| link["rel"] == rel && link["type"] == media_type);
    link.map(|link| link["href"].as_str().unwrap())
}

/// Returns the greatest and the usual length of a page, as clients find them in the description.
fn page_lengths(api: &Value) -> [u64; 2] {
    let limit = &api["components"]["parameters"]["limit"]["schema"];
    ["maximum", "default"].map(|member| limit[member].as_u64().unwrap())
}

const OPEN_API: &str = "application/vnd.oai.openapi+json;version=3.0";
const GEO_JSON: &str = "application/geo+json";

#[test]
fn qgis_opens_a_layer() {
    let city = City::shared();
    let qgis = Client {
        city: &city,
        agent: "Mozilla/5.0 QGIS/34015/Debian",
        accept: "application/json",
    };
    let landing = qgis.json("/");
    let api = link(&landing, "service-desc", OPEN_API).unwrap();
    let conformance = link(&landing, "conformance", "application/json").unwrap();
    let collections = link(&landing, "data", "application/json").unwrap();
    let [most, usual] = page_lengths(&qgis.json(api));
    assert!(qgis.json(conformance)["conformsTo"].is_array());
    let listed = qgis.json(collections);
    for one in listed["collections"].as_array().unwrap() {
        // It builds the addresses itself, of the one under which it found the list.
        let here = format!("{collections}/{}", one["id"].as_str().unwrap());
        let collection = qgis.json(&here);
        assert!(collection["title"].is_string());
        let schema = link(
            &collection,
            "http://www.opengis.net/def/rel/ogc/1.0/schema",
            "application/schema+json",
        );
        assert!(qgis.json(schema.unwrap())["properties"].is_object());
        let probe = qgis.json(&format!("{here}/items?limit=10"));
        assert!(
            probe["numberMatched"].is_u64(),
            "else it reads 1001 features to know"
        );
        let length = usual.max(1000).min(most);
        let page = qgis.json(&format!("{here}/items?limit={length}"));
        let shown = page["features"].as_array().unwrap().len() as u64;
        let next = link(&page, "next", GEO_JSON);
        assert_eq!(
            next.is_some(),
            shown < page["numberMatched"].as_u64().unwrap()
        );
        if let Some(next) = next {
            assert!(!qgis.json(next)["features"].as_array().unwrap().is_empty());
        }
    }
}

#[test]
fn gdal_opens_a_layer() {
    let city = City::shared();
    let gdal = Client {
        city: &city,
        agent: "GDAL/3.12.4",
        accept: "application/geo+json, application/json",
    };
    let landing = gdal.json("/");
    assert!(page_lengths(&gdal.json(link(&landing, "service-desc", OPEN_API).unwrap()))[0] >= 1000);
    for one in gdal.json("/collections")["collections"].as_array().unwrap() {
        let id = one["id"].as_str().unwrap();
        let items = link(one, "items", GEO_JSON).unwrap();
        assert_eq!(items, city.url(&format!("/collections/{id}/items")));
        assert!(link(one, "describedby", "application/schema+json").is_some());
        let probe = gdal.ask(&format!("{items}?limit=20"));
        assert_eq!(probe.header("content-type"), GEO_JSON);
        let mut page = probe.json();
        // It follows `next` only by this media type, and keeps the length of pages that it asked for.
        if let Some(next) = link(&page, "next", GEO_JSON).map(str::to_owned) {
            assert!(next.contains("limit=20"), "{next}");
            page = gdal.json(&next);
            assert!(page["numberReturned"].as_u64().unwrap() <= 20);
        }
        assert!(
            page["numberMatched"].is_u64(),
            "else it asks for resultType=hits"
        );
    }
}

#[test]
fn arcgis_reads_a_layer_by_offsets() {
    let city = City::shared();
    let arcgis = Client {
        city: &city,
        agent: "ArcGIS Pro 3.6.0 (00000000000) - ArcGISPro",
        accept: "*/*",
    };
    let landing = arcgis.json("/?f=json");
    arcgis.json(link(&landing, "conformance", "application/json").unwrap());
    arcgis.json(link(&landing, "data", "application/json").unwrap());
    let api = arcgis.json(link(&landing, "service-desc", OPEN_API).unwrap());
    let items = "/collections/street-lights/items";
    let parameters = api["paths"][items]["get"]["parameters"].as_array().unwrap();
    let offers = |name: &str| {
        let place = format!("#/components/parameters/{name}");
        parameters.iter().any(|one| one["$ref"] == place.as_str())
    };
    assert!(offers("offset") && offers("limit") && offers("bbox"));
    let all = arcgis.json(&format!("{items}?f=json&limit=1000"));
    let id = |feature: &Value| feature["id"].as_str().unwrap().to_owned();
    let whole: Vec<_> = all["features"].as_array().unwrap().iter().map(id).collect();
    let mut parts = Vec::new();
    for offset in [0, 400, 800] {
        let page = arcgis.json(&format!("{items}?f=json&limit=400&offset={offset}"));
        assert_eq!(page["numberMatched"], all["numberMatched"]);
        parts.extend(page["features"].as_array().unwrap().iter().map(id));
    }
    assert_eq!(parts[..1000], whole);
}
