//! A database for one test.

use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls};

use crate::cluster::{Cluster, TEMPLATE};

/// A database of its own, dropped with the value.
pub struct Database {
    name: String,
}

impl Database {
    /// Makes an empty database with the extension `postgis`; starts the cluster when it is the first of the process.
    pub fn fresh() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("test{}", MADE.fetch_add(1, Ordering::Relaxed));
        let sql = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy");
        // Not connected to the template, which must be free to be copied.
        Cluster::shared().run("template1", &sql);
        Self { name }
    }

    /// Returns the address for the role `postgres`, which may do everything.
    pub fn url(&self) -> String {
        Cluster::shared().url(&self.name)
    }

    /// Drops all connections and takes none, as a server that is down.
    pub fn go_away(&self) {
        let name = &self.name;
        Cluster::shared().run(
            "template1",
            &format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
        );
    }

    /// Takes connections again.
    pub fn come_back(&self) {
        let sql = format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name);
        Cluster::shared().run("template1", &sql);
    }

    /// Opens a connection as another program that knows nothing of ours.
    ///
    /// # Panics
    ///
    /// Panics when the database takes none, for then a test has failed.
    pub fn connect(&self) -> Client {
        Client::connect(&self.url(), NoTls).expect("a connection")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        Cluster::shared().run("template1", &sql);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_empty_has_the_extension_and_is_its_own() {
        let (one, other) = (Database::fresh(), Database::fresh());
        one.connect()
            .batch_execute("CREATE TABLE mine (geom geometry(Point, 5514))")
            .expect("the extension");
        let found = other
            .connect()
            .query_one("SELECT to_regclass('mine')::text", &[])
            .expect("an answer");
        assert_eq!(found.get::<_, Option<String>>(0), None);
    }
}
