//! Uploads in parts: what breaks goes on, from any process, and nothing is half-done.

use hezuo_app::uploads::parts::forget;
use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::people::Role;
use hezuo_domain::uploads::{MOST_OF_ALL, PART};
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Call, TestApp, World, large_picture, picture, report, sha256, world};

const TWO_DAYS: i64 = 2 * 24 * 3600;

/// Something to which pictures can be added, and how they are sent there.
struct Target {
    path: String,
    lookup: Option<String>,
    cookie: String,
}

/// Files in a folder and below.
fn files(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|it| it.expect("an entry").path());
    paths
        .map(|it| if it.is_dir() { files(&it) } else { 1 })
        .sum()
}

impl Target {
    /// A report by its code.
    async fn report(app: &TestApp, world: &World, voice: &str, number: u64) -> Self {
        let sent = report(&world.factory.codes[0], voice, number);
        app.post("/api/v1/reports")
            .json(&sent.body)
            .await
            .expect("201");
        Self {
            path: "/api/v1/reports/attachments/".to_owned(),
            lookup: Some(sent.lookup),
            cookie: String::new(),
        }
    }

    /// The first case, by somebody who mends it.
    async fn case(app: &TestApp, world: &World) -> Self {
        let officer = world.factory.officer();
        let list = app.get(&world.factory.at("/cases")).by(officer).await.ok();
        let id = list["items"][0]["id"].as_str().expect("a case");
        Self {
            path: world.factory.at(&format!("/cases/{id}/attachments/")),
            lookup: None,
            cookie: officer.cookie.clone(),
        }
    }

    fn call(&self, app: &TestApp, name: &str) -> Call {
        self.dress(app.patch(&format!("{}{name}", self.path)))
    }

    fn whole(&self, app: &TestApp, name: &str) -> Call {
        self.dress(app.put(&format!("{}{name}", self.path)))
    }

    fn dress(&self, call: Call) -> Call {
        match &self.lookup {
            Some(lookup) => call.header("report-lookup", lookup),
            None => call.header("cookie", &self.cookie),
        }
    }
}

/// Where an answer says to go on.
fn offset(answer: &Answer) -> usize {
    answer.header("upload-offset").parse().expect("an offset")
}

fn is_complete(answer: &Answer) -> bool {
    answer.header("upload-complete") == "?1"
}

async fn lying(app: &TestApp) -> usize {
    let rows = app.fresh.dump().await;
    rows.iter()
        .filter(|row| row.starts_with("upload_part "))
        .count()
}

async fn named(app: &TestApp, name: &str) -> usize {
    let rows = app.fresh.dump().await;
    let of = |row: &&String| {
        (row.starts_with("case_attachment ") || row.starts_with("intake_attachment "))
            && row.contains(name)
    };
    rows.iter().filter(of).count()
}

on_both_databases! {
    async fn an_upload_goes_on_where_it_broke(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let targets = [
            Target::report(&app, &world, "named", 1).await,
            Target::report(&app, &world, "in_confidence", 2).await,
            Target::report(&app, &world, "anonymous", 3).await,
            Target::case(&app, &world).await,
        ];
        for (at, target) in (0..).zip(&targets) {
            for broken in 0..4_u8 {
                // Of the last one, the length is a multiple of that of a part.
                let length = if broken == 3 { 4 * PART } else { 3 * PART + 70_000 };
                let upload = large_picture(length, 16 * at + broken);
                let name = format!("p{at}-{broken}.jpg");
                for part in 0..usize::from(broken) {
                    let answer = target.call(&app, &name).part(&upload, part * PART).await;
                    let answer = answer.expect("204");
                    assert_eq!((offset(&answer), is_complete(&answer)), ((part + 1) * PART, false));
                    assert_eq!(named(&app, &name).await, 0, "nothing is half-done");
                }
                let asked = target.call(&app, &name).ask(&upload).await.expect("204");
                assert_eq!(offset(&asked), usize::from(broken) * PART);
                for part in usize::from(broken)..4 {
                    let answer = target.call(&app, &name).part(&upload, part * PART).await;
                    assert_eq!(is_complete(&answer.expect("204")), part == 3);
                }
                assert_eq!((named(&app, &name).await, lying(&app).await), (1, 0));
                // Whoever did not hear so asks, or sends the last part once more.
                let asked = target.call(&app, &name).ask(&upload).await.expect("204");
                assert!(is_complete(&asked));
                let again = target.call(&app, &name).part(&upload, 3 * PART).await.expect("204");
                assert!(is_complete(&again));
                assert_eq!((named(&app, &name).await, lying(&app).await), (1, 0));
            }
        }
    }

    async fn parts_that_come_twice_early_or_damaged_change_nothing(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let target = Target::report(&app, &world, "anonymous", 1).await;
        let upload = large_picture(3 * PART, 1);
        let send = |from: usize| target.call(&app, "p1.jpg").part(&upload, from);
        let early = send(PART).await.expect("409 upload.part_misplaced");
        assert_eq!((offset(&early), is_complete(&early)), (0, false));
        assert!(early.json()["detail"].as_str().is_some_and(|it| it.contains("Send on")));
        let damaged = send(0).bytes(large_picture(PART, 2)).await.expect("409 upload.damaged");
        assert_eq!((offset(&damaged), lying(&app).await), (0, 0));
        for _ in 0..2 {
            assert_eq!(offset(&send(0).await.expect("204")), PART, "the second time it is known");
        }
        let damaged = send(PART).header("content-digest", &sha256(b"other")).await;
        assert_eq!(offset(&damaged.expect("409 upload.damaged")), PART);
        let odd = send(PART).header("upload-offset", "262145").await;
        assert_eq!(offset(&odd.expect("409 upload.part_misplaced")), PART);
        send(PART).bytes(vec![0; PART - 1]).await.expect("422 upload.part_length");
        send(PART).bytes(vec![0; PART + 1]).await.expect("422 upload.part_length");
        for (header, value) in [
            ("upload-offset", "-1"),
            ("upload-complete", "yes"),
            ("content-digest", "sha-256=:AAAA:"),
            ("repr-digest", "md5=:AAAA:"),
        ] {
            let expected = format!("422 input.invalid at {header}");
            send(PART).header(header, value).await.expect(&expected);
        }
        send(0).header("report-lookup", "00").await.expect("404 report.unknown_code");
        let place = target.dress(app.patch("/api/v1/reports/attachments/..%2fx"));
        place.part(&upload, 0).await.expect("422 input.invalid at name");
        // What was said of the whole is not so: it begins anew, from its first part.
        let wrong = large_picture(2 * PART, 9);
        let lie = |from| {
            let call = target.call(&app, "p2.jpg").part(&wrong, from);
            call.header("repr-digest", &sha256(b"something else"))
        };
        lie(0).await.expect("204");
        let begun = lie(PART).await.expect("409 upload.damaged");
        assert_eq!((offset(&begun), lying(&app).await, named(&app, "p2").await), (0, 1, 0));
        send(PART).await.expect("204");
        assert!(is_complete(&send(2 * PART).await.expect("204")));
        assert_eq!((lying(&app).await, named(&app, "p1").await), (0, 1));
    }

    async fn two_devices_with_other_bytes_under_one_name_do_not_mix(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let target = Target::report(&app, &world, "named", 1).await;
        let (one, other) = (large_picture(2 * PART, 1), large_picture(2 * PART, 2));
        let send = |upload: &[u8], from| target.call(&app, "p1.jpg").part(upload, from);
        send(&one, 0).await.expect("204");
        assert_eq!(offset(&send(&other, PART).await.expect("409 upload.part_misplaced")), 0);
        send(&other, 0).await.expect("204");
        assert_eq!(lying(&app).await, 2);
        assert!(is_complete(&send(&other, PART).await.expect("204")));
        assert!(is_complete(&send(&one, PART).await.expect("204")), "the name is taken, as for a whole");
        assert_eq!(named(&app, "p1.jpg").await, 1);
        // What the slower one had begun goes by itself.
        assert_eq!(lying(&app).await, 1);
        app.clock.advance_seconds(TWO_DAYS + 24 * 3600);
        assert_eq!(forget(&app.app).await.expect("forgotten"), 1);
        assert_eq!(lying(&app).await, 0);
    }

    async fn what_nobody_finishes_is_forgotten_after_two_days_and_says_nothing_until_then(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let target = Target::report(&app, &world, "anonymous", 1).await;
        let upload = large_picture(3 * PART, 1);
        target.call(&app, "p1.jpg").part(&upload, 0).await.expect("204");
        app.clock.advance_seconds(24 * 3600);
        target.call(&app, "p1.jpg").part(&upload, PART).await.expect("204");
        let rows = app.fresh.dump().await;
        let rows: Vec<_> = rows.iter().filter(|it| it.starts_with("upload_part ")).collect();
        let telling = [
            hex(&upload[300..332]),
            hex(&digest(&upload)),
            hex(&digest(&upload[..PART])),
            target.lookup.clone().expect("one"),
        ];
        for row in &rows {
            let row = row.to_lowercase();
            assert!(telling.iter().all(|it| !row.contains(it.as_str())), "a row tells something");
            // Microseconds since 1970 have sixteen digits; what is sealed comes last.
            let start = hezuo_testkit::START.0.to_string();
            assert!(!row[..300].contains(&start[..6]), "a row tells an instant");
        }
        // Nor does it tell that somebody else has sent the same picture.
        let other = Target::report(&app, &world, "anonymous", 2).await;
        other.call(&app, "p1.jpg").part(&upload, 0).await.expect("204");
        let rows = app.fresh.dump().await;
        let marks: Vec<&str> = rows
            .iter()
            .filter(|it| it.starts_with("upload_part "))
            .map(|row| {
                let words = row.split(|it: char| !it.is_alphanumeric());
                let mut words = words.map(|it| it.trim_start_matches('x'));
                words.find(|it| it.len() == 64).expect("a mark")
            })
            .collect();
        let distinct: std::collections::BTreeSet<&str> = marks.iter().copied().collect();
        assert_eq!((marks.len(), distinct.len()), (3, 2), "one mark for each upload");
        other.call(&app, "p1.jpg").part(&upload, PART).await.expect("204");
        assert!(is_complete(&other.call(&app, "p1.jpg").part(&upload, 2 * PART).await.expect("204")));
        app.clock.advance_seconds(24 * 3600);
        assert_eq!((forget(&app.app).await.expect("looked"), lying(&app).await), (0, 2));
        app.clock.advance_seconds(24 * 3600);
        // Both parts at once: half an upload is none.
        assert_eq!((forget(&app.app).await.expect("looked"), lying(&app).await), (2, 0));
        let late = target.call(&app, "p1.jpg").part(&upload, 2 * PART).await;
        assert_eq!(offset(&late.expect("409 upload.part_misplaced")), 0);
    }

    async fn there_is_room_for_so_much_and_a_whole_is_always_taken(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let target = Target::report(&app, &world, "named", 1).await;
        let other = Target::report(&app, &world, "named", 2).await;
        // One report may hold so much and no more.
        let huge = large_picture(40 * PART, 1);
        let mut sent = 0;
        let full = loop {
            let name = format!("p{}.jpg", sent / 39);
            let answer = target.call(&app, &name).part(&huge, sent % 39 * PART).await;
            if answer.status != 204 {
                break answer;
            }
            sent += 1;
        };
        full.expect("507 upload.no_room");
        assert_eq!(sent, 64);
        let small = large_picture(2 * PART, 3);
        other.call(&app, "p1.jpg").part(&small, 0).await.expect("204");
        // And all together: as if others had sent as much in the hours before.
        let mut lying = 65;
        while lying < 8 * i64::from(MOST_OF_ALL) {
            let more = format!(
                "INSERT INTO upload_part (enterprise_id, report_id, mark, number, local_day, sealed)
                SELECT enterprise_id, report_id, mark, number + {lying}, local_day, mark
                FROM upload_part WHERE number BETWEEN 1 AND 60"
            );
            lying += i64::try_from(app.fresh.tamper(&more).await).expect("few");
        }
        app.clock.advance_seconds(3_600);
        let room = other.call(&app, "p2.jpg").part(&small, 0);
        room.await.expect("507 upload.no_room");
        other.whole(&app, "p2.jpg").bytes(small.clone()).await.expect("204");
        // What has begun may end.
        assert!(is_complete(&other.call(&app, "p1.jpg").part(&small, PART).await.expect("204")));
    }

    async fn what_is_no_picture_leaves_nothing_and_the_limits_are_those_of_a_whole(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let target = Target::report(&app, &world, "named", 1).await;
        let mut hostile = large_picture(2 * PART, 1);
        hostile[..4].copy_from_slice(b"<svg");
        target.call(&app, "p1.jpg").part(&hostile, 0).await.expect("204");
        let refused = target.call(&app, "p1.jpg").part(&hostile, PART).await;
        refused.expect("415 upload.not_a_picture");
        assert_eq!((lying(&app).await, named(&app, "p1").await), (0, 0));
        for number in 1..=6 {
            target.whole(&app, &format!("q{number}.jpg")).bytes(picture()).await.expect("204");
        }
        let upload = large_picture(2 * PART, 2);
        let more = target.call(&app, "q7.jpg").part(&upload, 0);
        more.await.expect("409 upload.too_many");
        let known = target.call(&app, "q6.jpg").part(&upload, 0).await.expect("204");
        assert!(is_complete(&known));
        let case = Target::case(&app, &world).await;
        let administrator = world.factory.by(Role::Administrator);
        let foreign = app.patch(&format!("{}x.jpg", case.path)).by(administrator);
        foreign.part(&upload, 0).await.expect("403 forbidden");
        assert_eq!(lying(&app).await, 0);
    }

    async fn the_same_name_again_stores_nothing(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        for target in [Target::report(&app, &world, "named", 1).await, Target::case(&app, &world).await] {
            let name = if target.lookup.is_some() { "p1.jpg" } else { "p2.jpg" };
            target.whole(&app, name).bytes(picture()).await.expect("204");
            let before = files(app.app.blobs.root());
            for number in 1..4 {
                let other = large_picture(1_000 * number, 7);
                target.whole(&app, name).bytes(other).await.expect("204");
            }
            assert_eq!(files(app.app.blobs.root()), before, "the disk would fill up");
        }
    }
}
