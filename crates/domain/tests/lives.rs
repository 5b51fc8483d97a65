//! Whatever is done to a case in whatever order, by whomever: what must hold at every step.

use std::collections::BTreeMap;

use hezuo_domain::cases::{
    Action, Actor, Case, Category, Context, Grading, Kind, Legal, Level, Plan, Source, State, Step,
    Voice,
};
use hezuo_domain::ids::{CaseId, EnterpriseId, PersonId, UserId};
use hezuo_domain::money::Money;
use hezuo_domain::reports::{Arrival, Report};
use hezuo_domain::tallies::Deltas;
use hezuo_domain::time::{Day, Instant};
use proptest::prelude::*;
use uuid::Uuid;

const TODAY: Day = Day(20_000);

fn actor(number: u8) -> Actor {
    match number {
        0 => Actor::Reporter,
        _ => Actor::User {
            user: UserId(Uuid::from_u128(u128::from(number))),
            person: PersonId(Uuid::from_u128(100 + u128::from(number))),
        },
    }
}

/// An action that is in order but for the state, or a flawed one.
fn action(kind: usize, owner: u8, is_flawed: bool) -> Action {
    let text = |good: &str| if is_flawed { "  " } else { good }.to_owned();
    match kind {
        0 => Action::Accept {
            answer: text("Yes"),
        },
        1 => Action::Decline { answer: text("No") },
        2 => Action::Refer {
            answer: text("Not ours"),
            to: "Landlord".into(),
        },
        3 => Action::Merge {
            answer: text("Known"),
            into: CaseId(Uuid::from_u128(if is_flawed { 7 } else { 8 })),
        },
        4 => Action::Grade {
            grading: Grading {
                likelihood: 3,
                severity: 4,
                level: Level::try_from(2).expect("a level"),
                pack: "cn/risk-ls@1".into(),
            },
            legal: Some(Legal::General),
        },
        5 => Action::Plan {
            plan: Plan {
                owner: PersonId(Uuid::from_u128(100 + u128::from(owner))),
                due_day: if is_flawed {
                    TODAY.plus(-1)
                } else {
                    TODAY.plus(i64::from(owner))
                },
                measure: "Mount a guard".into(),
                responsibility: "Maintenance".into(),
                money: Money::new(0, "CNY").ok(),
                contingency: "Stand still".into(),
            },
        },
        6 => Action::Finish { note: text("Done") },
        7 => Action::Verify {
            note: String::new(),
        },
        8 => Action::SendBack {
            note: text("Loose"),
        },
        9 => Action::Close {
            note: String::new(),
        },
        10 => Action::Reopen {
            reason: text("Again"),
        },
        11 => Action::Transcribe {
            text: text("What is said"),
        },
        _ => Action::Verdict {
            fixed: is_flawed,
            note: String::new(),
        },
    }
}

fn opened(category: Category, voice: Voice) -> Step {
    let report = Report {
        category,
        text: "The guard is off".into(),
        voice,
        name: None,
        finder: None,
        danger: false,
        name_machine: false,
        reader: hezuo_domain::apart::Reader::Team,
        attachments: Vec::new(),
    };
    report.open(Arrival {
        enterprise: EnterpriseId(Uuid::from_u128(1)),
        id: CaseId(Uuid::from_u128(7)),
        site: None,
        area: None,
        source: Source::Phone,
        day: TODAY,
        at: Instant(0),
    })
}

/// What must hold of a case, whatever its past.
fn faults(case: &Case, verified_by: Option<(UserId, PersonId)>) -> Vec<&'static str> {
    let has_ended = matches!(case.state, State::Done | State::Verified | State::Closed);
    let is_accepted_end = matches!(case.state, State::Verified | State::Closed);
    let owner = case.plan.as_ref().map(|plan| plan.owner);
    let by_another =
        verified_by.is_some_and(|(user, person)| case.fixer != Some(user) && owner != Some(person));
    [
        (
            case.state != State::New && case.answer.is_none(),
            "decided without an answer",
        ),
        (
            case.answer.is_some() != case.answered_day.is_some(),
            "an answer without its day",
        ),
        (
            case.state == State::Planned && case.plan.is_none(),
            "planned without a plan",
        ),
        (has_ended && case.fixer.is_none(), "done by nobody"),
        (
            has_ended != case.fixed_day.is_some(),
            "a day of the fix, or none, against the state",
        ),
        (
            is_accepted_end != case.verified_day.is_some(),
            "a day of acceptance, or none, against the state",
        ),
        (
            is_accepted_end && !by_another,
            "accepted by who fixed it or answers for it",
        ),
        (
            (case.state == State::Merged) != case.merged_into.is_some(),
            "merged into nothing",
        ),
        (
            (case.state == State::Referred) != case.referred_to.is_some(),
            "referred to nobody",
        ),
        (
            case.voice == Voice::Anonymous && case.reported_at.is_some(),
            "an anonymous instant",
        ),
    ]
    .into_iter()
    .filter_map(|(is_wrong, what)| is_wrong.then_some(what))
    .collect()
}

fn balances(deltas: Deltas) -> BTreeMap<(&'static str, String), i64> {
    let mut sums = BTreeMap::new();
    for (key, n) in deltas.into_changes() {
        let slice = if key.measure == "due" {
            key.day.to_string()
        } else {
            key.slice.into_owned()
        };
        *sums.entry((key.measure, slice)).or_default() += n;
    }
    sums.retain(|(measure, _), n| matches!(*measure, "state" | "due") && *n != 0);
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_history_leads_to_a_case_that_must_not_be(
        steps in proptest::collection::vec((0..13_usize, 0..4_u8, 1..4_u8, 0..8_u8), 0..40),
        is_idea in any::<bool>(),
        is_anonymous in any::<bool>(),
    ) {
        let category = if is_idea { Category::Idea } else { Category::Machine };
        let voice = if is_anonymous { Voice::Anonymous } else { Voice::Named };
        let first = opened(category, voice);
        let mut deltas = Deltas::default();
        deltas.count(&first, TODAY);
        let mut case = first.case;
        let mut verified_by = None;
        let mut events = 1;
        for (kind, who, owner, flaw) in steps {
            let by = actor(who);
            let is_flawed = flaw == 0;
            let action = action(kind, owner, is_flawed);
            // A reporter has a verdict and nothing else; the door before this lets nobody through.
            if (by == Actor::Reporter) != action.permission().is_none() {
                continue;
            }
            let offered = case.possible(by, &|_| true).contains(&action.name());
            let today = TODAY.plus(i64::from(flaw % 2));
            let decided = case.decide(&action, Context { actor: by, today });
            if by != Actor::Reporter && !is_flawed {
                prop_assert_eq!(
                    offered, decided.is_ok(),
                    "{} offered in {:?}, but {:?}", action.name(), case.state, decided
                );
            }
            let Ok(step) = decided else { continue };
            prop_assert_eq!(step.from, Some(case.state));
            events += 1;
            deltas.count(&step, today);
            if let (Action::Verify { .. }, Actor::User { user, person }) = (&action, by) {
                verified_by = Some((user, person));
            }
            case = step.case;
            prop_assert_eq!(case.version, events, "the version counts the events");
            let faults = faults(&case, verified_by);
            prop_assert!(faults.is_empty(), "{:?} after {}: {:?}", faults, action.name(), case);
        }
        let mut expected = BTreeMap::from([(("state", case.state.as_str().to_owned()), 1)]);
        if let Some(due) = case.running_deadline() {
            expected.insert(("due", due.to_string()), 1);
        }
        prop_assert_eq!(balances(deltas.clone()), expected, "the running balances name this case once");
        let mut counted: Vec<_> = case.counted().into_iter()
            .map(|it| (it.measure, it.slice, it.day, 1))
            .collect();
        counted.sort();
        let by_event = ["reported", "entered", "state", "due"];
        let left: Vec<_> = deltas.into_changes()
            .filter(|(key, _)| !by_event.contains(&key.measure))
            .map(|(key, n)| (key.measure, key.slice, key.day, n))
            .collect();
        prop_assert_eq!(left, counted, "what is left of all steps is what the case counts as now");
    }
}

#[test]
fn an_imported_injury_is_a_record_and_takes_no_step() {
    let mut case = opened(Category::Other, Voice::Named).case;
    case.kind = Kind::InjuryImported;
    for state in State::ALL {
        case.state = *state;
        for kind in 0..13 {
            for number in 0..2 {
                let context = Context {
                    actor: actor(number),
                    today: TODAY,
                };
                let action = action(kind, 2, false);
                assert!(
                    case.decide(&action, context).is_err(),
                    "{} in {state:?}",
                    action.name()
                );
            }
        }
        assert_eq!(case.possible(actor(1), &|_| true), Vec::<&str>::new());
    }
}
