use super::*;
use crate::ids::{AreaId, EnterpriseId, SiteId};
use proptest::prelude::*;
use uuid::Uuid;

fn path() -> PlacePath {
    PlacePath {
        enterprise: EnterpriseId(Uuid::from_u128(1)),
        region: "330503".parse().ok(),
        site: Some(SiteId(Uuid::from_u128(2))),
        area: Some(AreaId(Uuid::from_u128(3))),
    }
}

fn at(role: Role, place: Place) -> Vec<Grant> {
    vec![Grant { role, place }]
}

#[test]
fn it_rings_first_at_those_who_answer_for_the_place() {
    let here = || Place::Enterprise(EnterpriseId(Uuid::from_u128(1)));
    let area = |id| Place::Area(AreaId(Uuid::from_u128(id)));
    let region = || Place::Region("330503".parse().unwrap());
    let table = [
        (Role::SafetyOfficer, here(), Some(1)),
        (Role::SafetyOfficer, area(3), Some(1)),
        (Role::SafetyOfficer, area(4), None),
        (Role::EitLeader, here(), Some(1)),
        (Role::Manager, area(3), Some(1)),
        (Role::Manager, here(), Some(2)),
        (Role::Administrator, here(), Some(3)),
        (Role::Administrator, region(), None),
        (Role::WorkerRepresentative, here(), Some(3)),
        (Role::EitMember, here(), Some(3)),
        (Role::Inspector, region(), None),
        (Role::CountyOfficer, region(), None),
    ];
    for (role, place, first) in table {
        let grants = at(role, place);
        let rung = (1..=LAST_STEP).find(|step| rings(*step, &grants, &path()));
        assert_eq!(rung, first, "{role:?}");
    }
}

#[test]
fn the_usual_night_is_quiet_and_a_danger_breaks_it() {
    let usual = Rhythm::default();
    for (time, wait) in [
        ("20:59", 0),
        ("21:00", 600),
        ("23:30", 450),
        ("06:59", 1),
        ("07:00", 0),
    ] {
        let minute = minute(time, "at").unwrap();
        assert_eq!(usual.wait(Kind::Due, minute), wait, "{time}");
        assert_eq!(usual.wait(Kind::Danger, minute), 0, "{time}");
    }
    let none = Rhythm {
        quiet_to: usual.quiet_from,
        ..usual
    };
    assert!((0..DAY).all(|minute| none.wait(Kind::Due, minute) == 0));
}

#[test]
fn times_of_day_are_read_and_written() {
    assert_eq!(minute("07:05", "x").map(clock), Ok("07:05".into()));
    for wrong in ["", "7", "24:00", "07:60", "a:b", "-1:00"] {
        assert!(minute(wrong, "x").is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn whoever_is_rung_stays_rung(role in 0..Role::ALL.len(), step in 1..LAST_STEP, near: bool) {
        let place = if near {
            Place::Area(AreaId(Uuid::from_u128(3)))
        } else {
            Place::Enterprise(EnterpriseId(Uuid::from_u128(1)))
        };
        let grants = at(Role::ALL[role], place);
        prop_assert!(!rings(step, &grants, &path()) || rings(step + 1, &grants, &path()));
    }

    #[test]
    fn what_waits_goes_out_the_minute_the_quiet_ends(
        quiet_from in 0..DAY, quiet_to in 0..DAY, minute in 0..DAY,
    ) {
        let rhythm = Rhythm { quiet_from, quiet_to, ..Rhythm::default() };
        let wait = rhythm.wait(Kind::Due, minute);
        prop_assert!((0..DAY).contains(&wait));
        if wait > 0 {
            prop_assert_eq!((minute + wait).rem_euclid(DAY), quiet_to);
        }
        prop_assert_eq!(rhythm.wait(Kind::Due, (minute + wait).rem_euclid(DAY)), 0);
    }

    #[test]
    fn owners_are_told_once_a_day_and_never_in_the_quiet_hours(
        quiet_from in 0..DAY, quiet_to in 0..DAY, digest_at in 0..DAY,
    ) {
        let rhythm = Rhythm { quiet_from, quiet_to, digest_at, ..Rhythm::default() };
        let first = (0..DAY).find(|minute| rhythm.is_digest_time(*minute)).unwrap();
        let is_quiet = rhythm.wait(Kind::Due, digest_at) > 0;
        prop_assert_eq!(first, if is_quiet { quiet_to } else { digest_at });
        let told = (0..DAY).filter(|minute| rhythm.is_digest_time(*minute));
        for minute in told {
            prop_assert_eq!(rhythm.wait(Kind::Due, minute), 0);
        }
    }

    #[test]
    fn an_alarm_goes_three_steps_at_most_and_is_answered_once(louder in 0..6_u8, by: u128) {
        let mut alarm = Alarm::raised();
        for _ in 0..louder {
            alarm = alarm.louder().unwrap_or(alarm);
        }
        prop_assert!((1..=LAST_STEP).contains(&alarm.step));
        prop_assert!(alarm.answered(None).is_err());
        let answered = alarm.answered(Some(UserId(Uuid::from_u128(by)))).unwrap();
        prop_assert_eq!(answered.step, alarm.step);
    }
}
