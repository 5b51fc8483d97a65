//! The reward ledger as a table. Decisions name their cases; payments against pay codes stand in
//! rows of their own with amount and day, so that no row ties a payment to a case.

use hezuo_domain::Code;
use hezuo_domain::cases::reference;
use hezuo_domain::money::Money;
use hezuo_domain::permissions::Permission;
use hezuo_domain::time::Day;
use hezuo_reports::{Cell, Column, Kind, Sheet};
use hezuo_store::rewards::{self as rows, PaidPayCode, Reward};

use crate::cases::export::{MAX_ROWS, Words};
use crate::{Access, App, Result};

/// Rows that are read at a time.
const PIECE: i64 = 500;

fn columns(words: Words<'_>) -> Vec<Column> {
    let column = |name: &str, kind| Column::new(words(&format!("export.{name}")), kind);
    vec![
        column("reference", Kind::Text).wide(10),
        column("kind", Kind::Text).wide(14),
        column("text", Kind::Text).wide(50),
        column("reward_state", Kind::Text).wide(12),
        column("reward_way", Kind::Text).wide(14),
        column("approved", Kind::Money),
        column("paid", Kind::Money),
        column("currency", Kind::Text).wide(8),
        column("people", Kind::Integer),
        column("averted", Kind::Text).wide(10),
        column("reason", Kind::Text).wide(40),
        column("decided_name", Kind::Text).wide(14),
        column("decided_day", Kind::Day),
        column("paid_name", Kind::Text).wide(14),
        column("paid_day", Kind::Day),
        column("withdrawn_day", Kind::Day),
        column("withdrawn_reason", Kind::Text).wide(30),
        column("pack", Kind::Text).wide(16),
    ]
}

fn of_decision(it: Reward, words: Words<'_>) -> Vec<Cell> {
    let word = |family: &str, word: &str| Cell::from(words(&format!("{family}.{word}")));
    let money = it.minor.zip(it.currency.clone());
    let money = money.map(|(minor, currency)| Money { minor, currency });
    let paid = money.clone().filter(|_| it.paid_day.is_some());
    vec![
        reference(it.case_id).into(),
        word("kind", &it.kind),
        it.text.into(),
        word("export.reward_states", &it.state),
        word("export.reward_ways", &it.way),
        money.into(),
        paid.into(),
        it.currency.into(),
        it.people.into(),
        if it.averted {
            word("export", "yes")
        } else {
            Cell::Empty
        },
        it.reason.into(),
        it.decided_name.into(),
        Day(it.decided_day).into(),
        it.paid_name.into(),
        it.paid_day.map(Day).into(),
        it.withdrawn_day.map(Day).into(),
        it.withdrawn_reason.into(),
        it.pack.into(),
    ]
}

fn of_payment(it: PaidPayCode, words: Words<'_>) -> Vec<Cell> {
    let mut cells = vec![Cell::Empty; 18];
    cells[3] = words("export.reward_states.paid").into();
    cells[4] = words("export.reward_ways.pay_code").into();
    cells[6] = Money {
        minor: it.minor,
        currency: it.currency.clone(),
    }
    .into();
    cells[7] = it.currency.into();
    cells[13] = it.paid_name.into();
    cells[14] = Day(it.paid_day).into();
    cells
}

/// The whole ledger.
///
/// # Errors
/// `forbidden`, `export.too_long`.
pub async fn ledger(app: &App, access: &Access, words: Words<'_>) -> Result<Sheet> {
    access.require(Permission::RewardRead)?;
    let most = i64::try_from(MAX_ROWS).unwrap_or(i64::MAX);
    let mut tx = app.db.read(&access.scope()).await?;
    let mut table = Vec::new();
    let mut before = None;
    loop {
        let piece = rows::list(&mut tx, None, before, PIECE).await?;
        let is_last = (piece.len() as u64) < PIECE.unsigned_abs();
        before = piece.last().map(|last| (Day(last.decided_day), last.id));
        table.extend(piece.into_iter().map(|it| of_decision(it, words)));
        if is_last || table.len() > MAX_ROWS {
            break;
        }
    }
    let payments = rows::paid_pay_codes(&mut tx, most).await?;
    table.extend(payments.into_iter().map(|it| of_payment(it, words)));
    if table.len() > MAX_ROWS {
        return Err(Code::ExportTooLong.into());
    }
    Ok(Sheet {
        name: words("export.rewards"),
        made_on: access.today(app),
        columns: columns(words),
        rows: table,
    })
}
