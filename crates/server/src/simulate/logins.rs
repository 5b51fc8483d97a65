//! Who can log in to a simulated database: somebody over the nation, somebody over its busiest county, and
//! three in its largest factory. They come by the real actions.

use hezuo_app::people::{self, FirstAdministrator};
use hezuo_app::simulation::Summary;
use hezuo_app::{App, Caller};
use hezuo_domain::people::{Grant, Place, Role};

use crate::Result;
use crate::demo::{PASSWORD, always_there, join};

/// The login names.
const SAID: &str = "log in as nation, county (of the busiest one), officer, manager or admin (of the largest \
                    factory)";

/// Lets them in.
pub(crate) async fn make(app: &App, summary: &Summary) -> Result<&'static str> {
    for (name, code, login) in [
        ("全国项目办公室", "000000", "nation"),
        ("区应急管理局", summary.busiest.as_str(), "county"),
    ] {
        let authority = Some((name.to_owned(), code.to_owned()));
        let head = first(app, None, authority, &format!("{login}-admin")).await?;
        let access = head.enter(app, head.home.id).await?;
        let place = Place::Region(code.parse().map_err(hezuo_app::Error::from)?);
        let role = Role::CountyOfficer;
        join(
            app,
            &access,
            "项目官员",
            "项目官员",
            login,
            vec![Grant { role, place }],
        )
        .await?;
    }
    let code = Some(summary.largest.0.clone());
    let admin = first(app, code, None, "admin").await?;
    let access = admin.enter(app, admin.home.id).await?;
    for (name, login, role) in [
        ("厂长", "manager", Role::Manager),
        ("安全员", "officer", Role::SafetyOfficer),
    ] {
        let place = Place::Enterprise(admin.home.id);
        join(app, &access, name, name, login, vec![Grant { role, place }]).await?;
    }
    Ok(SAID)
}

async fn first(
    app: &App,
    enterprise: Option<String>,
    authority: Option<(String, String)>,
    login: &str,
) -> Result<Caller> {
    let request = FirstAdministrator {
        enterprise,
        authority,
        name: "管理员".to_owned(),
        login: login.to_owned(),
    };
    let (_, invitation) = people::invite_first(app, request).await?;
    let visit = people::Visit::default();
    let signed = people::redeem(app, &invitation.code(), PASSWORD.to_owned(), visit).await?;
    always_there(signed)
}
