//! The eyes of every trial: what must hold of a factory's data after whatever happened. The names are those
//! of the invariants: I1 what was acknowledged is there once, I2 nothing is there by half, I3 the chains
//! verify, I4 counts equal those made anew, I5 an anonymous report has no reporter, I6 every picture that a
//! row names is whole, I8 the money counted is the sum of what was paid, I9 the database is sound. (I7 has
//! nothing to look at yet: sensors and models do not exist; I10 is looked at where a server is killed or its
//! disk fails.)

use std::collections::{BTreeMap, BTreeSet};

use hezuo_app::{App, directory, ledger, oversight, reports, tallies, tlog};
use hezuo_domain::Scope;
use hezuo_domain::commitment::digest;
use hezuo_store::backup::{examine as read_through, named_blobs};
use hezuo_store::oversight::fold::{Stored, sums};
use hezuo_store::{cases, intake, rewards};

use super::ground::Place;
use super::items::{Item, answer, lookup, minor, text, voice, words};
use super::load::Told;
use super::money;

/// Looks at everything; one line for each thing that does not hold.
pub(crate) async fn examine(place: &Place, told: &Told) -> Vec<String> {
    let mut faults = told.odd.clone();
    if place.url.is_empty()
        && let Err(error) = read_through(&place.data.join("hezuo.db")).await
    {
        faults.push(format!("I9 {error}"));
        return faults;
    }
    let app = match place.open().await {
        Ok(app) => app,
        Err(error) => {
            faults.push(format!("I9 it does not open: {error}"));
            return faults;
        }
    };
    let rows = hezuo_store::testing::rows(&app.db, &COUNTED).await;
    if let Err(error) = look(&app, told, &rows, &mut faults).await {
        faults.push(format!("I9 it can't be read: {error}"));
    }
    app.db.close().await;
    faults
}

async fn look(
    app: &App,
    told: &Told,
    rows: &BTreeMap<&str, i64>,
    faults: &mut Vec<String>,
) -> hezuo_app::Result<()> {
    for item in &told.taken {
        if let Some(fault) = missing(app, *item).await? {
            faults.push(format!("I1 {fault}"));
        }
    }
    let reports = |by_name: bool, from: &BTreeSet<Item>| -> i64 {
        let fits = |it: &&Item| matches!(it, Item::Report(n) if (voice(*n) == "named") == by_name);
        i64::try_from(from.iter().filter(fits).count()).unwrap()
    };
    let of = |table: &str| rows.get(table).copied().unwrap_or(0);
    let (codes, kept) = (of("report_code"), of("cases") + of("intake_report"));
    if codes != kept {
        faults.push(format!("I1 {codes} report codes lead to {kept} reports"));
    }
    let most = reports(true, &told.tried) + reports(false, &told.tried);
    if codes > most {
        faults.push(format!("I1 {codes} reports of {most} that were ever sent"));
    }
    let (least, most) = (reports(true, &told.taken), reports(true, &told.tried));
    if of(NAMELESS) > 0 {
        faults.push("I5 an anonymous case has a reporter".to_owned());
    }
    // Who has spoken in confidence is kept beside his case once that is let out.
    let named = of("case_reporter") - of(CONFIDED);
    if named < least || named > most {
        faults.push(format!(
            "I5 {named} reporters, where {least} to {most} gave their name"
        ));
    }
    let (approved, recorded) = (of(money::APPROVED), of(money::RECORDED));
    if approved != recorded {
        faults.push(format!(
            "I8 {approved} rewards were approved, and {recorded} events say so"
        ));
    }
    ledger::sequence(app).await?;
    for enterprise in directory::all(app).await? {
        let found = ledger::verify(app, enterprise).await?;
        faults.extend(found.faults.iter().map(|it| format!("I2 I3 {it}")));
        let scope = Scope::Enterprise(enterprise);
        let mut tx = app.db.read(&scope).await?;
        let before = hezuo_store::tallies::everything(&mut tx).await?;
        drop(tx);
        // Before the counts are made anew, which would heal them.
        faults.extend(money::compare(app, enterprise, &before).await?);
        tallies::rebuild(app, enterprise).await?;
        let mut tx = app.db.read(&scope).await?;
        let after = hezuo_store::tallies::everything(&mut tx).await?;
        if before != after {
            faults.push(format!(
                "I4 the counts of {enterprise} are not those of its events"
            ));
        }
    }
    let folded = sums_of_divisions(app).await?;
    oversight::rebuild(app).await?;
    if folded != sums_of_divisions(app).await? {
        faults.push("I4 the sums of divisions are not those of their factories".to_owned());
    }
    tlog::fold(app).await?;
    let log = tlog::verify(app, None).await?;
    faults.extend(log.faults.iter().map(|it| format!("I3 {it}")));
    let mut tx = app
        .db
        .read(&Scope::System("a trial looks at all pictures"))
        .await?;
    let named = named_blobs(&mut tx).await?;
    drop(tx);
    for (enterprise, hash) in named {
        let bytes = app.blobs.get(enterprise, &hash).await?;
        if bytes.is_none_or(|bytes| digest(&bytes) != hash) {
            faults.push("I6 a picture is missing or torn".to_owned());
        }
    }
    Ok(())
}

/// What is counted: the rows of tables, or some of them.
const COUNTED: [&str; 8] = [
    "report_code",
    "cases",
    "intake_report",
    "case_reporter",
    CONFIDED,
    NAMELESS,
    money::APPROVED,
    money::RECORDED,
];

/// Cases of what was said in confidence.
const CONFIDED: &str = "cases WHERE voice = 'in_confidence'";

/// Reporters of anonymous cases.
const NAMELESS: &str = "case_reporter r JOIN cases c
    ON c.enterprise_id = r.enterprise_id AND c.id = r.case_id WHERE c.voice = 'anonymous'";

/// The sums of all divisions, after whatever waits was folded into them.
async fn sums_of_divisions(app: &App) -> hezuo_app::Result<Vec<Stored>> {
    oversight::fold(app).await?;
    let scope = Scope::System("a trial reads the sums of all divisions");
    let mut tx = app.db.read(&scope).await?;
    Ok(sums(&mut tx).await?)
}

/// What is missing of an item that was acknowledged.
async fn missing(app: &App, item: Item) -> hezuo_app::Result<Option<String>> {
    let scope = Scope::System("a trial looks for what was acknowledged");
    let mut tx = app.db.read(&scope).await?;
    let stored = lookup(item.number()).stored();
    let entry = cases::find_report_code(&mut tx, stored).await?;
    drop(tx);
    let Some(entry) = entry else {
        return Ok(Some(format!("{item:?} was acknowledged and is lost")));
    };
    let standing = reports::follow_up(app, lookup(item.number())).await;
    let standing = match standing {
        Ok(standing) => standing,
        Err(error) => {
            return Ok(Some(format!(
                "{item:?} was acknowledged and is lost: {error}"
            )));
        }
    };
    let found = match item {
        Item::Report(number) => usize::from(standing.text == text(number)),
        Item::Words(number) => {
            let of = |said: &&hezuo_app::answers::Said| said.text == words(number);
            standing.messages.iter().filter(of).count()
        }
        Item::Step(number) => usize::from(standing.answer == Some(answer(number))),
        Item::Picture(_) | Item::Clip(_) | Item::Parts(_) => {
            let name = item.file().map(|(name, _)| name);
            let mut tx = app.db.read(&Scope::ReportCode(entry.enterprise)).await?;
            let waiting = intake::find_attachments(&mut tx, entry.case).await?;
            let known = cases::find_attachments(&mut tx, entry.case).await?;
            let of = |it: &&cases::Attachment| Some(it.name.as_str()) == name;
            waiting.iter().chain(&known).filter(of).count()
        }
        Item::Plan(_) | Item::Finish(_) | Item::Verify(_) => {
            let action = match item {
                Item::Plan(_) => "plan",
                Item::Finish(_) => "finish",
                _ => "verify",
            };
            let mut tx = app.db.read(&Scope::Enterprise(entry.enterprise)).await?;
            let events = cases::load_event_rows(&mut tx, entry.case).await?;
            events.iter().filter(|it| it.action == action).count()
        }
        Item::Reward(number) | Item::Paid(number) => {
            let mut tx = app.db.read(&Scope::Enterprise(entry.enterprise)).await?;
            let given = rewards::of_case(&mut tx, entry.case).await?;
            let stands = |it: &&rewards::Reward| {
                let is_paid = it.state == "paid";
                let is_approved = it.state == "approved" && matches!(item, Item::Reward(_));
                (is_paid || is_approved) && it.minor == Some(minor(number))
            };
            given.iter().filter(stands).count()
        }
    };
    Ok((found != 1).then(|| format!("{item:?} was acknowledged and is there {found} times")))
}
