//! A table with typed columns.

use hezuo_domain::money::Money;
use hezuo_domain::time::Day;

/// What a column holds. Empty cells may stand in any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// A count.
    Integer,
    /// A local day.
    Day,
    /// An amount; its currency stands in a column of its own, so that the amounts can be added up.
    Money,
    /// A share. Its numerator and denominator stand in columns of their own.
    Percent,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it, in the reader's language.
    pub header: String,
    /// What it holds.
    pub kind: Kind,
    /// How many characters wide it is; a Chinese character counts as two.
    pub width: u8,
}

impl Column {
    /// A column with the usual width for what it holds.
    pub fn new(header: impl Into<String>, kind: Kind) -> Self {
        let width = match kind {
            Kind::Text => 20,
            Kind::Integer | Kind::Percent => 10,
            Kind::Day => 12,
            Kind::Money => 16,
        };
        let header = header.into();
        Self {
            width: width.max(breadth(&header)),
            header,
            kind,
        }
    }

    /// The same column, this many characters wide.
    #[must_use]
    pub fn wide(mut self, width: u8) -> Self {
        self.width = width.max(breadth(&self.header));
        self
    }
}

/// How many narrow characters a header takes, with room around it.
fn breadth(header: &str) -> u8 {
    let narrow: usize = header
        .chars()
        .map(|character| if character.is_ascii() { 1 } else { 2 })
        .sum();
    u8::try_from(narrow + 2).unwrap_or(60).min(60)
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing; not the same as zero.
    Empty,
    /// Words, whatever they begin with: never a formula.
    Text(String),
    /// A count.
    Integer(i64),
    /// A local day.
    Day(Day),
    /// An amount.
    Money(Money),
    /// A share; nothing where the denominator is zero.
    Share {
        /// How many of them.
        numerator: i64,
        /// Of how many.
        denominator: i64,
    },
}

macro_rules! cells {
    ($($from:ty => $variant:ident($convert:expr);)*) => {$(
        impl From<$from> for Cell {
            fn from(value: $from) -> Self {
                Self::$variant($convert(value))
            }
        }
        impl From<Option<$from>> for Cell {
            fn from(value: Option<$from>) -> Self {
                value.map_or(Self::Empty, |value| Self::$variant($convert(value)))
            }
        }
    )*};
}

cells! {
    String => Text(std::convert::identity);
    &str => Text(str::to_owned);
    i64 => Integer(std::convert::identity);
    Day => Day(std::convert::identity);
    Money => Money(std::convert::identity);
}

/// A table, to be written as a workbook or as CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What stands on the workbook's tab.
    pub name: String,
    /// The day on which it was made; nothing finer is written into the file.
    pub made_on: Day,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with one cell for each column.
    pub rows: Vec<Vec<Cell>>,
}
