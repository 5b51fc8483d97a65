use super::*;
use crate::cases::{Category, Finder};
use crate::ids::{CaseId, EnterpriseId};
use crate::reports::{Arrival, Report};
use crate::time::{Day, Instant};
use proptest::prelude::*;
use uuid::Uuid;

fn case(voice: Voice, state: CaseState) -> Case {
    let report = Report {
        category: Category::Machine,
        text: "The guard is off".into(),
        voice,
        name: None,
        finder: None,
        danger: false,
        name_machine: false,
        reader: crate::apart::Reader::Team,
        attachments: vec![],
    };
    let arrival = Arrival {
        enterprise: EnterpriseId(Uuid::from_u128(1)),
        id: CaseId(Uuid::from_u128(2)),
        site: None,
        area: None,
        source: Source::Phone,
        day: Day(20_000),
        at: Instant(0),
    };
    Case {
        state,
        ..report.open(arrival).case
    }
}

fn offer() -> Offer {
    Offer {
        currency: "CNY".into(),
        proposed_minor: 10_000,
        min_minor: 5_000,
        max_minor: 30_000,
        anonymous_minor: vec![5_000, 10_000, 50_000],
        is_duty: false,
        pack: "cn/rewards@1".into(),
    }
}

fn approve(minor: i64, reason: &str) -> Decision {
    Decision::Approve(Wish {
        minor,
        averted: false,
        reason: reason.into(),
        people: 2,
        shares: "one half each".into(),
    })
}

fn code(result: Result<Decided, Problem>) -> Option<Code> {
    result.err().map(|problem| problem.code)
}

#[test]
fn only_what_was_accepted_is_rewarded() {
    for state in CaseState::ALL {
        let got = code(decide(
            &case(Voice::Named, *state),
            &offer(),
            &approve(10_000, ""),
        ));
        let wanted = match state {
            CaseState::New | CaseState::Declined | CaseState::Referred => {
                Some(Code::RewardNotAllowed)
            }
            // The first valid report stands.
            CaseState::Merged => Some(Code::RewardReasonMissing),
            _ => None,
        };
        assert_eq!(got, wanted, "{state:?}");
    }
    let merged = case(Voice::Named, CaseState::Merged);
    let reasoned = approve(10_000, "He showed where it really was");
    assert_eq!(code(decide(&merged, &offer(), &reasoned)), None);
    let imported = Case {
        source: Source::Import,
        ..case(Voice::Named, CaseState::Verified)
    };
    assert_eq!(
        code(decide(&imported, &offer(), &approve(10_000, ""))),
        Some(Code::RewardNotAllowed)
    );
}

#[test]
fn an_unusual_amount_and_a_routine_find_need_a_reason() {
    let verified = case(Voice::Named, CaseState::Verified);
    for (minor, wanted) in [
        (0, Some(Code::InputInvalid)),
        (-1, Some(Code::InputInvalid)),
        (4_999, Some(Code::RewardReasonMissing)),
        (5_000, None),
        (30_000, None),
        (30_001, Some(Code::RewardReasonMissing)),
    ] {
        let got = code(decide(&verified, &offer(), &approve(minor, " ")));
        assert_eq!(got, wanted, "{minor}");
    }
    let by_manager = Case {
        finder: Some(Finder::Manager),
        ..verified
    };
    let duty = Offer {
        is_duty: true,
        ..offer()
    };
    assert_eq!(
        code(decide(&by_manager, &duty, &approve(10_000, ""))),
        Some(Code::RewardReasonMissing)
    );
    let decline = Decision::Decline { reason: " ".into() };
    assert_eq!(
        code(decide(&by_manager, &duty, &decline)),
        Some(Code::RewardReasonMissing)
    );
}

#[test]
fn an_anonymous_reward_is_one_of_few_amounts_and_names_no_sharers() {
    let verified = case(Voice::Anonymous, CaseState::Verified);
    let got = decide(&verified, &offer(), &approve(12_300, ""));
    assert_eq!(code(got), Some(Code::RewardAmount));
    let decided = decide(&verified, &offer(), &approve(10_000, "")).unwrap();
    assert_eq!((decided.way, decided.people), (Way::PayCode, 1));
    assert_eq!(decided.shares, "");
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        Just(Way::Named),
        Just(Way::InConfidence),
        Just(Way::PayCode)
    ]
}

proptest! {
    #[test]
    fn nobody_pays_what_he_approved_and_each_way_has_its_payer(
        way in way(), at in 0..State::ALL.len(), approver in 0..3_u128, payer in 0..3_u128,
        is_representative: bool, is_cashier: bool,
    ) {
        let standing = Standing {
            state: State::ALL[at],
            way,
            approved_by: UserId(Uuid::from_u128(approver)),
        };
        let user = UserId(Uuid::from_u128(payer));
        let paid = standing.pay(Payer { user, is_representative, is_cashier }).is_ok();
        let wanted = standing.state == State::Approved && approver != payer && match way {
            Way::Named => is_cashier,
            Way::InConfidence => is_representative,
            Way::PayCode => false,
        };
        prop_assert_eq!(paid, wanted);
        let withdrawn = standing.withdraw("a mistake").is_ok();
        prop_assert_eq!(withdrawn, standing.state == State::Approved && way != Way::PayCode);
        prop_assert!(standing.withdraw(" ").is_err());
    }
}
