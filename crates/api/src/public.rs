//! The pages that anybody can open: report, follow up, type the factory's code. They work without
//! a script; the script adds pictures made small, sending later, and the code made on the phone.

mod done;
mod form;

use axum::extract::{Form, Multipart, Path, Query};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use hezuo_app::Error;
use hezuo_app::answers::{self, Said};
use hezuo_app::reports::{self, Entrance, FollowUp, Notice, Submission, Upload};
use hezuo_app::rewards;
use hezuo_domain::Code;
use hezuo_domain::answers::Side;
use hezuo_domain::cases::{Category, Source};
use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::pay_code::PayCode;
use hezuo_domain::report_code::{Lookup, ReportCode};
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
use crate::state::{ApiState, Reached};
pub(crate) use done::done_page;
use form::Filling;

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
    match reports::enter(&state.app, code).await {
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
    match reports::enter(&state.app, &code).await {
        Ok(entrance) => {
            let answer = Answer {
                status: StatusCode::OK,
                problem: None,
                filled: Filled::default(),
            };
            show_form(&state, locale, &code, &entrance, answer).await
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
}

async fn show_form(
    state: &ApiState,
    locale: Locale,
    code: &str,
    entrance: &Entrance,
    answer: Answer,
) -> Result<Response> {
    let notice = reports::notice(&state.app, entrance.enterprise.id).await?;
    let named = |id: Option<Uuid>| entrance.areas.iter().find(|it| Some(it.id.0) == id);
    let place = entrance.area.as_ref().map(|area| {
        let around = named(area.parent_id).filter(|_| area.kind == "machine");
        match around {
            Some(around) => Place {
                area: &around.name,
                machine: Some(&area.name),
            },
            None => Place {
                area: &area.name,
                machine: None,
            },
        }
    });
    let kept = entrance.anonymous_area();
    let finer = entrance
        .area
        .as_ref()
        .filter(|area| kept.is_none_or(|kept| kept.id != area.id));
    let confidants: Vec<String> = notice
        .representatives
        .first()
        .into_iter()
        .chain(&notice.confidant)
        .cloned()
        .collect();
    let phone = Some(notice.emergency_phone.as_str()).filter(|phone| !phone.is_empty());
    let template = ReportPage {
        frame: frame(state, locale),
        code,
        enterprise: &entrance.enterprise.name,
        place,
        anonymous: Some(Anonymous {
            area: kept.map(|area| area.name.as_str()),
            heads: kept.and_then(|area| area.heads).unwrap_or(0),
            finer: finer.map(|area| area.name.as_str()),
        }),
        confidants: &confidants,
        emergency_phone: phone,
        problem: answer.problem,
        filled: answer.filled,
    };
    page(answer.status, &template)
}

/// Takes the form without a script: the server makes the report code, shows it once and keeps
/// only what is derived from it.
pub(crate) async fn send_form(
    Reached(state): Reached,
    Path(code): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    multipart: Multipart,
) -> Result<Response> {
    let locale = locale(&uri, &headers);
    let entrance = match reports::enter(&state.app, &code).await {
        Ok(entrance) => entrance,
        Err(error) => return ask_again(&state, locale, error.into(), &code),
    };
    let filling = form::read(multipart).await;
    let (filled, sent) = match filling {
        Ok(filling) => {
            let filled = filling.filled.clone();
            (filled, take(&state, &code, filling).await)
        }
        Err(error) => (Filled::default(), Err(error)),
    };
    match sent {
        Ok(report_code) => {
            // The report is in: whatever fails from here on must not take its code away.
            let notice = if filled.danger {
                reports::notice(&state.app, entrance.enterprise.id).await
            } else {
                Ok(Notice::default())
            };
            let notice = notice.unwrap_or_default();
            let phone = Some(notice.emergency_phone.as_str()).filter(|phone| !phone.is_empty());
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
            };
            show_form(&state, locale, &code, &entrance, answer).await
        }
    }
}

async fn take(state: &ApiState, wall_code: &str, filling: Filling) -> Result<ReportCode> {
    let report_code = ReportCode::random(state.app.random.as_ref());
    let lookup = report_code.lookup();
    // Pictures are checked before the report is stored, so that nothing is half-done.
    let report = filling.report()?;
    for picture in &filling.pictures {
        reports::check_upload(picture.clone()).await?;
    }
    let submission = Submission {
        wall_code: wall_code.to_owned(),
        lookup,
        digest: digest(&lookup.0),
        report,
        source: Source::Form,
    };
    reports::submit(&state.app, submission).await?;
    for (number, bytes) in filling.pictures.into_iter().enumerate() {
        let upload = Upload {
            name: format!("p{}.jpg", number + 1),
            stage: "before",
            bytes,
        };
        reports::attach(&state.app, lookup, upload).await?;
    }
    Ok(report_code)
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
                category: Category::parse(found.category).unwrap_or(Category::Other),
                text: &found.text,
                answer: found.answer.as_deref(),
                answered_day: answered.as_deref(),
                due_day: due.as_deref(),
                fixed_day: fixed.as_deref(),
                ask_fixed: found.asks_whether_fixed && !decided,
                thanks,
                messages: &messages,
                writes_as: found.may_write.then_some(id.as_str()),
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

async fn standing_of(state: &ApiState, form: FollowForm) -> Result<Opened> {
    let code = form.code.as_deref().filter(|text| !text.trim().is_empty());
    let code = code.map(ReportCode::parse).transpose()?;
    let held = match (&code, &form.lookup) {
        (Some(code), _) => code.lookup(),
        (None, Some(text)) => lookup(text)?,
        (None, None) => ReportCode::parse("")?.lookup(),
    };
    let mut taken = None;
    if let (Some(code), Some(_)) = (&code, &form.take) {
        let pay = PayCode::of(code);
        let claimed = rewards::claim(&state.app, held, pay.lookup()).await?;
        taken = Some((pay.to_string(), claimed.is_paid));
    }
    let (found, said) = match (form.id, form.message, form.fixed.as_deref()) {
        (Some(id), Some(text), _) => {
            let found = answers::reply(&state.app, held, id, &text).await?;
            (found, Now::Reply)
        }
        (_, _, Some(answer @ ("yes" | "no"))) => {
            let found = reports::verdict(&state.app, held, answer == "yes", form.note).await?;
            (found, Now::Verdict)
        }
        _ => (reports::follow_up(&state.app, held).await?, Now::Nothing),
    };
    Ok(Opened {
        held,
        found,
        said,
        taken,
    })
}
