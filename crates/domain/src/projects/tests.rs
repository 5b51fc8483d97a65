use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::tallies::Deltas;

const TODAY: Day = Day(20_000);

fn actor(number: u128) -> Actor {
    Actor {
        user: UserId(Uuid::from_u128(number)),
        person: PersonId(Uuid::from_u128(100 + number)),
    }
}

fn draft(owner: Option<u128>) -> Draft {
    Draft {
        title: " Fewer burnt edges ".into(),
        theme: Theme::Quality,
        area: Some(AreaId(Uuid::from_u128(5))),
        team: None,
        owner: owner.map(|number| actor(number).person),
        problem: "One in twenty edges is burnt".into(),
        measure: "A stop on the guide".into(),
        whys: vec![
            "The guide moves".into(),
            "It has no stop".into(),
            " ".into(),
        ],
        due_day: owner.map(|_| TODAY.plus(20)),
        currency: "CNY".into(),
    }
}

fn saving(quantity_milli: i64, yearly: bool) -> Saving {
    Saving {
        formula: "pieces a day × cost of one × working days".into(),
        quantity_milli,
        price_minor: 380,
        times: 300,
        less_minor: 0,
        from_day: TODAY,
        to_day: TODAY.plus(364),
        yearly,
    }
}

fn proposed(owner: Option<u128>) -> Project {
    let (enterprise, id) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let by = actor(1).user;
    Project::propose(enterprise.into(), id.into(), draft(owner), by, TODAY).unwrap()
}

fn action(kind: usize, owner: u128, is_flawed: bool) -> Action {
    let words = |good: &str| if is_flawed { " " } else { good }.to_owned();
    let case = crate::ids::CaseId(Uuid::from_u128(9));
    match kind {
        0 => Action::Change {
            draft: draft((!is_flawed).then_some(owner)),
        },
        1 => Action::Plan,
        2 => Action::Start,
        3 => Action::Finish { note: words("So") },
        4 => Action::Verify {
            note: String::new(),
        },
        5 => Action::SendBack { note: words("No") },
        6 => Action::Stop {
            reason: words("Too dear"),
        },
        7 => Action::Reopen {
            reason: words("It came back"),
        },
        8 => Action::Cost {
            target: Some(if is_flawed { -1 } else { 100 }),
            actual: None,
        },
        9 | 10 => Action::Saving {
            stage: SavingStage::Actual,
            saving: (!is_flawed).then(|| saving(1_000 * i64::try_from(owner).unwrap(), kind == 9)),
        },
        11 => Action::Saving {
            stage: SavingStage::Forecast,
            saving: Some(saving(if is_flawed { -1 } else { 500 }, false)),
        },
        12 => Action::Link { case },
        _ => Action::Unlink { case },
    }
}

#[test]
fn a_saving_is_quantity_times_price_times_how_often() {
    let reckoned = |quantity, price, times, less| {
        let saving = Saving {
            price_minor: price,
            times,
            less_minor: less,
            ..saving(quantity, true)
        };
        saving.reckon().map(|(_, minor)| minor)
    };
    assert_eq!(reckoned(2_500, 380, 300, 0), Ok(285_000));
    assert_eq!(reckoned(2_500, 380, 300, 85_000), Ok(200_000));
    assert_eq!(reckoned(1, 500, 1, 0), Ok(1), "half a unit is rounded up");
    assert_eq!(reckoned(1, 499, 1, 0), Ok(0));
    assert!(
        reckoned(2_500, 380, 300, 285_001).is_err(),
        "it costs more than it saves"
    );
    assert!(reckoned(MAX_SAVING, MAX_SAVING, MAX_SAVING, 0).is_err());
    let backwards = Saving {
        to_day: TODAY.plus(-1),
        ..saving(1, false)
    };
    assert_eq!(backwards.reckon(), Err(Code::InputInvalid.at("to_day")));
    let silent = Saving {
        formula: "  ".into(),
        ..saving(1, false)
    };
    assert_eq!(silent.reckon(), Err(Code::InputMissing.at("formula")));
}

#[test]
fn a_draft_is_made_tidy_or_refused() {
    let tidy = draft(None).tidy().unwrap();
    assert_eq!(tidy.title, "Fewer burnt edges");
    assert_eq!(tidy.whys.len(), 2, "empty lines at the end are nothing");
    let with = |change: fn(&mut Draft)| {
        let mut draft = draft(None);
        change(&mut draft);
        draft.tidy().unwrap_err().to_string()
    };
    assert_eq!(with(|it| it.title = " ".into()), "input.missing at title");
    assert_eq!(with(|it| it.whys[0].clear()), "input.missing at whys");
    assert_eq!(
        with(|it| it.whys = vec!["x".into(); MAX_WHYS + 1]),
        "input.too_long at whys"
    );
    assert_eq!(
        with(|it| it.currency = "yuan".into()),
        "input.invalid at currency"
    );
}

#[test]
fn a_plan_needs_owner_day_and_measure() {
    let bare = proposed(None);
    let plan = |project: &Project| project.decide(&Action::Plan, actor(1), TODAY);
    assert_eq!(plan(&bare), Err(Code::InputMissing.at("owner")));
    let planned = plan(&proposed(Some(2))).unwrap();
    assert_eq!(planned.state, State::Planned);
    let change = Action::Change { draft: draft(None) };
    let without = planned.decide(&change, actor(1), TODAY);
    assert_eq!(
        without,
        Err(Code::InputMissing.at("owner")),
        "nor can they be taken away"
    );
}

#[test]
fn the_currency_stands_once_there_is_an_amount() {
    let with_cost = proposed(None)
        .decide(&action(8, 1, false), actor(1), TODAY)
        .unwrap();
    let mut other = draft(None);
    other.currency = "USD".into();
    let change = Action::Change { draft: other };
    assert!(proposed(None).decide(&change, actor(1), TODAY).is_ok());
    let refused = with_cost.decide(&change, actor(1), TODAY);
    assert_eq!(refused, Err(Code::InputInvalid.at("currency")));
}

#[test]
fn a_copy_names_its_origin_and_starts_anew() {
    let mut done = proposed(Some(2));
    done.state = State::Verified;
    done.cost_actual = Some(5);
    let (id, here) = (ProjectId(Uuid::from_u128(3)), done.draft.area.unwrap());
    let there = AreaId(Uuid::from_u128(6));
    let copy = done.copy(id, there, actor(4).user, TODAY).unwrap();
    assert_eq!((copy.origin, copy.state), (Some(done.id), State::Proposed));
    assert_eq!((copy.draft.area, copy.draft.owner), (Some(there), None));
    assert_eq!(
        (&copy.draft.whys, copy.cost_actual),
        (&done.draft.whys, None)
    );
    assert!(
        done.copy(id, here, actor(4).user, TODAY).is_err(),
        "not where it is already"
    );
    assert!(
        proposed(None)
            .copy(id, there, actor(4).user, TODAY)
            .is_err(),
        "it is not done"
    );
}

proptest! {
    /// Whatever is done in whatever order, by whomever.
    #[test]
    fn what_holds_at_every_step(
        steps in proptest::collection::vec((0..14_usize, 1..4_u128, 1..4_u128, 0..8_u8), 0..60),
    ) {
        let mut project = proposed(None);
        let mut tally: BTreeMap<(String, Day), i64> = BTreeMap::new();
        let mut day = TODAY;
        for (kind, by, owner, chance) in steps {
            // One step in eight is flawed; a day passes now and then.
            let action = action(kind, owner, chance == 0);
            day = day.plus(i64::from(chance % 2));
            let who = actor(by);
            let offered = project.possible(who, &|_| true).contains(&action.name());
            let Ok(next) = project.decide(&action, who, day) else { continue };
            prop_assert!(offered, "{} went through without being offered", action.name());
            prop_assert_eq!(next.version, project.version + 1);
            if next.state == State::Verified {
                prop_assert_eq!(project.state, State::Done);
                prop_assert_ne!(next.draft.owner, Some(who.person));
                prop_assert_ne!(next.savings.actual.as_ref().map(|it| it.by), Some(who.user));
                prop_assert_eq!(next.verified_by, Some(who.user));
            }
            prop_assert_eq!(next.state == State::Verified, next.verified_day.is_some());
            prop_assert_eq!(next.state == State::Stopped, next.stop_reason.is_some());
            prop_assert_eq!(
                matches!(next.state, State::Done | State::Verified), next.done_day.is_some());
            if !matches!(next.state, State::Proposed | State::Stopped) {
                prop_assert!(next.draft.owner.is_some() && next.draft.due_day.is_some());
            }
            let mut deltas = Deltas::default();
            deltas.saving(&project, -1);
            deltas.saving(&next, 1);
            for (key, n) in deltas.into_changes() {
                prop_assert_eq!(key.measure, "saving");
                *tally.entry((key.slice.into_owned(), key.day)).or_default() += n;
            }
            project = next;
        }
        tally.retain(|_, n| *n != 0);
        let counted = project.counted_saving().filter(|(money, _)| money.minor > 0);
        let naive: BTreeMap<_, _> = counted.into_iter()
            .map(|(money, day)| ((money.currency, day), money.minor)).collect();
        prop_assert_eq!(tally, naive, "the sum of all changes is what counts now");
    }
}
