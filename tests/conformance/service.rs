//! A service under test: a city, what it says of itself, and how the tests ask it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use serde_json::Value;

use crate::answer::Answer;
use crate::city::City;
use crate::edit::{Editor, TOWN};

pub(super) const GEO_JSON: &str = "application/geo+json";
pub(super) const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
pub(super) const S_JTSK: &str = "http://www.opengis.net/def/crs/EPSG/0/5514";

/// A city, and its collections as it lists them.
pub(super) struct Service {
    city: City,
    collections: OnceLock<Vec<Value>>,
    token: OnceLock<String>,
}

/// Starts services of their own, for tests that write: one with its store in a file, one in a database.
pub(super) fn start() -> [Service; 2] {
    City::start_both().map(|city| Service {
        city,
        collections: OnceLock::new(),
        token: OnceLock::new(),
    })
}

/// Returns the services that all tests which only read have in common.
pub(super) fn services() -> Arc<[Service; 2]> {
    static SHARED: Mutex<Weak<[Service; 2]>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let services = Arc::new(start());
        *shared = Arc::downgrade(&services);
        services
    })
}

impl Service {
    pub(super) fn city(&self) -> &City {
        &self.city
    }

    /// Returns the token of an editor of the town.
    pub(super) fn token(&self) -> &str {
        let made = || Editor::new(&self.city, "jana", TOWN).into_token();
        self.token.get_or_init(made)
    }

    /// Says where it keeps its features, for people.
    pub(super) fn store(&self) -> &'static str {
        if self.city.is_in_database() {
            "database"
        } else {
            "file"
        }
    }

    /// Gets a path, or an address of this service.
    pub(super) fn get(&self, path: &str) -> Answer {
        self.get_as(path, "application/json, application/geo+json")
    }

    pub(super) fn get_as(&self, path: &str, accept: &str) -> Answer {
        self.city.get_with(self.path(path), &[("accept", accept)])
    }

    /// Takes the service's own address away.
    pub(super) fn path<'a>(&self, address: &'a str) -> &'a str {
        address.strip_prefix(&self.city.url("")).unwrap_or(address)
    }

    /// Gets a document, which must be there.
    pub(super) fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Returns the status of what is asked for.
    pub(super) fn status(&self, path: &str) -> u16 {
        self.get(path).status
    }

    pub(super) fn collections(&self) -> &[Value] {
        self.collections.get_or_init(|| {
            let document = self.json("/collections");
            document["collections"].as_array().unwrap().clone()
        })
    }

    /// Returns the names of all collections.
    pub(super) fn ids(&self) -> Vec<&str> {
        let collections = self.collections().iter();
        collections.map(|one| one["id"].as_str().unwrap()).collect()
    }

    /// Returns the collections that are on the map, with the boxes around them.
    pub(super) fn spatial(&self) -> Vec<(&str, [f64; 4])> {
        let collections = self.collections().iter();
        let spatial = collections.filter_map(|one| {
            let bbox = one["extent"]["spatial"]["bbox"][0].as_array()?;
            let corners: Vec<_> = bbox.iter().map(|n| n.as_f64().unwrap()).collect();
            Some((one["id"].as_str().unwrap(), corners.try_into().unwrap()))
        });
        spatial.collect()
    }

    /// Returns a page of features.
    pub(super) fn items(&self, collection: &str, query: &str) -> Value {
        self.json(&format!("/collections/{collection}/items?{query}"))
    }

    /// Returns how many features match.
    pub(super) fn matched(&self, collection: &str, query: &str) -> u64 {
        self.items(collection, &format!("{query}&limit=1"))["numberMatched"]
            .as_u64()
            .unwrap()
    }

    /// Returns the identities of the features that a filter in CQL2 text finds.
    pub(super) fn filtered(&self, collection: &str, filter: &str) -> Vec<String> {
        let found = self.items(
            collection,
            &format!("limit=10000&filter={}", encoded(filter)),
        );
        ids(&found)
    }

    /// Asserts that the service claims a conformance class, by the end of its address.
    pub(super) fn claims(&self, class: &str) {
        let classes = self.json("/conformance");
        let classes = classes["conformsTo"].as_array().unwrap();
        let is_there = classes
            .iter()
            .any(|one| one.as_str().unwrap() == format!("http://www.opengis.net/spec/{class}"));
        assert!(is_there, "{class} is not claimed");
    }

    /// Returns the properties that a schema beside the collection describes.
    pub(super) fn properties(&self, collection: &str, of: &str) -> serde_json::Map<String, Value> {
        let schema = self
            .get_as(
                &format!("/collections/{collection}/{of}"),
                "application/schema+json",
            )
            .json();
        schema["properties"].as_object().unwrap().clone()
    }
}

/// Returns the identities of a page's features in their order.
pub(super) fn ids(page: &Value) -> Vec<String> {
    let features = page["features"].as_array().unwrap().iter();
    features
        .map(|feature| feature["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Returns the links of a document that have this relation.
pub(super) fn links<'a>(document: &'a Value, rel: &str) -> Vec<&'a Value> {
    let links = document["links"].as_array().unwrap().iter();
    links.filter(|link| link["rel"] == rel).collect()
}

/// Writes a text as a value of a query.
pub(super) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
