//! Workbooks with typed cells, so that days can be sorted and amounts added up.

use hezuo_domain::time::Day;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};

use crate::{Cell, Kind, ReportError, Sheet};

/// The longest text that a cell takes, in UTF-16 units.
const LONGEST: usize = 32_767;

/// 1900-03-01, in days since 1970.
const FIRST: i64 = -25_508;

/// 9999-12-31, in days since 1970.
const LAST: i64 = 2_932_896;

impl Sheet {
    /// The table as a workbook: headers that stay in view, filters, typed cells.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn to_xlsx(&self) -> Result<Vec<u8>, ReportError> {
        workbook(std::slice::from_ref(self))
    }

    fn write_to(&self, sheet: &mut Worksheet) -> Result<(), ReportError> {
        sheet.set_name(tab(&self.name))?;
        sheet.set_freeze_panes(1, 0)?;
        let header = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Top);
        for (at, column) in (0..).zip(&self.columns) {
            sheet.set_column_width(at, f64::from(column.width))?;
            sheet.write_string_with_format(0, at, &column.header, &header)?;
        }
        let formats: Vec<Format> = self.columns.iter().map(|it| format(it.kind)).collect();
        for (number, (at, row)) in (1..).zip(&self.rows).enumerate() {
            if row.len() != self.columns.len() {
                return Err(ReportError::Ragged {
                    row: number,
                    cells: row.len(),
                    columns: self.columns.len(),
                });
            }
            for ((column, cell), format) in (0..).zip(row).zip(&formats) {
                write(sheet, at, column, cell, format)?;
            }
        }
        if let (Ok(last_row), Some(last)) = (
            u32::try_from(self.rows.len()),
            u16::try_from(self.columns.len())
                .ok()
                .and_then(|columns| columns.checked_sub(1)),
        ) {
            sheet.autofilter(0, 0, last_row, last)?;
        }
        Ok(())
    }
}

/// Several tables as one workbook, each on a tab of its own.
///
/// # Errors
/// [`ReportError`].
pub fn workbook(sheets: &[Sheet]) -> Result<Vec<u8>, ReportError> {
    let mut workbook = Workbook::new();
    // Without this the library writes the instant at which it runs.
    let properties = DocProperties::new();
    workbook.set_properties(&match sheets.first().and_then(|it| date(it.made_on)) {
        Some(day) => properties.set_creation_datetime(&day?),
        None => properties,
    });
    for sheet in sheets {
        sheet.write_to(workbook.add_worksheet())?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn format(kind: Kind) -> Format {
    let top = Format::new().set_align(FormatAlign::Top);
    match kind {
        Kind::Text => top.set_text_wrap(),
        Kind::Integer => top.set_num_format("#,##0"),
        Kind::Day => top.set_num_format("yyyy-mm-dd"),
        Kind::Money => top.set_num_format("#,##0.00"),
        Kind::Percent => top.set_num_format("0%"),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a spreadsheet holds nothing but floating numbers; whole ones are exact up to 2^53"
)]
fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    format: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty | Cell::Share { denominator: 0, .. } => {}
        // As a string it is never a formula, whatever it begins with.
        Cell::Text(words) => {
            sheet.write_string_with_format(row, column, shortened(words), format)?;
        }
        Cell::Integer(number) => {
            sheet.write_number_with_format(row, column, *number as f64, format)?;
        }
        Cell::Day(day) => match date(*day) {
            Some(date) => {
                sheet.write_datetime_with_format(row, column, &date?, format)?;
            }
            None => {
                sheet.write_string_with_format(row, column, day.to_string(), format)?;
            }
        },
        Cell::Money(money) => {
            let unit = 10_i64.pow(money.decimals()) as f64;
            let amount = money.minor as f64 / unit;
            if money.decimals() == 2 {
                sheet.write_number_with_format(row, column, amount, format)?;
            } else {
                let format = format.clone().set_num_format("#,##0.###");
                sheet.write_number_with_format(row, column, amount, &format)?;
            }
        }
        Cell::Share {
            numerator,
            denominator,
        } => {
            let share = *numerator as f64 / *denominator as f64;
            sheet.write_number_with_format(row, column, share, format)?;
        }
    }
    Ok(())
}

/// A day as the library wants it; none where the spreadsheet's calendar can't hold it. Before
/// March 1900 that calendar is wrong by a day.
fn date(day: Day) -> Option<Result<ExcelDateTime, XlsxError>> {
    if !(FIRST..=LAST).contains(&day.0) {
        return None;
    }
    let text = day.to_string();
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let of_month = parts.next()?.parse().ok()?;
    Some(ExcelDateTime::from_ymd(year, month, of_month))
}

fn shortened(words: &str) -> &str {
    let mut units = 0;
    for (at, character) in words.char_indices() {
        units += character.len_utf16();
        if units > LONGEST {
            return &words[..at];
        }
    }
    words
}

/// A tab's name without what a spreadsheet program refuses in one.
fn tab(name: &str) -> String {
    let kept: String = name
        .chars()
        .filter(|character| !"[]:*?/\\'".contains(*character))
        .take(31)
        .collect();
    if kept.is_empty() {
        "1".to_owned()
    } else {
        kept
    }
}
