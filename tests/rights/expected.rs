//! Who asks, and what the policy file says of them, read as plain TOML.

use std::collections::BTreeSet;

use layers::{Layer, PrivacyClass};
use toml::Table;

use super::planted::{OURS, Row, THEIRS};
use crate::city::City;

/// One who asks.
pub(super) struct Actor {
    pub(super) name: String,
    pub(super) token: Option<String>,
    role: Table,
    /// For whose features the role holds; none is all.
    of: Option<i64>,
}

/// Returns everybody: who shows no credentials.
pub(super) fn everybody() -> Actor {
    Actor {
        name: "everybody".into(),
        token: None,
        role: Table::new(),
        of: None,
    }
}

/// Returns everybody, one with each role, an editor of elsewhere, and one whose role nobody knows any more.
pub(super) fn actors(city: &City) -> Vec<Actor> {
    let policy: Table = include_str!("../../layers/policy.toml").parse().unwrap();
    let mut actors = vec![everybody()];
    for role in policy["roles"].as_array().unwrap() {
        let role = role.as_table().unwrap();
        let id = role["id"].as_str().unwrap();
        let municipal = role
            .get("municipal")
            .is_some_and(|flag| flag.as_bool() == Some(true));
        let of = municipal.then_some(OURS);
        actors.push(Actor {
            name: id.to_owned(),
            token: Some(token(city, id, id, of)),
            role: role.clone(),
            of,
        });
        if municipal {
            let name = format!("{id}.elsewhere");
            actors.push(Actor {
                token: Some(token(city, &name, id, Some(THEIRS))),
                name,
                role: role.clone(),
                of: Some(THEIRS),
            });
        }
    }
    actors
}

/// Adds a user with a role and returns a token of it.
pub(super) fn token(city: &City, name: &str, role: &str, of: Option<i64>) -> String {
    let code = of.map(|code| code.to_string());
    let mut arguments = vec!["user", "add", name, "--role", role];
    if let Some(code) = &code {
        arguments.extend(["--municipality", code]);
    }
    let (code, said) = city.obzor(&arguments);
    assert_eq!(code, Some(0), "{said}");
    let (code, token) = city.obzor(&["user", "token", name]);
    assert_eq!(code, Some(0), "{token}");
    token.trim().to_owned()
}

impl Actor {
    fn names(&self, entry: &str, layer: &Layer) -> bool {
        let listed = self.role.get(entry).and_then(|listed| listed.as_array());
        let listed: BTreeSet<&str> = listed
            .into_iter()
            .flatten()
            .filter_map(|one| one.as_str())
            .collect();
        listed.contains("*") || listed.contains(layer.class.as_str())
    }

    /// Whether the role reaches the features of a municipality; none asks for all features.
    fn reaches(&self, owner: Option<i64>) -> bool {
        self.of.is_none() || (self.of == owner)
    }

    fn clears(&self, layer: &Layer, class: PrivacyClass) -> bool {
        match class {
            PrivacyClass::Public => true,
            PrivacyClass::Internal => {
                self.names("internal", layer) || self.names("personal", layer)
            }
            PrivacyClass::Personal => self.names("personal", layer),
        }
    }

    /// Whether the actor may know of a layer.
    pub(super) fn sees_layer(&self, layer: &Layer) -> bool {
        self.clears(layer, layer.audience)
    }

    /// Whether the actor sees fields of a class in some features of a layer.
    pub(super) fn sees_field_somewhere(&self, layer: &Layer, class: PrivacyClass) -> bool {
        self.clears(layer, class)
    }

    /// Whether the actor sees a row.
    pub(super) fn sees_row(&self, layer: &Layer, row: &Row) -> bool {
        let needed = if layer.public_if.is_some() && !row.open {
            layer.audience.max(PrivacyClass::Internal)
        } else {
            layer.audience
        };
        needed == PrivacyClass::Public
            || (self.clears(layer, needed) && self.reaches(Some(row.owner)))
    }

    /// Whether the actor sees the values of a class in a row.
    pub(super) fn sees_value(&self, layer: &Layer, row: &Row, class: PrivacyClass) -> bool {
        self.sees_row(layer, row)
            && (class == PrivacyClass::Public
                || (self.clears(layer, class) && self.reaches(Some(row.owner))))
    }

    /// Whether the actor does something with the features of a municipality.
    pub(super) fn does(&self, operation: &str, layer: &Layer, owner: i64) -> bool {
        self.names(operation, layer) && self.reaches(Some(owner))
    }
}
