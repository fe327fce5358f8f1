//! Row-level security of the layers' tables: whose features the program and the editors may write, and what editors read.
//!
//! The owner of the tables is not held by it: migrations, copies and dumps see and write everything.

use std::collections::BTreeSet;

use postgres::Error;

use super::column::Sql;
use super::connection::{During, Session};
use super::evolve;
use super::roles::{self, Groups};
use super::table::qualified;
use crate::store::sql::{literal, quote};
use crate::{Layer, LayerSet, MUNICIPALITY_FIELD, Municipalities, PrivacyClass, StoreError};

/// The setting by which the program says whose features its transaction may write. Only the program's policies ask it:
/// anybody can make it.
pub(super) const SETTING: &str = "obzor.municipalities";

const ALL: &str = "all";

/// Returns the value of [`SETTING`].
pub(super) fn setting(municipalities: &Municipalities) -> String {
    match municipalities {
        Municipalities::All => ALL.to_owned(),
        Municipalities::Listed(codes) => {
            let codes: Vec<_> = codes.iter().map(i64::to_string).collect();
            codes.join(",")
        }
    }
}

/// One policy of a table.
struct Policy {
    name: &'static str,
    /// For which commands, for whom, on which rows.
    rule: String,
}

/// Returns the policies of a layer's table.
fn policies(layer: &Layer, groups: &Groups) -> Vec<Policy> {
    let (program, editors) = (quote(&groups.program), quote(&groups.editors));
    let said = format!("current_setting('{SETTING}', true)");
    let enlisted = "obzor_store.municipalities_of(current_user)";
    let mut policies = vec![
        Policy {
            name: "obzor_program_reads",
            rule: format!("FOR SELECT TO {program} USING (true)"),
        },
        Policy {
            name: "obzor_program_writes",
            rule: format!("FOR ALL TO {program} USING ({})", is_theirs(layer, &said)),
        },
        Policy {
            name: "obzor_editors",
            rule: format!(
                "FOR ALL TO {editors} USING ({})",
                is_theirs(layer, enlisted)
            ),
        },
    ];
    if is_public_whole(layer) {
        policies.push(Policy {
            name: "obzor_editors_read",
            rule: format!("FOR SELECT TO {editors} USING (true)"),
        });
    }
    policies
}

/// Whether anybody may know every row and column.
fn is_public_whole(layer: &Layer) -> bool {
    let is_public = |class: PrivacyClass| class == PrivacyClass::Public;
    let fields = layer.fields.iter();
    is_public(layer.audience)
        && layer.public_if.is_none()
        && fields.map(|field| field.privacy).all(is_public)
}

/// The condition that a row belongs to those municipalities that an expression lists; it is evaluated once a statement.
fn is_theirs(layer: &Layer, list: &str) -> String {
    let all = format!("(SELECT {list}) = '{ALL}'");
    if !layer.municipal {
        return all;
    }
    let codes =
        format!("(SELECT string_to_array(nullif({list}, '{ALL}'), ',')::bigint[])::bigint[]");
    format!("{all} OR {} = ANY ({codes})", quote(MUNICIPALITY_FIELD))
}

/// Puts the walls around tables that lack them, or have those of another definition or of a database of another name;
/// that needs the owner.
pub(super) fn raise(session: &mut Session, layers: &LayerSet) -> Result<(), StoreError> {
    let act = "put the walls around the tables";
    let groups = Groups::of(session).during(act)?;
    let mut open = Vec::new();
    for layer in layers.kept() {
        if !stand(session, layer, &groups).during(act)? {
            open.push(layer);
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    let sql: Vec<_> = open
        .iter()
        .map(|layer| statements(layer, &groups))
        .collect();
    let sql = sql.join(";");
    evolve::patiently(session, |session| {
        roles::equip(session)?;
        session.client().batch_execute(&sql).during(act)?;
        session.commit().during(act)
    })?;
    session.take_role().during(act)
}

/// Whether a table has the policies of its definition, each of which bears its rule as its comment.
fn stand(session: &mut Session, layer: &Layer, groups: &Groups) -> Result<bool, Error> {
    let row = session.first(
        "SELECT relrowsecurity, array(SELECT polname || ' ' || coalesce(obj_description(oid, 'pg_policy'), '')
           FROM pg_policy WHERE polrelid = c.oid AND starts_with(polname, 'obzor_'))
         FROM pg_class c WHERE oid = to_regclass($1)",
        &[Sql::Text(qualified(layer))],
    )?;
    let wanted = policies(layer, groups).into_iter();
    let wanted: BTreeSet<_> = wanted
        .map(|policy| format!("{} {}", policy.name, policy.rule))
        .collect();
    // A layer without a table of ours has nothing to wall in.
    Ok(row.is_none_or(|row| {
        let found: Vec<String> = row.get(1);
        row.get(0) && found.into_iter().collect::<BTreeSet<_>>() == wanted
    }))
}

/// The statements that make the walls anew.
fn statements(layer: &Layer, groups: &Groups) -> String {
    const NAMES: [&str; 4] = [
        "obzor_program_reads",
        "obzor_program_writes",
        "obzor_editors",
        "obzor_editors_read",
    ];
    let table = qualified(layer);
    let (program, editors) = (quote(&groups.program), quote(&groups.editors));
    let mut sql = vec![
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {program}, {editors}"),
        format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
    ];
    sql.extend(NAMES.map(|name| format!("DROP POLICY IF EXISTS {name} ON {table}")));
    for Policy { name, rule } in policies(layer, groups) {
        sql.push(format!("CREATE POLICY {name} ON {table} {rule}"));
        let comment = literal(&rule);
        sql.push(format!("COMMENT ON POLICY {name} ON {table} IS {comment}"));
    }
    sql.join(";")
}
