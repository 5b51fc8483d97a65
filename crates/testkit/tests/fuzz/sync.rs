//! What phones, intakes and servers say to each other: reports and envelopes whose bytes were changed.

use axum::http::Method;
use hezuo_app::envelopes::is_readable;
use hezuo_domain::envelopes::pad;
use hezuo_testkit::{Call, TestApp, picture, report, voice_clip, world};
use serde_json::json;

use crate::target;

/// A path and a body in one input: a digit that chooses, and the bytes.
fn seed(path: u8, body: impl Into<Vec<u8>>) -> Vec<u8> {
    let body: Vec<u8> = body.into();
    [&[b'0' + path][..], &body].concat()
}

fn told(status: u16, text: &str) -> Result<String, String> {
    if status >= 500 {
        return Err(format!("{status}: {text}"));
    }
    let code = text.split("\"code\":").nth(1).unwrap_or_default();
    Ok(format!(
        "{status} {}",
        code.chars().take(40).collect::<String>()
    ))
}

/// A phone's requests, at a factory's server and at an intake.
#[test]
fn sync() {
    let threads = tokio::runtime::Runtime::new().expect("threads");
    let (app, both, code) = threads.block_on(async {
        let app = TestApp::on(hezuo_store::testing::sqlite().await);
        let world = world(&app).await;
        let both = app.intake();
        (app, both, world.factory.codes[0].clone())
    });
    let (host, intake) = both;
    let key = threads.block_on(host.register("Huaxin")).expect("a key");
    let sent = report(&code, "named", 1);
    threads.block_on(async { app.post("/api/v1/reports").json(&sent.body).await.ok() });
    let body = sent.body.to_string();
    let envelope = json!({"after": uuid::Uuid::nil()}).to_string();
    let seeds = [
        seed(0, body.clone()),
        seed(0, report(&code, "anonymous", 2).body.to_string()),
        seed(1, picture()),
        seed(1, voice_clip()),
        seed(2, json!({"lookup": sent.lookup}).to_string()),
        seed(
            3,
            json!({"lookup": sent.lookup, "fixed": true, "note": "ok"}).to_string(),
        ),
        seed(4, body),
        seed(5, envelope),
        seed(6, json!({"ids": [uuid::Uuid::nil()]}).to_string()),
        seed(7, json!({"standings": [[vec![7; 32], "AAAA"]]}).to_string()),
        seed(
            8,
            json!({"doors": [], "public_key": vec![7; 32]}).to_string(),
        ),
    ];
    let bearer = format!("Bearer {key}");
    target("sync", &seeds, |input| {
        let (which, body) = input.split_first().unwrap_or((&b'0', &[]));
        let which = which.wrapping_sub(b'0') % 9;
        let call = match which {
            0 => app.post("/api/v1/reports"),
            1 => app
                .put("/api/v1/reports/attachments/p1.jpg")
                .header("report-lookup", &sent.lookup),
            2 => app.post("/api/v1/follow-up"),
            3 => app.post("/api/v1/follow-up/verdict"),
            4 => Call::new(intake.clone(), Method::POST, "/api/v1/reports"),
            5 => Call::new(intake.clone(), Method::POST, "/intake/v1/take"),
            6 => Call::new(intake.clone(), Method::POST, "/intake/v1/confirm"),
            7 => Call::new(intake.clone(), Method::POST, "/intake/v1/settle"),
            _ => Call::new(intake.clone(), Method::POST, "/intake/v1/announce"),
        };
        let call = if which >= 5 {
            call.header("authorization", &bearer)
        } else {
            call
        };
        let answer = threads.block_on(async { call.bytes(body.to_vec()).await });
        told(answer.status.as_u16(), &answer.text()).map(|it| format!("{which} {it}"))
    });
}

/// What is in an envelope that somebody else has sealed.
#[test]
fn words() {
    let lookup = vec![7; 32];
    let words = [
        json!({"Attachment": {"lookup": lookup, "name": "p1.jpg"}}),
        json!({"Message": {"lookup": lookup, "id": uuid::Uuid::nil(), "text": "是"}}),
        json!({"Verdict": {"lookup": lookup, "fixed": true, "note": ""}}),
    ];
    let seeds = words.map(|word| {
        let json = word.to_string().into_bytes();
        let length = u32::try_from(json.len()).unwrap_or_default().to_be_bytes();
        pad(&[&length[..], &json, b"bytes"].concat()).expect("it fits")
    });
    assert!(
        seeds.iter().all(|seed| is_readable(seed)),
        "the seeds are words"
    );
    target("words", &seeds, |input| {
        Ok(format!(
            "{} {}",
            is_readable(input),
            input.len().max(1).ilog2()
        ))
    });
}
