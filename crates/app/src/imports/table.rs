//! A file as a table: a header and rows, each with the number that a spreadsheet shows beside it.

use hezuo_domain::{Code, Problem};

use super::{csv, xlsx};

/// Most rows of one file; a spreadsheet can't have more.
pub(super) const MAX_ROWS: usize = 1_048_576;

/// Most columns that are read.
const MAX_COLUMNS: usize = 256;

/// Longest header, in characters: it becomes a field's name.
const MAX_HEADER: usize = 100;

/// Rows among which the header is looked for: registers begin with a title.
const HEADER_WITHIN: usize = 10;

/// Why a row can't be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Its bytes are no text.
    Encoding,
    /// It has this many columns, not as many as the header.
    Columns(usize),
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// As a spreadsheet shows it: the first row of the file is 1.
    pub(crate) number: i64,
    /// As many values as the header has, or why not.
    pub(crate) cells: Result<Vec<String>, Broken>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// Distinct names, none empty.
    pub(crate) header: Vec<String>,
    /// What stands below, blank rows left out.
    pub(crate) rows: Vec<Row>,
}

impl Table {
    /// Reads CSV or XLSX; which of them, the bytes say.
    ///
    /// # Errors
    /// `import.unreadable`, `upload.too_large` for one that unpacks to far more than it is.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.starts_with(b"PK\x03\x04") {
            Self::from_rows(xlsx::rows(bytes)?, true)
        } else {
            Self::from_rows(csv::rows(bytes)?, false)
        }
    }

    /// Finds the header and fits the rows below to it. In a sheet the cells at the end of a row are
    /// simply not there; in a text their number is the only sign that a row is whole.
    fn from_rows(mut raw: Vec<Row>, is_sheet: bool) -> Result<Self, Problem> {
        raw.retain(|row| !is_blank(row));
        let at = header_at(&raw).ok_or(Code::ImportUnreadable)?;
        let mut below = raw.split_off(at);
        if raw.iter().any(|row| row.cells.is_err()) {
            // What can't be read above may be the header.
            return Err(Code::ImportUnreadable.problem());
        }
        let header = names(below.remove(0));
        if header.is_empty() || header.len() > MAX_COLUMNS || below.len() > MAX_ROWS {
            return Err(Code::ImportUnreadable.problem());
        }
        for row in &mut below {
            if let Ok(cells) = &mut row.cells {
                let count = cells.len();
                while cells.len() > header.len() && cells.last().is_some_and(|it| is_empty(it)) {
                    cells.pop();
                }
                if is_sheet && cells.len() < header.len() {
                    cells.resize(header.len(), String::new());
                }
                if cells.len() != header.len() {
                    row.cells = Err(Broken::Columns(count));
                } else if cells.iter().any(|cell| cell.contains('\0')) {
                    // No text has it, and PostgreSQL keeps none.
                    row.cells = Err(Broken::Encoding);
                }
            }
        }
        Ok(Self {
            header,
            rows: below,
        })
    }

    /// The first values of a column that are not empty.
    pub(super) fn sample(&self, column: usize, count: usize) -> Vec<String> {
        let cells = self.rows.iter().filter_map(|row| row.cells.as_ref().ok());
        cells
            .filter_map(|cells| cells.get(column))
            .filter(|cell| !is_empty(cell))
            .take(count)
            .map(|cell| cell.trim().chars().take(80).collect())
            .collect()
    }
}

pub(super) fn is_empty(cell: &str) -> bool {
    cell.trim().is_empty()
}

fn is_blank(row: &Row) -> bool {
    matches!(&row.cells, Ok(cells) if cells.iter().all(|cell| is_empty(cell)))
}

/// The first row with two values or more, near the top; else the first row.
fn header_at(rows: &[Row]) -> Option<usize> {
    let filled = |row: &Row| {
        let cells = row.cells.as_ref().ok();
        cells.map_or(0, |cells| cells.iter().filter(|it| !is_empty(it)).count())
    };
    let near = &rows[..rows.len().min(HEADER_WITHIN)];
    near.iter()
        .position(|row| filled(row) > 1)
        .or_else(|| near.iter().position(|row| filled(row) > 0))
}

/// The header's names, made distinct; a column without one gets a spreadsheet's letter.
fn names(row: Row) -> Vec<String> {
    let mut cells = row.cells.unwrap_or_default();
    while cells.last().is_some_and(|cell| is_empty(cell)) {
        cells.pop();
    }
    let mut names: Vec<String> = Vec::with_capacity(cells.len());
    for (at, cell) in cells.iter().enumerate() {
        let words: Vec<&str> = cell.split_whitespace().collect();
        let plain: String = words.join(" ").replace('\0', "");
        let mut name: String = plain.chars().take(MAX_HEADER).collect();
        if name.is_empty() {
            name = letters(at);
        }
        let first = name.clone();
        let mut again = 2;
        while names.contains(&name) {
            name = format!("{first} ({again})");
            again += 1;
        }
        names.push(name);
    }
    names
}

/// A, B … Z, AA, AB …
fn letters(mut at: usize) -> String {
    let mut text = String::new();
    loop {
        let letter = u8::try_from(at % 26).map_or('?', |offset| char::from(b'A' + offset));
        text.insert(0, letter);
        if at < 26 {
            return text;
        }
        at = at / 26 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Table::read(text.as_bytes()).unwrap()
    }

    fn numbers(table: &Table) -> Vec<i64> {
        table.rows.iter().map(|row| row.number).collect()
    }

    #[test]
    fn the_header_stands_below_a_title() {
        let table = table("隐患台账,,\n\n日期,内容,\n2015-03-02,漏油,\n,,\n2015-03-03,松动,\n");
        assert_eq!(table.header, ["日期", "内容"]);
        assert_eq!(numbers(&table), [4, 6]);
        assert_eq!(table.sample(1, 3), ["漏油", "松动"]);
    }

    #[test]
    fn names_are_distinct_and_never_empty() {
        let table = table("a,,a,\"b\nc\"\n1,2,3,4\n");
        assert_eq!(table.header, ["a", "B", "a (2)", "b c"]);
        assert_eq!(letters(25), "Z");
        assert_eq!(letters(26), "AA");
        assert_eq!(letters(701), "ZZ");
    }

    #[test]
    fn a_row_of_another_length_is_broken_and_the_next_is_not() {
        let table = table("a,b\n1\n1,2,3\n1,2,\n3,4\n");
        let cells: Vec<_> = table.rows.iter().map(|row| row.cells.clone()).collect();
        assert_eq!(cells[0], Err(Broken::Columns(1)));
        assert_eq!(cells[1], Err(Broken::Columns(3)));
        assert_eq!(cells[2], Ok(vec!["1".into(), "2".into()]));
        assert_eq!(cells[3], Ok(vec!["3".into(), "4".into()]));
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for bytes in [
            &b""[..],
            b"\n\n",
            b" , ,\n",
            b"\xd0\xcf\x11\xe0\0\0",
            b"PK\x03\x04no zip",
        ] {
            let refused = Table::read(bytes).map_err(|problem| problem.code);
            assert_eq!(refused, Err(Code::ImportUnreadable), "{bytes:?}");
        }
    }

    #[test]
    fn a_text_with_a_nul_is_broken() {
        let table = table("a,b\n1,x\0\n1,y\n");
        assert_eq!(table.rows[0].cells, Err(Broken::Encoding));
        assert!(table.rows[1].cells.is_ok());
    }
}
