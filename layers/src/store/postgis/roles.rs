//! The database roles of a store: its owner, the program, and the editors who come with roles of their own.
//!
//! The program and the editors are groups without a login, named after the database, as a cluster has one list of roles
//! for all its databases. What they may do to rows is in [`super::policies`].

use std::collections::BTreeSet;

use postgres::Error;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::column::Sql;
use super::connection::{During, Session};
use super::shape;
use crate::store::sql::quote;
use crate::{Municipalities, OfficeRecord, RecordKind, StoreError};

/// The name of the program's role, as SQL says it; names have 63 bytes at most.
pub(super) const PROGRAM: &str = "left(current_database(), 54) || '_program'";
const EDITORS: &str = "left(current_database(), 54) || '_editors'";

/// Why a database role was not enlisted as an editor, or not dismissed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseRoleError {
    /// There is no such role.
    #[error("there is no database role {0}; make it first (CREATE ROLE … LOGIN), or say --create")]
    NoSuchRole(String),
    /// There is such a role already.
    #[error("there is a database role {0} already; leave --create out")]
    RoleExists(String),
    /// The role may do more than any policy could keep it from.
    #[error(
        "the database role {0} is a superuser, passes by row security or belongs to the store itself"
    )]
    TooMighty(String),
    /// The role is no editor.
    #[error("the database role {0} is not enlisted; `obzor user db-role list` names all")]
    NotEnlisted(String),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The record of an editor, under the name of its role.
#[derive(Deserialize, Serialize)]
struct EditorRecord {
    /// The codes of its municipalities; none is all of them.
    municipalities: Option<BTreeSet<i64>>,
}

/// The names of the groups.
pub(super) struct Groups {
    pub(super) program: String,
    pub(super) editors: String,
}

impl Groups {
    /// Asks what the groups of this database are called.
    pub(super) fn of(session: &mut Session) -> Result<Self, Error> {
        let rows = session.query(&format!("SELECT {PROGRAM}, {EDITORS}"), &[])?;
        Ok(Self {
            program: rows[0].get(0),
            editors: rows[0].get(1),
        })
    }
}

/// Makes the groups that are missing and gives them what they need of the store's own schema.
///
/// Runs in a transaction that changes the shape, as the owner.
pub(super) fn equip(session: &mut Session) -> Result<(), StoreError> {
    let act = "give the database roles their rights";
    refuse_open_schema(session)?;
    let groups = Groups::of(session).during(act)?;
    let (program, editors) = (quote(&groups.program), quote(&groups.editors));
    // Whoever owns the store can work as the program too, so that its walls hold for every session of ours.
    for (name, rest) in [
        (&groups.program, "ROLE CURRENT_USER"),
        (&groups.editors, ""),
    ] {
        if !exists(session, name).during(act)? {
            let sql = format!("CREATE ROLE {} NOLOGIN {rest}", quote(name));
            session.client().batch_execute(&sql).map_err(|error| {
                let cause = error.as_db_error().map_or("", |error| error.message());
                StoreError::Unusable(format!(
                    "the database needs two roles, and making them failed ({cause}); let a superuser \
                     CREATE ROLE {program} NOLOGIN; CREATE ROLE {editors} NOLOGIN"
                ))
            })?;
        }
    }
    let grants = format!(
        "GRANT USAGE ON SCHEMA obzor TO {program}, {editors};
         GRANT USAGE ON SCHEMA obzor_store TO {program};
         GRANT SELECT ON ALL TABLES IN SCHEMA obzor_store TO {program};
         GRANT INSERT, UPDATE, DELETE ON obzor_store.records, obzor_store.served TO {program};
         GRANT INSERT ON obzor_store.operations, obzor_store.conflicts TO {program};
         GRANT UPDATE (decision) ON obzor_store.conflicts TO {program};
         GRANT EXECUTE ON FUNCTION obzor_store.begin_change_set(text, text, timestamptz) TO {program};
         GRANT EXECUTE ON FUNCTION obzor_store.begin_load(text), obzor_store.load_piece(text),
           obzor_store.finish_load(text) TO {program};
         GRANT EXECUTE ON FUNCTION obzor_store.append_audit(text, json) TO {program}"
    );
    session.client().batch_execute(&grants).during(act)?;
    admit_enlisted(session, &editors).during(act)
}

/// Refuses a database where anybody may put functions beside the extension's: triggers that run as the owner would call
/// them. PostgreSQL 14 and clusters that come from it allow that in `public`.
fn refuse_open_schema(session: &mut Session) -> Result<(), StoreError> {
    let sql = "SELECT quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
               WHERE extname = 'postgis' AND has_schema_privilege('public', n.oid, 'CREATE')";
    let open = session.first(sql, &[]).during("look for the extension")?;
    open.map_or(Ok(()), |row| {
        let schema: &str = row.get(0);
        Err(StoreError::Unusable(format!(
            "anybody may make functions in the schema {schema}, where PostGIS is; let a superuser \
             REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"
        )))
    })
}

fn exists(session: &mut Session, role: &str) -> Result<bool, Error> {
    let sql = "SELECT FROM pg_roles WHERE rolname = $1::text";
    Ok(session.first(sql, &[Sql::Text(role.to_owned())])?.is_some())
}

/// Makes members of who is enlisted and is none: records may come from another database.
fn admit_enlisted(session: &mut Session, editors: &str) -> Result<(), Error> {
    let sql = format!(
        "SELECT key FROM obzor_store.records JOIN pg_roles ON rolname = key
         WHERE kind = $1 AND NOT pg_has_role(oid, {EDITORS}, 'MEMBER')"
    );
    for row in session.query(&sql, &[kind()])? {
        let role = quote(row.get(0));
        session
            .client()
            .batch_execute(&format!("GRANT {editors} TO {role}"))?;
    }
    Ok(())
}

fn kind() -> Sql {
    Sql::Text(RecordKind::DatabaseRole.as_str().to_owned())
}

/// Lets a role edit the features of municipalities straight in the database, instead of those it might edit until now.
pub(super) fn enlist(
    session: &mut Session,
    role: &str,
    municipalities: &Municipalities,
    create: bool,
) -> Result<(), DatabaseRoleError> {
    let act = "enlist a database role";
    shape::begin(session).during(act)?;
    match (exists(session, role).during(act)?, create) {
        (true, true) => return Err(DatabaseRoleError::RoleExists(role.to_owned())),
        (false, false) => return Err(DatabaseRoleError::NoSuchRole(role.to_owned())),
        (true, false) => {}
        (false, true) => {
            let sql = format!("CREATE ROLE {} LOGIN", quote(role));
            session.client().batch_execute(&sql).during(act)?;
        }
    }
    let name = Sql::Text(role.to_owned());
    let sql = format!(
        "SELECT rolsuper OR rolbypassrls OR pg_has_role(r.oid, {PROGRAM}, 'MEMBER') OR rolname = {EDITORS}
           OR pg_has_role(r.oid, nspowner, 'MEMBER')
         FROM pg_roles r, pg_namespace WHERE rolname = $1::text AND nspname = 'obzor_store'"
    );
    if session
        .query(&sql, std::slice::from_ref(&name))
        .during(act)?[0]
        .get(0)
    {
        return Err(DatabaseRoleError::TooMighty(role.to_owned()));
    }
    let municipalities = match municipalities {
        Municipalities::All => None,
        Municipalities::Listed(codes) => Some(codes.clone()),
    };
    let body = json!(EditorRecord { municipalities }).to_string();
    let sql = "INSERT INTO obzor_store.records AS r VALUES ($1, $2, 1, $3::text::json)
               ON CONFLICT (kind, key) DO UPDATE SET version = r.version + 1, body = excluded.body";
    session
        .execute(sql, &[kind(), name, Sql::Text(body)])
        .during(act)?;
    let editors = quote(&Groups::of(session).during(act)?.editors);
    admit_enlisted(session, &editors).during(act)?;
    Ok(session.commit().during(act)?)
}

/// Reads the record of a role and returns whose features it edits; what cannot be read gives no right, as in the database.
pub(super) fn read_record(record: OfficeRecord) -> (String, Municipalities) {
    let codes = match serde_json::from_value(record.body) {
        Ok(EditorRecord { municipalities }) => municipalities,
        Err(_) => Some(BTreeSet::new()),
    };
    let theirs = codes.map_or(Municipalities::All, Municipalities::Listed);
    (record.key, theirs)
}

/// Returns the login role if it is the owner, or one that no policy holds.
pub(super) fn mighty_login(session: &mut Session) -> Result<Option<String>, StoreError> {
    let sql = "SELECT rolname::text FROM pg_roles, pg_namespace WHERE rolname = session_user AND nspname = 'obzor_store'
               AND (rolsuper OR rolbypassrls OR pg_has_role(session_user, nspowner, 'MEMBER'))";
    let row = session.first(sql, &[]).during("look at the login role")?;
    Ok(row.map(|row| row.get(0)))
}

/// Takes the right to edit from a role; the role itself stays.
pub(super) fn dismiss(session: &mut Session, role: &str) -> Result<(), DatabaseRoleError> {
    let act = "dismiss a database role";
    shape::begin(session).during(act)?;
    let sql = "DELETE FROM obzor_store.records WHERE kind = $1 AND key = $2";
    let gone = session.execute(sql, &[kind(), Sql::Text(role.to_owned())]);
    if gone.during(act)? == 0 {
        return Err(DatabaseRoleError::NotEnlisted(role.to_owned()));
    }
    if exists(session, role).during(act)? {
        let editors = quote(&Groups::of(session).during(act)?.editors);
        let sql = format!("REVOKE {editors} FROM {}", quote(role));
        session.client().batch_execute(&sql).during(act)?;
    }
    Ok(session.commit().during(act)?)
}
