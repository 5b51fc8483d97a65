//! One enterprise's rows are out of reach for every other: by the scope of the transaction on both
//! databases, and on PostgreSQL by the database itself.

#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at what it did not expect"
)]

use hezuo_domain::Scope;
use hezuo_domain::ids::{EnterpriseId, PersonId, SiteId};
use hezuo_domain::scope::Entitlement;
use hezuo_domain::time::Day;
use hezuo_store::people::{self, Person};
use hezuo_store::places::{self, Enterprise, Site};
use hezuo_store::statement::TENANT_TABLES;
use hezuo_store::testing::Fresh;
use hezuo_store::{StoreError, Transport, on_both_databases};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

const SYSTEM: Scope = Scope::System("the directory of enterprises has no tenant");

fn enterprise(number: u128, region: &str) -> Enterprise {
    Enterprise {
        id: EnterpriseId(Uuid::from_u128(number)),
        short_code: format!("CODE{number:04}"),
        kind: "enterprise".to_owned(),
        name: format!("Factory {number}"),
        credit_code: None,
        credit_code_ok: None,
        region_code: Some(region.to_owned()),
        time_zone: "Asia/Shanghai".to_owned(),
    }
}

fn person(number: u128) -> Person {
    Person {
        id: PersonId(Uuid::from_u128(number)),
        name: format!("Person {number}"),
        staff_number: None,
        position: String::new(),
        area_id: None,
        active: true,
    }
}

fn site(number: u128) -> Site {
    Site {
        id: SiteId(Uuid::from_u128(number)),
        name: format!("Site {number}"),
        address: String::new(),
        region_code: None,
    }
}

/// Three enterprises, two of them in one county, each with a person and a site.
async fn three(fresh: &Fresh) -> [EnterpriseId; 3] {
    let all = [
        enterprise(1, "330503"),
        enterprise(2, "330503"),
        enterprise(3, "330602"),
    ];
    let mut tx = fresh.db.write(&SYSTEM).await.unwrap();
    places::add_enterprises(&mut tx, &all, Day(20_000))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for (number, it) in (11..).zip(&all) {
        let mut tx = fresh.db.write(&Scope::Enterprise(it.id)).await.unwrap();
        people::add_persons(&mut tx, &[(it.id, person(number))])
            .await
            .unwrap();
        places::add_sites(&mut tx, &[(it.id, site(number))])
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    all.map(|it| it.id)
}

fn entitled(regions: &[&str], enterprises: &[EnterpriseId]) -> Scope {
    Scope::Places(Entitlement {
        regions: regions.iter().map(|code| code.parse().unwrap()).collect(),
        enterprises: enterprises.to_vec(),
    })
}

on_both_databases! {
    async fn a_scope_sees_and_writes_its_own_rows_only(fresh) {
        let [one, two, _] = three(&fresh).await;
        let mut tx = fresh.db.read(&Scope::Enterprise(one)).await.unwrap();
        let persons = people::persons(&mut tx).await.unwrap();
        assert_eq!(persons.len(), 1);
        assert_eq!(persons[0].name, "Person 11");
        drop(tx);

        let mut tx = fresh.db.write(&Scope::Enterprise(one)).await.unwrap();
        let foreign = people::add_persons(&mut tx, &[(one, person(21)), (two, person(22))]).await;
        assert!(matches!(foreign, Err(StoreError::Scope(_))), "{foreign:?}");
        drop(tx);
        let mut tx = fresh.db.write(&Scope::Enterprise(one)).await.unwrap();
        let changed = people::change_person(&mut tx, &person(12)).await.unwrap();
        assert!(!changed, "the other's person is not there");
        drop(tx);

        // A statement of one tenant does not run for many, nor one across many for one.
        let mut tx = fresh.db.read(&SYSTEM).await.unwrap();
        let many = people::persons(&mut tx).await;
        assert!(matches!(many, Err(StoreError::Scope("PERSONS"))), "{many:?}");
        drop(tx);
        let mut tx = fresh.db.read(&Scope::Enterprise(one)).await.unwrap();
        let pending = hezuo_store::ledger::is_pending(&mut tx).await;
        assert!(matches!(pending, Err(StoreError::Scope("ANY_PENDING"))), "{pending:?}");
    }

    async fn a_scope_of_places_reads_what_it_is_entitled_to_and_writes_nothing(fresh) {
        let [one, two, three] = three(&fresh).await;
        let county = entitled(&["330503"], &[]);
        let mut tx = fresh.db.read(&county).await.unwrap();
        let region = "330503".parse().unwrap();
        let page = places::directory_of_region(&mut tx, &region, Day(20_000), None, 50).await.unwrap();
        let found: Vec<EnterpriseId> = page.iter().map(|it| it.enterprise.id).collect();
        assert_eq!(found, [one, two]);
        let persons = people::persons(&mut tx).await;
        assert!(matches!(persons, Err(StoreError::Scope("PERSONS"))), "{persons:?}");
        let written = people::add_persons(&mut tx, &[(one, person(31))]).await;
        assert!(matches!(written, Err(StoreError::Scope(_))), "{written:?}");
        drop(tx);
        assert!(matches!(fresh.db.write(&county).await, Err(StoreError::Scope("write"))));
        let mut tx = fresh.db.read(&entitled(&[], &[three])).await.unwrap();
        let own = places::directory_entry(&mut tx, three, Day(20_000)).await.unwrap();
        assert_eq!(own.map(|it| it.enterprise.id), Some(three));
    }

    async fn a_row_can_not_point_into_another_enterprise(fresh) {
        let [one, _, _] = three(&fresh).await;
        let mut tx = fresh.db.write(&Scope::Enterprise(one)).await.unwrap();
        let area = places::Area {
            id: Uuid::from_u128(41).into(),
            site_id: SiteId(Uuid::from_u128(12)),
            parent_id: None,
            kind: "area".to_owned(),
            name: "Nowhere".to_owned(),
            code: "ABCD1234".to_owned(),
            heads: None,
            heads_day: None,
        };
        let added = places::add_areas(&mut tx, &[(one, area)]).await;
        assert!(matches!(added, Err(StoreError::Database(_))), "the key names the tenant: {added:?}");
    }

    async fn migrations_run_twice_and_change_nothing(fresh) {
        three(&fresh).await;
        match &fresh.owner_url {
            None => fresh.db.migrate_sqlite().await.unwrap(),
            Some(url) => hezuo_store::Db::migrate_postgres(url, "hezuo_app", &Transport::default()).await.unwrap(),
        }
        let mut tx = fresh.db.read(&SYSTEM).await.unwrap();
        assert_eq!(places::all_enterprises(&mut tx).await.unwrap().len(), 3);
    }
}

/// Runs a statement as the application role, past this crate; how many rows it touches.
async fn past_us(fresh: &Fresh, settings: &str, sql: &str) -> Result<usize, sqlx::Error> {
    let url = fresh.application_url.as_deref().unwrap();
    let mut connection = PgConnection::connect(url).await?;
    let mut tx = connection.begin().await?;
    tx.execute(AssertSqlSafe(settings.to_owned())).await?;
    let rows = tx.fetch_all(AssertSqlSafe(sql.to_owned())).await?;
    Ok(rows.len())
}

#[tokio::test]
async fn postgres_itself_keeps_the_tenants_apart() {
    let fresh = hezuo_store::testing::postgres().await;
    let [one, two, _] = three(&fresh).await;
    let no_filter = "SELECT * FROM person";
    let forgotten = past_us(&fresh, "SELECT 1", no_filter).await;
    assert!(
        forgotten.is_err(),
        "without its settings a transaction fails: {forgotten:?}"
    );

    let own = format!("SET LOCAL app.scope = 'enterprise'; SET LOCAL app.enterprise_id = '{one}'");
    assert_eq!(past_us(&fresh, &own, no_filter).await.unwrap(), 1);
    let by_name = "SELECT * FROM person WHERE name = 'Person 12'";
    assert_eq!(past_us(&fresh, &own, by_name).await.unwrap(), 0);
    let update = "UPDATE person SET name = 'x' RETURNING id";
    assert_eq!(past_us(&fresh, &own, update).await.unwrap(), 1);
    let delete = format!("DELETE FROM site WHERE enterprise_id = '{two}' RETURNING id");
    assert_eq!(past_us(&fresh, &own, &delete).await.unwrap(), 0);
    let insert = format!(
        "INSERT INTO site (enterprise_id, id, name, address)
         VALUES ('{two}', '{}', 'x', '') RETURNING id",
        Uuid::from_u128(51)
    );
    assert!(
        past_us(&fresh, &own, &insert).await.is_err(),
        "not even a row for another"
    );
    let stolen = format!("UPDATE site SET enterprise_id = '{two}' RETURNING id");
    assert!(
        past_us(&fresh, &own, &stolen).await.is_err(),
        "nor can one be moved"
    );

    let nil = Uuid::nil();
    let county = format!(
        "SET LOCAL app.scope = 'places'; SET LOCAL app.enterprise_id = '{nil}';
         SET LOCAL app.regions = '3306'; SET LOCAL app.enterprises = '{two}'"
    );
    // Where the tables are spread, a policy can't look up which enterprises lie in a place (decision 0030): what
    // forgets its filter reads more there.
    let citus = "SELECT extname, CAST(1 AS BIGINT) FROM pg_extension WHERE extname = 'citus'";
    let reached = if fresh.ask(citus).await.is_empty() {
        2
    } else {
        3
    };
    assert_eq!(past_us(&fresh, &county, no_filter).await.unwrap(), reached);
    assert_eq!(past_us(&fresh, &county, update).await.unwrap(), 0);
    for forbidden in [
        "DROP TABLE person",
        "ALTER TABLE person DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (a int)",
        "SET ROLE hezuo_owner",
    ] {
        assert!(
            past_us(&fresh, &own, forbidden).await.is_err(),
            "{forbidden}"
        );
    }
}

/// Why the application does not start on this database.
async fn refusal(url: &str) -> Option<String> {
    match hezuo_store::Db::open_postgres(url, 1, &Transport::default()).await {
        Ok(db) => {
            db.close().await;
            None
        }
        Err(error) => Some(error.to_string()),
    }
}

#[tokio::test]
async fn a_database_that_would_not_keep_tenants_apart_is_refused() {
    let fresh = hezuo_store::testing::postgres().await;
    let application = fresh.application_url.clone().unwrap();
    let owner = fresh.owner_url.clone().unwrap();
    assert_eq!(refusal(&application).await, None);
    let refused = refusal(&owner).await.unwrap_or_default();
    assert!(refused.contains("hezuo_owner owns"), "{refused}");
    for role in ["hezuo_super", "hezuo_bypass"] {
        let url = application.replace("//hezuo_app:", &format!("//{role}:"));
        let refused = refusal(&url).await.unwrap_or_default();
        let said = format!("the role {role} may pass by row-level security");
        assert!(refused.contains(&said), "{refused:?}");
    }

    let mut connection = PgConnection::connect(&owner).await.unwrap();
    for (harm, mended, said) in [
        (
            "ALTER TABLE person DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE person ENABLE ROW LEVEL SECURITY",
            "the table person has no row-level security",
        ),
        (
            "ALTER TABLE person NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE person FORCE ROW LEVEL SECURITY",
            "the table person has no row-level security",
        ),
        (
            "ALTER POLICY own ON person RENAME TO mine",
            "ALTER POLICY mine ON person RENAME TO own",
            "the table person lacks the policy own",
        ),
        (
            "CREATE POLICY everything ON person USING (TRUE)",
            "DROP POLICY everything ON person",
            "the table person has a policy of somebody else: everything",
        ),
        (
            "CREATE VIEW everybody AS SELECT * FROM person",
            "ALTER VIEW everybody SET (security_invoker = true)",
            "the view everybody reads with its owner's rights",
        ),
        (
            "CREATE OR REPLACE VIEW case_found AS
                SELECT enterprise_id, case_id, number, words FROM case_search",
            "CREATE OR REPLACE VIEW case_found AS
                SELECT enterprise_id, case_id, number, words FROM case_search
                WHERE enterprise_id = CAST(current_setting('app.enterprise_id') AS UUID)",
            "the view case_found reads with its owner's rights",
        ),
        (
            "ALTER POLICY found ON case_search TO PUBLIC",
            "ALTER POLICY found ON case_search TO CURRENT_USER",
            "the table case_search has a policy of somebody else: found",
        ),
        (
            "CREATE MATERIALIZED VIEW once AS SELECT 1 AS one",
            "DROP MATERIALIZED VIEW once",
            "the view once reads with its owner's rights",
        ),
        (
            "CREATE FUNCTION names() RETURNS SETOF TEXT LANGUAGE SQL SECURITY DEFINER
                AS 'SELECT name FROM person'",
            "ALTER FUNCTION names() SECURITY INVOKER",
            "the function names runs with its owner's rights",
        ),
    ] {
        connection.execute(harm).await.unwrap();
        let refused = refusal(&application).await.unwrap_or_default();
        assert!(refused.contains(said), "{harm}: {refused:?}");
        connection.execute(mended).await.unwrap();
        assert_eq!(refusal(&application).await, None, "{mended}");
    }
}

/// Unique and foreign keys of tenant tables that don't have the enterprise in them: such a key could not
/// hold where each enterprise lies on a machine of its own.
const KEYS_WITHOUT_TENANT: &str = "
    SELECT c.relname || ': ' || i.indexrelid::regclass::text FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid
        WHERE i.indisunique AND c.relname = ANY ($1) AND NOT EXISTS (SELECT 1 FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname = 'enterprise_id' AND a.attnum = ANY (i.indkey))
    UNION ALL
    SELECT c.relname || ': ' || k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.contype = 'f' AND c.relname = ANY ($1) AND NOT EXISTS (SELECT 1 FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname = 'enterprise_id' AND a.attnum = ANY (k.conkey))
    ORDER BY 1";

#[tokio::test]
async fn every_key_of_a_tenant_table_has_the_tenant_in_it() {
    let fresh = hezuo_store::testing::postgres().await;
    let owner = fresh.owner_url.clone().unwrap();
    let mut connection = PgConnection::connect(&owner).await.unwrap();
    let tables: Vec<&str> = TENANT_TABLES.to_vec();
    let mut found = async || -> Vec<(String,)> {
        let query = sqlx::query_as(KEYS_WITHOUT_TENANT).bind(tables.clone());
        query.fetch_all(&mut connection).await.unwrap()
    };
    assert_eq!(found().await, []);
    let mut planter = PgConnection::connect(&owner).await.unwrap();
    planter
        .execute("CREATE UNIQUE INDEX planted ON person (staff_number)")
        .await
        .unwrap();
    assert_eq!(found().await, [("person: planted".to_owned(),)]);
}

#[tokio::test]
async fn a_database_without_the_extension_is_not_spread() {
    let fresh = hezuo_store::testing::postgres().await;
    let owner = fresh.owner_url.clone().unwrap();
    let refused = hezuo_store::Db::distribute_citus(&owner, &Transport::default())
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("CREATE EXTENSION citus"),
        "{refused}"
    );
    assert_eq!(
        refusal(fresh.application_url.as_deref().unwrap()).await,
        None
    );
}
