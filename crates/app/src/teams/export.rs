//! The minutes of a meeting as tables: what was decided, and who was there.
//!
//! As in the minutes themselves, nothing tells who raised a case.

use hezuo_domain::cases::reference;
use hezuo_domain::ids::MeetingId;
use hezuo_domain::time::Day;
use hezuo_reports::{Cell, Column, Kind, Sheet};
use hezuo_store::teams::{Attendance, Meeting};

use super::{Line, find_meeting};
use crate::cases::export::Words;
use crate::{Access, App, Result};

fn columns(words: Words<'_>, all: &[(&str, Kind, u8)]) -> Vec<Column> {
    let column = |&(name, kind, width): &(&str, Kind, u8)| {
        Column::new(words(&format!("export.{name}")), kind).wide(width)
    };
    // Which meeting it was stands in each row, so that the tables of many can be put together.
    let meeting = [
        ("team", Kind::Text, 16),
        ("meeting", Kind::Integer, 8),
        ("day", Kind::Day, 12),
    ];
    meeting.iter().chain(all).map(column).collect()
}

fn head(meeting: &Meeting) -> Vec<Cell> {
    vec![
        meeting.team_name.as_str().into(),
        meeting.number.into(),
        Day(meeting.local_day).into(),
    ]
}

fn decision(line: Line, words: Words<'_>) -> Vec<Cell> {
    let decided = line.action.as_deref().unwrap_or("put_off");
    let decided = match decided {
        "put_off" => words("minutes.put_off"),
        action => words(&format!("minutes.action.{action}")),
    };
    let due = line.due_day.and_then(|day| day.parse::<Day>().ok());
    vec![
        reference(line.case).into(),
        words(&format!("kind.{}", line.kind)).into(),
        line.text.into(),
        line.area_name.into(),
        decided.into(),
        line.words.join(" ").into(),
        line.into.map(reference).into(),
        line.owner_name.into(),
        due.into(),
    ]
}

fn attendance(it: Attendance, words: Words<'_>) -> Vec<Cell> {
    let word = |family: &str, value: Option<String>| {
        Cell::from(value.map(|value| words(&format!("{family}.{value}"))))
    };
    let is_guest = it.person_id.is_none();
    let role = if is_guest {
        word("guest", it.guest_kind)
    } else {
        word("team_role", it.role)
    };
    vec![
        it.name.or(it.guest_name).into(),
        role,
        word("side", it.side),
        words(if it.present {
            "minutes.present"
        } else {
            "minutes.absent"
        })
        .into(),
    ]
}

/// What was decided in a meeting and who was there, in this order.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn tables(
    app: &App,
    access: &Access,
    id: MeetingId,
    words: Words<'_>,
) -> Result<[Sheet; 2]> {
    let detail = find_meeting(app, access, id).await?;
    let with_head = |cells: Vec<Cell>| [head(&detail.meeting), cells].concat();
    let lines = detail.lines.into_iter();
    let decisions = lines.map(|line| with_head(decision(line, words)));
    let people = detail.people.into_iter();
    let people = people.map(|it| with_head(attendance(it, words)));
    Ok([
        Sheet {
            name: words("minutes.title"),
            made_on: detail.today,
            columns: columns(
                words,
                &[
                    ("reference", Kind::Text, 10),
                    ("kind", Kind::Text, 14),
                    ("text", Kind::Text, 50),
                    ("area", Kind::Text, 20),
                    ("decision", Kind::Text, 14),
                    ("decision_words", Kind::Text, 50),
                    ("merged_into", Kind::Text, 10),
                    ("owner", Kind::Text, 14),
                    ("due_day", Kind::Day, 12),
                ],
            ),
            rows: decisions.collect(),
        },
        Sheet {
            name: words("export.attendance"),
            made_on: detail.today,
            columns: columns(
                words,
                &[
                    ("name", Kind::Text, 16),
                    ("team_role", Kind::Text, 16),
                    ("side", Kind::Text, 12),
                    ("attended", Kind::Text, 10),
                ],
            ),
            rows: people.collect(),
        },
    ])
}
