//! `[proxy]` of `obzor.toml`: which machines stand before the server and may say for whom they ask.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The section exactly as written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProxyEntry {
    /// Addresses, or networks such as `10.0.0.0/8`.
    #[serde(default)]
    trusted: Vec<String>,
}

/// The proxies whose word about a client counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<IpNet>);

impl ProxyEntry {
    /// Reads the addresses; names every one that is none.
    pub(super) fn resolve(self, problems: &mut Vec<String>) -> Proxies {
        let mut networks = Vec::new();
        for text in self.trusted {
            let address = text.parse::<IpAddr>().map(IpNet::from);
            match text.parse::<IpNet>().or(address) {
                Ok(network) => networks.push(network),
                Err(_) => problems.push(format!(
                    "proxy.trusted: `{text}` must be an address or a network such as 10.0.0.0/8"
                )),
            }
        }
        Proxies(networks)
    }
}

impl Proxies {
    /// Whether a machine is one of them.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}
