//! Through the rows of many enterprises, so many at a time: whoever writes them somewhere needs memory for
//! one piece, however many there are.

use std::collections::VecDeque;

use hezuo_domain::Scope;
use hezuo_domain::feed::{Row, Table, Value, is_over, over_everywhere};
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;
use hezuo_store::feed::{self as store, Stretch};
use uuid::Uuid;

use super::{FIRST, is_public, rows};
use crate::{App, Result};

/// Rows that are read at a time.
const PIECE: i64 = 5_000;

/// Enterprises of a division that are looked up at a time.
const ENTERPRISES: i64 = 1_000;

/// Which rows.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Of this enterprise alone.
    pub enterprise: Option<EnterpriseId>,
    /// Of the enterprises of this division.
    pub region: Option<RegionCode>,
    /// From this day on.
    pub from: Option<Day>,
    /// Up to this day; never further than to the last one that is over everywhere.
    pub to: Option<Day>,
}

/// From one enterprise to another.
#[derive(Debug, Clone, Copy)]
struct Part {
    first: Uuid,
    last: Uuid,
}

/// A walk through one table.
pub struct Walk<'a> {
    app: &'a App,
    table: Table,
    region: Option<RegionCode>,
    from: Day,
    to: Day,
    parts: VecDeque<Part>,
    /// Where the last part of a division lies.
    looked_up: Option<(String, Uuid)>,
    /// The enterprise and the key of the row that was read last in the first part.
    after: Option<(Uuid, Vec<Value>)>,
}

impl<'a> Walk<'a> {
    /// At the beginning of a table.
    pub fn new(app: &'a App, table: Table, which: &Which) -> Self {
        let over = over_everywhere(app.now());
        let region = which.region.clone().filter(|it| !it.is_nation());
        let mut parts = VecDeque::new();
        if let Some(EnterpriseId(one)) = which.enterprise {
            let (first, last) = (one, one);
            parts.push_back(Part { first, last });
        } else if region.is_none() {
            let (first, last) = (Uuid::nil(), Uuid::max());
            parts.push_back(Part { first, last });
        }
        Self {
            app,
            table,
            region: region.filter(|_| which.enterprise.is_none()),
            from: which.from.unwrap_or(FIRST),
            to: which.to.unwrap_or(over).min(over),
            parts,
            looked_up: None,
            after: None,
        }
    }

    /// The next piece; none at the end. It may be empty.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>> {
        if self.parts.is_empty() && !self.look_up().await? {
            return Ok(None);
        }
        let Some(part) = self.parts.front().copied() else {
            return Ok(None);
        };
        let read = self.read(part).await?;
        let is_full = i64::try_from(read.len()).unwrap_or(i64::MAX) == PIECE;
        if let Some(row) = read.last().filter(|_| is_full) {
            let enterprise = match row.first() {
                Some(Value::Id(id)) => *id,
                _ => part.last,
            };
            self.after = Some((enterprise, self.table.key_of(row)));
        } else {
            self.parts.pop_front();
            self.after = None;
        }
        let within = |row: &Row| self.is_within(row) && is_public(self.table, row, self.to);
        Ok(Some(read.into_iter().filter(within).collect()))
    }

    /// Of counts, those within the days, or the deadlines ahead of them.
    fn is_within(&self, row: &[Value]) -> bool {
        match (self.table, row) {
            (Table::Tallies, [_, _, Value::Text(measure), _, Value::Day(day), _]) => {
                *day >= self.from && is_over(measure, *day, self.to)
            }
            _ => true,
        }
    }

    /// The next enterprises of the division; false where there are none.
    async fn look_up(&mut self) -> Result<bool> {
        let Some(region) = &self.region else {
            return Ok(false);
        };
        let scope = Scope::System("the directory of enterprises has no tenant");
        let mut tx = self.app.db.read_copy(&scope).await?;
        let after = self.looked_up.take().unwrap_or_default();
        let found =
            store::enterprises_of(&mut tx, region, (&after.0, after.1), ENTERPRISES).await?;
        self.looked_up = found.last().cloned();
        let part = |(_, id): (String, Uuid)| Part {
            first: id,
            last: id,
        };
        self.parts.extend(found.into_iter().map(part));
        Ok(!self.parts.is_empty())
    }

    async fn read(&self, part: Part) -> Result<Vec<Row>> {
        let scope = Scope::System("who runs the server exports what analysts read");
        let mut tx = self.app.db.read_copy(&scope).await?;
        let within = Stretch {
            last: EnterpriseId(part.last),
            from: self.from,
            to: self.to,
        };
        let by_day = || match &self.after {
            Some((enterprise, key)) => match key[..] {
                [Value::Day(day), Value::Id(id)] => (*enterprise, day, id),
                _ => (*enterprise, FIRST, Uuid::nil()),
            },
            None => (part.first, self.from.plus(-1), Uuid::max()),
        };
        let none = Vec::new();
        let (enterprise, key) = match &self.after {
            Some((enterprise, key)) => (*enterprise, key),
            None => (part.first, &none),
        };
        Ok(match self.table {
            Table::Cases => {
                let found = store::cases_across(&mut tx, by_day(), within, PIECE).await?;
                found.into_iter().map(|it| rows::case(it, None)).collect()
            }
            Table::Projects => {
                let found = store::projects_across(&mut tx, by_day(), within, PIECE).await?;
                found
                    .into_iter()
                    .map(|it| rows::project(it, None))
                    .collect()
            }
            Table::Steps => {
                let id = match key[..] {
                    [Value::Id(id)] => id,
                    _ => Uuid::nil(),
                };
                let found = store::steps_across(&mut tx, (enterprise, id), within, PIECE).await?;
                found.into_iter().map(|it| rows::step(it, None)).collect()
            }
            Table::Tallies => {
                let (measure, slice, day) = match &key[..] {
                    [Value::Text(measure), Value::Text(slice), Value::Day(day)] => {
                        (measure.as_str(), slice.as_str(), *day)
                    }
                    _ => ("", "", FIRST),
                };
                let after = (enterprise, measure, slice, day);
                let found = store::tallies_across(&mut tx, after, within.last, PIECE).await?;
                found.into_iter().map(|it| rows::tally(it, None)).collect()
            }
            Table::Enterprises => {
                let after = match key[..] {
                    [Value::Id(id)] => id,
                    // The first one itself is still to be read.
                    _ => Uuid::from_u128(part.first.as_u128().saturating_sub(1)),
                };
                let found = store::enterprises(&mut tx, after, within.last, PIECE).await?;
                found.into_iter().map(rows::enterprise).collect()
            }
        })
    }
}
