//! How the databases would run a statement, on a database that is filled and analysed: a statement of a
//! request must not read a table of tenants from end to end.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::{Fresh, Outside};
use crate::statement::{Marks, Statement, TENANT_TABLES};

/// Cases that [`Fresh::fill_for_plans`] makes. Each enterprise has some hundred, and the first most.
const CASES: u32 = 4_000;

/// Tables of which a single enterprise may have millions of rows.
const GROWING: &[&str] = &[
    "cases",
    "case_event",
    "case_attachment",
    "chain",
    "case_search",
];

/// What is wrong with the plan of a statement, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Tables of tenants that are read from end to end, whoever asks.
    pub scans: Vec<String>,
    /// Tables that grow with the reports, of which all rows of the tenant are read.
    pub walks: Vec<String>,
}

/// Tables with rows, in an order in which each may point at those before. `{id:..}` is an id made of a
/// number, `{id:user}` one of the users of the same enterprise, `{of:..}` the enterprise of a case: every third
/// belongs to the first.
const ROWS: &[(&str, u32)] = &[
    (
        "INSERT INTO enterprise (id, short_code, kind, name, region_code, time_zone, created_day)
        SELECT {id:n}, 'CODE' || n, 'enterprise', 'Factory', CASE WHEN n <= 5 THEN '330503'
            ELSE CAST(110000 + n AS TEXT) END, 'Asia/Shanghai', 20000 FROM n",
        2_000,
    ),
    (
        "INSERT INTO standing (enterprise_id, region_code, heard_day, falling, ends_at, open, danger,
            overdue)
        SELECT {id:n}, CAST(110000 + n AS TEXT), 20000, 0, n, n % 7, n % 3, n % 5 FROM n",
        2_000,
    ),
    (
        "INSERT INTO edition (enterprise_id, month, region_code, people, found, found_by_workers)
        SELECT {of:n}, n, '330503', 0, 0, 0 FROM n",
        20_000,
    ),
    (
        "INSERT INTO site (enterprise_id, id, name, address) SELECT {of:n}, {id:n}, 'Site', '' FROM n",
        2_000,
    ),
    (
        "INSERT INTO area (enterprise_id, id, site_id, kind, name, code)
        SELECT {of:n}, {id:n}, {id:n}, 'area', 'Area', 'A' || n FROM n",
        2_000,
    ),
    (
        "INSERT INTO person (enterprise_id, id, name, position, active)
        SELECT {of:n}, {id:n}, 'Person', '', TRUE FROM n",
        300,
    ),
    (
        "INSERT INTO app_user (enterprise_id, id, person_id, login, locale, disabled)
        SELECT {of:n}, {id:n}, {id:n}, 'user' || n, 'en', FALSE FROM n",
        300,
    ),
    (
        "INSERT INTO role_grant (enterprise_id, user_id, role, place_kind, place_key)
        SELECT {of:n}, {id:n}, 'eit_member', 'enterprise', 'x' || n FROM n",
        300,
    ),
    (
        "INSERT INTO cases (enterprise_id, id, version, kind, category, voice, source, finder, danger,
            text, state, reported_day, answered_day, due_day, owner_id, grade_level, disputed)
        SELECT {of:n}, {id:n}, 1, CASE WHEN n % 5 = 0 THEN 'idea' ELSE 'hazard' END, 'fall', 'named',
            'phone', 'worker', n % 50 = 0, 'text', CASE n % 20 WHEN 0 THEN 'new' WHEN 1 THEN 'planned'
            WHEN 2 THEN 'done' ELSE 'closed' END, 20000 + n / 10, 20001 + n / 10,
            CASE WHEN n % 20 > 0 THEN 20007 + n / 10 END,
            CASE WHEN n % 20 > 0 AND n <= 300 THEN {id:n} END,
            CASE WHEN n % 2 = 0 THEN n % 4 + 1 END, FALSE FROM n",
        CASES,
    ),
    (
        "INSERT INTO case_event (enterprise_id, id, case_id, position, action, actor_kind, client,
            local_day, to_state, leaf)
        SELECT {of:n}, {id:n}, {id:n}, 1, 'report', 'reporter', 'phone', 20000 + n / 10, 'new',
            {leaf} FROM n",
        CASES,
    ),
    (
        "INSERT INTO chain (enterprise_id, seq, event_id, leaf, head, log_position)
        SELECT {of:n}, n, {id:n}, {leaf}, {leaf}, n FROM n",
        CASES,
    ),
    (
        "INSERT INTO case_reporter (enterprise_id, case_id, sealed) SELECT {of:n}, {id:n}, {leaf} FROM n",
        CASES,
    ),
    (
        "INSERT INTO case_attachment (enterprise_id, case_id, name, stage, content_type, size, blob_hash)
        SELECT {of:n}, {id:n}, 'p1.jpg', 'before', 'image/jpeg', 1000, {leaf} FROM n",
        CASES,
    ),
    // Every case has a word that is found everywhere, and some that are found seldom.
    (
        "INSERT INTO case_search (enterprise_id, case_id, number, words)
        SELECT {of:n}, {id:n}, n, '1 ' || (n % 300) || ' ' || n FROM n",
        CASES,
    ),
    (
        "INSERT INTO tally (enterprise_id, measure, slice, local_day, n)
        SELECT {of:n}, 'spoken', 's' || n, 20000 + n / 10, 1 FROM n",
        CASES,
    ),
    (
        "INSERT INTO participation (enterprise_id, local_day, person_key)
        SELECT {of:n}, 16000 + n, {leaf} FROM n",
        CASES,
    ),
    (
        "INSERT INTO account_event (enterprise_id, id, phase, act, subject_user_id, local_day, leaf)
        SELECT {of:n}, {id:n}, 'done', 'lock', {id:user}, 20000, {leaf} FROM n",
        CASES,
    ),
    (
        "INSERT INTO entrusted_event (enterprise_id, id, act, subject_id, actor_user_id, actor,
            local_day, leaf)
        SELECT {of:n}, {id:n}, 'look', {id:n}, {id:n}, 'actor', 20000, {leaf} FROM n",
        CASES,
    ),
    (
        "INSERT INTO idempotency (enterprise_id, id, digest, local_day)
        SELECT {of:n}, {id:n}, {leaf}, 20000 + n / 10 FROM n",
        CASES,
    ),
    (
        "INSERT INTO notice (enterprise_id, user_id, id, kind, due_soon, overdue, local_day)
        SELECT {of:n}, {id:n}, {id:n}, 'due', 1, 1, 20000 + n / 10 FROM n",
        300,
    ),
    (
        "INSERT INTO job (enterprise_id, id, kind, payload, state, run_at, attempts)
        SELECT {of:n}, {id:n}, 'import', '', 'done', n, 1 FROM n",
        CASES,
    ),
];

impl Fresh {
    /// Fills the tables that grow, for enterprises of which one is large, and lets the database look at
    /// them.
    ///
    /// # Panics
    /// Where the database fails.
    pub async fn fill_for_plans(&self) {
        let is_sqlite = self.owner_url.is_none();
        for (text, count) in ROWS {
            let id = |number: &str| {
                if is_sqlite {
                    format!("CAST(printf('%016d', {number}) AS BLOB)")
                } else {
                    format!("CAST(lpad(CAST({number} AS TEXT), 32, '0') AS UUID)")
                }
            };
            let leaf = if is_sqlite { "X'00'" } else { "'\\x00'" };
            let of = id("CASE WHEN n % 3 = 0 THEN 1 ELSE n % 5 + 1 END");
            let text = text
                .replace("{id:n}", &id("n"))
                .replace("{id:user}", &id("((n - 1) % 300 + 1)"))
                .replace("{of:n}", &of)
                .replace("{leaf}", leaf);
            let (insert, select) = text.split_once("SELECT").expect("rows come from a SELECT");
            let numbers = format!(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})"
            );
            self.tamper(&format!("{insert} {numbers} SELECT {select}"))
                .await;
        }
        let Some(url) = &self.owner_url else {
            self.tamper("ANALYZE").await;
            // What a connection knows of the tables it has read when it was opened.
            self.db.reopen().await.expect("it opens again");
            return;
        };
        let mut owner = PgConnection::connect(url).await.expect("it connects");
        // Swept too: else plans would differ with whether PostgreSQL has done it by itself meanwhile.
        owner
            .execute("VACUUM ANALYZE")
            .await
            .expect("it is analysed");
        owner.close().await.expect("the connection closes");
    }

    /// What statements would read from end to end, in their order.
    ///
    /// # Panics
    /// Where the database fails.
    pub async fn plans(&self, statements: &[&Statement]) -> Vec<Plan> {
        let mut found = Vec::with_capacity(statements.len());
        let mut outside = self.outside().await;
        let partial: Vec<String> = match &mut outside {
            Outside::Sqlite(connection) => {
                let partial = "SELECT name FROM sqlite_schema WHERE type = 'index'
                    AND sql LIKE '%WHERE%'";
                connection
                    .fetch_all(partial)
                    .await
                    .expect("indexes")
                    .iter()
                    .map(|row| row.get(0))
                    .collect()
            }
            Outside::Postgres(connection) => {
                // The plan for any tenant, as the application gets it after a few times; a table that is
                // read from end to end although that is discouraged can't be read in another way.
                let settings = "SET enable_seqscan = off";
                connection.execute(settings).await.expect("settings");
                let partial = "SELECT CAST(indexname AS TEXT) FROM pg_indexes
                    WHERE indexdef LIKE '%WHERE%'";
                connection
                    .fetch_all(partial)
                    .await
                    .expect("indexes")
                    .iter()
                    .map(|row| row.get(0))
                    .collect()
            }
        };
        for statement in statements {
            found.push(match &mut outside {
                Outside::Sqlite(connection) => {
                    let text = statement.text(2, Marks::Plain);
                    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
                    let rows = connection.fetch_all(explain).await.expect("a plan");
                    let lines: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
                    Plan {
                        scans: sqlite_scans(&text, &lines),
                        walks: sqlite_walks(&text, &lines, &partial),
                    }
                }
                Outside::Postgres(connection) => {
                    // As it comes where the types of its lists are known without what is in them.
                    let types = statement.types(1);
                    let types: Vec<String> = types.iter().map(|it| format!("{it}[]")).collect();
                    let is_listed = statement.rows.is_some() && !types.is_empty();
                    let marks = if is_listed {
                        Marks::Lists
                    } else {
                        Marks::Numbered
                    };
                    let text = statement.text(2, marks);
                    let lines = postgres_plan(connection, &text, &types).await;
                    Plan {
                        scans: postgres_scans(&lines),
                        walks: postgres_walks(&lines, &partial),
                    }
                }
            });
        }
        found
    }
}

/// What a statement calls each table of tenants that it names, and the table.
fn aliases(text: &str) -> Vec<(&str, &str)> {
    let words: Vec<&str> = text
        .split(|character: char| {
            !(character.is_alphanumeric() || character == '_' || character == '.')
        })
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if !TENANT_TABLES.contains(word) {
            continue;
        }
        found.push((*word, *word));
        let next = words.get(at + 1).copied().unwrap_or_default();
        let next = match next {
            "AS" => words.get(at + 2).copied().unwrap_or_default(),
            other => other,
        };
        let is_name = next.chars().next().is_some_and(char::is_lowercase);
        if is_name && !next.contains('.') {
            found.push((next, *word));
        }
    }
    found
}

/// `SEARCH c USING .. (enterprise_id=?)`: nothing but the tenant bounds what is read, and the index, if it is
/// one, holds all rows.
fn sqlite_walks(text: &str, lines: &[String], partial: &[String]) -> Vec<String> {
    let aliases = aliases(text);
    let is_walk = |line: &&String| {
        let mut words = line.split(' ').skip(1);
        let name = words.next().unwrap_or_default();
        let is_growing = |(alias, table): &(&str, &str)| *alias == name && GROWING.contains(table);
        line.starts_with("SEARCH ")
            && line.ends_with("(enterprise_id=?)")
            && aliases.iter().any(is_growing)
            && !words.any(|word| partial.iter().any(|index| index == word))
    };
    lines.iter().filter(is_walk).cloned().collect()
}

/// `SCAN c` or `SCAN c USING INDEX ..`, where `c` is a table of tenants; a search by a key is `SEARCH`.
fn sqlite_scans(text: &str, lines: &[String]) -> Vec<String> {
    let aliases = aliases(text);
    let is_scan = |line: &&String| {
        let name = line
            .strip_prefix("SCAN ")
            .and_then(|it| it.split(' ').next());
        let is_tenant = name.is_some_and(|name| aliases.iter().any(|(alias, _)| *alias == name));
        let is_walk = is_tenant && !line.contains("VIRTUAL TABLE");
        // Only where it was analysed SQLite skips from tenant to tenant.
        is_walk || line.contains("(ANY(")
    };
    lines.iter().filter(is_scan).cloned().collect()
}

async fn postgres_plan(connection: &mut PgConnection, text: &str, types: &[String]) -> Vec<String> {
    let marks = text.split('$').skip(1).filter_map(|rest| {
        let digits = rest.find(|it: char| !it.is_ascii_digit());
        rest[..digits.unwrap_or(rest.len())].parse::<usize>().ok()
    });
    let types = if types.is_empty() {
        String::new()
    } else {
        format!(" ({})", types.join(", "))
    };
    let is_listed = text.contains("FROM unnest($1");
    // A search is planned for its very words: here, for some that are seldom, in the largest enterprise.
    let is_search = text.contains("case_found");
    let (mode, enterprise) = if is_listed {
        ("custom", 0)
    } else if is_search {
        ("custom", 1)
    } else {
        ("generic", 0)
    };
    let enterprise_id = format!("00000000-0000-0000-0000-00000000000{enterprise}");
    let mode = AssertSqlSafe(format!(
        "SET plan_cache_mode = force_{mode}_plan; SET LOCAL app.enterprise_id = '{enterprise_id}'"
    ));
    connection.execute(mode).await.expect("a mode");
    let prepare = AssertSqlSafe(format!("PREPARE explained{types} AS {text}"));
    connection.execute(prepare).await.expect("it is prepared");
    let values = if is_search {
        found_values(connection).await
    } else {
        // Of a list nobody knows beforehand how long it is: here, two rows.
        vec![if is_listed { "'{NULL,NULL}'" } else { "NULL" }; marks.max().unwrap_or(0)]
    };
    let values = if values.is_empty() {
        String::new()
    } else {
        format!("({})", values.join(", "))
    };
    let explain = AssertSqlSafe(format!("EXPLAIN (COSTS OFF) EXECUTE explained{values}"));
    let rows = sqlx::raw_sql(explain).fetch_all(&mut *connection).await;
    let lines = rows.expect("a plan").iter().map(|row| row.get(0)).collect();
    connection
        .execute("DEALLOCATE explained")
        .await
        .expect("it is forgotten");
    lines
}

/// What a search is planned with: some seldom words of the largest enterprise, and for each of its filters a
/// value of its type, because of a condition on NULL the planner makes one that is never true.
async fn found_values(connection: &mut PgConnection) -> Vec<&'static str> {
    let types = "SELECT CAST(parameter_types AS TEXT[]) FROM pg_prepared_statements
        WHERE name = 'explained'";
    let row = connection.fetch_one(types).await.expect("its types");
    let types: Vec<String> = row.get(0);
    let known = [
        "'00000000-0000-0000-0000-000000000001'",
        "9000000000000000000",
        "'17 1517'",
        "51",
    ];
    let of_type = |name: &String| match name.as_str() {
        "uuid" => known[0],
        "text" => "'planned'",
        "integer" | "smallint" | "bigint" => "3",
        other => panic!("a search has no value for {other}"),
    };
    known
        .into_iter()
        .chain(types.iter().skip(known.len()).map(of_type))
        .collect()
}

/// Of an index that holds all rows, `Index Cond: (enterprise_id = ..)` and nothing more.
fn postgres_walks(lines: &[String], partial: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((scan, rest)) = line.split_once(" on ") else {
            continue;
        };
        let table = rest.split(' ').next().unwrap_or_default();
        // A heap that is read by bitmap names its index, or several, in the lines below.
        let is_bitmap = scan.contains("Bitmap Heap");
        let below = &lines[at..lines.len().min(if is_bitmap { at + 6 } else { at + 1 })];
        let names_partial = |it: &String| partial.iter().any(|index| it.contains(index.as_str()));
        if !GROWING.contains(&table) || below.iter().any(names_partial) {
            continue;
        }
        let mut more = lines[at + 1..].iter().take_while(|it| !it.contains("->"));
        let cond = if is_bitmap {
            "Recheck Cond"
        } else {
            "Index Cond"
        };
        let bound = more.find(|it| it.contains(cond));
        let is_tenant_alone =
            bound.is_some_and(|it| it.contains("(enterprise_id = ") && !it.contains(" AND "));
        if is_tenant_alone {
            found.push(line.trim().to_owned());
        }
    }
    found
}

/// `Seq Scan on cases`, or a walk over an index without a bound on it.
fn postgres_scans(lines: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((scan, rest)) = line.split_once(" on ") else {
            continue;
        };
        let table = rest.split(' ').next().unwrap_or_default();
        if !scan.contains("Scan") || !TENANT_TABLES.contains(&table) {
            continue;
        }
        // A heap is read by bitmap only for what an index has found, which is a line of its own.
        let is_bitmap = scan.contains("Bitmap Heap");
        let more = lines[at + 1..].iter().take_while(|it| !it.contains("->"));
        let is_bound = more.into_iter().any(|it| it.contains("Index Cond"));
        if scan.contains("Seq Scan") || !is_bitmap && !is_bound {
            found.push(line.trim().to_owned());
        }
    }
    found
}
