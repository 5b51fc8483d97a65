//! What analysts read: tables with typed columns, the same as files and over the network.
//!
//! The list of columns is the rule. There is no reporter in it, no finder, no voice, no owner, no area, no
//! free text and no instant; and of the counts none about people. What is not listed here can't leave
//! through a feed, whatever a statement reads.

mod filter;

pub use filter::{Filter, Op};

use crate::problem::{Code, Problem};
use crate::time::{Day, Instant};
use uuid::Uuid;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A random id.
    Id,
    /// A word.
    Text,
    /// A count, or an amount in minor units.
    Integer,
    /// A local day.
    Day,
    /// Yes or no.
    Flag,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, the same everywhere.
    pub name: &'static str,
    /// What it holds.
    pub kind: Type,
    /// Whether it may be empty.
    pub optional: bool,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Nothing.
    Null,
    /// An id.
    Id(Uuid),
    /// A word.
    Text(String),
    /// A number.
    Integer(i64),
    /// A local day.
    Day(Day),
    /// Yes or no.
    Flag(bool),
}

macro_rules! values {
    ($($from:ty => $variant:ident;)*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value)
            }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                value.map_or(Self::Null, Self::$variant)
            }
        }
    )*};
}

values! {
    Uuid => Id;
    String => Text;
    i64 => Integer;
    Day => Day;
    bool => Flag;
}

/// One row: a value for each column of its table.
pub type Row = Vec<Value>;

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Each case as it stands now.
    Cases,
    /// How cases went from state to state.
    Steps,
    /// Counts by local day.
    Tallies,
    /// Improvement projects with their costs and savings.
    Projects,
    /// The directory.
    Enterprises,
}

macro_rules! columns {
    ($($name:literal $kind:ident $($optional:ident)?;)*) => {
        &[$(Column { name: $name, kind: Type::$kind, optional: columns!(@ $($optional)?) },)*]
    };
    (@ optional) => { true };
    (@) => { false };
}

const CASES: &[Column] = columns! {
    "enterprise_id" Id;
    "id" Id;
    "region_code" Text optional;
    "reported_day" Day;
    "kind" Text;
    "category" Text;
    "danger" Flag;
    "imported" Flag;
    "state" Text;
    "level" Integer optional;
    "likelihood" Integer optional;
    "severity" Integer optional;
    "legal" Text optional;
    "pack" Text optional;
    "answered_day" Day optional;
    "due_day" Day optional;
    "fixed_day" Day optional;
    "verified_day" Day optional;
    "updated_day" Day optional;
    "merged_into" Id optional;
    "planned_minor" Integer optional;
    "planned_currency" Text optional;
};

const STEPS: &[Column] = columns! {
    "enterprise_id" Id;
    "id" Id;
    "region_code" Text optional;
    "case_id" Id;
    "local_day" Day;
    "from_state" Text optional;
    "to_state" Text;
    "pack" Text optional;
};

const TALLIES: &[Column] = columns! {
    "enterprise_id" Id;
    "region_code" Text optional;
    "measure" Text;
    "slice" Text;
    "local_day" Day;
    "n" Integer;
};

const PROJECTS: &[Column] = columns! {
    "enterprise_id" Id;
    "id" Id;
    "region_code" Text optional;
    "proposed_day" Day;
    "theme" Text;
    "state" Text;
    "due_day" Day optional;
    "done_day" Day optional;
    "verified_day" Day optional;
    "currency" Text;
    "cost_target_minor" Integer optional;
    "cost_actual_minor" Integer optional;
    "saving_target_minor" Integer optional;
    "saving_actual_minor" Integer optional;
};

const ENTERPRISES: &[Column] = columns! {
    "id" Id;
    "name" Text;
    "kind" Text;
    "region_code" Text optional;
    "credit_code" Text optional;
    "time_zone" Text;
    "created_day" Day;
};

impl Table {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Enterprises,
        Self::Cases,
        Self::Steps,
        Self::Tallies,
        Self::Projects,
    ];

    /// Those that one enterprise's feed has: the directory is nobody's own.
    pub const OF_ONE: [Self; 4] = [Self::Cases, Self::Steps, Self::Tallies, Self::Projects];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Steps => "steps",
            Self::Tallies => "tallies",
            Self::Projects => "projects",
            Self::Enterprises => "enterprises",
        }
    }

    /// Its columns.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Cases => CASES,
            Self::Steps => STEPS,
            Self::Tallies => TALLIES,
            Self::Projects => PROJECTS,
            Self::Enterprises => ENTERPRISES,
        }
    }

    /// Where the column with this name stands.
    ///
    /// # Errors
    /// `feed.column`.
    pub fn column(self, name: &str) -> Result<usize, Problem> {
        let at = self.columns().iter().position(|it| it.name == name);
        at.ok_or_else(|| Code::FeedColumn.at(name))
    }

    /// The columns by which one enterprise's rows are ordered, and by which a page goes on. They tell a row
    /// from all others of its enterprise; within a day the order is that of random ids.
    pub fn key(self) -> &'static [&'static str] {
        match self {
            Self::Cases => &["reported_day", "id"],
            Self::Steps | Self::Enterprises => &["id"],
            Self::Tallies => &["measure", "slice", "local_day"],
            Self::Projects => &["proposed_day", "id"],
        }
    }

    /// The day by whose month a row is filed; none where there is one file.
    pub fn day(self) -> Option<&'static str> {
        match self {
            Self::Cases => Some("reported_day"),
            Self::Steps | Self::Tallies => Some("local_day"),
            Self::Projects => Some("proposed_day"),
            Self::Enterprises => None,
        }
    }

    /// The key of a row.
    pub fn key_of(self, row: &[Value]) -> Vec<Value> {
        let names = self.key().iter();
        names
            .filter_map(|name| row.get(self.column(name).ok()?).cloned())
            .collect()
    }
}

/// Counts that are told by day: of things and of money saved. Those of who spoke and who found something are
/// told by month ([`crate::disclosure`]), and a reward of one day could be that of one person.
const TOLD: [&str; 9] = [
    "answer", "danger", "due", "entered", "promise", "reported", "resolved", "saving", "state",
];

/// Counts that are not told by day; here so that a test notices a new one that nobody has decided on.
pub const HELD: [&str; 3] = ["found_by", "reward", "spoken"];

/// Whether the counts of a measure are told.
pub fn is_told(measure: &str) -> bool {
    TOLD.contains(&measure)
}

/// Whether the day of a count may lie ahead: it is a deadline.
pub fn looks_ahead(measure: &str) -> bool {
    matches!(measure, "due" | "promise")
}

/// Whether a count may be told when days up to this one are over.
pub fn is_over(measure: &str, day: Day, last: Day) -> bool {
    day <= last || looks_ahead(measure)
}

/// The last day that is over in every time zone.
pub fn over_everywhere(now: Instant) -> Day {
    let furthest_west = now.plus_seconds(-12 * 3600);
    Day(furthest_west.0.div_euclid(24 * 3600 * 1_000_000) - 1)
}

/// Between the parts of a token; no word of a key holds it.
const BETWEEN: char = '~';

/// Where the next page begins, as a text that a client hands back.
pub fn token(key: &[Value]) -> String {
    let text = |it: &Value| match it {
        Value::Null => String::new(),
        Value::Id(id) => id.to_string(),
        Value::Text(text) => text.clone(),
        Value::Integer(n) => n.to_string(),
        Value::Day(day) => day.to_string(),
        Value::Flag(flag) => flag.to_string(),
    };
    let parts: Vec<String> = key.iter().map(text).collect();
    parts.join(&BETWEEN.to_string())
}

/// Reads what a client hands back.
///
/// # Errors
/// `feed.token`.
pub fn read_token(table: Table, text: &str) -> Result<Vec<Value>, Problem> {
    let bad = || Code::FeedToken.at("$skiptoken");
    let parts: Vec<&str> = text.split(BETWEEN).collect();
    let key = table.key();
    if parts.len() != key.len() || text.len() > 200 || text.contains('\0') {
        return Err(bad());
    }
    let value = |(name, part): (&&str, &str)| {
        let kind = table.columns()[table.column(name)?].kind;
        let value = match kind {
            Type::Id => part.parse().ok().map(Value::Id),
            Type::Day => part.parse().ok().map(Value::Day),
            Type::Text => Some(Value::Text(part.to_owned())),
            Type::Integer => part.parse().ok().map(Value::Integer),
            Type::Flag => None,
        };
        value.ok_or_else(bad)
    };
    key.iter().zip(parts).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of columns that say who spoke, when exactly, or in whose words.
    const NEVER: [&str; 12] = [
        "reporter", "finder", "voice", "owner", "area", "text", "actor", "client", "at", "source",
        "position", "user",
    ];

    #[test]
    fn no_column_says_who_spoke_or_when_exactly() {
        for table in Table::ALL {
            for column in table.columns() {
                let words: Vec<&str> = column.name.split('_').collect();
                let bad = words.iter().any(|word| NEVER.contains(word));
                assert!(!bad, "{}.{}", table.as_str(), column.name);
            }
        }
    }

    #[test]
    fn keys_and_days_are_columns_that_are_never_empty() {
        for table in Table::ALL {
            for name in table.key().iter().copied().chain(table.day()) {
                let column = table.columns()[table.column(name).unwrap()];
                assert!(!column.optional, "{name}");
            }
        }
    }

    #[test]
    fn no_count_about_people_is_told_by_day() {
        assert!(HELD.iter().all(|it| !is_told(it)));
        assert!(!is_told("whatever comes next"));
        assert!(is_over("state", Day(5), Day(5)) && !is_over("state", Day(6), Day(5)));
        assert!(is_over("due", Day(6), Day(5)));
    }

    #[test]
    fn a_day_is_told_when_it_is_over_even_far_in_the_west() {
        let day = |hours: i64| over_everywhere(Instant(hours * 3600 * 1_000_000));
        assert_eq!((day(35), day(36)), (Day(-1), Day(0)));
    }

    #[test]
    fn a_token_is_read_as_it_is_written() {
        let id = Uuid::from_u128(7);
        for (table, key) in [
            (Table::Cases, vec![Day(20_000).into(), id.into()]),
            (Table::Steps, vec![id.into()]),
            (
                Table::Tallies,
                vec![
                    Value::Text("answer".into()),
                    Value::Text("29+".into()),
                    Day(9).into(),
                ],
            ),
        ] {
            assert_eq!(read_token(table, &token(&key)), Ok(key));
        }
        for bad in ["", "~", "2026-01-01", "2026-13-01~x", "a~b~c\0"] {
            for table in [Table::Cases, Table::Projects] {
                let problem = read_token(table, bad).unwrap_err();
                assert_eq!(problem.code, Code::FeedToken, "{bad}");
            }
        }
    }
}
