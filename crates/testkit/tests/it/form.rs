//! The form without a script: whoever saw no answer presses again.

use axum::Router;
use axum::http::Method;
use hezuo_app::Budget;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Call, Factory, TestApp, large_picture, report, world};

/// One who reports at a page without a script.
struct Browser {
    router: Router,
    page: String,
}

/// What stands behind some words, up to the next quotation mark.
fn behind<'a>(text: &'a str, words: &str) -> &'a str {
    let (_, rest) = text
        .split_once(words)
        .unwrap_or_else(|| panic!("{words} in {text}"));
    rest.split('"').next().expect("a beginning")
}

/// The report code on a page that says that a report was received.
fn code(answer: &Answer) -> String {
    let text = answer.clone().expect("200").text();
    let (_, rest) = text.split_once("class=\"code\">").expect("a code");
    let shown = rest
        .split("</p>")
        .next()
        .expect("an end")
        .replace("</span>", "");
    let code = shown.replace("<span>", "").trim().to_owned();
    assert_eq!(code.len(), 29, "{code}");
    code
}

impl Browser {
    fn at(app: &TestApp, factory: &Factory) -> Self {
        let page = format!("/r/{}?lang=en", factory.codes[0]);
        Self {
            router: app.router(),
            page,
        }
    }

    /// Opens the page; what it gives the form along.
    async fn open(&self) -> String {
        let call = Call::new(self.router.clone(), Method::GET, &self.page);
        let page = call.await.expect("200");
        assert_eq!(page.header("cache-control"), "no-store");
        behind(&page.text(), "name=\"seed\" value=\"").to_owned()
    }

    /// Sends the form as a browser does, which draws a boundary each time.
    async fn send(&self, boundary: &str, fields: &[(&str, &str)], pictures: &[&[u8]]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let head =
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        for picture in pictures {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"picture\"; \
                filename=\"IMG_0001.png\"\r\nContent-Type: image/png\r\n\r\n"
            );
            body.extend([head.as_bytes(), picture, b"\r\n"].concat());
        }
        body.extend(format!("--{boundary}--\r\n").into_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        let call = Call::new(self.router.clone(), Method::POST, &self.page);
        call.header("content-type", &kind).bytes(body).await
    }

    /// What a report code opens, as a page.
    async fn follow(&self, code: &str) -> String {
        let call = Call::new(self.router.clone(), Method::POST, "/f?lang=en");
        let call = call.header("content-type", "application/x-www-form-urlencoded");
        call.bytes(format!("code={}", code.replace(' ', "+")))
            .await
            .expect("200")
            .text()
    }
}

/// Pictures and reports that are kept.
async fn kept(app: &TestApp) -> (usize, usize) {
    let rows = app.fresh.dump().await;
    let of = |table: &str| rows.iter().filter(|row| row.starts_with(table)).count();
    (
        of("report_code "),
        of("intake_attachment ") + of("case_attachment "),
    )
}

fn anonymous<'a>(seed: &'a str, text: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("seed", seed),
        ("category", "machine"),
        ("voice", "anonymous"),
        ("text", text),
    ]
}

on_both_databases! {
    async fn a_form_sent_again_is_one_report_with_one_code(fresh) {
        let app = TestApp::changed(fresh, |app| app.limits.reports = Budget::about(9));
        let factory = &world(&app).await.factory;
        let browser = Browser::at(&app, factory);
        let (seed, picture) = (browser.open().await, large_picture(2_000, 1));
        let form = anonymous(&seed, "the guard is off");
        // The answer was lost; the second one costs nothing of what a code on the wall may take.
        let lost = browser.send("b1", &form, &[&picture]).await;
        assert_eq!(kept(&app).await, (1, 1));
        let mut number = 0;
        while app.post("/api/v1/reports").json(&report(&factory.codes[0], "anonymous", number).body).await.status == 201 {
            number += 1;
        }
        let before = kept(&app).await;
        let again = browser.send("b2", &form, &[&picture]).await;
        assert_eq!(code(&again), code(&lost));
        assert_eq!(again.text(), lost.text());
        assert_eq!(kept(&app).await, before);
        assert!(browser.follow(&code(&again)).await.contains("the guard is off"));
        let rows = app.fresh.dump().await;
        assert!(!rows.iter().any(|row| row.contains(&seed)), "the server does not keep it");
    }

    async fn a_picture_that_was_lost_on_the_way_comes_with_the_form_sent_again(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let browser = Browser::at(&app, factory);
        let (seed, picture) = (browser.open().await, large_picture(2_000, 1));
        let form = anonymous(&seed, "the guard is off");
        let first = browser.send("b1", &form, &[&picture]).await;
        app.fresh.tamper("DELETE FROM intake_attachment").await;
        assert_eq!(kept(&app).await, (1, 0));
        let again = browser.send("b2", &form, &[&picture]).await;
        assert_eq!(code(&again), code(&first));
        assert_eq!(kept(&app).await, (1, 1));
    }

    async fn on_a_page_that_was_left_open_somebody_else_gets_a_code_of_his_own(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let browser = Browser::at(&app, factory);
        let seed = browser.open().await;
        assert_ne!(browser.open().await, seed, "a page opened anew is another one");
        let (one, two) = (large_picture(2_000, 1), large_picture(2_000, 2));
        let mut codes = Vec::new();
        for (text, pictures) in [("", vec![]), ("mine", vec![]), ("", vec![&*one]), ("", vec![&*two])] {
            codes.push(code(&browser.send("b", &anonymous(&seed, text), &pictures).await));
        }
        let mut danger = anonymous(&seed, "").to_vec();
        danger.push(("danger", "1"));
        codes.push(code(&browser.send("b", &danger, &[]).await));
        codes.sort();
        codes.dedup();
        assert_eq!((codes.len(), kept(&app).await), (5, (5, 2)));
    }

    async fn a_form_that_comes_back_leads_where_it_would_have_led(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let browser = Browser::at(&app, factory);
        let seed = browser.open().await;
        let form = |name| [("seed", &*seed), ("category", "idea"), ("text", "fans \"higher\" up"),
            ("voice", "named"), ("name", name)];
        let refused = browser.send("b", &form(""), &[]).await;
        assert_eq!(refused.status.as_u16(), 422);
        assert_eq!(behind(&refused.text(), "name=\"seed\" value=\""), seed);
        assert!(refused.text().contains("fans &#34;higher&#34; up</textarea>"));
        assert_eq!(kept(&app).await, (0, 0));
        let taken = browser.send("b", &form("1003"), &[]).await;
        assert_eq!(code(&browser.send("b", &form("1003"), &[]).await), code(&taken));
        assert_eq!(kept(&app).await, (1, 0));
    }

    async fn a_form_without_what_its_page_gave_along_is_taken_too(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let browser = Browser::at(&app, factory);
        let without = &anonymous("", "an old page")[1..];
        let mut codes = vec![code(&browser.send("b", without, &[]).await)];
        for broken in ["", "12", "\"><script>", &"é".repeat(32)] {
            let sent = browser.send("b", &anonymous(broken, "an old page"), &[]).await;
            codes.push(code(&sent));
        }
        codes.sort();
        codes.dedup();
        assert_eq!((codes.len(), kept(&app).await.0), (5, 5));
        let mut loud = anonymous("\"><script>", "x");
        loud[2].1 = "loud";
        let refused = browser.send("b", &loud, &[]).await;
        assert_eq!(refused.status.as_u16(), 422);
        assert_eq!(behind(&refused.text(), "name=\"seed\" value=\"").len(), 64);
    }

    async fn at_an_intake_a_form_sent_again_is_one_report_too(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let (host, router) = app.intake();
        let doorway = hezuo_app::reports::doorway(&app.app, &factory.codes[0]).await.expect("a door");
        let directory = hezuo_app::envelopes::Directory {
            // Nobody opens anything here.
            public_key: [9; 32],
            doors: vec![(factory.codes[0].clone(), doorway)],
        };
        let key = host.register("Huaxin").await.expect("a key");
        let server = host.server(&key).await.expect("a server");
        host.announce(server, directory).await.expect("announced");
        let browser = Browser { router, ..Browser::at(&app, factory) };
        let (seed, picture) = (browser.open().await, large_picture(2_000, 1));
        let form = anonymous(&seed, "the guard is off");
        let lost = browser.send("b1", &form, &[&picture]).await;
        let again = browser.send("b2", &form, &[&picture]).await;
        assert_eq!(code(&again), code(&lost));
        let rows = app.fresh.dump().await;
        let envelopes = rows.iter().filter(|row| row.starts_with("envelope ")).count();
        assert_eq!(envelopes, 2, "the report and its picture");
        assert!(browser.follow(&code(&again)).await.contains("the guard is off"));
        let other = browser.send("b", &anonymous(&seed, "mine"), &[]).await;
        assert_ne!(code(&other), code(&lost));
    }
}
