//! Imports small enough to be read.

use hezuo_app::imports::{self, Importer, Rows};
use hezuo_app::{Error, jobs};
use hezuo_domain::imports::{Field, Progress};
use hezuo_domain::people::Role;
use hezuo_domain::{Code, Scope};
use hezuo_store::cases::{Filter, Queue, list};
use hezuo_store::jobs::Lane;
use hezuo_store::on_both_databases;
use hezuo_store::places;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::{House, as_guessed, house};

const INJURIES: &str = "ACCIDENT_DT,INJ_BODY_PART,MINE_ID,NARRATIVE
2010-01-01,ANKLE,17,He slipped.
1/31/2010,KNEE,17,\"He fell,
twice.\"
2010年3月1日,ANKLE,18,
2010-01-01,ANKLE,17,He slipped.
";

const LEDGER: &str = "隐患排查台账,,,,,
排查日期,车间,隐患描述,隐患类别,整改状态,上报人姓名
2015-03-02,压机车间,防护罩缺失,机械,未整改,李红
2015年3月3日,压机车间,电线裸露,电气,已关闭,李红
2015/3/4,油漆车间,通道堵塞,通道,整改中,王强
";

fn code(error: &Error) -> Code {
    error.problem().code
}

fn many(rows: usize) -> String {
    let row = |at: usize| format!("2010-01-{:02},{},fell\n", at % 28 + 1, at % 40);
    let body: String = (0..rows).map(row).collect();
    format!("DATE,MINE_ID,NARRATIVE\n{body}")
}

async fn state_of(house: &House, importer: &Importer, queue: Queue) -> usize {
    let scope = Scope::Enterprise(importer.home().id);
    let mut tx = house.app.db.read(&scope).await.unwrap();
    let today = hezuo_domain::time::Day(20_000);
    list(&mut tx, queue, Filter::None, today, None, 100)
        .await
        .unwrap()
        .len()
}

on_both_databases! {
    async fn injuries_of_many_enterprises_become_records(fresh) {
        let house = house(fresh).await;
        let county = house.county().await;
        let import = house.checked(&county, "injuries.csv", INJURIES.as_bytes(), &[]).await;
        let good = Rows { total: 4, done: 4, known: 0, failed: 0 };
        assert_eq!((import.state, import.rows), (Progress::Checked, good));
        assert_eq!(import.mapping.enterprise_scheme.as_deref(), Some("mine-id"));
        assert!(house.counts(&county, import.id, "kind").await.is_empty(), "nothing is written yet");

        let import = house.run(&county, import.id).await;
        assert_eq!((import.state, import.rows), (Progress::Done, good));
        let counts = |by: &'static str| house.counts(&county, import.id, by);
        let expected = [("Mine 17".to_owned(), 3), ("Mine 18".to_owned(), 1)].into();
        assert_eq!(counts("enterprise").await, expected);
        assert_eq!(counts("kind").await, [("injury_imported".to_owned(), 4)].into());
        assert_eq!(counts("year").await, [("2010".to_owned(), 4)].into());
        let parts = counts("field:INJ_BODY_PART").await;
        assert_eq!(parts, [("ANKLE".to_owned(), 3), ("KNEE".to_owned(), 1)].into());
        assert_eq!(counts("field:gone").await, [(String::new(), 4)].into());

        // They are records: closed, counted, and nobody's task.
        let mut tx = house.app.db.read(&Scope::System("a test looks")).await.unwrap();
        let scheme = format!("{}:mine-id", county.home().short_code);
        let mines = places::find_aliases(&mut tx, &scheme).await.unwrap();
        drop(tx);
        let mine = mines.iter().find(|(value, _)| value == "17").unwrap().1;
        let tallies = house.tallies(mine).await;
        let of = |measure: &str, slice: &str| -> i64 {
            let fits = |it: &&hezuo_store::tallies::Stored| it.0 == measure && it.1 == slice;
            tallies.iter().filter(fits).map(|it| it.3).sum()
        };
        assert_eq!(of("reported", "injury_imported"), 3);
        assert_eq!((of("state", "closed"), of("state", "new")), (3, 0));
        let mut tx = house.app.db.read(&Scope::Enterprise(mine)).await.unwrap();
        let today = hezuo_domain::time::Day(20_000);
        let open = list(&mut tx, Queue::Open, Filter::None, today, None, 10).await.unwrap();
        assert!(open.is_empty());
        let all = list(&mut tx, Queue::All, Filter::None, today, None, 10).await.unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].reported_day, 14_640, "2010-01-31");
        assert!(all[0].text.contains('\n'));
        drop(tx);
        hezuo_app::ledger::sequence(&house.app).await.unwrap();
        let verified = hezuo_app::ledger::verify(&house.app, mine).await.unwrap();
        assert_eq!((verified.sequenced, verified.faults), (3, vec![]));
    }

    async fn a_ledger_of_hazards_goes_to_the_factory_itself(fresh) {
        let house = house(fresh).await;
        let factory = house.factory().await;
        let (gb, _, _) = encoding_rs::GB18030.encode(LEDGER);
        let import = house.imported(&factory, "台账.csv", &gb).await;
        assert_eq!((import.state, import.rows.done), (Progress::Done, 3));
        let counts = |by: &'static str| house.counts(&factory, import.id, by);
        assert_eq!(counts("kind").await, [("hazard".to_owned(), 3)].into());
        let kept = counts("field:隐患类别").await;
        assert_eq!(kept.get("通道"), Some(&1), "a category that is none of ours is kept");
        let names = counts("field:上报人姓名").await;
        assert_eq!(names, [(String::new(), 3)].into(), "people's names are left out");
        assert_eq!(state_of(&house, &factory, Queue::Open).await, 2);
        assert_eq!(state_of(&house, &factory, Queue::Ended).await, 1);

        let scope = Scope::Enterprise(factory.home().id);
        let mut tx = house.app.db.read(&scope).await.unwrap();
        let sites = places::sites(&mut tx).await.unwrap();
        assert_eq!(sites.len(), 1);
        assert_eq!(sites[0].name, "南浔木业");
        let areas = places::areas(&mut tx).await.unwrap();
        let names: Vec<&str> = areas.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        drop(tx);
        house.tallies(factory.home().id).await;
    }

    async fn a_broken_row_never_stops_the_others(fresh) {
        let house = house(fresh).await;
        let factory = house.factory().await;
        let mut bytes = "Date,Kind,Description,Part\n\
            2010-01-01,hazard,oil,A\n\
            ,hazard,no date,B\n\
            2010-02-30,hazard,no such day,C\n\
            2010-01-02,holiday,no kind,D\n\
            2010-01-03,hazard,too few\n\
            2010-01-04,hazard,too,many,F\n"
            .as_bytes()
            .to_vec();
        bytes.extend_from_slice(b"2010-01-05,hazard,\xff\xfe,G\n");
        bytes.extend_from_slice("2010-01-06,near miss,漏油,H\n2010-01-07,建议,换灯,I\n".as_bytes());
        let import = house.checked(&factory, "rows.csv", &bytes, &[]).await;
        let good = Rows { total: 9, done: 3, known: 0, failed: 6 };
        assert_eq!((import.state, import.rows), (Progress::Checked, good));
        let errors = imports::errors(&house.app, &factory, import.id, 0).await.unwrap();
        let lines = |errors: &imports::Errors| -> Vec<String> {
            let line = |it: &imports::RowError| {
                format!("{} {} {} {}", it.row, it.column, it.code, it.value)
            };
            errors.items.iter().map(line).collect()
        };
        let expected = [
            "3 Date import.row.missing ",
            "4 Date import.row.date 2010-02-30",
            "5 Kind import.row.value holiday",
            "6  import.row.columns 3",
            "7  import.row.columns 5",
            "8  import.row.encoding ",
        ];
        assert_eq!(lines(&errors), expected);
        assert_eq!(errors.next, None);
        assert_eq!(state_of(&house, &factory, Queue::All).await, 0, "a dry run writes no case");

        let import = house.run(&factory, import.id).await;
        assert_eq!((import.state, import.rows), (Progress::Done, good));
        let errors = imports::errors(&house.app, &factory, import.id, 0).await.unwrap();
        assert_eq!(lines(&errors), expected);
        let later = imports::errors(&house.app, &factory, import.id, 6).await.unwrap();
        assert_eq!(later.items.len(), 2);
        let kinds = house.counts(&factory, import.id, "kind").await;
        let one = |kind: &str| (kind.to_owned(), 1);
        assert_eq!(kinds, [one("hazard"), one("idea"), one("near_miss")].into());
    }

    async fn errors_come_in_pages(fresh) {
        let house = house(fresh).await;
        let factory = house.factory().await;
        let body = "soon,perhaps,x\n".repeat(150);
        let text = format!("Day,Status,Note\n2010-01-01,open,x\n{body}");
        let changes = [("Day", Some(Field::Date)), ("Status", Some(Field::State))];
        let import = house.checked(&factory, "a.csv", text.as_bytes(), &changes).await;
        assert_eq!(import.rows.failed, 150);
        let (mut after, mut seen) = (0, Vec::new());
        loop {
            let page = imports::errors(&house.app, &factory, import.id, after).await.unwrap();
            seen.extend(page.items.iter().map(|it| (it.row, it.column.clone())));
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let whole: Vec<(i64, String)> = (3..153)
            .flat_map(|row| [(row, "Day".to_owned()), (row, "Status".to_owned())])
            .collect();
        assert_eq!(seen, whole);
    }

    async fn running_again_skips_what_is_there(fresh) {
        let house = house(fresh).await;
        let county = house.county().await;
        let first = house.imported(&county, "injuries.csv", INJURIES.as_bytes()).await;
        let again = house.run(&county, first.id).await;
        let known = Rows { total: 4, done: 0, known: 4, failed: 0 };
        assert_eq!((again.state, again.rows), (Progress::Done, known));
        let same = imports::upload(&house.app, &county, "copy.csv", INJURIES.as_bytes().to_vec());
        let same = same.await.unwrap();
        assert_eq!((same.id, same.name.as_str()), (first.id, "injuries.csv"));
        assert_eq!(imports::list(&house.app, &county).await.unwrap().len(), 1);
        assert_eq!(house.counts(&county, first.id, "year").await["2010"], 4);

        // The dry run says so too.
        let request = as_guessed(&same, &[]);
        imports::set_mapping(&house.app, &county, same.id, request).await.unwrap();
        house.work().await;
        assert_eq!(house.find(&county, same.id).await.rows, known);

        // Rows that would go elsewhere would be written twice.
        let elsewhere = as_guessed(&same, &[("MINE_ID", None)]);
        let refused = imports::set_mapping(&house.app, &county, same.id, elsewhere).await;
        assert_eq!(code(&refused.unwrap_err()), Code::ImportState);

        // A changed file is another file.
        let longer = format!("{INJURIES}2011-05-05,WRIST,18,He fell.\n");
        let other = house.imported(&county, "injuries.csv", longer.as_bytes()).await;
        assert_ne!(other.id, first.id);
        assert_eq!(house.counts(&county, other.id, "enterprise").await.len(), 2);
        let mut tx = house.app.db.read(&Scope::System("a test looks")).await.unwrap();
        let scheme = format!("{}:mine-id", county.home().short_code);
        assert_eq!(places::find_aliases(&mut tx, &scheme).await.unwrap().len(), 2);
    }

    async fn one_home_never_reaches_the_enterprises_of_another(fresh) {
        let house = house(fresh).await;
        let county = house.county().await;
        let first = house.imported(&county, "injuries.csv", INJURIES.as_bytes()).await;
        let other = house.add(3, "authority", "吴兴区应急管理局").await;
        let other = house.administrator(&other).await;
        assert!(imports::list(&house.app, &other).await.unwrap().is_empty());
        let hidden = imports::find(&house.app, &other, first.id).await;
        assert_eq!(code(&hidden.unwrap_err()), Code::NotFound);
        let own = house.imported(&other, "injuries.csv", INJURIES.as_bytes()).await;
        assert_eq!(own.rows.done, 4, "the same numbers are its own enterprises");
        assert_eq!(house.counts(&county, first.id, "year").await["2010"], 4);
        assert_eq!(house.counts(&other, own.id, "year").await["2010"], 4);
    }

    async fn a_run_that_is_cut_short_goes_on(fresh) {
        let house = house(fresh).await;
        let county = house.county().await;
        let text = many(3_000);
        let import = house.checked(&county, "many.csv", text.as_bytes(), &[]).await;
        imports::start(&house.app, &county, import.id).await.unwrap();
        let some_are_written = async {
            loop {
                let rows = house.find(&county, import.id).await.rows;
                if rows.done >= 1_000 {
                    break rows.done;
                }
                tokio::task::yield_now().await;
            }
        };
        // The process dies: its work is dropped wherever it stands.
        let before = tokio::select! {
            biased;
            before = some_are_written => before,
            ended = jobs::run_next(&house.app) => panic!("it ended before it was cut: {ended:?}"),
        };
        let cut = house.find(&county, import.id).await;
        assert_eq!(cut.state, Progress::Running);
        assert!((before..3_000).contains(&cut.rows.done), "{:?}", cut.rows);
        let written = house.counts(&county, import.id, "kind").await["injury_imported"];
        assert_eq!(written, cut.rows.done, "progress is what was written");
        assert!(!jobs::run_next(&house.app).await.unwrap(), "its lease still runs");

        house.clock.advance_seconds(61);
        assert!(jobs::run_next(&house.app).await.unwrap());
        let done = house.find(&county, import.id).await;
        let whole = Rows { total: 3_000, done: 3_000, known: 0, failed: 0 };
        assert_eq!((done.state, done.rows), (Progress::Done, whole));
        assert_eq!(house.counts(&county, import.id, "kind").await["injury_imported"], 3_000);
        let mines = house.counts(&county, import.id, "enterprise").await;
        assert_eq!(mines.len(), 40);
        assert!(mines.values().all(|count| *count == 75));
    }

    async fn a_worker_that_lost_its_job_writes_nothing_more(fresh) {
        let house = house(fresh).await;
        let factory = house.factory().await;
        let import = house.checked(&factory, "a.csv", INJURIES.as_bytes(), &[]).await;
        imports::start(&house.app, &factory, import.id).await.unwrap();
        let scope = Scope::System("a test takes the job");
        let mut tx = house.app.db.write(&scope).await.unwrap();
        let now = house.app.now();
        let lost = hezuo_store::jobs::claim(&mut tx, Lane::Any, now, now).await.unwrap().unwrap();
        house.clock.advance_seconds(1);
        let now = house.app.now();
        let taken = hezuo_store::jobs::claim(&mut tx, Lane::Any, now, now).await.unwrap().unwrap();
        assert!(!hezuo_store::jobs::renew(&mut tx, &lost, now).await.unwrap());
        assert!(hezuo_store::jobs::renew(&mut tx, &taken, now).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_job_that_fails_is_tried_again_and_then_given_up(fresh) {
        let house = house(fresh).await;
        let factory = house.factory().await;
        let import = house.checked(&factory, "a.csv", INJURIES.as_bytes(), &[]).await;
        imports::start(&house.app, &factory, import.id).await.unwrap();
        let blobs = house.fresh.folder.join("blobs");
        let away = house.fresh.folder.join("away");
        std::fs::rename(&blobs, &away).unwrap();
        std::fs::write(&blobs, "a file where the folder was").unwrap();
        for attempt in 1..=5 {
            assert_eq!(house.find(&factory, import.id).await.state, Progress::Running);
            // What looks like a fault of the disk stops all writes, also the word that it failed.
            assert!(jobs::run_next(&house.app).await.is_err(), "attempt {attempt}");
            house.app.db.resume();
            assert!(!jobs::run_next(&house.app).await.unwrap(), "it waits before the next");
            house.clock.advance_seconds(2_000);
        }
        assert!(jobs::run_next(&house.app).await.unwrap(), "given up");
        let failed = house.find(&factory, import.id).await;
        assert_eq!(failed.state, Progress::Failed);
        assert_eq!(failed.error.as_deref(), Some("internal"));
        assert!(!jobs::run_next(&house.app).await.unwrap());

        std::fs::remove_file(&blobs).unwrap();
        std::fs::rename(&away, &blobs).unwrap();
        let done = house.run(&factory, import.id).await;
        assert_eq!((done.state, done.rows.done, done.error), (Progress::Done, 4, None));
    }

    async fn a_spreadsheet_is_read_like_a_text(fresh) {
        let house = house(fresh).await;
        let county = house.county().await;
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let day = Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_string(0, 0, "工伤事故台账").unwrap();
        sheet.write_row(1, 0, ["事故日期", "企业编号", "事故经过", "受伤部位"]).unwrap();
        let date = ExcelDateTime::from_ymd(2012, 2, 29).unwrap();
        sheet.write_datetime_with_format(2, 0, &date, &day).unwrap();
        sheet.write_number(3, 0, 40_968).unwrap();
        sheet.write_string(4, 0, "下周").unwrap();
        for row in 2..5 {
            sheet.write_number(row, 1, 1_102_632).unwrap();
            sheet.write_string(row, 2, "滑倒").unwrap();
        }
        sheet.write_string(2, 3, "踝").unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let import = house.imported(&county, "工伤.xlsx", &bytes).await;
        let rows = Rows { total: 3, done: 2, known: 0, failed: 1 };
        assert_eq!((import.state, import.rows), (Progress::Done, rows));
        let errors = imports::errors(&house.app, &county, import.id, 0).await.unwrap();
        assert_eq!((errors.items[0].row, errors.items[0].value.as_str()), (5, "下周"));
        assert_eq!(house.counts(&county, import.id, "year").await["2012"], 2);
        let enterprises = house.counts(&county, import.id, "enterprise").await;
        assert_eq!(enterprises, [("企业 1102632".to_owned(), 2)].into());
        let parts = house.counts(&county, import.id, "field:受伤部位").await;
        assert_eq!(parts, [("踝".to_owned(), 1), (String::new(), 1)].into());
    }

    async fn nobody_imports_what_is_not_theirs_to_import(fresh) {
        let house = house(fresh).await;
        let factory = house.factory().await;
        let access = house.caller(factory.home(), Role::Manager);
        let access = access.enter(&house.app, factory.home().id).await.unwrap();
        assert_eq!(Importer::of(&access).unwrap_err().code, Code::Forbidden);

        let bytes = INJURIES.as_bytes().to_vec();
        let import = imports::upload(&house.app, &factory, "a.csv", bytes).await.unwrap();
        assert!(!import.fields.contains(&Field::Enterprise));
        let mine = import.columns.iter().find(|it| it.name == "MINE_ID").unwrap();
        assert_eq!(mine.guess, None, "what may not be is not offered");
        let request = as_guessed(&import, &[("MINE_ID", Some(Field::Enterprise))]);
        let refused = imports::set_mapping(&house.app, &factory, import.id, request).await;
        assert_eq!(code(&refused.unwrap_err()), Code::Forbidden);

        // As it was offered, all rows are the factory's own.
        let request = as_guessed(&import, &[]);
        imports::set_mapping(&house.app, &factory, import.id, request).await.unwrap();
        house.work().await;
        let done = house.run(&factory, import.id).await;
        assert_eq!(done.rows.done, 4);
        let counts = house.counts(&factory, import.id, "enterprise").await;
        assert_eq!(counts, [("南浔木业".to_owned(), 4)].into());
        let kept = house.counts(&factory, import.id, "field:MINE_ID").await;
        assert_eq!(kept["17"], 3);
    }

    async fn steps_out_of_turn_and_files_that_are_none_are_refused(fresh) {
        let house = house(fresh).await;
        let factory = house.factory().await;
        let nothing = imports::upload(&house.app, &factory, "a.png", b"\x89PNG\r\n\0\0\0".to_vec());
        assert_eq!(code(&nothing.await.unwrap_err()), Code::ImportUnreadable);
        let huge = vec![b'x'; imports::MAX_FILE + 1];
        let huge = imports::upload(&house.app, &factory, "a.csv", huge).await;
        assert_eq!(code(&huge.unwrap_err()), Code::UploadTooLarge);

        let bytes = INJURIES.as_bytes().to_vec();
        let import = imports::upload(&house.app, &factory, "../a.csv", bytes).await.unwrap();
        assert_eq!(import.name, "a.csv");
        let early = imports::start(&house.app, &factory, import.id).await;
        assert_eq!(code(&early.unwrap_err()), Code::ImportState);
        let no_date = as_guessed(&import, &[("ACCIDENT_DT", None)]);
        let refused = imports::set_mapping(&house.app, &factory, import.id, no_date).await;
        let problem = refused.unwrap_err().problem();
        assert_eq!((problem.code, problem.path.as_deref()), (Code::ImportMapping, Some("date")));
        let request = as_guessed(&import, &[]);
        imports::set_mapping(&house.app, &factory, import.id, request.clone()).await.unwrap();
        let twice = imports::set_mapping(&house.app, &factory, import.id, request).await;
        assert_eq!(code(&twice.unwrap_err()), Code::ImportState);
        house.work().await;
        assert_eq!(house.run(&factory, import.id).await.state, Progress::Done);
    }

    async fn the_terminal_imports_into_the_only_home(fresh) {
        let house = house(fresh).await;
        let nobody = Importer::operator(&house.app, None).await;
        assert_eq!(code(&nobody.unwrap_err()), Code::InputMissing);
        let county = house.county().await;
        let operator = Importer::operator(&house.app, None).await.unwrap();
        assert_eq!(operator.home().id, county.home().id);
        house.imported(&operator, "injuries.csv", INJURIES.as_bytes()).await;
        let still = Importer::operator(&house.app, None).await.unwrap();
        assert_eq!(still.home().id, county.home().id, "what was imported is no home");
        house.factory().await;
        assert!(Importer::operator(&house.app, None).await.is_err());
        let named = Importer::operator(&house.app, Some("home0001")).await.unwrap();
        assert_eq!(named.home().name, "南浔木业");
    }
}
