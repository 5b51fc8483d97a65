//! The pages that anybody can open: report, follow up, type the factory's code. They work without
//! a script; the script adds pictures made small, sending later, and the code made on the phone.

mod done;
mod form;
mod promise;

use axum::extract::{Form, Multipart, Path, Query};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use hezuo_app::Error;
use hezuo_app::answers::Said;
use hezuo_app::reports::{self, Doorway, FollowUp, Submission, Upload};
use hezuo_domain::Code;
use hezuo_domain::answers::Side;
use hezuo_domain::cases::Source;
use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::pay_code::PayCode;
use hezuo_domain::report_code::{FormSeed, Lookup, ReportCode};
use serde::Deserialize;
use uuid::Uuid;

use crate::guard::locale;
use crate::html::page;
use crate::pages::{
    Anonymous, CodePage, Filled, FollowPage, Frame, Locale, Message, Place, ReportPage, Reward,
    Sent, SentPage, Standing,
};
use crate::problem::{ApiError, Result, problem_text, status};
use crate::reports::lookup;
use crate::state::{ApiState, Channel, Reached};
pub(crate) use done::done_page;
use form::Filling;
pub(crate) use promise::promise_page;

fn frame(state: &ApiState, locale: Locale) -> Frame<'_> {
    Frame {
        locale,
        assets: &state.assets,
        demo_notice: state.settings.demo,
    }
}

/// A problem as a page shows it: what is the user's own stays on the page, what is ours is passed on.
fn shown(error: ApiError, locale: Locale) -> Result<(StatusCode, &'static str)> {
    match &error.0 {
        Error::Problem(problem) => Ok((
            status(problem.code.kind()),
            problem_text(problem.code, locale),
        )),
        Error::Store(store) if store.code() != Code::Internal => Ok((
            status(store.code().kind()),
            problem_text(store.code(), locale),
        )),
        _ => Err(error),
    }
}

#[derive(Deserialize)]
pub(crate) struct CodeQuery {
    code: Option<String>,
}

/// Asks for the factory's code, or leads to its page.
pub(crate) async fn code_page(
    Reached(state): Reached,
    Query(query): Query<CodeQuery>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response> {
    let locale = locale(&uri, &headers);
    let typed = query.code.unwrap_or_default();
    // People paste the whole address as often as the code in it.
    let code = typed.trim().rsplit('/').next().unwrap_or_default();
    if code.is_empty() {
        let page_of = CodePage {
            frame: frame(&state, locale),
            problem: None,
            typed: "",
        };
        return page(StatusCode::OK, &page_of);
    }
    match state.desk.doorway(code).await {
        Ok(_) => Ok(Redirect::to(&format!("/r/{code}?lang={}", locale.tag())).into_response()),
        Err(error) => ask_again(&state, locale, error.into(), code),
    }
}

fn ask_again(state: &ApiState, locale: Locale, error: ApiError, typed: &str) -> Result<Response> {
    let (status, problem) = shown(error, locale)?;
    page(
        status,
        &CodePage {
            frame: frame(state, locale),
            problem: Some(problem),
            typed,
        },
    )
}

/// The report page behind a code on the wall.
pub(crate) async fn report_page(
    Reached(state): Reached,
    Path(code): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response> {
    let locale = locale(&uri, &headers);
    match state.desk.doorway(&code).await {
        Ok(doorway) => {
            let answer = Answer {
                status: StatusCode::OK,
                problem: None,
                filled: Filled::default(),
                seed: FormSeed::random(state.app.random.as_ref()),
            };
            show_form(&state, locale, &code, &doorway, answer)
        }
        Err(error) => {
            let typed = code.split('.').next().unwrap_or_default();
            ask_again(&state, locale, error.into(), typed)
        }
    }
}

struct Answer {
    status: StatusCode,
    problem: Option<&'static str>,
    filled: Filled,
    seed: FormSeed,
}

fn show_form(
    state: &ApiState,
    locale: Locale,
    code: &str,
    doorway: &Doorway,
    answer: Answer,
) -> Result<Response> {
    let channel = &state.settings.channel;
    let place = doorway.area.as_deref().map(|area| Place {
        area,
        machine: doorway.machine.as_deref(),
    });
    let elsewhere = match channel {
        Channel::Whole => None,
        Channel::Open(url) => url.as_ref().map(|url| format!("{url}/r/{code}")),
        Channel::Anonymous => doorway.with_name.clone(),
    };
    let anonymous = Anonymous {
        area: doorway.kept.as_deref(),
        heads: doorway.heads,
        finer: doorway.finer.as_deref(),
    };
    let template = ReportPage {
        frame: frame(state, locale),
        code,
        enterprise: &doorway.enterprise,
        place,
        anonymous: Some(anonymous).filter(|_| !matches!(channel, Channel::Open(_))),
        intake: *channel == Channel::Anonymous,
        elsewhere: elsewhere.as_deref(),
        confidants: &doorway.confidants,
        readers: &doorway.readers,
        representatives: &doorway.representatives,
        emergency_phone: doorway.emergency_phone.as_deref(),
        problem: answer.problem,
        filled: answer.filled,
        seed: &answer.seed.to_string(),
    };
    page(answer.status, &template)
}

/// Takes the form without a script: the server makes the report code, shows it and keeps only what is
/// derived from it. Whoever saw no answer and sends the same form again gets the same one.
pub(crate) async fn send_form(
    Reached(state): Reached,
    Path(code): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    multipart: Multipart,
) -> Result<Response> {
    let locale = locale(&uri, &headers);
    let doorway = match state.desk.doorway(&code).await {
        Ok(doorway) => doorway,
        Err(error) => return ask_again(&state, locale, error.into(), &code),
    };
    let fresh = || FormSeed::random(state.app.random.as_ref());
    let (filled, seed, sent) = match form::read(&code, multipart).await {
        Ok(mut filling) => {
            let filled = filling.filled.clone();
            let seed = filling.seed.take().unwrap_or_else(fresh);
            let report_code = filling.code(&seed);
            let taken = take(&state, &code, &report_code, filling).await;
            (filled, seed, taken.map(|()| report_code))
        }
        Err(error) => (Filled::default(), fresh(), Err(error)),
    };
    match sent {
        Ok(report_code) => {
            let phone = doorway.emergency_phone.as_deref();
            page(
                StatusCode::OK,
                &SentPage {
                    frame: frame(&state, locale),
                    code: &code,
                    sent: Some(Sent::new(&report_code)),
                    danger: filled.danger,
                    emergency_phone: phone,
                },
            )
        }
        Err(error) => {
            let (status, problem) = shown(error, locale)?;
            let answer = Answer {
                status,
                problem: Some(problem),
                filled,
                seed,
            };
            show_form(&state, locale, &code, &doorway, answer)
        }
    }
}

async fn take(
    state: &ApiState,
    wall_code: &str,
    report_code: &ReportCode,
    filling: Filling,
) -> Result<()> {
    let lookup = report_code.lookup();
    // Pictures are checked before the report is stored, so that nothing is half-done.
    let report = filling.report()?;
    for picture in &filling.pictures {
        reports::check_upload(&state.app, picture.clone()).await?;
    }
    let submission = Submission {
        wall_code: wall_code.to_owned(),
        lookup,
        // The code follows from the content: one for each, so it says whether two are the same.
        digest: digest(&lookup.0),
        report,
        source: Source::Form,
        day: None,
    };
    state.settings.channel.require(submission.report.voice)?;
    state.desk.submit(submission, None).await?;
    for (number, bytes) in filling.pictures.into_iter().enumerate() {
        let upload = Upload {
            name: format!("p{}.jpg", number + 1),
            stage: "before",
            bytes,
        };
        state.desk.attach(lookup, upload).await?;
    }
    Ok(())
}

/// Asks for a report code.
pub(crate) async fn follow_page(
    Reached(state): Reached,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response> {
    let locale = locale(&uri, &headers);
    let asks = FollowPage {
        frame: frame(&state, locale),
        standing: None,
        problem: None,
    };
    page(StatusCode::OK, &asks)
}

#[derive(Deserialize)]
pub(crate) struct FollowForm {
    code: Option<String>,
    lookup: Option<String>,
    fixed: Option<String>,
    #[serde(default)]
    note: String,
    id: Option<Uuid>,
    message: Option<String>,
    /// The pay code is wanted.
    take: Option<String>,
}

/// What the reporter has just said, if anything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Now {
    Nothing,
    Reply,
    Verdict,
}

/// What a code opened, with what was done on the way.
struct Opened {
    held: Lookup,
    found: FollowUp,
    said: Now,
    /// The pay code and whether it was paid; only without a script, which derives it on the phone.
    taken: Option<(String, bool)>,
}

/// Shows where a report stands, and takes the answer to "is it fixed?".
pub(crate) async fn follow_form(
    Reached(state): Reached,
    headers: HeaderMap,
    uri: Uri,
    Form(form): Form<FollowForm>,
) -> Result<Response> {
    let locale = locale(&uri, &headers);
    match standing_of(&state, form).await {
        Ok(Opened {
            held,
            found,
            said,
            taken,
        }) => {
            let decided = said == Now::Verdict;
            let thanks = said != Now::Nothing;
            let held = hex(&held.0);
            let amount = found.reward.as_ref().map(|it| it.money.to_string());
            let reward = found.reward.as_ref().zip(amount.as_deref());
            let reward = reward.map(|(it, amount)| Reward {
                amount,
                way: it.way.as_str(),
                paid: it.is_paid || taken.as_ref().is_some_and(|(_, paid)| *paid),
                pay_code: taken.as_ref().map(|(code, _)| code.as_str()),
            });
            let text = |day: Option<hezuo_domain::time::Day>| day.map(|day| day.to_string());
            let (answered, due, fixed) = (
                text(found.answered_day),
                text(found.due_day),
                text(found.fixed_day),
            );
            let reported = found.reported_day.to_string();
            let messages: Vec<Message> = found.messages.into_iter().map(message).collect();
            let id = state.app.random.uuid().to_string();
            let standing = Standing {
                lookup: &held,
                state: found.state,
                reported_day: &reported,
                category: found.category,
                text: &found.text,
                answer: found.answer.as_deref(),
                answered_day: answered.as_deref(),
                due_day: due.as_deref(),
                fixed_day: fixed.as_deref(),
                ask_fixed: found.asks_whether_fixed && !decided,
                thanks,
                messages: &messages,
                writes_as: found.may_write.then_some(id.as_str()),
                apart: found.apart,
                looks: &found.looks,
                reward,
            };
            let standing = Some(standing);
            page(
                StatusCode::OK,
                &FollowPage {
                    frame: frame(&state, locale),
                    standing,
                    problem: None,
                },
            )
        }
        Err(error) => {
            let (status, problem) = shown(error, locale)?;
            let problem = Some(problem);
            page(
                status,
                &FollowPage {
                    frame: frame(&state, locale),
                    standing: None,
                    problem,
                },
            )
        }
    }
}

fn message(it: Said) -> Message {
    Message {
        from_team: it.side == Side::Team,
        day: it.day.to_string(),
        text: it.text,
    }
}

/// What no code leads to.
const NOBODYS: Lookup = Lookup([0; 32]);

async fn standing_of(state: &ApiState, form: FollowForm) -> Result<Opened> {
    let typed = form.code.as_deref().filter(|text| !text.trim().is_empty());
    let code = typed.and_then(|typed| ReportCode::parse(typed).ok());
    // What is no code at all is looked for like one that nobody has, so that both take as long.
    let held = match (typed, &code, &form.lookup) {
        (_, Some(code), _) => code.lookup(),
        (None, _, Some(text)) => lookup(text).unwrap_or(NOBODYS),
        _ => NOBODYS,
    };
    let mut taken = None;
    if let (Some(code), Some(_)) = (&code, &form.take) {
        let pay = PayCode::of(code);
        let claimed = state.desk.claim(held, pay.lookup()).await?;
        taken = Some((pay.to_string(), claimed.is_paid));
    }
    let (found, said) = match (form.id, form.message, form.fixed.as_deref()) {
        (Some(id), Some(text), _) => {
            let found = state.desk.reply(held, id, &text).await?;
            (found, Now::Reply)
        }
        (_, _, Some(answer @ ("yes" | "no"))) => {
            let found = state.desk.verdict(held, answer == "yes", form.note).await?;
            (found, Now::Verdict)
        }
        _ => (state.desk.follow_up(held).await?, Now::Nothing),
    };
    Ok(Opened {
        held,
        found,
        said,
        taken,
    })
}
