//! The follow-up page: what became of a report, for whoever holds its code.

use askama::Template;
use hezuo_app::apart::{self, Stage};
use hezuo_app::reports::LookedAt;
use hezuo_domain::apart::Reader;
use hezuo_domain::cases::{Category, State};

use super::Frame;

/// The follow-up page: it asks for a report code, or shows where a report stands.
#[derive(Debug, Template)]
#[template(path = "follow.html")]
pub struct FollowPage<'a> {
    /// Language, assets, demo.
    pub frame: Frame<'a>,
    /// What is known under the code; `None` asks for a code.
    pub standing: Option<Standing<'a>>,
    /// What went wrong, in the page's language.
    pub problem: Option<&'a str>,
}

/// Where a report stands, as its reporter sees it.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// 64 hexadecimal digits; the page sends it back with the verdict, never the code itself.
    pub lookup: &'a str,
    /// The case's state; `None` while the report waits for its release.
    pub state: Option<State>,
    /// The day of the report.
    pub reported_day: &'a str,
    /// The pictogram.
    pub category: Category,
    /// What the reporter wrote.
    pub text: &'a str,
    /// The written answer.
    pub answer: Option<&'a str>,
    /// The day of the answer.
    pub answered_day: Option<&'a str>,
    /// The deadline of the plan.
    pub due_day: Option<&'a str>,
    /// The day somebody said it was done.
    pub fixed_day: Option<&'a str>,
    /// Whether to ask "is it fixed?".
    pub ask_fixed: bool,
    /// Whether a verdict or a reply was just given.
    pub thanks: bool,
    /// Questions of the team and replies, oldest first.
    pub messages: &'a [Message],
    /// Where words to the team would reach it: the id that makes sending them twice safe.
    pub writes_as: Option<&'a str>,
    /// The reward, once one is approved.
    pub reward: Option<Reward<'a>>,
    /// Of one that is or was kept apart from the team, how far it has come.
    pub apart: Option<apart::Standing>,
    /// Who read the name or heard the recording, and when.
    pub looks: &'a [LookedAt],
}

/// A question or reply.
#[derive(Debug, Clone)]
pub struct Message {
    /// Whether the team speaks.
    pub from_team: bool,
    /// The day.
    pub day: String,
    /// What was said.
    pub text: String,
}

/// The reward of a report, as its holder sees it.
#[derive(Debug, Clone, Copy)]
pub struct Reward<'a> {
    /// The amount with its currency.
    pub amount: &'a str,
    /// `named`, `in_confidence` or `pay_code`.
    pub way: &'static str,
    /// It was paid, as far as this page may know.
    pub paid: bool,
    /// The pay code, just taken without a script.
    pub pay_code: Option<&'a str>,
}

/// A rung of the ladder.
#[derive(Debug, PartialEq, Eq)]
struct Rung {
    /// The key of its words among the texts under `state.`.
    state: &'static str,
    /// `past`, `now` or `next`: both its look and the word that a screen reader says before it.
    place: &'static str,
    /// A line with a day.
    line: Option<String>,
}

/// The way of a case that is dealt with.
const WAY: [State; 5] = [
    State::Accepted,
    State::Planned,
    State::Done,
    State::Verified,
    State::Closed,
];

impl Standing<'_> {
    /// The rungs of what is no case, or not yet.
    fn not_yet(&self) -> Vec<(&'static str, &'static str)> {
        let Some(apart) = self.apart else {
            return starting("waiting_release");
        };
        match (apart.stage, apart.reader) {
            (Stage::Open, Some(Reader::Inspector)) => vec![("apart_inspector", "now")],
            (Stage::Open, _) => vec![("apart_representative", "now")],
            // Nobody but its reader knows of it: the way ends with the answer.
            _ => vec![("received", "past"), ("apart_answered", "now")],
        }
    }

    /// Who speaks with the reporter, by the family of texts: the reader to whom it was kept apart, or
    /// the team.
    fn talk(&self) -> &'static str {
        match self.apart {
            Some(_) if self.state.is_none() => "talk_apart",
            _ => "talk",
        }
    }

    /// What its reader did with it, as a key of the texts.
    fn handed(&self) -> Option<&'static str> {
        match self.apart?.stage {
            Stage::HandedOn => Some("handed_on"),
            Stage::Reworded => Some("reworded"),
            Stage::Open | Stage::Answered => None,
        }
    }

    /// The rungs before, at and after the present state.
    fn rungs(&self) -> Vec<(&'static str, &'static str)> {
        let now = match self.state {
            None => return self.not_yet(),
            Some(State::New) => return starting("new"),
            Some(state) => state,
        };
        let Some(at) = WAY.iter().position(|state| *state == now) else {
            // Declined, referred, merged: the way ends here, with the answer.
            return vec![("received", "past"), (now.as_str(), "now")];
        };
        let mut rungs = vec![("received", "past")];
        for (n, state) in WAY.iter().enumerate() {
            // What was fixed on the spot never had a plan.
            if *state == State::Planned && n < at && self.due_day.is_none() {
                continue;
            }
            let place = match n.cmp(&at) {
                std::cmp::Ordering::Less => "past",
                std::cmp::Ordering::Equal => "now",
                std::cmp::Ordering::Greater => "next",
            };
            rungs.push((state.as_str(), place));
        }
        rungs
    }
}

fn starting(now: &'static str) -> Vec<(&'static str, &'static str)> {
    let ahead = [State::Accepted, State::Done, State::Verified];
    std::iter::once((now, "now"))
        .chain(ahead.iter().map(|state| (state.as_str(), "next")))
        .collect()
}

impl FollowPage<'_> {
    /// Who looked at what the reporter gave to some people only, one line each.
    fn look_lines(&self) -> Vec<String> {
        let texts = self.frame.texts();
        let line = |it: &LookedAt| {
            let key = if it.was_heard {
                "follow.voice_heard"
            } else {
                "follow.name_read"
            };
            let line = texts.with(key, "day", it.day);
            line.replace("{name}", &it.by)
        };
        let looks = self.standing.map(|it| it.looks).unwrap_or_default();
        looks.iter().map(line).collect()
    }

    fn rungs(&self) -> Vec<Rung> {
        let texts = self.frame.texts();
        let Some(standing) = self.standing else {
            return Vec::new();
        };
        let line = |state: &str| match state {
            "planned" => standing
                .due_day
                .map(|day| texts.with("follow.due", "day", day)),
            "done" => standing
                .fixed_day
                .map(|day| texts.with("follow.fixed", "day", day)),
            _ => None,
        };
        standing
            .rungs()
            .into_iter()
            .map(|(state, place)| Rung {
                state,
                place,
                line: line(state),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(state: Option<State>) -> Standing<'static> {
        Standing {
            lookup: "",
            state,
            reported_day: "2026-03-02",
            category: Category::Machine,
            text: "",
            answer: None,
            answered_day: None,
            due_day: None,
            fixed_day: None,
            ask_fixed: false,
            thanks: false,
            messages: &[],
            writes_as: None,
            reward: None,
            apart: None,
            looks: &[],
        }
    }

    #[test]
    fn every_state_stands_on_exactly_one_rung() {
        let states = State::ALL.iter().copied().map(Some).chain([None]);
        for state in states {
            let rungs = standing(state).rungs();
            let now: Vec<_> = rungs.iter().filter(|(_, place)| *place == "now").collect();
            assert_eq!(now.len(), 1, "{state:?}: {rungs:?}");
            assert_eq!(now[0].0, state.map_or("waiting_release", State::as_str));
        }
    }

    #[test]
    fn a_fix_on_the_spot_shows_no_plan_and_a_plan_that_was_made_stays_on_the_ladder() {
        let names = |standing: Standing<'_>| -> Vec<_> {
            standing
                .rungs()
                .into_iter()
                .map(|(state, _)| state)
                .collect()
        };
        assert_eq!(
            names(standing(Some(State::Done))),
            ["received", "accepted", "done", "verified", "closed"]
        );
        let planned = Standing {
            due_day: Some("2026-03-09"),
            ..standing(Some(State::Done))
        };
        assert_eq!(
            names(planned),
            [
                "received", "accepted", "planned", "done", "verified", "closed"
            ]
        );
    }

    #[test]
    fn what_is_kept_apart_promises_nothing_of_the_team() {
        for reader in [Reader::Representative, Reader::Inspector] {
            for (stage, now) in [
                (Stage::Open, format!("apart_{}", reader.as_str())),
                (Stage::Answered, "apart_answered".to_owned()),
            ] {
                let apart = Some(apart::Standing {
                    reader: Some(reader),
                    stage,
                });
                let shown = Standing {
                    apart,
                    ..standing(None)
                };
                let rungs = shown.rungs();
                assert_eq!(rungs.last(), Some(&(now.as_str(), "now")));
                assert!(rungs.iter().all(|(_, place)| *place != "next"));
            }
        }
    }

    #[test]
    fn a_way_that_ended_shows_no_further_rungs() {
        let rungs = standing(Some(State::Declined)).rungs();
        assert_eq!(rungs, [("received", "past"), ("declined", "now")]);
    }
}
