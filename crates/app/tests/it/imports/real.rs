//! The real file that `HEZUO_MSHA_CSV` names: whole, and counted independently.

use std::collections::BTreeMap;
use std::time::Instant;

use hezuo_app::imports::Rows;
use hezuo_domain::Scope;
use hezuo_domain::imports::Progress;
use hezuo_store::on_both_databases;
use hezuo_store::places;

use super::house;

/// A plain reading of plain CSV, apart from the one that is tested.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut value) = (vec![], vec![], String::new());
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                value.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut value)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut value));
                records.push(std::mem::take(&mut record));
            }
            '\r' if !quoted => {}
            other => value.push(other),
        }
    }
    records
}

fn tally(records: &[Vec<String>], key: impl Fn(&[String]) -> String) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for record in records {
        *counts.entry(key(record)).or_insert(0) += 1;
    }
    counts
}

#[expect(
    clippy::disallowed_methods,
    reason = "the real file is not part of the project"
)]
fn real_file() -> Option<Vec<u8>> {
    let path = std::env::var("HEZUO_MSHA_CSV")
        .ok()
        .filter(|path| !path.is_empty());
    let Some(path) = path else {
        eprintln!("HEZUO_MSHA_CSV is not set: the real file was not imported");
        return None;
    };
    Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
}

on_both_databases! {
    async fn the_real_file_is_imported_whole(fresh) {
        let Some(bytes) = real_file() else { return };
        let text = String::from_utf8(bytes.clone()).unwrap();
        let mut records = records(&text);
        let header = records.remove(0);
        let column = |name: &str| header.iter().position(|it| it == name).unwrap();
        let (mine, year, part) = (column("MINE_ID"), column("YEAR"), column("INJ_BODY_PART"));

        let house = house(fresh).await;
        let county = house.county().await;
        let begin = Instant::now();
        let import = house.checked(&county, "msha_injuries_2010_2014.csv", &bytes, &[]).await;
        let checked = begin.elapsed();
        let whole = Rows { total: 41_034, done: 41_034, known: 0, failed: 0 };
        assert_eq!((import.state, import.rows), (Progress::Checked, whole));
        let begin = Instant::now();
        let import = house.run(&county, import.id).await;
        let ran = begin.elapsed();
        assert_eq!((import.state, import.rows), (Progress::Done, whole));
        eprintln!("{}: checked in {checked:.1?}, written in {ran:.1?}", house.app.db.kind());

        let begin = Instant::now();
        let sites = house.counts(&county, import.id, "enterprise").await;
        assert_eq!(sites, tally(&records, |record| format!("Mine {}", record[mine])));
        assert_eq!(sites.len(), 5_369);
        let years = house.counts(&county, import.id, "year").await;
        assert_eq!(years, tally(&records, |record| record[year].clone()));
        let parts = house.counts(&county, import.id, "field:INJ_BODY_PART").await;
        assert_eq!(parts, tally(&records, |record| record[part].clone()));
        assert_eq!(parts.len(), 46);
        let kinds = house.counts(&county, import.id, "kind").await;
        assert_eq!(kinds, [("injury_imported".to_owned(), 41_034)].into());
        eprintln!("counted four ways in {:.1?}", begin.elapsed());
        let repeats: i64 = tally(&records, |record| record.join("\u{1f}"))
            .values()
            .map(|count| count - 1)
            .sum();
        assert_eq!(repeats, 124, "exact repeats are rows like any other");

        // Again: everything is known.
        let again = house.run(&county, import.id).await;
        assert_eq!(again.rows, Rows { done: 0, known: 41_034, ..whole });
        assert_eq!(house.counts(&county, import.id, "year").await, years);

        // The counts of the busiest sites, against the same made anew from the events.
        let mut tx = house.app.db.read(&Scope::System("a test looks")).await.unwrap();
        let scheme = format!("{}:mine-id", county.home().short_code);
        let mines = places::find_aliases(&mut tx, &scheme).await.unwrap();
        drop(tx);
        assert_eq!(mines.len(), 5_369);
        for (value, enterprise) in mines {
            let injuries = sites[&format!("Mine {value}")];
            if injuries >= 100 {
                let tallies = house.tallies(enterprise).await;
                let closed = tallies.iter().filter(|it| it.0 == "state" && it.1 == "closed");
                assert_eq!(closed.map(|it| it.3).sum::<i64>(), injuries);
            }
        }
    }
}
