//! What is said, and what becomes of it. The way of a case is drawn first; then it goes it by the same rules as
//! a real one.

use super::Dice;
use crate::apart::Reader;
use crate::cases::{
    Action, Actor, Case, Category, Context, Finder, Grading, Kind, Legal, Level, Plan, Source,
    Step as Taken, Voice,
};
use crate::ids::{AreaId, CaseId, EnterpriseId, PersonId, SiteId, UserId};
use crate::money::Money;
use crate::problem::Problem;
use crate::reports::{Arrival, Report};
use crate::time::{Day, Instant, Random};

/// Who does what in a factory.
#[derive(Debug, Clone, Copy)]
pub struct Crew {
    /// Answers, plans and accepts.
    pub officer: (UserId, PersonId),
    /// Fixes.
    pub fixer: (UserId, PersonId),
}

/// Where things are noticed.
#[derive(Debug, Clone)]
pub struct Spot {
    /// The factory.
    pub enterprise: EnterpriseId,
    /// Its site.
    pub site: SiteId,
    /// Its areas.
    pub areas: Vec<AreaId>,
    /// Who works there.
    pub crew: Crew,
}

/// The days of which something is told, and the day of the week on which the team meets.
#[derive(Debug, Clone, Copy)]
pub struct Season {
    /// The first day.
    pub from: Day,
    /// The last.
    pub until: Day,
    /// From 0 to 6.
    pub meets: i64,
}

/// What somebody does about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The officer answers the alarm.
    GoThere,
    /// It will be done.
    Accept,
    /// It will not be done.
    Decline,
    /// Somebody else decides.
    Refer,
    /// It is the same as another.
    Merge(CaseId),
    /// The risk is graded: likelihood, severity, and the level that the matrix gives.
    Grade(u8, u8, Level),
    /// It has a last day.
    Plan(Day),
    /// It is done.
    Finish,
    /// Somebody else has looked at it.
    Verify,
    /// Finished with.
    Close,
}

/// The whole way of a case.
#[derive(Debug, Clone)]
pub struct Script {
    /// What was said.
    pub report: Report,
    /// How it came in.
    pub source: Source,
    /// The day on which it was said.
    pub day: Day,
    /// The day on which it became a case.
    pub released: Day,
    /// What followed.
    pub steps: Vec<(Day, Step)>,
}

/// How a case ends, as far as the days reach.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Waits,
    Accepted,
    Declined,
    Referred,
    Merged,
    Planned,
    OnTheSpot,
    Verified,
    Closed,
}

const FATES: &[(u64, Fate)] = &[
    (36, Fate::Waits),
    (27, Fate::Accepted),
    (10, Fate::Declined),
    (3, Fate::Referred),
    (1, Fate::Merged),
    (9, Fate::Planned),
    (3, Fate::OnTheSpot),
    (5, Fate::Verified),
    (6, Fate::Closed),
];

const CATEGORIES: &[(u64, Category)] = &[
    (25, Category::Machine),
    (12, Category::Electric),
    (8, Category::Fire),
    (15, Category::Fall),
    (6, Category::Chemical),
    (8, Category::Vehicle),
    (8, Category::Other),
    (8, Category::NearMiss),
    (10, Category::Idea),
];

const PLACES: [&str; 12] = [
    "冲床",
    "剪板机",
    "行车",
    "叉车",
    "配电箱",
    "空压机",
    "砂轮机",
    "注塑机",
    "货架",
    "楼梯",
    "输送带",
    "焊机",
];

const FAULTS: [&str; 12] = [
    "防护罩松动",
    "急停按钮失灵",
    "地面有油",
    "电线老化外露",
    "照明太暗",
    "堆放过高",
    "接地线脱落",
    "异响很大",
    "通道被堵",
    "警示牌掉了",
    "灭火器过期",
    "护栏缺了一段",
];

const WISHES: [&str; 6] = [
    "请尽快检查。",
    "差点碰到人。",
    "夜班看不清。",
    "已经跟班长说过一次。",
    "建议换新的。",
    "希望贴个提醒。",
];

impl Script {
    /// Draws one. `other` is a case of the same factory to which it may turn out to be the same; `level`
    /// grades.
    pub fn draw(
        random: &dyn Random,
        season: Season,
        other: Option<CaseId>,
        level: &dyn Fn(u8, u8) -> Option<Level>,
    ) -> Self {
        let dice = Dice(random);
        let voice = dice.weighed(&[
            (45, Voice::Named),
            (20, Voice::InConfidence),
            (35, Voice::Anonymous),
        ]);
        let category = dice.weighed(CATEGORIES);
        let danger = category.kind() == Kind::Hazard && dice.below(100) == 0;
        // The later of two days: more is said from month to month.
        let day = dice.days(season.from.0, season.until.0);
        let day = Day(day.max(dice.days(season.from.0, season.until.0)));
        let waits = !danger && voice != Voice::Named;
        // One that waits for the end of its day is a case on the next.
        let day = if waits {
            day.min(season.until.plus(-1))
        } else {
            day
        };
        let number = 1 + dice.below(20);
        let text = format!(
            "{number}号{}{}，{}",
            dice.of(&PLACES),
            dice.of(&FAULTS),
            dice.of(&WISHES)
        );
        let finder = [
            (60, Some(Finder::Worker)),
            (15, Some(Finder::TeamLeader)),
            (5, Some(Finder::Manager)),
            (20, None),
        ];
        let report = Report {
            category,
            text,
            voice,
            name: (voice != Voice::Anonymous).then(|| format!("工人{}", dice.below(40))),
            finder: dice.weighed(&finder),
            danger,
            name_machine: false,
            reader: Reader::Team,
            attachments: Vec::new(),
        };
        let released = if waits { day.plus(1) } else { day };
        let mut steps = Vec::new();
        if danger {
            steps.push((released, Step::GoThere));
        }
        let fate = dice.weighed(FATES);
        follow(
            &dice,
            season,
            (released, report.category.kind()),
            fate,
            other,
            level,
            &mut steps,
        );
        let reached = steps.iter().position(|(day, _)| *day > season.until);
        steps.truncate(reached.unwrap_or(steps.len()));
        let source = dice.weighed(&[(90, Source::Phone), (10, Source::Form)]);
        Self {
            report,
            source,
            day,
            released,
            steps,
        }
    }
}

/// What follows, by how it ends.
fn follow(
    dice: &Dice<'_>,
    season: Season,
    (released, kind): (Day, Kind),
    fate: Fate,
    other: Option<CaseId>,
    level: &dyn Fn(u8, u8) -> Option<Level>,
    steps: &mut Vec<(Day, Step)>,
) {
    // The next meeting; of a hundred, eight are put off for weeks.
    let to_meeting = 1 + (season.meets - released.0 - 1).rem_euclid(7);
    let put_off = if dice.below(100) < 8 {
        7 * dice.days(1, 5)
    } else {
        0
    };
    let met = released.plus(to_meeting + put_off);
    let single = match (fate, other) {
        (Fate::Waits, _) => return,
        (Fate::Declined, _) | (Fate::Merged, None) => Some(Step::Decline),
        (Fate::Merged, Some(other)) => Some(Step::Merge(other)),
        (Fate::Referred, _) => Some(Step::Refer),
        _ => None,
    };
    if let Some(step) = single {
        steps.push((met, step));
        return;
    }
    steps.push((met, Step::Accept));
    let fixed = met.plus(dice.days(1, 25));
    match fate {
        Fate::Accepted => return,
        Fate::OnTheSpot => {
            steps.push((met, Step::Finish));
            return;
        }
        _ => {}
    }
    if kind == Kind::Hazard {
        let (likelihood, severity) = (dice.days(1, 5), dice.days(1, 5));
        let step = |n: i64| u8::try_from(n).unwrap_or(1);
        let (likelihood, severity) = (step(likelihood), step(severity));
        if let Some(level) = level(likelihood, severity) {
            steps.push((met, Step::Grade(likelihood, severity, level)));
        }
    }
    steps.push((met, Step::Plan(met.plus(dice.days(3, 21)))));
    if matches!(fate, Fate::Planned) {
        return;
    }
    steps.push((fixed, Step::Finish));
    let seen = fixed.plus(dice.days(0, 7));
    steps.push((seen, Step::Verify));
    if matches!(fate, Fate::Closed) {
        steps.push((seen.plus(dice.days(0, 7)), Step::Close));
    }
}

/// One step as the rules took it: what was done, by whom, on which day and when.
#[derive(Debug, Clone)]
pub struct Played {
    /// The case before and after.
    pub step: Taken,
    /// What was done; nothing for the report itself.
    pub action: Option<Action>,
    /// Who did it.
    pub actor: Actor,
    /// The local day.
    pub day: Day,
    /// The instant.
    pub at: Instant,
}

/// Lets a case go its way by the rules. `pack` is the matrix by which it is graded.
///
/// # Errors
/// Whatever the rules refuse; a way that was drawn is not refused.
pub fn played(
    random: &dyn Random,
    script: &Script,
    spot: &Spot,
    id: CaseId,
    pack: &str,
) -> Result<Vec<Played>, Problem> {
    let dice = Dice(random);
    let report = script.report.clone().check()?;
    let at = moment(&dice, script.released);
    let arrival = Arrival {
        enterprise: spot.enterprise,
        id,
        site: Some(spot.site),
        area: Some(*dice.of(&spot.areas)),
        source: script.source,
        day: script.day,
        at,
    };
    let first = report.open(arrival);
    let mut case: Case = first.case.clone();
    let mut all = Vec::with_capacity(1 + script.steps.len());
    all.push(Played {
        step: first,
        action: None,
        actor: Actor::Reporter,
        day: script.released,
        at,
    });
    let mut last = at;
    for (day, step) in &script.steps {
        let (user, person) = match step {
            Step::Finish => spot.crew.fixer,
            _ => spot.crew.officer,
        };
        let actor = Actor::User { user, person };
        let context = Context { actor, today: *day };
        let action = action(&dice, *step, spot.crew, pack);
        let taken = case.decide(&action, context)?;
        case = taken.case.clone();
        last = moment(&dice, *day).max(Instant(last.0 + 1));
        all.push(Played {
            step: taken,
            action: Some(action),
            actor,
            day: *day,
            at: last,
        });
    }
    Ok(all)
}

/// Some instant of the working hours of a day in China.
fn moment(dice: &Dice<'_>, day: Day) -> Instant {
    let microseconds = dice.days(0, 8 * 3_600_000_000);
    Instant(day.0 * 86_400_000_000 + microseconds)
}

fn action(dice: &Dice<'_>, step: Step, crew: Crew, pack: &str) -> Action {
    let answer = || "谢谢，我们来处理。".to_owned();
    match step {
        Step::GoThere => Action::Acknowledge {},
        Step::Accept => Action::Accept { answer: answer() },
        Step::Decline => Action::Decline {
            answer: "看过了，不影响安全，暂不处理。".to_owned(),
        },
        Step::Refer => Action::Refer {
            answer: "已转给设备科。".to_owned(),
            to: "设备科".to_owned(),
        },
        Step::Merge(into) => Action::Merge {
            answer: "与另一条相同，一起处理。".to_owned(),
            into,
        },
        Step::Grade(likelihood, severity, level) => Action::Grade {
            grading: Grading {
                likelihood,
                severity,
                level,
                pack: pack.to_owned(),
            },
            legal: Some(Legal::General),
        },
        Step::Plan(due_day) => Action::Plan {
            plan: Plan {
                owner: crew.fixer.1,
                due_day,
                measure: "修好并试运行。".to_owned(),
                responsibility: "维修班".to_owned(),
                money: Some(Money {
                    minor: dice.days(0, 50) * 1_000,
                    currency: "CNY".to_owned(),
                }),
                contingency: "修好以前停机挂牌。".to_owned(),
            },
        },
        Step::Finish => Action::Finish {
            note: "已修好。".to_owned(),
        },
        Step::Verify => Action::Verify {
            note: "看过，合格。".to_owned(),
        },
        Step::Close => Action::Close {
            note: String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::Totals;
    use crate::tallies::Deltas;
    use crate::time::SeededRandom;
    use std::collections::BTreeMap;

    /// What was drawn, what the rules made of it, and what the counts say are the same.
    #[test]
    fn a_way_that_was_drawn_is_allowed_and_counted() {
        let random = SeededRandom::new(7);
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
            until: Day(20_181),
            meets: 3,
        };
        let level = |_: u8, _: u8| Level::try_from(2).ok();
        let (mut totals, mut deltas, mut events) = (Totals::default(), Deltas::default(), 0);
        let mut other = None;
        let mut states: BTreeMap<&str, i64> = BTreeMap::new();
        for _ in 0..3_000 {
            let id = CaseId::random(&random);
            let script = Script::draw(&random, season, other, &level);
            other = other.or(Some(id));
            totals.add_case(&script, season.until.plus(1));
            let all = played(&random, &script, &spot, id, "p@1").unwrap();
            for it in &all {
                assert!(it.day <= season.until && it.day >= season.from);
                deltas.count(&it.step, it.day);
            }
            events += all.len();
            let case = &all.last().unwrap().step.case;
            *states.entry(case.state.as_str()).or_default() += 1;
        }
        assert_eq!(totals.by_state, states);
        assert!(
            (5_400..7_200).contains(&events),
            "{events} events of 3,000 cases"
        );
        let mut sums: BTreeMap<(&str, String), i64> = BTreeMap::new();
        for (key, n) in deltas.into_changes() {
            let slice = match key.measure {
                "due" if key.day > season.until => "later".to_owned(),
                _ => key.slice.to_string(),
            };
            *sums.entry((key.measure, slice)).or_default() += n;
        }
        let sum = |measure: &str, slice: &str| {
            let found = sums.iter().find(|((m, s), _)| *m == measure && s == slice);
            found.map_or(0, |(_, n)| *n)
        };
        assert_eq!(totals.reports, 3_000);
        assert_eq!(sum("reported", "hazard"), totals.by_kind["hazard"]);
        assert_eq!(sum("due", ""), totals.overdue);
        assert_eq!(sum("promise", "made"), totals.promised);
        assert_eq!(sum("promise", "kept"), totals.kept);
        assert_eq!(sum("danger", ""), totals.danger);
        assert!(totals.overdue > 0 && totals.kept > 0 && totals.danger > 0);
    }
}
