//! Spreadsheets. Values come as text, as a person would have typed them: `2010-01-31`, `17`.

use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use hezuo_domain::{Code, Problem};

use super::table::{MAX_ROWS, Row};

/// A file that says it unpacks to more than this is not unpacked.
const MAX_UNPACKED: u64 = 512 * 1024 * 1024;

/// A workbook has some dozens of files in it; reading the names of millions takes memory too.
const MAX_FILES: usize = 2_000;

/// Most characters of all values together.
const MAX_TEXT: usize = 256 * 1024 * 1024;

/// Reads the rows of the first sheet that has any.
///
/// # Errors
/// `import.unreadable`, `upload.too_large`.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, Problem> {
    let unreadable = || Code::ImportUnreadable.problem();
    match unpacked_size(bytes) {
        Some(size) if size <= MAX_UNPACKED => {}
        Some(_) => return Err(Code::UploadTooLarge.problem()),
        None => return Err(unreadable()),
    }
    let mut book = Xlsx::new(Cursor::new(bytes)).or(Err(unreadable()))?;
    for sheet in book.sheet_names() {
        let rows = sheet_rows(&mut book, &sheet)?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Err(unreadable())
}

/// How large everything in an archive is; at least too large where it is. The directory is asked
/// first and then believed no further: every file is unpacked once, into nothing.
fn unpacked_size(bytes: &[u8]) -> Option<u64> {
    const TOO_LARGE: u64 = MAX_UNPACKED + 1;
    // The last record of an archive says how many files there are, before anything is made of them.
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    if archive.len() > MAX_FILES {
        return Some(TOO_LARGE);
    }
    let mut said = 0_u64;
    for at in 0..archive.len() {
        said = said.saturating_add(archive.by_index_raw(at).ok()?.size());
    }
    if said > MAX_UNPACKED {
        return Some(said);
    }
    let mut size = 0;
    for at in 0..archive.len() {
        let mut left = archive.by_index(at).ok()?.take(TOO_LARGE - size);
        size += std::io::copy(&mut left, &mut std::io::sink()).ok()?;
        if size >= TOO_LARGE {
            return Some(TOO_LARGE);
        }
    }
    Some(size)
}

fn sheet_rows(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<Vec<Row>, Problem> {
    let unreadable = || Code::ImportUnreadable.problem();
    let Ok(mut cells) = book.worksheet_cells_reader(sheet) else {
        // A sheet that is a chart has no cells.
        return Ok(Vec::new());
    };
    let mut rows: Vec<Row> = Vec::new();
    let mut size = 0;
    while let Some(cell) = cells.next_cell().or(Err(unreadable()))? {
        let (row, column) = cell.get_position();
        let text = text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        size += text.len();
        let number = i64::from(row) + 1;
        if rows.last().is_none_or(|last| last.number != number) {
            // Rows come in order; a file that mixes them was not written by a spreadsheet.
            if rows.last().is_some_and(|last| last.number > number) || rows.len() > MAX_ROWS {
                return Err(unreadable());
            }
            rows.push(Row {
                number,
                cells: Ok(Vec::new()),
            });
        }
        let column = usize::try_from(column).or(Err(unreadable()))?;
        size += column;
        if column >= 16_384 || size > MAX_TEXT {
            return Err(Code::UploadTooLarge.problem());
        }
        if let Some(Row {
            cells: Ok(values), ..
        }) = rows.last_mut()
        {
            if values.len() <= column {
                values.resize(column + 1, String::new());
            }
            values[column] = text;
        }
    }
    Ok(rows)
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(at) => date(at),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::Error(error) => error.to_string(),
    }
}

fn date(at: &ExcelDateTime) -> String {
    if at.is_duration() {
        return at.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        date
    } else {
        format!("{date} {hour:02}:{minute:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::{ExcelDateTime as Written, Format, Workbook};

    #[test]
    fn values_come_as_they_would_be_typed() {
        let mut book = Workbook::new();
        book.add_worksheet();
        let sheet = book.add_worksheet();
        let day = Format::new().set_num_format("yyyy/m/d");
        let date = Written::from_ymd(2010, 1, 31).unwrap();
        sheet.write_string(0, 0, "隐患台账").unwrap();
        sheet
            .write_row(2, 0, ["日期", "编号", "说明", "对错"])
            .unwrap();
        sheet.write_datetime_with_format(3, 0, &date, &day).unwrap();
        sheet.write_number(3, 1, 1_102_632).unwrap();
        sheet.write_string(3, 2, "一行\n两行").unwrap();
        sheet.write_boolean(3, 3, true).unwrap();
        sheet.write_number(5, 1, 1.5).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let rows = rows(&bytes).unwrap();
        let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 3, 4, 6]);
        let cells = |at: usize| rows[at].cells.clone().unwrap();
        assert_eq!(cells(2), ["2010-01-31", "1102632", "一行\n两行", "true"]);
        assert_eq!(cells(3), ["", "1.5"]);
    }

    /// An archive with one file of zeros, so long that only what says so about it is small.
    fn bomb(length: u64) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file("xl/sharedStrings.xml", options).unwrap();
        std::io::copy(&mut std::io::repeat(0).take(length), &mut archive).unwrap();
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_refused_whatever_it_says() {
        let too_large = |bytes: &[u8]| rows(bytes).unwrap_err().code == Code::UploadTooLarge;
        let honest = bomb(MAX_UNPACKED + 1);
        assert!(honest.len() < 1024 * 1024 && too_large(&honest));
        // The same, and its directory says that it is a small one.
        let size = u32::try_from(MAX_UNPACKED + 1).unwrap().to_le_bytes();
        let mut liar = honest;
        for at in 0..liar.len() - 4 {
            if liar[at..at + 4] == size {
                liar[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
            }
        }
        assert!(rows(&liar).is_err());
        let mut many = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for number in 0..=MAX_FILES {
            let options = zip::write::SimpleFileOptions::default();
            many.start_file(number.to_string(), options).unwrap();
        }
        assert!(too_large(&many.finish().unwrap().into_inner()));
    }

    /// A workbook of one sheet whose only text is what stands for it in the table of texts.
    fn with_texts(texts: &str) -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "text").unwrap();
        let plain = book.save_to_buffer().unwrap();
        let mut from = zip::ZipArchive::new(Cursor::new(plain)).unwrap();
        let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for at in 0..from.len() {
            let mut file = from.by_index(at).unwrap();
            let name = file.name().unwrap().into_owned();
            let options = zip::write::SimpleFileOptions::default();
            to.start_file(name.as_str(), options).unwrap();
            if name == "xl/sharedStrings.xml" {
                std::io::copy(&mut texts.as_bytes(), &mut to).unwrap();
            } else {
                std::io::copy(&mut file, &mut to).unwrap();
            }
        }
        to.finish().unwrap().into_inner()
    }

    #[test]
    fn what_a_workbook_calls_an_entity_is_neither_fetched_nor_multiplied() {
        let secret = std::env::temp_dir().join(format!("hezuo-xlsx-{}", std::process::id()));
        std::fs::write(&secret, "Kanarienvogel").unwrap();
        let outside = format!("<!ENTITY x SYSTEM \"file://{}\">", secret.display());
        let doubled = |at: u8| {
            let one = format!("&x{};", at - 1);
            format!("<!ENTITY x{at} \"{one}{one}\">")
        };
        let inside: Vec<String> = (1..30).map(doubled).collect();
        let inside = format!("<!ENTITY x0 \"ha\">{}", inside.concat());
        let read = |entities: &str, said: &str| {
            let head = format!("<?xml version=\"1.0\"?><!DOCTYPE sst [{entities}]>");
            let name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
            let texts = format!("{head}<sst xmlns=\"{name}\"><si><t>{said}</t></si></sst>");
            rows(&with_texts(&texts)).map(|rows| rows[0].cells.clone().unwrap())
        };
        assert_eq!(read("", "plain").unwrap(), ["plain"]);
        for (entities, said) in [(outside.as_str(), "&x;"), (&inside, "&x29;")] {
            let refused = read(entities, said).unwrap_err();
            assert_eq!(refused.code, Code::ImportUnreadable, "{said}");
        }
        std::fs::remove_file(&secret).unwrap();
    }

    #[test]
    fn an_archive_that_is_no_workbook_is_refused() {
        assert!(rows(b"PK\x03\x04").is_err());
        let empty = Workbook::new().save_to_buffer().unwrap();
        assert!(rows(&empty).is_err(), "a workbook without a value");
    }
}
