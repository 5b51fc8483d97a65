//! What is broken by hand after the first deaths of a server, to see that the eyes see it.

use hezuo_domain::ids::EnterpriseId;
use hezuo_store::testing::{Fresh, tamper_with};

use super::examine::examine;
use super::ground::{Folder, Place, copy, say};
use super::load::{Load, Told};

/// Changes behind the server's back, each of which the eyes must see.
pub(crate) async fn sees_damage(place: &Place, load: &Load, factory: EnterpriseId) {
    let named = "(SELECT id FROM cases WHERE voice = 'named' LIMIT 1)";
    let damages = [
        (
            "I1",
            // One without pictures: their rows would point nowhere, which is seen before.
            "DELETE FROM intake_report WHERE id = (SELECT id FROM intake_report
             WHERE id NOT IN (SELECT report_id FROM intake_attachment) LIMIT 1)"
                .to_owned(),
        ),
        ("Step(", "UPDATE cases SET answer = 'Another one' WHERE answer IS NOT NULL".to_owned()),
        ("Clip(", "DELETE FROM case_attachment WHERE name = 'v1.webm'".to_owned()),
        ("Parts(", "DELETE FROM case_attachment WHERE name = 'p2.jpg'".to_owned()),
        ("I2", format!("DELETE FROM case_event WHERE case_id = {named}")),
        ("I3", "UPDATE case_event SET payload = payload || ' '".to_owned()),
        ("I4 the counts", "UPDATE tally SET n = n + 1".to_owned()),
        ("I4 the sums", "UPDATE region_tally SET n = n + 1".to_owned()),
        (
            "I5",
            "INSERT INTO case_reporter (enterprise_id, case_id, sealed) SELECT enterprise_id, id, X'00'
             FROM cases WHERE voice = 'anonymous' LIMIT 1"
                .to_owned(),
        ),
        ("Finish(", "UPDATE case_event SET action = 'plan' WHERE action = 'finish'".to_owned()),
        (
            "Paid(",
            "UPDATE reward SET state = 'approved', paid_by = NULL, paid_day = NULL".to_owned(),
        ),
        ("Reward(", "UPDATE reward SET state = 'withdrawn'".to_owned()),
        ("I8 {} is counted", "UPDATE tally SET n = 0 WHERE measure = 'reward'".to_owned()),
        ("is counted as paid", "DELETE FROM reward WHERE state = 'paid'".to_owned()),
        ("is paid by half", "UPDATE reward SET paid_day = NULL WHERE state = 'paid'".to_owned()),
        ("events say so", "UPDATE case_event SET action = 'plan' WHERE action = 'reward'".to_owned()),
        (
            // Counts that are made anew agree, so that I4 sees nothing here.
            "and a record of",
            "UPDATE tally SET n = n + (SELECT COUNT(*) FROM reward WHERE state = 'paid')
             WHERE measure = 'reward'; UPDATE reward SET minor = minor + 1"
                .to_owned(),
        ),
    ];
    let told = load.told().clone();
    for (name, damage) in damages {
        let folder = Folder::new("damaged");
        copy(&place.data, &folder.0);
        let changed = tamper_with(&folder.0.join("hezuo.db"), &damage).await;
        assert!(changed > 0, "{name} can't be planted");
        let faults = examine(&Place::sqlite(&folder.0), &told).await;
        assert!(
            faults.iter().any(|it| it.contains(name)),
            "the trial is blind for {name}: {faults:?}"
        );
    }
    let folder = Folder::new("damaged");
    copy(&place.data, &folder.0);
    let pictures = folder.0.join("blobs").join(factory.to_string());
    let shelf = std::fs::read_dir(pictures)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let picture = std::fs::read_dir(shelf.path()).unwrap().next().unwrap();
    std::fs::write(picture.unwrap().path(), b"torn").unwrap();
    let faults = examine(&Place::sqlite(&folder.0), &told).await;
    assert!(faults.iter().any(|it| it.starts_with("I6")), "{faults:?}");
    say(
        "planted: what is kept of each kind of item, and I1 to I6 and I8, broken by hand are seen, each",
    );
}

/// The same of the money, where PostgreSQL holds it; what is there is spoilt.
pub(crate) async fn sees_money(fresh: &Fresh, place: &Place, told: &Told) {
    for (name, damage) in [
        (
            "is counted as paid",
            "UPDATE tally SET n = n - 1 WHERE measure = 'reward'",
        ),
        (
            "and a record of",
            "UPDATE reward SET minor = minor + 1 WHERE state = 'paid'",
        ),
    ] {
        let changed = fresh.tamper(damage).await;
        assert!(changed > 0, "{name} can't be planted");
        let faults = examine(place, told).await;
        let is_seen = |it: &String| it.starts_with("I8") && it.contains(name);
        assert!(
            faults.iter().any(is_seen),
            "the trial is blind for {name} on PostgreSQL: {faults:?}"
        );
    }
    say("planted: I8, broken by hand on PostgreSQL, is seen");
}
