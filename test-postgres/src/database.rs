//! A database for one test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls};

use crate::cluster::{Cluster, TEMPLATE, run};

/// A database of its own; dropped with the value when it lies in the cluster that is shared.
pub struct Database {
    cluster: Arc<Cluster>,
    name: String,
}

impl Database {
    /// Makes an empty database with the extension `postgis`; starts the cluster when it is the first of the process.
    pub fn fresh() -> Self {
        Self::fresh_in(Cluster::shared())
    }

    /// Makes an empty database in a cluster of the test's own.
    pub fn fresh_in(cluster: Arc<Cluster>) -> Self {
        Self::made_from(cluster, TEMPLATE)
    }

    /// Makes a database that holds what this one does; nobody may be connected to this one.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::made_from(Arc::clone(&self.cluster), &self.name)
    }

    fn made_from(cluster: Arc<Cluster>, template: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("test{}", MADE.fetch_add(1, Ordering::Relaxed));
        let sql = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy");
        // Not connected to the template, which must be free to be copied.
        run(&cluster.url("template1"), &sql);
        Self { cluster, name }
    }

    /// Returns the cluster that it lies in.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Returns the address for the role `postgres`, which may do everything.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// Returns the address for another role.
    pub fn url_as(&self, role: &str) -> String {
        self.url().replace("user=postgres", &format!("user={role}"))
    }

    /// Returns its address on the standby.
    pub fn standby_url(&self) -> String {
        self.cluster.standby_url(&self.name)
    }

    /// Drops all connections and takes none, as a server that is down.
    pub fn go_away(&self) {
        let name = &self.name;
        run(
            &self.cluster.url("template1"),
            &format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
        );
    }

    /// Takes connections again.
    pub fn come_back(&self) {
        let sql = format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name);
        run(&self.cluster.url("template1"), &sql);
    }

    /// Opens a connection as another program that knows nothing of ours.
    ///
    /// # Panics
    ///
    /// Panics when the database takes none, for then a test has failed.
    pub fn connect(&self) -> Client {
        Client::connect(&self.url(), NoTls).expect("a connection")
    }

    /// Opens a connection to the standby.
    ///
    /// # Panics
    ///
    /// Panics when it takes none.
    pub fn connect_to_standby(&self) -> Client {
        Client::connect(&self.standby_url(), NoTls).expect("a connection")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.cluster.is_shared() {
            let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
            run(&self.cluster.url("template1"), &sql);
        }
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

    #[test]
    fn what_was_committed_outlives_a_kill_and_reaches_the_standby() {
        let database = Database::fresh_in(Cluster::durable());
        let mut client = database.connect();
        client
            .batch_execute("CREATE TABLE kept (number int); INSERT INTO kept VALUES (1)")
            .expect("a table");
        database.cluster().kill();
        assert!(client.batch_execute("SELECT 1").is_err(), "it was killed");
        database.cluster().start_again();
        database.cluster().start_standby();
        let count = |url: &str| -> i64 {
            let mut client = Client::connect(url, NoTls).expect("a connection");
            let row = client.query_one("SELECT count(*) FROM kept", &[]);
            row.expect("the table").get(0)
        };
        assert_eq!(
            (count(&database.url()), count(&database.standby_url())),
            (1, 1)
        );
        database.cluster().kill_standby();
        assert!(Client::connect(&database.standby_url(), NoTls).is_err());
    }
}
