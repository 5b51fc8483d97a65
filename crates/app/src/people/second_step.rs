//! Who works on only with a second step, and who has shown one.

use hezuo_domain::Scope;
use hezuo_domain::second_step::{Need, Rule, Standing};
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, people::Grant};
use hezuo_store::people::{SessionEntry, sessions, set_second_step_since};

use crate::{App, Caller, Result};

/// What the rule of this server asks of whoever is behind a session.
pub(super) fn need(rule: Option<&Rule>, found: &SessionEntry, today: Day) -> Need {
    let standing = Standing {
        stepped: found.stepped,
        has: found.has_second,
        since: found.second_step_since,
    };
    rule.map_or(Need::Nothing, |it| it.need(&found.grants, standing, today))
}

/// At the first sign-in of somebody whom the rule asks the days begin.
pub(super) async fn begin_days(app: &App, caller: &Caller) -> Result<()> {
    let asks = |grants: &[Grant]| app.second_step.as_ref().is_some_and(|it| it.asks(grants));
    if !asks(&caller.grants) {
        return Ok(());
    }
    let zone = Zone::named(&caller.home.time_zone).ok_or(Code::ZoneUnknown)?;
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    set_second_step_since(&mut tx, caller.user, zone.day(app.now())).await?;
    tx.commit().await?;
    Ok(())
}

/// Notes that the caller has shown a second step in this session.
pub(super) async fn shown(tx: &mut hezuo_store::Tx, caller: &Caller) -> Result<()> {
    sessions::step(tx, caller.session).await?;
    Ok(())
}
