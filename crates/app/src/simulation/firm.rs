//! One factory after the other: its people and places, its cases with their events and chain, its counts.

use std::collections::HashSet;

use hezuo_domain::commitment::{GENESIS, Hash, next_head};
use hezuo_domain::disclosure;
use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId, EventId, PersonId, SiteId, UserId};
use hezuo_domain::oversight::{RegionDeltas, Standing, heard, is_falling, is_silent};
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_domain::places::{AreaKind, EnterpriseKind};
use hezuo_domain::simulation::{
    CURRENCY, Crew, Firm, Script, Season, Setting, Spot, Totals, mix, played, project,
};
use hezuo_domain::tallies::Deltas;
use hezuo_domain::time::{Day, Instant, Random, SeededRandom, Zone};
use hezuo_domain::wall_code::short_word;
use hezuo_store::cases::Event;
use hezuo_store::oversight::editions::Edition;
use hezuo_store::oversight::fold::{Kept, Sums};
use hezuo_store::people::{NewUser, Person};
use hezuo_store::places::{Area, Enterprise, Site};
use hezuo_store::projects;
use serde_json::json;

use super::ZONE;
use super::batch::Batch;
use crate::cases::door::{self, Decided};
use crate::reports::opening;
use crate::{App, Result};

/// Areas of each factory.
const AREAS: [&str; 5] = ["冲压车间", "装配线", "喷漆房", "仓库", "配电房"];

/// Trades, for the names.
const TRADES: [&str; 8] = [
    "机械", "电机", "纺织", "家具", "五金", "塑料", "食品", "建材",
];

/// Fewer cases than this make no project.
const PROJECT_FROM: u64 = 10;

/// What goes on from factory to factory.
pub(super) struct Work<'a> {
    app: &'a App,
    setting: Setting,
    /// When the day ends from which everything is looked at.
    ends: Instant,
    /// Leaves in the log so far.
    logged: i64,
    pack: String,
}

/// A factory whose cases are being made.
pub(super) struct Made {
    firm: Firm,
    random: SeededRandom,
    spot: Spot,
    season: Season,
    short_code: String,
    first: Option<CaseId>,
    seq: i64,
    head: Hash,
    deltas: Deltas,
    /// How many were heard on the last days, on as many before, and when the last was.
    heard: (i64, i64, Day),
    /// Who took part by name in the month that is told about people.
    people: HashSet<Hash>,
}

impl<'a> Work<'a> {
    pub(super) fn new(app: &'a App, setting: Setting, zone: &Zone) -> Self {
        let header = &app.matrix.header;
        Self {
            app,
            setting,
            ends: zone.end(setting.today()),
            logged: 0,
            pack: format!("{}@{}", header.id, header.version),
        }
    }

    /// Leaves in the log.
    pub(super) fn logged(&self) -> i64 {
        self.logged
    }

    fn joined(&self) -> Day {
        self.setting.first_day().plus(-7)
    }

    /// Founds a factory, with a site, areas and two users.
    pub(super) fn begin(&self, firm: &Firm, batch: &mut Batch) -> (Made, Totals) {
        let random = SeededRandom::new(mix(self.setting.seed, firm.number));
        let number = firm.number;
        let enterprise = EnterpriseId::random(&random);
        let site = SiteId::random(&random);
        // Every number gives another word: an odd factor takes 2^40 numbers to as many.
        let word = (number + 1).wrapping_mul(0x9E_3779_B97F) & 0xFF_FFFF_FFFF;
        let bytes = word.to_be_bytes();
        let short_code = short_word(&[bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]]);
        let trade = TRADES[usize::try_from(number % TRADES.len() as u64).unwrap_or(0)];
        let entry = Enterprise {
            id: enterprise,
            short_code: short_code.clone(),
            kind: EnterpriseKind::Enterprise.as_str().to_owned(),
            name: format!("{trade}厂 {number}"),
            credit_code: None,
            credit_code_ok: None,
            region_code: Some(firm.region.to_string()),
            time_zone: ZONE.to_owned(),
        };
        batch.enterprises.push((entry, self.joined()));
        batch.sites.push((
            enterprise,
            Site {
                id: site,
                name: "厂区".to_owned(),
                address: String::new(),
                region_code: None,
            },
        ));
        let mut areas = Vec::with_capacity(AREAS.len());
        for (at, name) in (0..).zip(AREAS) {
            let mut five = [0; 5];
            random.fill(&mut five);
            let area = Area {
                id: AreaId::random(&random),
                site_id: site,
                parent_id: None,
                kind: AreaKind::Area.as_str().to_owned(),
                name: name.to_owned(),
                code: short_word(&five),
                heads: Some(heads_of(number, at)),
                heads_day: Some(self.joined().0),
            };
            areas.push(area.id);
            batch.areas.push((enterprise, area));
        }
        let crew = Crew {
            officer: user(
                &random,
                batch,
                firm,
                enterprise,
                ("安全员", "o", Role::SafetyOfficer),
            ),
            fixer: user(
                &random,
                batch,
                firm,
                enterprise,
                ("维修班长", "f", Role::EitMember),
            ),
        };
        let made = Made {
            firm: firm.clone(),
            spot: Spot {
                enterprise,
                site,
                areas,
                crew,
            },
            season: Season {
                from: self.setting.first_day(),
                until: self.setting.until,
                meets: i64::try_from(mix(self.setting.seed, number) % 5).unwrap_or(0),
            },
            random,
            short_code,
            first: None,
            seq: 0,
            head: GENESIS,
            deltas: Deltas::default(),
            heard: (0, 0, self.joined()),
            people: HashSet::new(),
        };
        let totals = Totals {
            enterprises: 1,
            ..Totals::default()
        };
        (made, totals)
    }

    /// Makes so many of its cases, and appends their events to its chain as the sequencer would: in the
    /// order of their random ids.
    pub(super) fn cases(
        &mut self,
        made: &mut Made,
        count: u64,
        totals: &mut Totals,
        batch: &mut Batch,
    ) -> Result<()> {
        let today = self.setting.today();
        let (now, before) = heard(today);
        let matrix = &self.app.matrix;
        let grade = |likelihood, severity| Some(matrix.grade(likelihood, severity).ok()?.level);
        let enterprise = made.spot.enterprise;
        let mut events = Vec::new();
        let mut cases = Vec::new();
        for _ in 0..count {
            let id = CaseId::random(&made.random);
            let script = Script::draw(&made.random, made.season, made.first, &grade);
            made.first = made.first.or(Some(id));
            totals.add_case(&script, today);
            made.heard.0 += i64::from(script.day >= now.from);
            made.heard.1 += i64::from(script.day >= before.from && script.day < now.from);
            made.heard.2 = made.heard.2.max(script.day);
            if let Some(name) = &script.report.name {
                let sealed = self.app.keys.seal_name(&made.random, id, name)?;
                batch.reporters.push((enterprise, id, sealed));
                let person = self.app.keys.person_key(enterprise, name);
                batch.people.push((enterprise, script.released, person));
                let month = disclosure::month(today);
                if script.released >= month.from && script.released <= month.to {
                    made.people.insert(person);
                }
            }
            let all = played(&made.random, &script, &made.spot, id, &self.pack)?;
            let mut last = None;
            for it in all {
                made.deltas.count(&it.step, it.day);
                let decided = match &it.action {
                    None => opening(it.step, it.at, it.day),
                    Some(action) => Decided {
                        step: it.step,
                        action: action.name(),
                        actor: it.actor,
                        client: "desk",
                        pack: (action.name() == "grade").then(|| self.pack.clone()),
                        day: it.day,
                        at: it.at,
                        details: serde_json::to_value(action).unwrap_or_default(),
                    },
                };
                events.push(door::event(&made.random, &decided));
                last = Some(decided.step.case);
            }
            cases.extend(last);
        }
        events.sort_unstable_by_key(|event| event.id);
        for event in events {
            let link = self.link(made, &event);
            batch.events.push((event, link));
        }
        cases.sort_unstable_by_key(|case| case.id);
        batch.cases.extend(cases);
        Ok(())
    }

    fn link(&mut self, made: &mut Made, event: &Event) -> (i64, EventId, Hash, Hash, i64) {
        made.seq += 1;
        made.head = next_head(&made.head, made.seq, &event.leaf);
        let place = self.logged;
        self.logged += 1;
        (made.seq, event.id, event.leaf, made.head, place)
    }

    /// Ends a factory: its project, its counts, how it stands. Its short code.
    pub(super) fn end(
        &self,
        mut made: Made,
        totals: &mut Totals,
        around: &mut RegionDeltas,
        batch: &mut Batch,
    ) -> Result<String> {
        if made.firm.cases >= PROJECT_FROM {
            let (all, minor) = project(&made.random, &made.spot, made.season)?;
            *totals.saved.entry(CURRENCY).or_default() += minor;
            let mut from = None;
            for taken in all {
                let after = &taken.after;
                made.deltas.saving(after, 1);
                let state = after.state.as_str();
                let action = taken.action.as_ref();
                let payload = match action {
                    None => json!({"draft": after.draft, "cases": []}),
                    Some(action) => serde_json::to_value(action).unwrap_or_default(),
                };
                let event = projects::Event {
                    id: EventId::random(&made.random),
                    project: after.id,
                    position: after.version,
                    action: action.map_or("propose", |it| it.name()),
                    by: taken.actor.user,
                    at: Instant(taken.day.0 * 86_400_000_000 + after.version * 60_000_000),
                    day: taken.day,
                    from,
                    to: state,
                    payload: payload.to_string(),
                };
                from = Some(state);
                batch.projects.push((taken, event));
            }
        }
        let region = made.firm.region.to_string();
        let mut sums = Sums::default();
        let month = disclosure::month(self.setting.today());
        let (mut found, mut by_workers) = (0, 0);
        for (key, n) in made.deltas.into_changes() {
            let counted = (key.measure, &*key.slice, key.day, n);
            sums.count(self.setting.today(), counted);
            if key.measure == "found_by" && key.day >= month.from && key.day <= month.to {
                let slice = &*key.slice;
                let is_known = matches!(slice, "worker" | "team_leader" | "manager");
                found += if is_known { n } else { 0 };
                by_workers += if slice == "worker" { n } else { 0 };
            }
            around.count(&region, key.measure, &key.slice, key.day, n);
            batch.tallies.push((key, n));
        }
        let (now, before, last) = made.heard;
        let took_part = i64::try_from(made.people.len()).unwrap_or(i64::MAX);
        let heads = (0..)
            .zip(AREAS)
            .map(|(at, _)| heads_of(made.firm.number, at))
            .sum();
        let edition = Edition::empty(made.spot.enterprise, month.from, region.clone())
            .of_people(took_part, Some(heads))
            .of_hazards(found, by_workers);
        let standing = Standing {
            heard_day: last,
            falling: is_falling(now, before),
        };
        totals.falling += i64::from(standing.falling);
        totals.silent += i64::from(is_silent(self.setting.today(), last));
        around.stand(&region, standing, 1);
        around.publish(&region, month.from, edition.about());
        batch.editions.push(edition);
        batch.standings.push(Kept {
            id: made.spot.enterprise,
            region,
            standing,
            sums,
            ends: self.ends,
        });
        Ok(made.short_code)
    }
}

/// How many people work in one of the areas of a factory: from 2 to 60.
fn heads_of(number: u64, area: u64) -> i64 {
    2 + i64::try_from(mix(number, area) % 59).unwrap_or(0)
}

fn user(
    random: &dyn Random,
    batch: &mut Batch,
    firm: &Firm,
    enterprise: EnterpriseId,
    (position, letter, role): (&str, &str, Role),
) -> (UserId, PersonId) {
    let (user, person) = (UserId::random(random), PersonId::random(random));
    batch.persons.push((
        enterprise,
        Person {
            id: person,
            name: format!("{position}{}", firm.number),
            staff_number: None,
            position: position.to_owned(),
            area_id: None,
            active: true,
        },
    ));
    let new = NewUser {
        id: user,
        person,
        login: format!("{letter}{}", firm.number),
        password_hash: None,
        locale: "zh-CN".to_owned(),
    };
    let place = Place::Enterprise(enterprise);
    batch.users.push((enterprise, new, Grant { role, place }));
    (user, person)
}
