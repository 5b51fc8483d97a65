//! The pages as a browser gets them.

use askama::Template;
use hezuo_app::reports::LookedAt;
use hezuo_domain::{
    apart::Reader,
    cases::{Category, State},
    commitment::hex,
    report_code::ReportCode,
    time::Day,
};

use super::{
    Anonymous, Assets, CodePage, DoneLine, DonePage, Filled, FollowPage, Frame, Locale, Message,
    Place, PromisePage, ReportPage, Reward, Sent, SentPage, Standing,
};

/// What a stranger could write into any field.
const HOSTILE: &str = r#""><script>alert(1)</script><img src=x onerror='a()'>"#;

fn assets() -> Assets {
    Assets {
        script: Some("/report/main-1.js".into()),
        style: Some("/report/report-1.css".into()),
        plain_style: Some("/report/plain-1.css".into()),
    }
}

fn frame(assets: &Assets, locale: Locale) -> Frame<'_> {
    Frame {
        locale,
        assets,
        demo_notice: true,
    }
}

fn report_page<'a>(frame: Frame<'a>, word: &'a str, confidants: &'a [String]) -> ReportPage<'a> {
    ReportPage {
        frame,
        code: "K7Q2MX9A",
        enterprise: word,
        place: Some(Place {
            area: word,
            machine: Some(word),
        }),
        anonymous: Some(Anonymous {
            area: Some(word),
            heads: 46,
            finer: Some(word),
        }),
        intake: false,
        elsewhere: Some(word),
        confidants,
        readers: &[Reader::Team, Reader::Representative, Reader::Inspector],
        representatives: confidants,
        emergency_phone: Some("0572-119 120"),
        problem: Some(word),
        filled: Filled {
            text: word.into(),
            name: word.into(),
            category: word.into(),
            ..Filled::default()
        },
        seed: word,
    }
}

fn all_pages(locale: Locale, word: &str) -> Vec<String> {
    let assets = assets();
    let frame = frame(&assets, locale);
    let confidants = [word.to_owned(), word.to_owned()];
    let looks = [LookedAt {
        was_heard: false,
        by: word.to_owned(),
        day: Day(20_000),
    }];
    let standing = Standing {
        lookup: word,
        state: Some(State::Done),
        reported_day: "2026-03-02",
        category: Category::Machine,
        text: word,
        answer: Some(word),
        answered_day: Some("2026-03-03"),
        due_day: Some("2026-03-09"),
        fixed_day: Some("2026-03-08"),
        ask_fixed: true,
        thanks: false,
        messages: &[Message {
            from_team: true,
            day: "2026-03-04".into(),
            text: word.into(),
        }],
        writes_as: Some(word),
        apart: None,
        looks: &looks,
        reward: Some(Reward {
            amount: word,
            way: "pay_code",
            paid: false,
            pay_code: Some(word),
        }),
    };
    let line = DoneLine {
        category: Category::Machine,
        state: State::Done,
        reported_day: "2026-03-02".into(),
        days_to_answer: Some(1),
        fixed_day: Some("2026-03-08".into()),
        answer: word.into(),
    };
    let done = DonePage {
        frame,
        code: "K7Q2MX9A",
        enterprise: word,
        area: Some(word),
        lines: &[line],
    };
    let promise = PromisePage {
        frame,
        code: "K7Q2MX9A",
    };
    let follow = |standing| FollowPage {
        frame,
        standing,
        problem: Some(word),
    };
    let code = ReportCode::parse("0410-6105-0R3G-G28A-1C60-T3GF").unwrap();
    let sent = SentPage {
        frame,
        code: "K7Q2MX9A",
        sent: Some(Sent::new(&code)),
        danger: true,
        emergency_phone: Some(word),
    };
    let ask = CodePage {
        frame,
        problem: Some(word),
        typed: word,
    };
    vec![
        report_page(frame, word, &confidants).render().unwrap(),
        follow(Some(standing)).render().unwrap(),
        follow(None).render().unwrap(),
        sent.render().unwrap(),
        ask.render().unwrap(),
        done.render().unwrap(),
        promise.render().unwrap(),
    ]
}

#[test]
fn what_strangers_write_is_never_markup() {
    for page in all_pages(Locale::En, HOSTILE) {
        assert!(!page.contains("<script>"), "{page}");
        assert!(!page.contains("<img"), "{page}");
        assert!(!page.contains("onerror='"), "{page}");
    }
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    for page in all_pages(Locale::ZhCn, "x") {
        for forbidden in [
            " style=",
            " onclick=",
            " onload=",
            "javascript:",
            "<style",
            "http:",
            "https:",
            "//",
        ] {
            assert!(!page.contains(forbidden), "{forbidden} in {page}");
        }
    }
}

#[test]
fn both_languages_are_whole() {
    for locale in [Locale::ZhCn, Locale::En] {
        for page in all_pages(locale, "x") {
            assert!(page.contains(&format!("<html lang=\"{}\">", locale.tag())));
            // A key or a place for a value that is left over would show one of these.
            let visible = page
                .split("<script type=\"application/json\"")
                .next()
                .unwrap();
            for left_over in [
                "{name}", "{area}", "{heads}", "{first}", "{second}", "{day}", "voice.", "state.",
            ] {
                assert!(!visible.contains(left_over), "{left_over} in {visible}");
            }
        }
    }
}

#[test]
fn only_the_pictogram_is_required_and_the_safest_voice_is_chosen() {
    let assets = assets();
    let confidants = ["Wang Fang".to_owned(), "Li Qiang".to_owned()];
    let page = report_page(frame(&assets, Locale::En), "x", &confidants)
        .render()
        .unwrap();
    assert_eq!(page.matches(" required").count(), Category::ALL.len());
    assert!(page.contains(r#"value="anonymous" checked"#));
    assert!(page.contains("Only these can see your name: Wang Fang, Li Qiang."));
    assert!(page.contains(r#"href="tel:0572119120""#));
}

#[test]
fn a_server_of_the_factory_offers_no_anonymous_voice() {
    let assets = assets();
    let mut page = report_page(frame(&assets, Locale::En), "x", &[]);
    page.anonymous = None;
    page.filled.voice = "anonymous".into();
    let page = page.render().unwrap();
    assert!(!page.contains(r#"value="anonymous""#));
    assert!(!page.contains(r#"value="in_confidence""#));
    assert!(page.contains(r#"value="named" checked"#));
}

#[test]
fn a_form_that_comes_back_keeps_what_was_filled_in() {
    let assets = assets();
    let mut page = report_page(frame(&assets, Locale::En), "x", &[]);
    page.filled = Filled {
        category: "fire".into(),
        text: "smoke from the dryer".into(),
        voice: "named".into(),
        name: "4711".into(),
        finder: "team_leader".into(),
        danger: true,
        name_machine: true,
        reader: "inspector".into(),
    };
    let page = page.render().unwrap();
    for kept in [
        r#"value="fire" required checked"#,
        ">smoke from the dryer</textarea>",
        r#"value="named" checked"#,
        r#"value="4711""#,
        r#"value="team_leader" checked"#,
        r#"name="danger" value="1" checked"#,
        r#"name="name_machine" value="1" checked"#,
    ] {
        assert!(page.contains(kept), "{kept}");
    }
}

#[test]
fn the_code_that_the_server_makes_is_shown_in_groups_and_as_a_picture() {
    let page = &all_pages(Locale::En, "x")[3];
    assert!(page.contains("<span>0410</span> <span>6105</span> <span>0R3G</span>"));
    assert!(page.contains(r#"viewBox="0 0 33 33""#));
}

#[test]
fn the_follow_up_page_sends_back_the_lookup_and_never_the_code() {
    let page = &all_pages(Locale::En, "feed")[1];
    assert!(page.contains(r#"name="lookup" value="feed""#));
    assert!(!page.contains(r#"name="code""#));
    assert!(page.contains(r#"aria-current="step""#));
}

#[derive(serde::Deserialize)]
struct Vector {
    code: String,
    lookup: String,
    stored: String,
}

#[test]
fn the_phone_and_the_server_derive_the_same_from_a_report_code() {
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../../../../web/src/report/code.vectors.json")).unwrap();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let code = ReportCode::parse(&vector.code).unwrap();
        assert_eq!(code.to_string().replace(' ', "-"), vector.code);
        assert_eq!(hex(&code.lookup().0), vector.lookup);
        assert_eq!(hex(&code.lookup().stored()), vector.stored);
    }
}
