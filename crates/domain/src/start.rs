//! The first steps of a factory: which are done follows from what it has, never from a note of
//! its own, so that whoever left in the middle finds the same list again.

use crate::time::Day;

/// One step, in the order in which they are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Name, division, time zone, whom to call.
    Factory,
    /// Areas and how many people work in each.
    Areas,
    /// The register of persons.
    Persons,
    /// Who leads the EIT and who keeps its minutes.
    Team,
    /// The codes hang on the walls.
    Labels,
    /// Somebody has reported, and somebody has answered.
    Report,
}

/// What a factory has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// It has a name.
    pub named: bool,
    /// Its areas, without machines.
    pub areas: i64,
    /// Areas with a number of people.
    pub attested: i64,
    /// People who work there, the administrator among them.
    pub persons: i64,
    /// Logins that lead the EIT.
    pub leaders: i64,
    /// Logins that keep its minutes.
    pub secretaries: i64,
    /// The day on which somebody said that the codes hang.
    pub labels_day: Option<Day>,
    /// Somebody has reported something.
    pub reported: bool,
    /// A report has been answered.
    pub answered: bool,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 6] = [
        Self::Factory,
        Self::Areas,
        Self::Persons,
        Self::Team,
        Self::Labels,
        Self::Report,
    ];

    /// The word that clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Factory => "factory",
            Self::Areas => "areas",
            Self::Persons => "persons",
            Self::Team => "team",
            Self::Labels => "labels",
            Self::Report => "report",
        }
    }

    /// Whether a factory that has this has taken the step.
    pub fn is_done(self, facts: &Facts) -> bool {
        match self {
            Self::Factory => facts.named,
            // Without a number the anonymous report would keep no area at all.
            Self::Areas => facts.areas > 0 && facts.attested > 0,
            Self::Persons => facts.persons > 1,
            Self::Team => facts.leaders > 0 && facts.secretaries > 0,
            Self::Labels => facts.labels_day.is_some(),
            Self::Report => facts.reported && facts.answered,
        }
    }
}

/// The first step that is not done; none where all are.
pub fn next(facts: &Facts) -> Option<Step> {
    Step::ALL.into_iter().find(|step| !step.is_done(facts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts() -> impl Strategy<Value = Facts> {
        let counts = (0..3_i64, 0..3_i64, 0..3_i64, 0..3_i64, 0..3_i64);
        (any::<[bool; 4]>(), counts).prop_map(|(flags, counts)| Facts {
            named: flags[0],
            areas: counts.0,
            attested: counts.1,
            persons: counts.2,
            leaders: counts.3,
            secretaries: counts.4,
            labels_day: flags[1].then_some(Day(1)),
            reported: flags[2],
            answered: flags[3],
        })
    }

    #[test]
    fn an_empty_factory_begins_at_the_beginning() {
        assert_eq!(next(&Facts::default()), Some(Step::Factory));
        let alone = Facts {
            persons: 1,
            ..Facts::default()
        };
        assert!(!Step::Persons.is_done(&alone), "the administrator alone");
    }

    proptest! {
        #[test]
        fn everything_before_the_next_step_is_done(facts in facts()) {
            let next = next(&facts);
            for step in Step::ALL {
                if Some(step) == next {
                    prop_assert!(!step.is_done(&facts));
                    return Ok(());
                }
                prop_assert!(step.is_done(&facts));
            }
            prop_assert_eq!(next, None);
        }

        #[test]
        fn having_more_never_undoes_a_step(facts in facts(), persons in 0..9_i64, areas in 0..9_i64) {
            let mut more = facts;
            more.persons += persons;
            more.areas += areas;
            for step in Step::ALL {
                prop_assert!(!step.is_done(&facts) || step.is_done(&more));
            }
        }
    }
}
