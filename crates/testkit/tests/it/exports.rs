//! Tables that leave the house: what is in them, and what never is.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use futures_util::StreamExt;
use hezuo_app::cases::export::PIECE;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, TestApp, World, report, world};
use serde_json::json;

async fn exported(app: &TestApp, world: &World, query: &str, language: &str) -> Answer {
    let path = world.factory.at(&format!("/cases/export?{query}"));
    let call = app.get(&path).by(world.factory.officer());
    call.header("accept-language", language).await.expect("200")
}

/// The rows of a workbook's first tab, each cell as text.
pub(crate) fn rows(answer: &Answer) -> Vec<Vec<String>> {
    tab(answer, 0)
}

/// The rows of one of a workbook's tabs, each cell as text.
pub(crate) fn tab(answer: &Answer, at: usize) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.body.to_vec())).expect("a workbook");
    let name = book.sheet_names()[at].clone();
    let range = book.worksheet_range(&name).expect("a sheet");
    let text = |cell: &Data| match cell {
        Data::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year}-{month:02}-{day:02}")
        }
        other => other.to_string(),
    };
    range
        .rows()
        .map(|row| row.iter().map(text).collect())
        .collect()
}

async fn send(app: &TestApp, world: &World) {
    for number in 0..7 {
        let voice = ["named", "in_confidence", "anonymous"][number % 3];
        let mut sent = report(&world.factory.codes[1], voice, number as u64).body;
        if number == 0 {
            sent["text"] = json!("=HYPERLINK(\"http://x\"), and more");
            sent["finder"] = json!("worker");
        }
        app.post("/api/v1/reports").json(&sent).await.expect("201");
    }
    let release = app.post(&world.factory.at("/intake/release"));
    release.by(world.factory.officer()).await.ok();
}

on_both_databases! {
    async fn a_list_is_exported_without_who_spoke(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        send(&app, &world).await;
        let list = app.get(&world.factory.at("/cases?queue=open")).by(world.factory.officer());
        let list = list.await.ok();
        let refs: Vec<&str> = list["items"].as_array().expect("items").iter()
            .map(|it| it["ref"].as_str().expect("a reference"))
            .collect();
        assert_eq!(refs.len(), 7);

        let english = exported(&app, &world, "format=xlsx&queue=open", "en").await;
        assert!(english.header("content-disposition").contains("cases-2026-03-10.xlsx"));
        let table = rows(&english);
        assert_eq!(table[0][..3], ["Reference", "Reported on", "Kind"]);
        let exported_refs: Vec<&str> = table[1..].iter().map(|row| row[0].as_str()).collect();
        assert_eq!(exported_refs, refs, "the rows of the list in the order of the list");
        assert!(table[1..].iter().all(|row| row[1] == "2026-03-10" && row[2] == "Hazard"));
        let formula = table.iter().find(|row| row[5].starts_with("=HYPERLINK")).expect("a text");
        assert_eq!(formula[6], "Worker");

        let chinese = exported(&app, &world, "queue=open", "zh-CN").await;
        assert_eq!(rows(&chinese)[0][..3], ["编号", "上报日期", "类型"]);
        assert!(chinese.header("content-disposition").contains("%E8%AE%B0%E5%BD%95-"));
        let asked = exported(&app, &world, "queue=open&lang=en", "zh-CN").await;
        assert_eq!(rows(&asked)[0][0], "Reference", "the language of the app, not of the browser");

        let csv = exported(&app, &world, "format=csv&queue=open", "en").await;
        let text = csv.text();
        assert!(text.starts_with("\u{feff}Reference,Reported on,Kind"));
        assert!(text.contains("\"'=HYPERLINK(\"\"http://x\"\"), and more\""), "{text}");
        assert_eq!(text.lines().count(), 8);

        // The reporter's name is in no file, in no language, for nobody.
        for answer in [&english, &chinese] {
            let all = rows(answer).concat().join("\n");
            assert!(!all.contains("李红") && !all.contains("Li Hong"));
        }
        assert!(!text.contains("李红") && !text.contains("Li Hong"));
        let ended = exported(&app, &world, "format=csv&queue=ended", "en").await;
        assert_eq!(ended.text().lines().count(), 1, "the headers alone");
    }

    async fn a_long_table_comes_in_pieces(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let sent = report(&world.factory.codes[0], "named", 1).body;
        app.post("/api/v1/reports").json(&sent).await.expect("201");
        // The same case again and again, under other ids: to say it thousands of times takes a minute.
        let count = 6 * PIECE;
        let (id, numbers) = match app.app.db.kind() {
            "SQLite" => ("randomblob(16)", format!("(WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL
                SELECT n + 1 FROM n WHERE n < {count}) SELECT n FROM n) AS n")),
            _ => ("gen_random_uuid()", format!("generate_series(1, {count}) AS n (n)")),
        };
        let more = format!("INSERT INTO cases (enterprise_id, id, version, kind, category, voice, source, danger,
                area_id, text, state, reported_day, disputed)
            SELECT c.enterprise_id, {id}, c.version, c.kind, c.category, c.voice, c.source, c.danger, c.area_id,
                c.text, c.state, c.reported_day - n.n % 3, c.disputed FROM cases c CROSS JOIN {numbers}");
        app.fresh.tamper(&more).await;
        let path = world.factory.at("/cases/export?format=csv");
        let wanted = usize::try_from(6 * PIECE + 1).expect("a number");

        let look = || app.get(&world.factory.at("/cases?limit=1")).by(world.factory.officer());
        let statements = || app.app.db.statements();
        let before = statements();
        look().await.ok();
        let one = statements() - before;

        let before = statements();
        let mut pieces = app.get(&path).by(world.factory.officer()).pieces().await;
        let first = pieces.next().await.expect("a piece").expect("bytes");
        let lines = String::from_utf8(first.to_vec()).expect("text").lines().count();
        assert_eq!(lines, 2_001, "headers and one piece");
        // However long nobody takes more: what is read ahead is two pieces, and no more.
        for _ in 0..100 {
            look().await.ok();
        }
        let ahead = statements() - before - 101 * one;
        assert!(ahead <= 2, "{ahead} pieces were read that nobody has taken");
        let mut csv = String::from_utf8(first.to_vec()).expect("text");
        let mut count = 1;
        while let Some(piece) = pieces.next().await {
            csv.push_str(std::str::from_utf8(&piece.expect("bytes")).expect("text"));
            count += 1;
        }
        assert_eq!(count, 7);

        let rows: Vec<(&str, &str)> = csv.lines().skip(1)
            .filter_map(|line| line.split_once(','))
            .map(|(reference, rest)| (reference, rest.split(',').next().unwrap_or_default()))
            .collect();
        assert_eq!(rows.len(), wanted);
        let days: Vec<&str> = rows.iter().map(|(_, day)| *day).collect();
        assert!(days.is_sorted_by(|one, next| one >= next), "newest first");
        let list = app.get(&world.factory.at("/cases?limit=200")).by(world.factory.officer()).await.ok();
        let refs = list["items"].as_array().expect("items").iter().map(|it| it["ref"].as_str());
        assert!(refs.eq(rows[..200].iter().map(|(reference, _)| Some(*reference))), "as in the list");
        let workbook = exported(&app, &world, "format=xlsx", "en").await;
        assert_eq!(self::rows(&workbook).len(), wanted + 1);
    }
}
