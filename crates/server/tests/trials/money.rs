//! I8: the money. What is counted as paid is the sum of what was paid, and what was approved stands in the
//! record of its case with the same amount, once.

use std::collections::BTreeMap;

use hezuo_app::App;
use hezuo_domain::Scope;
use hezuo_domain::ids::EnterpriseId;
use hezuo_store::tallies::Stored;
use hezuo_store::{cases, rewards};
use serde_json::Value;

/// Rewards that were approved, whatever became of them, and the events that say so: as many of these as of those.
pub(crate) const APPROVED: &str = "reward WHERE minor IS NOT NULL";
pub(crate) const RECORDED: &str = "case_event WHERE action = 'reward'";

/// Compares the rewards of an enterprise with what is counted of them, and with the records of their cases.
pub(crate) async fn compare(
    app: &App,
    enterprise: EnterpriseId,
    counted: &[Stored],
) -> hezuo_app::Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
    let mut paid: BTreeMap<(String, i64), i64> = BTreeMap::new();
    let mut approved: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for reward in rewards::list(&mut tx, None, None, i64::MAX).await? {
        let (Some(minor), Some(currency)) = (reward.minor, reward.currency) else {
            continue;
        };
        match (reward.state.as_str(), reward.paid_day) {
            ("paid", Some(day)) => *paid.entry((currency.clone(), day)).or_default() += minor,
            ("paid", None) | (_, Some(_)) => faults.push("I8 a reward is paid by half".to_owned()),
            (_, None) => {}
        }
        let amounts = approved.entry(reward.case_id).or_default();
        amounts.push((minor, currency));
    }
    for it in rewards::paid_pay_codes(&mut tx, i64::MAX).await? {
        *paid.entry((it.currency, it.paid_day)).or_default() += it.minor;
    }
    let counted = counted.iter().filter(|it| it.0 == "reward");
    let counted = counted.map(|(_, currency, day, n)| ((currency.clone(), *day), *n));
    let counted: BTreeMap<_, _> = counted.collect();
    if counted != paid {
        faults.push(format!(
            "I8 {counted:?} is counted as paid by {enterprise}, where {paid:?} was"
        ));
    }
    for (case, mut amounts) in approved {
        let events = cases::load_event_rows(&mut tx, case).await?;
        let events = events.into_iter().filter(|it| it.action == "reward");
        let mut recorded: Vec<_> = events.filter_map(|it| amount(&it.payload?)).collect();
        amounts.sort();
        recorded.sort();
        if amounts != recorded {
            faults.push(format!(
                "I8 a case has rewards of {amounts:?} and a record of {recorded:?}"
            ));
        }
    }
    Ok(faults)
}

/// The amount of which an event tells.
fn amount(payload: &str) -> Option<(i64, String)> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    let money = &payload["details"]["money"];
    Some((
        money["minor"].as_i64()?,
        money["currency"].as_str()?.to_owned(),
    ))
}
