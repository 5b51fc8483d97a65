//! A small grammar of filters: comparisons of registered columns with literals, joined by `and`. It is decided
//! here, over rows that a statement has read anyway: no text of a stranger becomes part of a statement.

use uuid::Uuid;

use super::{Column, Table, Type, Value};
use crate::problem::{Code, Problem};
use crate::time::Day;

/// Longest filter that is read.
const LONGEST: usize = 2_000;

/// Deepest parentheses.
const DEEPEST: usize = 16;

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The same.
    Eq,
    /// Not the same.
    Ne,
    /// Greater.
    Gt,
    /// Greater or the same.
    Ge,
    /// Less.
    Lt,
    /// Less or the same.
    Le,
}

impl Op {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }

    /// As OData has it: nothing equals nothing, and is neither greater nor less than anything.
    fn holds(self, found: &Value, asked: &Value) -> bool {
        let is_nothing = *found == Value::Null || *asked == Value::Null;
        match self {
            Self::Eq => found == asked,
            Self::Ne => found != asked,
            _ if is_nothing => false,
            Self::Gt => found > asked,
            Self::Ge => found >= asked,
            Self::Lt => found < asked,
            Self::Le => found <= asked,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    column: usize,
    op: Op,
    value: Value,
}

/// Comparisons of which all must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Vec<Comparison>);

impl Filter {
    /// Reads a filter on the columns of a table.
    ///
    /// # Errors
    /// `feed.filter` for what is not understood, `feed.column` for a column that is not there.
    pub fn parse(table: Table, text: &str) -> Result<Self, Problem> {
        let tokens = (text.len() <= LONGEST)
            .then(|| tokens(text))
            .flatten()
            .ok_or_else(fault)?;
        let mut reader = Reader {
            table,
            tokens: tokens.into_iter().peekable(),
            found: Vec::new(),
        };
        reader.all(0)?;
        if reader.tokens.next().is_some() {
            return Err(fault());
        }
        Ok(Self(reader.found))
    }

    /// Whether a row stands it.
    pub fn lets(&self, row: &[Value]) -> bool {
        let holds = |it: &Comparison| {
            row.get(it.column)
                .is_some_and(|v| it.op.holds(v, &it.value))
        };
        self.0.iter().all(holds)
    }

    /// The first and last day that a column can have under this filter, within those given.
    pub fn days(&self, column: usize, mut first: Day, mut last: Day) -> (Day, Day) {
        for it in self.0.iter().filter(|it| it.column == column) {
            let Value::Day(day) = it.value else { continue };
            if matches!(it.op, Op::Eq | Op::Ge) {
                first = first.max(day);
            }
            if matches!(it.op, Op::Eq | Op::Le) {
                last = last.min(day);
            }
            if it.op == Op::Gt {
                first = first.max(day.plus(1));
            }
            if it.op == Op::Lt {
                last = last.min(day.plus(-1));
            }
        }
        (first, last)
    }

    /// Whether it says nothing but within which days a column lies.
    pub fn is_span(&self, column: usize) -> bool {
        let bounds = |it: &Comparison| {
            it.column == column && it.op != Op::Ne && matches!(it.value, Value::Day(_))
        };
        self.0.iter().all(bounds)
    }
}

fn fault() -> Problem {
    Code::FeedFilter.at("$filter")
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Quoted(String),
    Word(String),
}

/// Cuts a text into its tokens; nothing where a quote has no end.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            ' ' | '\t' => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '\'' => {
                let mut quoted = String::new();
                loop {
                    match characters.next()? {
                        // Two of them are one.
                        '\'' if characters.next_if_eq(&'\'').is_some() => quoted.push('\''),
                        '\'' => break,
                        other => quoted.push(other),
                    }
                }
                Token::Quoted(quoted)
            }
            first => {
                let mut word = String::from(first);
                while let Some(next) = characters.next_if(|it| !" \t()'".contains(*it)) {
                    word.push(next);
                }
                Token::Word(word)
            }
        });
    }
    Some(tokens)
}

struct Reader {
    table: Table,
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    found: Vec<Comparison>,
}

impl Reader {
    fn word(&mut self) -> Result<String, Problem> {
        match self.tokens.next() {
            Some(Token::Word(word)) => Ok(word),
            _ => Err(fault()),
        }
    }

    /// Comparisons joined by `and`.
    fn all(&mut self, depth: usize) -> Result<(), Problem> {
        loop {
            self.one(depth)?;
            let and = |it: &Token| matches!(it, Token::Word(word) if word == "and");
            if self.tokens.next_if(and).is_none() {
                return Ok(());
            }
        }
    }

    /// A comparison, or some in parentheses.
    fn one(&mut self, depth: usize) -> Result<(), Problem> {
        if self.tokens.next_if_eq(&Token::Open).is_some() {
            if depth == DEEPEST {
                return Err(fault());
            }
            self.all(depth + 1)?;
            return match self.tokens.next() {
                Some(Token::Close) => Ok(()),
                _ => Err(fault()),
            };
        }
        let name = self.word()?;
        // A function, `not`, or anything else that is no column is not offered.
        if self.tokens.peek() == Some(&Token::Open) || name == "not" {
            return Err(fault());
        }
        let column = self.table.column(&name)?;
        let op = Op::parse(&self.word()?).ok_or_else(fault)?;
        let literal = self.tokens.next().ok_or_else(fault)?;
        let value = literal_of(self.table.columns()[column], op, &literal).ok_or_else(fault)?;
        self.found.push(Comparison { column, op, value });
        Ok(())
    }
}

/// Reads a literal of the column's type.
fn literal_of(column: Column, op: Op, token: &Token) -> Option<Value> {
    let is_equality = matches!(op, Op::Eq | Op::Ne);
    match (column.kind, token) {
        (_, Token::Word(word)) if word == "null" => is_equality.then_some(Value::Null),
        (Type::Text, Token::Quoted(text)) => Some(Value::Text(text.clone())),
        (Type::Id, Token::Word(word)) if is_equality => Uuid::parse_str(word).ok().map(Value::Id),
        (Type::Integer, Token::Word(word)) => word.parse().ok().map(Value::Integer),
        (Type::Day, Token::Word(word)) => word.parse().ok().map(Value::Day),
        (Type::Flag, Token::Word(word)) if is_equality => word.parse().ok().map(Value::Flag),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Result<Filter, Code> {
        Filter::parse(Table::Cases, text).map_err(|it| it.code)
    }

    fn row(kind: &str, day: i64, level: Option<i64>) -> Vec<Value> {
        let mut row = vec![Value::Null; Table::Cases.columns().len()];
        let at = |name| Table::Cases.column(name).unwrap();
        row[at("kind")] = Value::Text(kind.to_owned());
        row[at("reported_day")] = Value::Day(Day(day));
        row[at("level")] = level.into();
        row
    }

    #[test]
    fn comparisons_hold_as_the_standard_says() {
        let lets = |filter: &str, row: &[Value]| parsed(filter).unwrap().lets(row);
        let (graded, not) = (
            row("hazard", 20_454, Some(2)),
            row("near_miss", 20_455, None),
        );
        for (filter, of_graded, of_not) in [
            ("kind eq 'hazard'", true, false),
            ("kind ne 'hazard'", false, true),
            ("level eq 2", true, false),
            ("level ne 2", false, true),
            ("level eq null", false, true),
            ("level ne null", true, false),
            ("level ge 1", true, false),
            ("level lt 9", true, false),
            ("reported_day ge 2026-01-01", true, true),
            ("reported_day gt 2026-01-01", false, true),
            (
                "reported_day lt 2026-01-02 and kind eq 'hazard'",
                true,
                false,
            ),
            ("( (kind eq 'hazard') and (level le 2) )", true, false),
            ("kind eq 'it''s'", false, false),
            ("danger eq true", false, false),
        ] {
            let got = (lets(filter, &graded), lets(filter, &not));
            assert_eq!(got, (of_graded, of_not), "{filter}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "kind",
            "kind eq",
            "kind eq 'a",
            "kind eq a",
            "kind = 'a'",
            "kind eq 'a' or kind eq 'b'",
            "not kind eq 'a'",
            "not (kind eq 'a')",
            "contains(kind,'a')",
            "year(reported_day) eq 2026",
            "level eq '2'",
            "level eq 2.5",
            "reported_day ge 2026-13-01",
            "reported_day ge '2026-01-01'",
            "level gt null",
            "danger gt false",
            "id eq 'x'",
            "kind eq 'a' and",
            "(kind eq 'a'",
            "kind eq 'a')",
            "kind eq 'a' kind eq 'b'",
            "2 eq level",
        ] {
            assert!(
                matches!(parsed(bad), Err(Code::FeedFilter | Code::FeedColumn)),
                "{bad}"
            );
        }
        for unknown in [
            "finder eq 'worker'",
            "voice eq 'anonymous'",
            "text eq 'a'",
            "Kind eq 'a'",
        ] {
            assert_eq!(parsed(unknown), Err(Code::FeedColumn), "{unknown}");
        }
        assert_eq!(parsed(&"(".repeat(500)), Err(Code::FeedFilter));
        assert_eq!(
            parsed(&"kind eq 'a' and ".repeat(500)),
            Err(Code::FeedFilter)
        );
    }

    #[test]
    fn days_are_bounds_and_a_count_takes_no_more() {
        let of = |text: &str| parsed(text).unwrap();
        let day = Table::Cases.column("reported_day").unwrap();
        let filter = of("reported_day gt 2026-01-01 and reported_day le 2026-02-01");
        let days = filter.days(day, Day(0), Day(99_999));
        assert_eq!(
            (days.0.to_string(), days.1.to_string()),
            ("2026-01-02".into(), "2026-02-01".into())
        );
        assert!(filter.is_span(day) && Filter::default().is_span(day));
        for other in [
            "reported_day ne 2026-01-01",
            "kind eq 'idea'",
            "reported_day eq null",
            "due_day le 2026-01-01",
        ] {
            assert!(!of(other).is_span(day), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".{0,60}") {
            drop(parsed(&text));
        }

        #[test]
        fn every_row_that_is_let_through_lies_within_the_days(
            day in 20_000..20_100_i64, asked in 20_000..20_100_i64, op in 0..6_usize,
        ) {
            let word = ["eq", "ne", "gt", "ge", "lt", "le"][op];
            let filter = parsed(&format!("reported_day {word} {}", Day(asked))).unwrap();
            let (first, last) = filter.days(Table::Cases.column("reported_day").unwrap(), Day(0), Day(99_999));
            if filter.lets(&row("hazard", day, None)) {
                prop_assert!(first <= Day(day) && Day(day) <= last);
            }
        }
    }
}
