//! CSV as a spreadsheet program opens it by a double click: UTF-8 with its mark, commas, CRLF.

use hezuo_domain::money::Money;

use crate::{Cell, Column, ReportError, Sheet};

/// A text that begins with one of these is a formula for some spreadsheet program, the broad forms
/// of East Asian keyboards too.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Writes a table piece by piece, so that a long one needs no memory for all of its rows.
#[derive(Debug)]
pub struct Csv {
    columns: usize,
    rows: usize,
    bytes: Vec<u8>,
}

impl Csv {
    /// Begins with the mark that tells a spreadsheet program the encoding, and the headers.
    pub fn new(columns: &[Column]) -> Self {
        let mut csv = Self::going_on(columns);
        csv.bytes.extend_from_slice("\u{feff}".as_bytes());
        csv.line(columns.iter().map(|column| text(&column.header)));
        csv
    }

    /// Goes on with a table of which pieces are written already.
    pub fn going_on(columns: &[Column]) -> Self {
        Self {
            columns: columns.len(),
            rows: 0,
            bytes: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`ReportError::Ragged`].
    pub fn push(&mut self, row: &[Cell]) -> Result<(), ReportError> {
        if row.len() != self.columns {
            return Err(ReportError::Ragged {
                row: self.rows,
                cells: row.len(),
                columns: self.columns,
            });
        }
        self.rows += 1;
        self.line(row.iter().map(field));
        Ok(())
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn line(&mut self, fields: impl Iterator<Item = String>) {
        for (number, field) in fields.enumerate() {
            if number > 0 {
                self.bytes.push(b',');
            }
            self.bytes.extend_from_slice(field.as_bytes());
        }
        self.bytes.extend_from_slice(b"\r\n");
    }
}

impl Sheet {
    /// The whole table as CSV.
    ///
    /// # Errors
    /// [`ReportError::Ragged`].
    pub fn to_csv(&self) -> Result<Vec<u8>, ReportError> {
        let mut csv = Csv::new(&self.columns);
        for row in &self.rows {
            csv.push(row)?;
        }
        Ok(csv.into_bytes())
    }
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(words) => text(words),
        Cell::Integer(number) => number.to_string(),
        Cell::Day(day) => day.to_string(),
        Cell::Money(money) => amount(money),
        Cell::Share {
            numerator,
            denominator,
        } => share(*numerator, *denominator),
    }
}

/// A text that no spreadsheet program takes for a formula, in quotes where it needs them.
fn text(words: &str) -> String {
    let guard = if words.starts_with(FORMULA) { "'" } else { "" };
    let needs_quotes = words.contains([',', '"', '\r', '\n', '\t', ';'])
        || words.starts_with(char::is_whitespace)
        || words.ends_with(char::is_whitespace);
    if needs_quotes {
        format!("\"{guard}{}\"", words.replace('"', "\"\""))
    } else {
        format!("{guard}{words}")
    }
}

/// An amount with the decimals of its currency, without a rounding step in between.
fn amount(money: &Money) -> String {
    let decimals = money.decimals();
    if decimals == 0 {
        return money.minor.to_string();
    }
    let unit = 10_u64.pow(decimals);
    let (minor, sign) = (
        money.minor.unsigned_abs(),
        if money.minor < 0 { "-" } else { "" },
    );
    let width = decimals as usize;
    format!("{sign}{}.{:0width$}", minor / unit, minor % unit)
}

/// A share as a fraction of one with four decimals, rounded half up.
fn share(numerator: i64, denominator: i64) -> String {
    if denominator == 0 {
        return String::new();
    }
    let (top, bottom) = (i128::from(numerator) * 20_000, i128::from(denominator));
    let tenths = (top / bottom + 1).div_euclid(2);
    format!("{}.{:04}", tenths / 10_000, tenths % 10_000)
}
