//! Row-level security: what neither the program's role nor a village's can do in the database, whatever SQL they send.

use std::collections::BTreeSet;

use super::*;
use crate::store::contract::WELLS;
use crate::store::contract::tenants::{OTHERS, OURS, well};
use crate::{Municipalities, RecordKind};

/// A store with two wells of ours and one of another village, one of which has a keeper, and a stone of nobody's.
fn city_with_wells() -> City {
    let city = City::new();
    let changes = vec![well(1, OURS), well(2, OURS), well(3, OTHERS), stone(7, "a")];
    commit(&city.store(), changes);
    city.plain()
        .batch_execute("UPDATE obzor.wells SET keeper = 'Novák'")
        .expect("done");
    city
}

/// Makes a role of a village and enlists it as its owner does.
fn enlist(city: &City, role: &str, municipalities: &Municipalities) {
    let sql =
        format!("DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN OTHERS THEN NULL; END $$");
    city.plain().batch_execute(&sql).expect("a role");
    let owner = city.store_of_owner();
    owner.enlist(role, municipalities, false).expect("enlisted");
}

fn ours() -> Municipalities {
    Municipalities::Listed(BTreeSet::from([OURS]))
}

/// Everything in the store that nobody may have changed, and what holds it together.
fn state(city: &City) -> String {
    let sql = "SELECT concat_ws(' ',
        (SELECT json_agg(w ORDER BY fid) FROM obzor.wells w), (SELECT json_agg(s) FROM obzor.stones s),
        (SELECT json_agg(s) FROM obzor_store.state s), (SELECT json_agg(r ORDER BY 1) FROM obzor_store.revisions r),
        (SELECT json_agg(h ORDER BY seq, fid) FROM obzor_store.history h), (SELECT json_agg(l) FROM obzor_store.loads l), (SELECT json_agg(m) FROM obzor_store.migrations m),
        (SELECT json_agg(r ORDER BY kind, key) FROM obzor_store.records r),
        (SELECT json_agg(o) FROM obzor_store.operations o), (SELECT json_agg(c) FROM obzor_store.conflicts c),
        (SELECT count(*) FROM pg_policies), (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'),
        (SELECT json_agg(concat(relname, relacl, relowner, relrowsecurity) ORDER BY oid) FROM pg_class
           WHERE relnamespace::regnamespace::text IN ('obzor', 'obzor_store')), (SELECT count(*) FROM pg_proc))";
    city.plain().query_one(sql, &[]).expect("a state").get(0)
}

/// What nobody but the owner can do, whichever municipalities are theirs.
const NEVER: [&str; 52] = [
    "UPDATE obzor_store.audit SET event = '{}'",
    "DELETE FROM obzor_store.audit",
    "INSERT INTO obzor_store.audit (chain, seq, event, hash) VALUES ('x', 1, '{}', '')",
    "TRUNCATE obzor_store.audit",
    "UPDATE obzor_store.audit_ends SET seq = 0",
    "INSERT INTO obzor_store.audit_ends VALUES ('x', 1, '')",
    "UPDATE obzor_store.history SET \"values\" = '{}'",
    "DELETE FROM obzor_store.history",
    "INSERT INTO obzor_store.history SELECT * FROM obzor_store.history",
    "TRUNCATE obzor_store.history",
    "INSERT INTO obzor_store.history_starts VALUES ('wells', 0)",
    "DELETE FROM obzor_store.history_starts",
    "INSERT INTO obzor_store.loads VALUES (1, 0, 'wells', 1, 9)",
    "DELETE FROM obzor_store.loads",
    "INSERT INTO obzor_store.open_loads VALUES ('wells', '{TRUNCATE obzor_store.history}', 1)",
    "SELECT obzor_store.load_piece('wells')",
    "CREATE TEMP TABLE load_rows AS SELECT * FROM obzor.wells; SELECT obzor_store.load_piece('wells')",
    "UPDATE obzor_store.operations SET outcome = '{}'",
    "DELETE FROM obzor_store.operations",
    "TRUNCATE obzor_store.operations",
    "UPDATE obzor_store.conflicts SET conflict = '{}'",
    "DELETE FROM obzor_store.conflicts",
    "TRUNCATE obzor_store.conflicts",
    "TRUNCATE obzor_store.served",
    "UPDATE obzor_store.revisions SET author = 'mayor'",
    "DELETE FROM obzor_store.revisions",
    "INSERT INTO obzor_store.revisions (author, reason) VALUES ('mayor', 'x')",
    "UPDATE obzor_store.state SET head = 9",
    "INSERT INTO obzor_store.migrations (version) VALUES (99)",
    "TRUNCATE obzor.wells",
    "TRUNCATE obzor.wells CASCADE",
    "ALTER TABLE obzor.wells DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE obzor.wells DISABLE TRIGGER ALL",
    "ALTER TABLE obzor.wells OWNER TO CURRENT_USER",
    "DROP POLICY obzor_editors ON obzor.wells",
    "CREATE POLICY mine ON obzor.wells USING (true)",
    "CREATE RULE mine AS ON UPDATE TO obzor.wells DO INSTEAD NOTHING",
    "CREATE TRIGGER mine AFTER UPDATE ON obzor.wells EXECUTE FUNCTION obzor_store.keep_row()",
    "CREATE TABLE obzor.mine ()",
    "CREATE VIEW obzor.mine AS SELECT 1",
    "CREATE FUNCTION obzor.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION obzor_store.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION public.st_xmin(geometry) RETURNS float8 LANGUAGE sql AS 'SELECT 1.0::float8'",
    "CREATE OR REPLACE FUNCTION obzor_store.municipalities_of(who name) RETURNS text LANGUAGE sql AS $$ SELECT 'all' $$",
    "SET ROLE city_owner; DELETE FROM obzor.wells",
    "SET ROLE postgres; DELETE FROM obzor.wells",
    "SET SESSION AUTHORIZATION city_owner; DELETE FROM obzor.wells",
    "SET session_replication_role = replica; DELETE FROM obzor.wells",
    "SET row_security = off; DELETE FROM obzor.wells",
    "SELECT setval('obzor.wells_fid_seq', 1000)",
    "SELECT nextval('obzor.wells_fid_seq')",
    "COPY obzor.wells (code) FROM PROGRAM 'echo x'",
];

/// What one who may write only our features cannot do to others', nor to what is nobody's.
fn never_to_others() -> Vec<String> {
    let every = [
        "INSERT INTO obzor.wells (municipality_code, code) VALUES (OTHERS, 'x')",
        "INSERT INTO obzor.wells (code) VALUES ('x')",
        "UPDATE obzor.wells SET code = 'x' WHERE municipality_code = OTHERS",
        "UPDATE obzor.wells SET municipality_code = OTHERS WHERE code = '1'",
        "UPDATE obzor.wells SET municipality_code = NULL WHERE code = '1'",
        "UPDATE obzor.wells SET municipality_code = OURS WHERE municipality_code = OTHERS",
        "DELETE FROM obzor.wells WHERE municipality_code = OTHERS",
        "DELETE FROM obzor.wells w USING obzor.stones s WHERE w.municipality_code <> OURS",
        "INSERT INTO obzor.wells (municipality_code, code) VALUES (OTHERS, '3')
           ON CONFLICT (municipality_code, code) DO UPDATE SET code = 'x'",
        "INSERT INTO obzor.wells (municipality_code, code) VALUES (OURS, '1')
           ON CONFLICT (municipality_code, code) DO UPDATE SET municipality_code = OTHERS",
        "MERGE INTO obzor.wells w USING (VALUES (1)) v(n) ON w.municipality_code = OTHERS
           WHEN MATCHED THEN UPDATE SET code = 'x' WHEN NOT MATCHED THEN DO NOTHING",
        "MERGE INTO obzor.wells w USING (VALUES (1)) v(n) ON false
           WHEN NOT MATCHED THEN INSERT (municipality_code, code) VALUES (OTHERS, 'x')",
        "WITH gone AS (DELETE FROM obzor.wells WHERE code = '3' RETURNING *) SELECT * FROM gone",
        "SELECT * FROM obzor.wells WHERE code = '3' FOR UPDATE; DELETE FROM obzor.wells WHERE code = '3'",
        "INSERT INTO obzor.stones (zone, code, open) VALUES (1, 'x', true)",
        "UPDATE obzor.stones SET code = 'x'",
        "DELETE FROM obzor.stones",
        // Who may grant nothing is only warned.
        "GRANT ALL ON obzor.wells TO PUBLIC",
        "INSERT INTO obzor.meadows (name) VALUES ('x')",
        "INSERT INTO obzor.diary (page, text) VALUES (1, 'x')",
    ];
    let (others, ours) = (OTHERS.to_string(), OURS.to_string());
    let said = |sql: &str| sql.replace("OTHERS", &others).replace("OURS", &ours);
    every.map(said).to_vec()
}

/// Runs statements that must be refused.
fn each_is_refused(city: &City, role: &str, before: &str, attempts: &[&str]) {
    let untouched = state(city);
    for sql in attempts {
        let mut client = city.plain_as(role);
        client.batch_execute(before).expect("settings");
        let done = client.batch_execute(sql);
        assert!(done.is_err(), "{role}, {before}: {sql}");
    }
    assert_eq!(state(city), untouched, "{role}");
}

/// Runs statements that must leave everything as it is, refused or without an effect.
fn nothing_comes_of(city: &City, role: &str, before: &str, attempts: &[String]) {
    let untouched = state(city);
    for sql in attempts {
        let mut client = city.plain_as(role);
        client.batch_execute(before).expect("settings");
        // A refusal ends the transaction; what is not refused is committed, for all to see.
        let _ = client.batch_execute(&format!("BEGIN; {sql}; COMMIT"));
        drop(client);
        assert_eq!(state(city), untouched, "{role}, {before}: {sql}");
    }
    let mut client = city.plain_as(role);
    client.batch_execute(before).expect("settings");
    let copied = client.copy_in("COPY obzor.wells (municipality_code, code) FROM STDIN");
    let copied = copied.and_then(|mut writer| {
        std::io::Write::write_all(&mut writer, format!("{OTHERS}\tx\n").as_bytes()).expect("sent");
        writer.finish()
    });
    assert!(copied.is_err(), "{role} copies");
    assert_eq!(state(city), untouched, "{role} copies");
}

#[test]
fn the_programs_role_writes_what_its_transaction_says_and_nothing_else() {
    let city = city_with_wells();
    let (all, ours_only) = (
        "SET obzor.municipalities = 'all'",
        &format!("SET obzor.municipalities = '{OURS}'"),
    );
    let own = format!("UPDATE obzor.wells SET keeper = 'x' WHERE municipality_code = {OURS}");
    nothing_comes_of(
        &city,
        "city_server",
        "",
        &[never_to_others(), vec![own.clone()]].concat(),
    );
    nothing_comes_of(
        &city,
        "city_server",
        "SET obzor.municipalities = ''",
        std::slice::from_ref(&own),
    );
    nothing_comes_of(&city, "city_server", ours_only, &never_to_others());
    each_is_refused(&city, "city_server", all, &NEVER);
    let mut client = city.plain_as("city_server");
    client.batch_execute(ours_only).expect("set");
    assert_eq!(client.execute(&own, &[]).expect("ours"), 2);
    // What a transaction of the store says is forgotten with it.
    let store = city.store();
    commit(&store, vec![well(9, OTHERS)]);
    let info = store.revision(Revision(3)).expect("an answer");
    assert_eq!(info.expect("a revision").author, "city_server");
    let said = store.pool.take().expect("a session").query(
        "SELECT coalesce(current_setting('obzor.municipalities', true), ''), current_user::text",
        &[],
    );
    let said = &said.expect("an answer")[0];
    assert_eq!(said.get::<_, String>(0), "");
    assert!(said.get::<_, String>(1).ends_with("_program"));
}

#[test]
fn a_villages_role_edits_its_own_features_and_reads_no_others() {
    let city = city_with_wells();
    enlist(&city, "decany", &ours());
    each_is_refused(&city, "decany", "", &NEVER);
    each_is_refused(
        &city,
        "decany",
        "SET obzor.municipalities = 'all'",
        &[
            "SELECT obzor_store.begin_change_set('mayor', 'x', now())",
            "INSERT INTO obzor_store.records VALUES ('database-role', 'decany', 2, '{\"municipalities\": null}')",
            "UPDATE obzor_store.records SET body = '{\"municipalities\": null}'",
            "DO $$ BEGIN EXECUTE format('SET ROLE %I', current_database() || '_program'); END $$;
             SET obzor.municipalities = 'all'; DELETE FROM obzor.wells",
            "DO $$ BEGIN EXECUTE format('SET ROLE %I', current_database() || '_editors'); END $$;
             INSERT INTO obzor.wells (municipality_code, code) VALUES (563099, 'x')",
        ],
    );
    nothing_comes_of(&city, "decany", "", &never_to_others());
    nothing_comes_of(
        &city,
        "decany",
        "SET obzor.municipalities = 'all'",
        &never_to_others(),
    );

    let mut village = city.plain_as("decany");
    let sees = |client: &mut Client, sql: &str| client.query(sql, &[]).map(|rows| rows.len());
    assert_eq!(
        sees(&mut village, "SELECT keeper FROM obzor.wells").expect("read"),
        2
    );
    for hidden in ["stones", "meadows", "diary"] {
        let sql = format!("SELECT * FROM obzor.{hidden}");
        assert_eq!(sees(&mut village, &sql).expect("read"), 0, "{hidden}");
    }
    for kept in ["history", "revisions", "records", "state"] {
        let sql = format!("SELECT * FROM obzor_store.{kept}");
        assert!(sees(&mut village, &sql).is_err(), "{kept}");
    }
    let done = village.batch_execute(&format!(
        "BEGIN; INSERT INTO obzor.wells (geom, municipality_code, code)
           VALUES ('SRID=5514;POINT(-800000 -990000)', {OURS}, 'new');
         UPDATE obzor.wells SET keeper = NULL WHERE code = '1'; DELETE FROM obzor.wells WHERE code = '2'; COMMIT"
    ));
    done.expect("its own");
    let store = city.store();
    let info = store.revision(Revision(3)).expect("an answer");
    assert_eq!(info.expect("a revision").author, "decany");
    assert_eq!(store.changes(Revision(2)).expect("a log").len(), 3);
}

#[test]
fn roles_are_enlisted_and_dismissed_and_their_members_with_them() {
    let city = city_with_wells();
    enlist(&city, "office_gis", &Municipalities::All);
    city.plain()
        .batch_execute(
            "DO $$ BEGIN CREATE ROLE anna LOGIN; EXCEPTION WHEN OTHERS THEN NULL; END $$; GRANT office_gis TO anna",
        )
        .expect("a member");
    let mut anna = city.plain_as("anna");
    assert_eq!(
        anna.execute("UPDATE obzor.stones SET height = 1", &[])
            .expect("all"),
        1
    );
    let store = city.store();
    let author = |revision| {
        store
            .revision(Revision(revision))
            .expect("an answer")
            .expect("one")
            .author
    };
    assert_eq!(author(3), "anna", "the login role, not the group");
    assert_eq!(
        store.enlisted().expect("a list"),
        [("office_gis".to_owned(), Municipalities::All)]
    );
    // Enlisted again, it edits what was said last.
    enlist(&city, "office_gis", &ours());
    assert_eq!(
        anna.execute("UPDATE obzor.stones SET height = 2", &[])
            .expect("none"),
        0
    );
    assert_eq!(
        anna.execute("UPDATE obzor.wells SET keeper = ''", &[])
            .expect("ours"),
        2
    );
    let owner = city.store_of_owner();
    owner.dismiss("office_gis").expect("dismissed");
    assert!(
        anna.execute("UPDATE obzor.wells SET keeper = ''", &[])
            .is_err()
    );
    assert_eq!(store.records(RecordKind::DatabaseRole).expect("a list"), []);
    assert!(matches!(
        owner.dismiss("office_gis"),
        Err(DatabaseRoleError::NotEnlisted(_))
    ));
}

#[test]
fn who_cannot_be_an_editor_is_refused() {
    let city = city_with_wells();
    enlist(&city, "one_editor", &ours());
    let (store, owner) = (city.store(), city.store_of_owner());
    assert!(matches!(
        owner.enlist("nobody_here", &ours(), false),
        Err(DatabaseRoleError::NoSuchRole(_))
    ));
    assert!(matches!(
        owner.enlist("one_editor", &ours(), true),
        Err(DatabaseRoleError::RoleExists(_))
    ));
    for mighty in ["postgres", "city_owner", "city_server"] {
        let refused = owner.enlist(mighty, &ours(), false);
        assert!(
            matches!(refused, Err(DatabaseRoleError::TooMighty(_))),
            "{mighty}: {refused:?}"
        );
    }
    let not_owner = store.enlist("one_editor", &ours(), false);
    assert!(
        matches!(
            not_owner,
            Err(DatabaseRoleError::Store(StoreError::Unusable(_)))
        ),
        "{not_owner:?}"
    );
}

#[test]
fn a_role_that_may_not_change_the_store_is_told_who_does() {
    let city = city_with_wells();
    let whole = contract::layers();
    let mut fewer: Vec<_> = whole.iter().cloned().collect();
    let mut new = (*fewer[0]).clone();
    new.id = LayerId::new("pebbles").expect("an id");
    fewer.push(Arc::new(new));
    let more = Arc::new(LayerSet::new(whole.groups().to_vec(), fewer));
    let database = &city.used().database;
    let refused = PostgisStore::open(&database.url_as("city_server"), Arc::clone(&more));
    let Err(StoreError::Unusable(why)) = refused else {
        panic!("not refused");
    };
    assert!(why.contains("obzor migrate"), "{why}");
    let migrated = PostgisStore::migrate(&database.url_as("city_server"));
    assert!(
        matches!(migrated, Err(StoreError::Unusable(_))),
        "{migrated:?}"
    );
    drop(PostgisStore::open(&database.url_as("city_owner"), Arc::clone(&more)).expect("added"));
    let store = PostgisStore::open(&database.url_as("city_server"), more).expect("a store");
    assert_eq!(store.count(&all(&store, "pebbles")).expect("rights"), 0);
    let mut client = city.plain_as("city_server");
    let sql = "INSERT INTO obzor.pebbles (zone, code, open) VALUES (1, 'x', true)";
    assert!(
        client.batch_execute(sql).is_err(),
        "the new table has its walls"
    );
    city.plain()
        .batch_execute("DROP TABLE obzor.pebbles; DROP FUNCTION obzor_store.pebbles()")
        .expect("done");
}

#[test]
fn walls_that_were_pulled_down_are_noticed_and_put_back() {
    let city = city_with_wells();
    let database = &city.used().database;
    let open = |role| PostgisStore::open(&database.url_as(role), contract::layers());
    for harm in [
        "ALTER TABLE obzor.wells DISABLE ROW LEVEL SECURITY",
        "DROP POLICY obzor_editors ON obzor.wells",
        "COMMENT ON POLICY obzor_program_writes ON obzor.wells IS 'of an older definition'",
    ] {
        city.plain().batch_execute(harm).expect("done");
        assert!(
            matches!(open("city_server"), Err(StoreError::Unusable(_))),
            "{harm}"
        );
        drop(open("city_owner").expect("put back"));
        drop(open("city_server").expect("a store"));
    }
}

#[test]
fn a_database_that_got_another_name_gets_its_own_roles() {
    let database = Database::fresh();
    let mut client = database.connect();
    client.batch_execute(ROLES).expect("roles");
    let name = client.query_one("SELECT current_database()::text", &[]);
    let name: String = name.expect("a name").get(0);
    drop(client);
    let (owner, server) = (
        database.url_as("city_owner"),
        database.url_as("city_server"),
    );
    drop(PostgisStore::create(&owner, contract::layers()).expect("a store"));
    database.connect().batch_execute(ADMISSION).expect("rights");
    let in_database = |url: &str, other: &str| {
        let (here, there) = (format!("/{name}?"), format!("/{other}?"));
        url.replace(&here, &there)
    };
    let run = |sql: &str| {
        let url = in_database(&database.url(), "template1");
        let done = Client::connect(&url, postgres::NoTls);
        done.and_then(|mut client| client.batch_execute(sql))
            .expect("done");
    };
    let renamed = format!("{name}_renamed");
    run(&format!("ALTER DATABASE {name} RENAME TO {renamed}"));
    let opened = |url: &str| PostgisStore::open(&in_database(url, &renamed), contract::layers());
    assert!(matches!(opened(&server), Err(StoreError::Unusable(_))));
    let store = opened(&owner).expect("put right");
    commit(&store, vec![well(30, OTHERS)]);
    let user = store
        .pool
        .take()
        .expect("a session")
        .query("SELECT current_user::text", &[]);
    let user: String = user.expect("an answer")[0].get(0);
    assert_eq!(user, format!("{renamed}_program"));
    drop(store);
    run(&format!("ALTER DATABASE {renamed} RENAME TO {name}"));
}

#[test]
fn a_superuser_and_the_owner_work_as_the_program() {
    let city = city_with_wells();
    let database = &city.used().database;
    for role in ["postgres", "city_owner"] {
        let url = database.url_as(role);
        let store = PostgisStore::open(&url, contract::layers()).expect("a store");
        let user = store
            .pool
            .take()
            .expect("a session")
            .query("SELECT current_user::text", &[]);
        assert!(
            user.expect("an answer")[0]
                .get::<_, String>(0)
                .ends_with("_program")
        );
        assert_eq!(
            PostgisStore::mighty_login(&url)
                .expect("an answer")
                .as_deref(),
            Some(role)
        );
    }
    let server = database.url_as("city_server");
    assert_eq!(
        PostgisStore::mighty_login(&server).expect("an answer"),
        None
    );
}

#[test]
fn functions_of_anybody_beside_the_extension_are_not_tolerated() {
    let database = Database::fresh();
    let mut client = database.connect();
    client
        .batch_execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
        .expect("done");
    let refused = PostgisStore::migrate(&database.url());
    let Err(StoreError::Unusable(why)) = refused else {
        panic!("not refused: {refused:?}");
    };
    assert!(
        why.contains("REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
        "{why}"
    );
    client
        .batch_execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        .expect("done");
    PostgisStore::migrate(&database.url()).expect("migrated");
}

#[test]
fn what_the_store_rejects_the_policies_would_refuse() {
    let city = city_with_wells();
    // Past the program's own check, as a mistake in it would be.
    let store = city.store();
    let mut session = store.pool.take().expect("a session");
    session.begin("").expect("begun");
    let sql = format!("SELECT set_config('obzor.municipalities', '{OURS}', true)");
    session.query(&sql, &[]).expect("set");
    let error = session
        .client()
        .batch_execute(&format!(
            "UPDATE obzor.wells SET municipality_code = {OTHERS}"
        ))
        .expect_err("refused");
    assert!(error.to_string().contains("db error"), "{error}");
    drop(session);
    commit(&store, vec![well(20, OTHERS)]);
    assert_eq!(store.count(&all(&store, WELLS)).expect("a count"), 4);
}
