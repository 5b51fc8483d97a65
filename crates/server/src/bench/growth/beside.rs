//! The one indexed statement behind a page, without HTTP and without all else that the page shows.

use std::sync::Arc;

use hezuo_app::{App, Caller};
use hezuo_domain::Scope;
use hezuo_domain::answers::ANSWER_DAYS;
use hezuo_domain::boards::Periods;
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::oversight::{heard, silent_until};
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;
use hezuo_store::cases::{Filter, Queue, list, search_list};
use hezuo_store::oversight::{Span, parts};
use hezuo_store::{boards, feed};

use crate::Result;
use crate::bench::load::Client;

/// Lines of one page, as the app asks for them.
pub(super) const PAGE: i64 = 50;

/// Pages that are looked at beside the first, where a factory has so many.
const DEEP: [usize; 3] = [100, 1_000, 10_000];

/// Where a page begins.
pub(super) type Cursor = (Day, CaseId);

/// What a page stands beside.
#[derive(Clone)]
pub(super) enum Beside {
    /// The balances of a factory.
    Board(EnterpriseId, Day),
    /// A page of a queue.
    List(EnterpriseId, Queue, Day, Option<Cursor>),
    /// The first page of all cases with these words, by their numbers.
    Search(EnterpriseId, Vec<u32>, Day),
    /// A page of what analysts read of the cases, behind one of them.
    Feed(EnterpriseId, Cursor, Day),
    /// The sums of a division.
    Region(Box<Caller>, RegionCode, Day),
}

impl Beside {
    pub(super) fn list(
        factory: EnterpriseId,
        queue: &str,
        today: Day,
        before: Option<Cursor>,
    ) -> Self {
        let queue = match queue {
            "triage" => Queue::Triage,
            "open" => Queue::Open,
            "danger" => Queue::Danger,
            "overdue" => Queue::Overdue,
            "ended" => Queue::Ended,
            _ => Queue::All,
        };
        Self::List(factory, queue, today, before)
    }
}

/// Over which days the page of a division sums up four weeks.
pub(super) fn span(today: Day) -> Span {
    let periods = Periods::of(today, 4);
    let (now, before) = heard(today);
    Span {
        today,
        now: periods.now,
        due: periods.due,
        asked: periods.asked,
        heard: now,
        heard_before: before.from,
        silent_until: silent_until(today),
    }
}

/// Where deep pages of the list of all cases of a factory begin.
pub(super) async fn cursors(app: &App, factory: EnterpriseId) -> Result<Vec<(usize, Cursor)>> {
    let mut tx = app.db.read(&Scope::Enterprise(factory)).await?;
    let (mut found, mut before) = (Vec::new(), None);
    let (step, mut pages) = (20, 1);
    loop {
        let (queue, limit) = (Queue::All, PAGE * step);
        let lines = list(&mut tx, queue, Filter::None, Day(0), before, limit).await?;
        for (at, line) in lines.iter().enumerate() {
            // The page after this line is the one that is looked at.
            let page = pages + (at + 1) / 50;
            if (at + 1) % 50 == 0 && DEEP.contains(&page) {
                found.push((page, (Day(line.reported_day), line.id)));
            }
        }
        pages += lines.len() / 50;
        let last = lines.last().map(|line| (Day(line.reported_day), line.id));
        if last.is_none() || pages > DEEP[2] || lines.len() < 1_000 {
            return Ok(found);
        }
        before = last;
    }
}

/// Runs the statement.
pub(super) struct Plain {
    pub(super) app: Arc<App>,
    pub(super) beside: Beside,
}

impl Plain {
    async fn read(&self) -> Result<()> {
        match &self.beside {
            Beside::Board(factory, today) => {
                let mut tx = self.app.db.read(&Scope::Enterprise(*factory)).await?;
                boards::balances(&mut tx, *today, today.plus(-ANSWER_DAYS)).await?;
            }
            Beside::List(factory, queue, today, before) => {
                let mut tx = self.app.db.read(&Scope::Enterprise(*factory)).await?;
                list(&mut tx, *queue, Filter::None, *today, *before, PAGE + 1).await?;
            }
            Beside::Search(factory, numbers, today) => {
                let mut tx = self.app.db.read(&Scope::Enterprise(*factory)).await?;
                let wanted = (Queue::All, Filter::None, numbers.clone());
                search_list(&mut tx, wanted, *today, None, PAGE + 1).await?;
            }
            Beside::Feed(factory, (day, id), today) => {
                let mut tx = self.app.db.read(&Scope::Enterprise(*factory)).await?;
                feed::cases(&mut tx, (*day, id.0), *today, PAGE + 1).await?;
            }
            Beside::Region(caller, region, today) => {
                let scope = Scope::Places(caller.entitlement());
                let mut tx = self.app.db.read(&scope).await?;
                parts(&mut tx, span(*today), region).await?;
            }
        }
        Ok(())
    }
}

impl Client for Plain {
    async fn once(&mut self) -> bool {
        self.read().await.is_ok()
    }
}
