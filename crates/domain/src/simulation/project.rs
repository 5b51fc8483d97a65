//! A project that was finished, and what it saves.

use super::{Dice, Season, Spot};
use crate::ids::ProjectId;
use crate::problem::Problem;
use crate::projects::{Action, Actor, Draft, Project, Saving, SavingStage, Theme};
use crate::time::{Day, Random};

/// The currency of everything that is simulated.
pub const CURRENCY: &str = "CNY";

/// One step of a project as the rules took it; without an action it is the proposal.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The project after it.
    pub after: Project,
    /// What was done.
    pub action: Option<Action>,
    /// Who did it.
    pub actor: Actor,
    /// The local day.
    pub day: Day,
}

/// A project from its proposal to its verification, with what it saves in minor units.
///
/// # Errors
/// Whatever the rules refuse; what is drawn here is not refused.
pub fn project(
    random: &dyn Random,
    spot: &Spot,
    season: Season,
) -> Result<(Vec<Taken>, i64), Problem> {
    let dice = Dice(random);
    let person = |(user, person)| Actor { user, person };
    let (officer, fixer) = (person(spot.crew.officer), person(spot.crew.fixer));
    let begun = dice.days(season.from.0, season.until.0 - 5);
    let day = |n: i64| Day(begun + n);
    let draft = Draft {
        title: "减少停机".to_owned(),
        theme: *dice.of(Theme::ALL),
        area: Some(*dice.of(&spot.areas)),
        team: None,
        owner: Some(fixer.person),
        problem: "换模时间长。".to_owned(),
        measure: "工具定位，提前备料。".to_owned(),
        whys: Vec::new(),
        due_day: Some(day(30)),
        currency: CURRENCY.to_owned(),
    };
    let minor = dice.days(10, 900) * 10_000;
    let saving = Saving {
        formula: "每月节省工时 × 单价".to_owned(),
        quantity_milli: 1_000,
        price_minor: minor,
        times: 1,
        less_minor: 0,
        from_day: day(0),
        to_day: day(30),
        yearly: false,
    };
    let id = ProjectId::random(random);
    let mut after = Project::propose(spot.enterprise, id, draft, officer.user, day(0))?;
    let mut all = vec![Taken {
        after: after.clone(),
        action: None,
        actor: officer,
        day: day(0),
    }];
    let note = || "已完成。".to_owned();
    let steps = [
        (1, officer, Action::Plan),
        (2, fixer, Action::Start),
        (
            3,
            fixer,
            Action::Saving {
                stage: SavingStage::Actual,
                saving: Some(saving),
            },
        ),
        (4, fixer, Action::Finish { note: note() }),
        (5, officer, Action::Verify { note: note() }),
    ];
    for (at, actor, action) in steps {
        after = after.decide(&action, actor, day(at))?;
        all.push(Taken {
            after: after.clone(),
            action: Some(action),
            actor,
            day: day(at),
        });
    }
    Ok((all, minor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AreaId, EnterpriseId, PersonId, SiteId, UserId};
    use crate::simulation::Crew;
    use crate::time::SeededRandom;

    #[test]
    fn what_a_project_saves_counts() {
        let random = SeededRandom::new(3);
        let person = || (UserId::random(&random), PersonId::random(&random));
        let spot = Spot {
            enterprise: EnterpriseId::random(&random),
            site: SiteId::random(&random),
            areas: vec![AreaId::random(&random)],
            crew: Crew {
                officer: person(),
                fixer: person(),
            },
        };
        let season = Season {
            from: Day(20_000),
            until: Day(20_006),
            meets: 1,
        };
        for _ in 0..50 {
            let (all, minor) = project(&random, &spot, season).unwrap();
            let (money, day) = all.last().unwrap().after.counted_saving().unwrap();
            assert_eq!((money.minor, money.currency.as_str()), (minor, CURRENCY));
            assert!(day <= season.until);
        }
    }
}
