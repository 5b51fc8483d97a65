//! The daily reminder: one notice for each owner, at the factory's hour, never in quiet hours.

use hezuo_app::notices;
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, TestApp, plan, world};
use serde_json::json;

use crate::life::Life;

const DAY: i64 = 86_400;

async fn tell(app: &TestApp) {
    notices::tell_owners(&app.app).await.expect("the round");
}

/// The reminders of the member of the EIT, newest first: day, overdue, due soon.
async fn due(app: &TestApp, factory: &Factory) -> Vec<(String, i64, i64)> {
    let list = app
        .get(&factory.at("/notices"))
        .by(factory.by(Role::EitMember))
        .await
        .ok();
    let items = list["items"].as_array().expect("items").iter();
    let number = |it: &serde_json::Value| it.as_i64().expect("a number");
    items
        .filter(|it| it["kind"] == "due")
        .map(|it| {
            let day = it["day"].as_str().expect("a day").to_owned();
            (day, number(&it["overdue"]), number(&it["due_soon"]))
        })
        .collect()
}

on_both_databases! {
    async fn owners_are_told_once_a_day_what_is_due_and_never_in_the_quiet_hours(fresh) {
        let app = TestApp::on(fresh);
        let mut world = world(&app).await;
        // It is ten o'clock on 10 March. One is due on the 12th, one on the 13th, one is done.
        let owner = world.factory.member().person;
        let days = ["2026-03-12", "2026-03-13", "2026-03-12"];
        for (number, day) in days.into_iter().enumerate() {
            let life = Life::begin(&app, &world.factory, "named", 40 + number as u64).await;
            let accept = json!({"type": "accept", "answer": "Yes."});
            life.act(world.factory.officer(), accept).await.ok();
            life.act(world.factory.officer(), plan(owner, day)).await.ok();
            if number == 2 {
                let finish = json!({"type": "finish", "note": "Mounted"});
                life.act(world.factory.member(), finish).await.ok();
            }
        }
        tell(&app).await;
        let first = due(&app, &world.factory).await;
        assert_eq!(first, [("2026-03-10".to_owned(), 0, 1)]);
        tell(&app).await;
        assert_eq!(due(&app, &world.factory).await, first, "once a day");
        for login in &world.factory.logins {
            let seen = app.get(&world.factory.at("/notices")).by(login).await.text();
            assert!(login.person == owner || !seen.contains("\"due\""), "{seen}");
            assert!(!seen.contains("李红"), "{seen}");
        }

        // A minute before the hour nothing; the minute itself, once, even from two processes.
        app.clock.advance_seconds(21 * 3_600 + 29 * 60);
        world.factory.log_in_again(&app).await;
        tell(&app).await;
        assert_eq!(due(&app, &world.factory).await.len(), 1);
        app.clock.advance_seconds(60);
        let (one, other) = (notices::tell_owners(&app.app), notices::tell_owners(&app.app));
        let (one, other) = tokio::join!(one, other);
        assert_eq!(one.expect("told") + other.expect("told"), 2, "each factory once");
        assert_eq!(due(&app, &world.factory).await[0], ("2026-03-11".to_owned(), 0, 2));

        // At four the reminder falls into the quiet hours, and waits for their end.
        let rhythm = json!({"alarm_minutes": 10, "quiet_from": "21:00", "quiet_to": "09:15",
            "digest_at": "04:00"});
        let path = world.factory.at("/notices/rhythm");
        app.put(&path).by(world.factory.administrator()).json(&rhythm).await.expect("204");
        app.clock.advance_seconds(2 * DAY + 104 * 60);
        tell(&app).await;
        world.factory.log_in_again(&app).await;
        assert_eq!(due(&app, &world.factory).await.len(), 2);
        app.clock.advance_seconds(60);
        tell(&app).await;
        assert_eq!(due(&app, &world.factory).await[0], ("2026-03-13".to_owned(), 1, 1));

        // Whoever may not log in any more is told nothing.
        let user = format!("/users/{}/disable", world.factory.member().user);
        let administrator = world.factory.administrator();
        app.post(&world.factory.at(&user)).by(administrator).await.expect("204");
        app.clock.advance_seconds(DAY);
        tell(&app).await;
        let rows = app.fresh.dump().await;
        let due = rows.iter().filter(|row| row.starts_with("notice ") && !row.contains("account"));
        assert_eq!(due.count(), 3);
    }
}
