//! What phones, intakes and servers say to each other: reports and envelopes whose bytes were changed.

use axum::http::Method;
use hezuo_app::envelopes::is_readable;
use hezuo_domain::commitment::hex;
use hezuo_domain::envelopes::pad;
use hezuo_domain::pay_code::PayCode;
use hezuo_domain::people::Role;
use hezuo_domain::report_code::ReportCode;
use hezuo_domain::uploads::PART;
use hezuo_testkit::{
    Call, Factory, Sent, TestApp, large_picture, picture, report, sha256, voice_clip, world,
};
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

/// A report without a name that was given a reward, to be taken with its pay code.
async fn rewarded(app: &TestApp, factory: &Factory) -> Sent {
    let sent = report(&factory.codes[0], "anonymous", 3);
    app.post("/api/v1/reports").json(&sent.body).await.ok();
    let release = app.post(&factory.at("/intake/release"));
    release.by(factory.officer()).await.ok();
    let list = app.get(&factory.at("/cases")).by(factory.officer());
    let list = list.await.ok();
    let is_it = |it: &&serde_json::Value| it["voice"] == "anonymous";
    let case = list["items"]
        .as_array()
        .and_then(|it| it.iter().find(is_it));
    let case = case.expect("the case");
    let path = factory.at(&format!("/cases/{}", case["id"].as_str().expect("an id")));
    let seen = app.get(&path).by(factory.officer()).await.ok();
    let accept = json!({"id": uuid::Uuid::from_u128(9), "version": seen["version"],
        "client": "desk", "action": {"type": "accept", "answer": "Yes."}});
    let accepted = app.post(&format!("{path}/actions")).by(factory.officer());
    accepted.json(&accept).await.ok();
    let approve = json!({"type": "approve", "minor": 10_000});
    let leader = factory.by(Role::EitLeader);
    let approved = app.post(&format!("{path}/reward")).by(leader);
    approved.json(&approve).await.ok();
    sent
}

/// A part of an upload in one input: a line with what its headers say, then its bytes. A "=" stands for the
/// hash that is right.
fn part(call: Call, input: &[u8]) -> Call {
    let at = input.iter().position(|byte| *byte == b'\n');
    let (line, bytes) = input.split_at(at.unwrap_or(input.len()));
    let bytes = bytes.get(1..).unwrap_or_default();
    // What no header can hold never comes to us.
    let visible = line.iter().map(|byte| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '?',
    });
    let line: String = visible.collect();
    let mut words = line.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let call = call.header("upload-offset", next());
    let call = call.header("upload-complete", next());
    let call = call.header("upload-length", next());
    let mut hash = |name| match next() {
        "=" => (name, sha256(bytes)),
        other => (name, other.to_owned()),
    };
    let (content, whole) = (hash("content-digest"), hash("repr-digest"));
    let call = call.header(content.0, &content.1);
    call.header(whole.0, &whole.1).bytes(bytes.to_vec())
}

/// What a browser sends that runs no script.
fn form() -> Vec<u8> {
    let field = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut form = String::new();
    for (name, value) in [
        ("category", "machine"),
        ("voice", "anonymous"),
        ("text", "是"),
    ] {
        form.push_str(&field(name, value));
    }
    form.push_str(
        "--b\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n",
    );
    form.push_str("Content-Type: image/png\r\n\r\n");
    [form.as_bytes(), &picture(), b"\r\n--b--\r\n"].concat()
}

/// A phone's requests, at a factory's server and at an intake.
#[test]
fn sync() {
    let threads = tokio::runtime::Runtime::new().expect("threads");
    let (app, both, code, paid) = threads.block_on(async {
        let app = TestApp::on(hezuo_store::testing::sqlite().await);
        let world = world(&app).await;
        let both = app.intake();
        let paid = rewarded(&app, &world.factory).await;
        (app, both, world.factory.codes[0].clone(), paid)
    });
    let (host, intake) = both;
    let key = threads.block_on(host.register("Huaxin")).expect("a key");
    let sent = report(&code, "named", 1);
    threads.block_on(async { app.post("/api/v1/reports").json(&sent.body).await.ok() });
    let body = sent.body.to_string();
    let envelope = json!({"after": uuid::Uuid::nil()}).to_string();
    let said = json!({"lookup": sent.lookup, "id": uuid::Uuid::nil(), "text": "是"}).to_string();
    let pay_lookup = PayCode::of(&ReportCode::parse(&paid.code).expect("a code")).lookup();
    let pay = json!({"lookup": paid.lookup, "pay_lookup": hex(&pay_lookup.0)}).to_string();
    let last = [&b"0 ?1 69 = =\n"[..], &picture()].concat();
    let first = [&b"0 ?0  = sha-256=:AAAA:\n"[..], &large_picture(PART, 7)].concat();
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
        seed(9, last.clone()),
        seed(9, first),
        seed(10, said.clone()),
        seed(11, pay),
        seed(12, form()),
        seed(13, last),
        seed(14, said),
        seed(15, form()),
    ];
    let bearer = format!("Bearer {key}");
    let page = format!("/r/{code}");
    let attachment = "/api/v1/reports/attachments/p1.jpg";
    let at_intake = |method, path: &str| Call::new(intake.clone(), method, path);
    target("sync", &seeds, |input| {
        let (which, body) = input.split_first().unwrap_or((&b'0', &[]));
        let which = which.wrapping_sub(b'0') % 16;
        let call = match which {
            0 => app.post("/api/v1/reports"),
            1 => app.put(attachment).header("report-lookup", &sent.lookup),
            2 => app.post("/api/v1/follow-up"),
            3 => app.post("/api/v1/follow-up/verdict"),
            4 => at_intake(Method::POST, "/api/v1/reports"),
            5 => at_intake(Method::POST, "/intake/v1/take"),
            6 => at_intake(Method::POST, "/intake/v1/confirm"),
            7 => at_intake(Method::POST, "/intake/v1/settle"),
            8 => at_intake(Method::POST, "/intake/v1/announce"),
            9 => app.patch(attachment).header("report-lookup", &sent.lookup),
            10 => app.post("/api/v1/follow-up/messages"),
            11 => app.post("/api/v1/follow-up/pay-code"),
            12 => app.post(&page),
            13 => at_intake(Method::PATCH, attachment).header("report-lookup", &sent.lookup),
            14 => at_intake(Method::POST, "/api/v1/follow-up/messages"),
            _ => at_intake(Method::POST, &page),
        };
        let call = match which {
            5..=8 => call.header("authorization", &bearer).bytes(body.to_vec()),
            9 | 13 => part(call, body),
            12 | 15 => call
                .header("content-type", "multipart/form-data; boundary=b")
                .bytes(body.to_vec()),
            _ => call.bytes(body.to_vec()),
        };
        let answer = threads.block_on(async { call.await });
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
