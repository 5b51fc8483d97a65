//! Guards over every registered statement.

use hezuo_store::on_both_databases;
use hezuo_store::statement::{Reach, Statement, registry, search_registry, tenancy_fault};

on_both_databases! {
    async fn every_statement_can_be_prepared(fresh) {
        static PLANTED: Statement = Statement {
            name: "PLANTED", reach: Reach::Global, sql: "SELECT no_such FROM region", rows: None,
        };
        assert!(fresh.db.prepare(&PLANTED).await.is_err(), "the guard sees a planted typo");
        let searches = search_registry(fresh.db.kind());
        for (module, statement) in registry().into_iter().chain(searches) {
            if let Err(error) = fresh.db.prepare(statement).await {
                panic!("{module}::{} on {}: {error:?}", statement.name, fresh.db.kind());
            }
        }
    }
}

fn planted(reach: Reach, sql: &'static str, rows: Option<(usize, &'static str)>) -> Statement {
    Statement {
        name: "PLANTED",
        reach,
        sql,
        rows,
    }
}

#[test]
fn every_statement_names_its_tenant_or_its_reason() {
    let faulty = [
        planted(Reach::Tenant, "SELECT id FROM cases WHERE id = $2", None),
        planted(
            Reach::Tenant,
            "SELECT c.id FROM cases c JOIN area a ON a.id = c.area_id WHERE c.enterprise_id = $1",
            None,
        ),
        planted(Reach::Cross("because"), "SELECT id FROM cases", None),
        planted(Reach::Global, "SELECT id FROM cases", None),
        planted(
            Reach::Tenant,
            "INSERT INTO site (id, enterprise_id)",
            Some((2, "")),
        ),
    ];
    for statement in &faulty {
        assert!(
            tenancy_fault(statement).is_some(),
            "not caught: {}",
            statement.sql
        );
    }
    let searches = ["SQLite", "PostgreSQL"].map(search_registry).concat();
    let faults: Vec<String> = registry()
        .into_iter()
        .chain(searches)
        .filter_map(|(module, it)| {
            tenancy_fault(it).map(|fault| format!("{module}::{} {fault}", it.name))
        })
        .collect();
    assert_eq!(faults, Vec::<String>::new());
}
