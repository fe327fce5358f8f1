//! The configuration of an instance: `ConfigFile` is what was written in `obzor.toml`, `Config` is checked and complete.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use layers::{Text, crs};

use crate::store_address::StoreAddress;

mod attachments;
mod edits;
mod exports;
mod http;
mod https;
mod oidc;
mod proxy;
mod retention;

use self::attachments::AttachmentsEntry;
use self::edits::EditsEntry;
use self::exports::ExportsEntry;
use self::http::HttpEntry;
use self::oidc::OidcEntry;
use self::proxy::ProxyEntry;
use self::retention::RetentionEntry;

pub(crate) use self::attachments::AttachmentLimits;
pub(crate) use self::http::HttpLimits;
pub(crate) use self::https::Https;
pub(crate) use self::oidc::{ClientSecret, Group, OidcConfig};
pub(crate) use self::proxy::Proxies;
pub(crate) use self::retention::Retention;

pub(crate) const DEFAULT_ZOOM: f64 = 14.0;
const MAX_ZOOM: f64 = 22.0;

/// `obzor.toml`, exactly as written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigFile {
    /// What the instance calls itself.
    pub(crate) title: Option<TitleEntry>,
    /// The database that is the store; without one, a file in the instance is. It may hold a password.
    pub(crate) store: Option<StoreAddress>,
    /// A standby of that database, from which the public reads.
    pub(crate) read_from: Option<StoreAddress>,
    /// Where the anchors of the audit log and the list of erasures are kept: better not where the store and its backups
    /// are; without it, in the folder `evidence` of the instance.
    pub(crate) evidence: Option<PathBuf>,
    /// The address under which others reach it, without a slash at the end; links use the `Host` header without it.
    pub(crate) public_url: Option<String>,
    /// The path under which a proxy shows it, such as `/obzor`; without it, that of `public_url`.
    pub(crate) base_path: Option<String>,
    /// Whether the data are samples: pages say so and robots are turned away.
    #[serde(default)]
    pub(crate) sample: bool,
    /// The sources to name wherever their data show.
    #[serde(default)]
    pub(crate) attribution: Vec<String>,
    /// Where the map opens.
    #[serde(default)]
    pub(crate) map: MapEntry,
    /// How edits are received.
    pub(crate) edits: Option<EditsEntry>,
    /// Where photos and documents lie, and how many there may be.
    pub(crate) attachments: Option<AttachmentsEntry>,
    /// How much disk files of features take.
    pub(crate) exports: Option<ExportsEntry>,
    /// For how long history is kept.
    pub(crate) retention: Option<RetentionEntry>,
    /// How much clients may take.
    pub(crate) http: Option<HttpEntry>,
    /// Which machines stand before it.
    pub(crate) proxy: Option<ProxyEntry>,
    /// Where it listens for HTTPS; nowhere without it.
    pub(crate) https: Option<Https>,
    /// Where Prometheus gets its numbers; nowhere without it.
    pub(crate) metrics: Option<SocketAddr>,
    /// The broker by which people log in.
    pub(crate) oidc: Option<OidcEntry>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TitleEntry {
    pub(crate) cs: String,
    pub(crate) en: String,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MapEntry {
    pub(crate) start: Option<StartEntry>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartEntry {
    /// Longitude and latitude in degrees.
    pub(crate) center: [f64; 2],
    pub(crate) zoom: Option<f64>,
}

/// The configuration, checked and complete.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) title: Text,
    pub(crate) store: Option<StoreAddress>,
    pub(crate) read_from: Option<StoreAddress>,
    pub(crate) evidence: Option<PathBuf>,
    pub(crate) public_url: Option<String>,
    /// Empty, or a path with a slash before it and none after.
    pub(crate) base_path: String,
    pub(crate) sample: bool,
    pub(crate) attribution: Vec<String>,
    pub(crate) start: Option<Start>,
    /// How long is remembered what was shown to those who write without `If-Match`.
    pub(crate) shown_for: TimeDelta,
    pub(crate) attachments: AttachmentLimits,
    /// Bytes of files of features that are kept.
    pub(crate) exports_kept: u64,
    pub(crate) retention: Retention,
    pub(crate) http: HttpLimits,
    pub(crate) https: Option<Https>,
    pub(crate) proxies: Proxies,
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) oidc: Option<OidcConfig>,
}

impl Config {
    /// Whether others reach it by HTTPS alone.
    pub(crate) fn is_https(&self) -> bool {
        let url = self.public_url.as_deref().unwrap_or_default();
        url.starts_with("https://")
    }
}

/// Where the map opens: longitude and latitude in degrees, and the zoom level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) center: [f64; 2],
    pub(crate) zoom: f64,
}

impl ConfigFile {
    /// Reads the text of `obzor.toml`; the error names the line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Checks every entry and returns the configuration, or everything that is wrong.
    pub(crate) fn resolve(self) -> Result<Config, Vec<String>> {
        let mut problems = Vec::new();
        let public_url = self
            .public_url
            .map(|url| url.trim_end_matches('/').to_owned());
        if let Some(url) = &public_url
            && !is_web_address(url)
        {
            problems.push(format!(
                "public_url: `{url}` must be an address such as https://mapa.example.cz"
            ));
        }
        let base_path = base_path(
            self.base_path.as_deref(),
            public_url.as_deref(),
            &mut problems,
        );
        for (place, source) in self.attribution.iter().enumerate() {
            if source.trim().is_empty() {
                problems.push(format!("attribution: entry {} is empty", place + 1));
            }
        }
        let start = self.map.start.map(|start| Start {
            center: start.center,
            zoom: start.zoom.unwrap_or(DEFAULT_ZOOM),
        });
        problems.extend(start.iter().flat_map(Start::problems));
        let shown_for = self.edits.unwrap_or_default().resolve(&mut problems);
        let attachments = self.attachments.unwrap_or_default().resolve(&mut problems);
        let exports_kept = self.exports.unwrap_or_default().resolve(&mut problems);
        let retention = self.retention.unwrap_or_default().resolve(&mut problems);
        let http = self.http.unwrap_or_default().resolve(&mut problems);
        let proxies = self.proxy.unwrap_or_default().resolve(&mut problems);
        let oidc = self.oidc.map(|entry| entry.resolve(&mut problems));
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Config {
            title: title(self.title),
            store: self.store,
            read_from: self.read_from,
            evidence: self.evidence,
            public_url,
            base_path,
            sample: self.sample,
            attribution: self.attribution,
            start,
            shown_for,
            attachments,
            exports_kept,
            retention,
            http,
            https: self.https,
            proxies,
            metrics: self.metrics,
            oidc,
        })
    }
}

/// Returns what the instance calls itself.
fn title(written: Option<TitleEntry>) -> Text {
    let title = written.map(|title| Text {
        cs: title.cs,
        en: title.en,
    });
    title.unwrap_or_else(|| Text {
        cs: "Obzor".to_owned(),
        en: "Obzor".to_owned(),
    })
}

impl Start {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let place = crs::transform(crs::Crs::Wgs84, crs::Crs::SJtsk, self.center);
        if !crs::in_krovak_area(place) {
            problems.push(format!(
                "map.start.center: {:?} is not in Czechia; write [longitude, latitude]",
                self.center
            ));
        }
        if !(0.0..=MAX_ZOOM).contains(&self.zoom) {
            problems.push(format!(
                "map.start.zoom: {} must be between 0 and {MAX_ZOOM}",
                self.zoom
            ));
        }
        problems
    }
}

/// Returns the path under which others reach the server: what is written, else the end of `public_url`.
fn base_path(
    written: Option<&str>,
    public_url: Option<&str>,
    problems: &mut Vec<String>,
) -> String {
    let of_url = public_url.map(|url| {
        let (_, rest) = url.split_once("//").unwrap_or_default();
        rest.find('/').map_or("", |place| &rest[place..])
    });
    let path = written.map(|path| path.trim_end_matches('/'));
    if let Some(path) = path {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
        if !(path.is_empty() || path.starts_with('/')) || !path.bytes().all(is_plain) {
            problems.push(format!("base_path: `{path}` must be a path such as /obzor"));
        } else if of_url.is_some_and(|of_url| of_url != path) {
            problems.push(format!("base_path: `{path}` is not how public_url ends"));
        }
    }
    path.or(of_url).unwrap_or_default().to_owned()
}

fn is_web_address(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && rest
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._~:/[]".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, problems: &[&str]) {
        let found = match ConfigFile::parse(text) {
            Ok(file) => file.resolve().err().unwrap_or_default(),
            Err(problem) => vec![problem],
        };
        assert_eq!(found.len(), problems.len(), "{found:#?}");
        for problem in problems {
            assert!(
                found.iter().any(|f| f.contains(problem)),
                "{problem} is not in {found:#?}"
            );
        }
    }

    #[test]
    fn an_empty_file_is_a_configuration() {
        check("", &[]);
    }

    #[test]
    fn every_wrong_entry_is_reported() {
        let text = "public_url = \"mapa\"\nattribution = [\" \"]\n\
                    [map.start]\ncenter = [50.4, 13.4]\nzoom = 40\n\
                    [edits]\nshown_days = 0\n[http]\nconnections = 0\nidle_seconds = 0\n[proxy]\ntrusted = [\"all\"]\n\
                    [attachments]\nkept_days = 0\ntotal_gib = 9000000\n\
                    [exports]\nkept_mib = 2000000\n\
                    [retention]\npeople = \"3 days\"\nlamps = \"5 years\"\ntraffic = \"long\"";
        let problems = [
            "public_url",
            "attribution",
            "center",
            "zoom",
            "edits.shown_days",
            "http.connections",
            "http.idle_seconds",
            "proxy.trusted",
            "attachments.kept_days",
            "attachments.total_gib",
            "exports.kept_mib",
            "retention.people: must be 90 days at least",
            "retention.lamps: the classes are register, passport",
            "retention.traffic: `long`",
        ];
        check(text, &problems);
    }

    #[test]
    fn a_base_path_is_the_end_of_the_public_url() {
        check(
            "public_url = \"https://mapa.example.cz/obzor\"\nbase_path = \"/obzor/\"",
            &[],
        );
        check(
            "public_url = \"https://mapa.example.cz\"\nbase_path = \"/obzor\"",
            &["base_path"],
        );
        check("base_path = \"obzor\"", &["base_path"]);
        let file = ConfigFile::parse("public_url = \"https://mapa.example.cz/obzor/\"");
        let config = file.expect("sound").resolve().expect("sound");
        assert_eq!(config.base_path, "/obzor");
    }

    #[test]
    fn an_unknown_entry_is_named() {
        check("sampel = true", &["sampel"]);
    }

    #[test]
    fn a_public_url_loses_its_last_slash() {
        let file = ConfigFile::parse("public_url = \"https://mapa.example.cz/\"").expect("sound");
        let config = file.resolve().expect("sound");
        assert_eq!(
            config.public_url.as_deref(),
            Some("https://mapa.example.cz")
        );
    }
}
