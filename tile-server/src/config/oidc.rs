//! `[oidc]` of `obzor.toml`: the broker by which the people of the city log in, and what its groups may do here.

use std::collections::BTreeSet;
use std::path::PathBuf;

use layers::Municipalities;
use layers::policy::{Assignment, Policy};
use serde::{Deserialize, Serialize};

/// What is asked for unless the section says otherwise.
const SCOPES: [&str; 2] = ["profile", "email"];
const GROUPS_CLAIM: &str = "groups";
const NAME_CLAIM: &str = "preferred_username";

/// The section exactly as written.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OidcEntry {
    /// The address of the broker, as it calls itself.
    issuer: String,
    client_id: String,
    /// What the broker knows this program by; better in a file of its own.
    client_secret: Option<String>,
    /// A file that holds nothing else.
    client_secret_file: Option<PathBuf>,
    /// A file with the certificates (PEM) of the authority that the broker's own comes from.
    ca_file: Option<PathBuf>,
    /// What is asked for beside `openid`.
    scopes: Option<Vec<String>>,
    /// Where the ID token says the groups; dots lead into objects (`realm_access.roles`).
    groups_claim: Option<String>,
    /// Where it says the name that stands in the history.
    name_claim: Option<String>,
    /// What members of groups may do.
    #[serde(default)]
    groups: Vec<GroupEntry>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct GroupEntry {
    group: String,
    /// The id of a role of the policy.
    role: String,
    /// The RÚIAN codes of the municipalities for whose features it holds.
    municipalities: Option<BTreeSet<i64>>,
    /// Whether it holds for all of them.
    #[serde(default)]
    all_municipalities: bool,
}

/// The broker, checked and complete.
#[derive(Clone, Debug)]
pub(crate) struct OidcConfig {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) secret: ClientSecret,
    pub(crate) ca_file: Option<PathBuf>,
    /// With `openid`, as they are asked for.
    pub(crate) scopes: String,
    pub(crate) groups_claim: String,
    pub(crate) name_claim: String,
    pub(crate) groups: Vec<Group>,
}

/// What members of a group may do.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) role: Assignment,
}

/// What the broker knows this program by.
#[derive(Clone)]
pub(crate) enum ClientSecret {
    /// Nothing: the broker takes it for a public client.
    None,
    Written(String),
    InFile(PathBuf),
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret")
    }
}

impl OidcEntry {
    /// Fills in the defaults; names everything that cannot be.
    pub(super) fn resolve(self, problems: &mut Vec<String>) -> OidcConfig {
        if !is_safe(&self.issuer) {
            problems.push(format!(
                "oidc.issuer: `{}` must begin with https:// (http:// only on this machine), without ? and #",
                self.issuer
            ));
        }
        if self.client_id.is_empty() {
            problems.push("oidc.client_id: is empty".to_owned());
        }
        if self.groups.is_empty() {
            problems.push("oidc.groups: without one nobody may do anything".to_owned());
        }
        let secret = match (self.client_secret, self.client_secret_file) {
            (None, None) => ClientSecret::None,
            (Some(secret), None) => ClientSecret::Written(secret),
            (None, Some(file)) => ClientSecret::InFile(file),
            (Some(_), Some(_)) => {
                problems.push("oidc.client_secret: give it or its file, not both".to_owned());
                ClientSecret::None
            }
        };
        let scopes = self
            .scopes
            .unwrap_or_else(|| SCOPES.map(str::to_owned).into());
        let groups = self.groups.into_iter().map(|entry| entry.resolve(problems));
        let groups = groups.collect();
        OidcConfig {
            issuer: self.issuer,
            client_id: self.client_id,
            secret,
            ca_file: self.ca_file,
            scopes: format!("openid {}", scopes.join(" ")),
            groups_claim: self.groups_claim.unwrap_or_else(|| GROUPS_CLAIM.to_owned()),
            name_claim: self.name_claim.unwrap_or_else(|| NAME_CLAIM.to_owned()),
            groups,
        }
    }
}

impl GroupEntry {
    fn resolve(self, problems: &mut Vec<String>) -> Group {
        let mut wrong = |why: &str| problems.push(format!("oidc.groups: {}: {why}", self.group));
        let role = Policy::in_force().role(&self.role);
        let is_told = self.municipalities.is_some() != self.all_municipalities;
        match role {
            None => wrong(&format!("there is no role {}", self.role)),
            Some(role) if role.municipal && !is_told => {
                wrong("give either municipalities or all_municipalities");
            }
            Some(role) if !role.municipal && self.municipalities.is_some() => {
                wrong("the role is not about municipalities");
            }
            Some(_) => {}
        }
        let municipalities = self.municipalities;
        Group {
            name: self.group,
            role: Assignment {
                role: self.role,
                municipalities: municipalities.map_or(Municipalities::All, Municipalities::Listed),
            },
        }
    }
}

/// Whether nobody can listen: encrypted, or on this machine for trying things out.
fn is_safe(address: &str) -> bool {
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let is_here = here.iter().any(|start| {
        let rest = address.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    !address.contains(['?', '#', '@']) && (address.starts_with("https://") || is_here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broker_is_asked_where_nobody_listens() {
        for (address, safe) in [
            ("https://login.example/realms/city", true),
            ("http://127.0.0.1:3000", true),
            ("http://localhost/x", true),
            ("http://127.0.0.1.evil.example", false),
            ("http://127.0.0.1:3000@evil.example", false),
            ("http://login.example", false),
            ("https://login.example?x", false),
            ("ftp://login.example", false),
        ] {
            assert_eq!(is_safe(address), safe, "{address}");
        }
    }
}
