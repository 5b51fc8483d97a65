//! Files for analysts: read back they hold what the database holds, of all or of some, and nothing else.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use hezuo_app::feed::Which;
use hezuo_domain::feed::{HELD, Table, is_told, looks_ahead};
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::time::Day;
use hezuo_server::export;
use hezuo_store::on_both_databases;
use hezuo_testkit::{TestApp, report, world};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use crate::feed::awake;
use crate::simulate::fill;

/// A row as another program reads it.
type Row = BTreeMap<String, Field>;

fn read_file(path: &Path) -> Vec<Row> {
    let reader = SerializedFileReader::new(File::open(path).expect("a file")).expect("Parquet");
    let rows = reader.get_row_iter(None).expect("rows");
    let row = |row: parquet::errors::Result<parquet::record::Row>| {
        let row = row.expect("a row");
        let pairs = row.get_column_iter();
        pairs
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    rows.map(row).collect()
}

/// The rows of a table, each file of which holds its month and nothing else.
fn read(folder: &Path, table: Table) -> Vec<Row> {
    let Some(day) = table.day() else {
        return read_file(&folder.join(format!("{}.parquet", table.as_str())));
    };
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder.join(table.as_str())).expect("a folder") {
        let path = entry.expect("an entry").path();
        let month = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let rows = read_file(&path);
        assert!(!rows.is_empty());
        assert!(
            rows.iter()
                .all(|row| number(row, day).to_string().is_empty()
                    || Day(number(row, day)).to_string().starts_with(&month)),
            "{}",
            path.display()
        );
        all.extend(rows);
    }
    all
}

fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    match &row[column] {
        Field::Str(text) => text,
        _ => "",
    }
}

fn number(row: &Row, column: &str) -> i64 {
    match &row[column] {
        Field::Long(n) => *n,
        Field::Date(day) => i64::from(*day),
        Field::Bool(flag) => i64::from(*flag),
        _ => 0,
    }
}

/// What the rows add up to, by the words of a column.
fn sums(rows: &[Row], by: &str, of: impl Fn(&Row) -> i64) -> Vec<(String, i64)> {
    let mut sums = BTreeMap::new();
    for row in rows {
        *sums.entry(text(row, by).to_owned()).or_default() += of(row);
    }
    sums.into_iter().filter(|(_, n)| *n != 0).collect()
}

async fn asked(app: &TestApp, statement: &str) -> Vec<(String, i64)> {
    let found = app.fresh.ask(statement).await;
    let mut found: Vec<_> = found.into_iter().filter(|(_, n)| *n != 0).collect();
    found.sort();
    found
}

async fn exported(app: &TestApp, name: &str, which: &Which) -> std::path::PathBuf {
    let folder = app.fresh.folder.join(name);
    let written = export::write(&app.app, which, &folder)
        .await
        .expect("written");
    for (table, written) in written {
        if table.day().is_none() || written.rows > 0 {
            assert_eq!(
                read(&folder, table).len() as u64,
                written.rows,
                "{}",
                table.as_str()
            );
        }
    }
    folder
}

/// The last day that is over in every time zone when a test begins: the tenth has begun in China alone.
const OVER: &str = "2026-03-08";

on_both_databases! {
    async fn an_export_holds_what_the_database_holds(fresh) {
        let app = TestApp::on(fresh);
        let summary = fill(&app, 11, 2_000).await.expect("filled");
        let over: Day = OVER.parse().expect("a day");
        let folder = exported(&app, "all", &Which::default()).await;
        let cases = read(&folder, Table::Cases);
        let until = format!("reported_day <= {}", over.0);
        for column in ["kind", "state", "category", "legal"] {
            let ask = format!("SELECT {column}, COUNT(*) FROM cases WHERE {until} AND {column} IS NOT NULL GROUP BY 1");
            let mut found = sums(&cases, column, |_| 1);
            found.retain(|(word, _)| !word.is_empty());
            assert_eq!(found, asked(&app, &ask).await, "{column}");
        }
        for (column, plain) in [
            ("level", "grade_level"), ("answered_day", "answered_day"), ("due_day", "due_day"),
            ("fixed_day", "fixed_day"), ("verified_day", "verified_day"), ("reported_day", "reported_day"),
            ("planned_minor", "plan_money_minor"),
        ] {
            let ask = format!("SELECT kind, CAST(COALESCE(SUM({plain}), 0) AS BIGINT) FROM cases WHERE {until} GROUP BY 1");
            let found = sums(&cases, "kind", |row| number(row, column));
            assert_eq!(found, asked(&app, &ask).await, "{column}");
            assert!(!found.is_empty(), "{column}");
        }
        let updated = format!("SELECT c.kind, CAST(SUM(e.local_day) AS BIGINT) FROM cases c
            JOIN (SELECT case_id, MAX(local_day) AS local_day FROM case_event GROUP BY 1) e ON e.case_id = c.id
            WHERE c.{until} GROUP BY 1");
        assert_eq!(sums(&cases, "kind", |row| number(row, "updated_day")), asked(&app, &updated).await);

        let steps = read(&folder, Table::Steps);
        let ask = format!("SELECT to_state, COUNT(*) FROM case_event WHERE local_day <= {}
            AND (from_state IS NULL OR from_state <> to_state) GROUP BY 1", over.0);
        assert_eq!(sums(&steps, "to_state", |_| 1), asked(&app, &ask).await);

        // Every measure was decided on, and those about people are not told.
        let tallies = read(&folder, Table::Tallies);
        let measures = asked(&app, "SELECT DISTINCT measure, CAST(1 AS BIGINT) FROM tally").await;
        for (measure, _) in &measures {
            assert!(is_told(measure) != HELD.contains(&measure.as_str()), "{measure} is told or held");
            let ahead = if looks_ahead(measure) { i64::MAX } else { over.0 };
            let ask = format!("SELECT slice, CAST(SUM(n) AS BIGINT) FROM tally
                WHERE measure = '{measure}' AND local_day <= {ahead} GROUP BY 1");
            let of: Vec<Row> = tallies.iter().filter(|row| text(row, "measure") == measure).cloned().collect();
            let wanted = if is_told(measure) { asked(&app, &ask).await } else { Vec::new() };
            assert_eq!(sums(&of, "slice", |row| number(row, "n")), wanted, "{measure}");
        }
        let projects = read(&folder, Table::Projects);
        let saved = sums(&projects, "currency", |row| if text(row, "state") == "verified" {
            number(row, "saving_actual_minor")
        } else { 0 });
        let wanted: Vec<_> = summary.nation.saved.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect();
        assert_eq!(saved, wanted);
        let enterprises = read(&folder, Table::Enterprises);
        assert_eq!(enterprises.len(), 80);
        let again = export::write(&app.app, &Which::default(), &folder).await;
        assert!(again.expect_err("there is something").to_string().contains("not empty"));

        // A division, one enterprise, some days: a part of it, and the parts make the whole.
        let region = summary.busiest.parse().expect("a division");
        let part = exported(&app, "region", &Which { region: Some(region), ..Which::default() }).await;
        let digits = summary.busiest.trim_end_matches("00").to_owned();
        let within: Vec<Row> = cases.iter().filter(|row| text(row, "region_code").starts_with(&digits)).cloned().collect();
        assert!(!within.is_empty() && within.len() < cases.len());
        assert_eq!(sums(&read(&part, Table::Cases), "id", |_| 1), sums(&within, "id", |_| 1));
        let (mut each, mut steps_of_each) = (Vec::new(), 0);
        for (at, row) in enterprises.iter().enumerate() {
            let enterprise = text(row, "id").parse().map(EnterpriseId).ok();
            let one = exported(&app, &format!("one-{at}"), &Which { enterprise, ..Which::default() }).await;
            each.extend(read(&one, Table::Cases));
            steps_of_each += read(&one, Table::Steps).len();
            assert_eq!(read(&one, Table::Enterprises).len(), 1);
        }
        assert_eq!(sums(&each, "id", |_| 1), sums(&cases, "id", |_| 1));
        assert_eq!(steps_of_each, steps.len());
        let (from, to) = (over.plus(-30), over.plus(-10));
        let days = Which { from: Some(from), to: Some(to), ..Which::default() };
        let some = read(&exported(&app, "days", &days).await, Table::Cases);
        let day = |row: &Row| Day(number(row, "reported_day"));
        let wanted: Vec<Row> = cases.iter().filter(|row| from <= day(row) && day(row) <= to).cloned().collect();
        assert!(!wanted.is_empty());
        assert_eq!(sums(&some, "id", |_| 1), sums(&wanted, "id", |_| 1));
    }

    async fn no_file_says_who_spoke_or_what_waits(fresh) {
        let app = awake(fresh);
        let world = world(&app).await;
        for (number, voice) in ["named", "in_confidence", "anonymous"].into_iter().enumerate() {
            let sent = report(&world.factory.codes[0], voice, number as u64);
            app.post("/api/v1/reports").json(&sent.body).await.expect("201");
        }
        crate::apart::kept(&app, &world.factory).await;
        let of_today = exported(&app, "today", &Which::default()).await;
        assert!(!of_today.join("cases").join("2026-03.parquet").exists(), "the day is not over");
        app.clock.advance_seconds(2 * 86_400);
        let folder = exported(&app, "later", &Which::default()).await;
        let before = read(&folder, Table::Cases).len();
        app.post(&world.factory.at("/intake/release")).by(world.factory.officer()).await.ok();
        let folder = exported(&app, "released", &Which::default()).await;
        let cases = read(&folder, Table::Cases);
        assert!(before < cases.len(), "what waited was in no file");
        assert_eq!(cases.len(), 3, "what is kept apart is no case");
        for table in Table::ALL {
            let rows = read(&folder, table);
            let all = format!("{rows:?}");
            for never in ["李红", "Li Hong", "guard of the press", "anonymous", "in_confidence", "named"] {
                assert!(!all.contains(never), "{never} in {}", table.as_str());
            }
            // In the order of enterprise and key: within a day ids alone decide.
            let ids: Vec<(String, i64, String)> = rows.iter().filter(|_| table == Table::Cases)
                .map(|row| (text(row, "enterprise_id").to_owned(), number(row, "reported_day"), text(row, "id").to_owned()))
                .collect();
            assert!(ids.is_sorted());
        }
    }
}
