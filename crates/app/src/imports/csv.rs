//! Comma-separated text, as different programs write it: UTF-8 with or without its mark, GB 18030
//! (what a Chinese Excel saves), UTF-16; commas, semicolons or tabs; line ends within quotes.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use encoding_rs::{Encoding, GB18030, UTF_8};
use hezuo_domain::{Code, Problem};

use super::table::{Broken, MAX_ROWS, Row};

/// What may stand between two values; the first wins where two fit equally well.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Rows that are looked at to find out what stands between the values.
const LOOKED_AT: usize = 20;

/// Reads the rows, blank lines left out.
///
/// # Errors
/// `import.unreadable` for what is no text.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, Problem> {
    let (bytes, encoding) = as_text(bytes)?;
    let delimiter = delimiter(&bytes);
    let mut scanner = Scanner::new(&bytes, delimiter);
    let mut rows = Vec::new();
    while let Some(record) = scanner.next() {
        if rows.len() > MAX_ROWS {
            return Err(Code::UploadTooLarge.problem());
        }
        rows.push(Row {
            number: record.number,
            cells: decode(&record.fields, encoding),
        });
    }
    Ok(rows)
}

/// The bytes in an encoding in which commas, quotes and line ends are the bytes they are in ASCII,
/// and which encoding that is. A mark at the beginning decides; else, if the lines that are not
/// plain ASCII are mostly UTF-8, it is that, so that one spoilt line does not spoil the others.
fn as_text(bytes: &[u8]) -> Result<(std::borrow::Cow<'_, [u8]>, &'static Encoding), Problem> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let rest = &bytes[mark..];
        if encoding == UTF_8 {
            return Ok((rest.into(), UTF_8));
        }
        let (text, _) = encoding.decode_without_bom_handling(rest);
        return Ok((text.into_owned().into_bytes().into(), UTF_8));
    }
    // Text has no zeroes at its beginning; pictures and old spreadsheets have.
    if bytes.iter().take(1024).filter(|byte| **byte == 0).count() > 1 {
        return Err(Code::ImportUnreadable.problem());
    }
    let mut utf8 = 0_usize;
    let mut other = 0_usize;
    for line in bytes.split(|byte| *byte == b'\n') {
        if !line.is_ascii() {
            if std::str::from_utf8(line).is_ok() {
                utf8 += 1;
            } else {
                other += 1;
            }
        }
    }
    let encoding = if utf8 >= other { UTF_8 } else { GB18030 };
    Ok((bytes.into(), encoding))
}

fn decode(fields: &[Vec<u8>], encoding: &'static Encoding) -> Result<Vec<String>, Broken> {
    let text = |field: &Vec<u8>| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(field);
        text.map(std::borrow::Cow::into_owned)
            .ok_or(Broken::Encoding)
    };
    fields.iter().map(text).collect()
}

/// The one by which the earliest row, most likely the header, falls into columns, and by which the
/// most rows then have as many.
fn delimiter(bytes: &[u8]) -> u8 {
    let score = |delimiter: u8| {
        let mut scanner = Scanner::new(bytes, delimiter);
        let records = std::iter::from_fn(|| scanner.next()).take(LOOKED_AT);
        let widths: Vec<usize> = records.map(|record| record.fields.len()).collect();
        let first = widths.iter().position(|width| *width > 1)?;
        let alike = widths.iter().filter(|width| **width == widths[first]);
        Some((LOOKED_AT - first, alike.count() * widths[first]))
    };
    let mut best = (None, DELIMITERS[0]);
    for delimiter in DELIMITERS {
        let found = score(delimiter);
        if found > best.0 {
            best = (found, delimiter);
        }
    }
    best.1
}

struct Record {
    number: i64,
    fields: Vec<Vec<u8>>,
}

/// Walks through the records and counts rows as a spreadsheet does: a line end within quotes does
/// not begin a new row, a blank line does.
struct Scanner<'a> {
    bytes: &'a [u8],
    reader: Reader,
    at: usize,
    row: i64,
    delimiter: u8,
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Scanner<'a> {
    fn new(bytes: &'a [u8], delimiter: u8) -> Self {
        Self {
            bytes,
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            at: 0,
            row: 0,
            delimiter,
            output: vec![0; 4096],
            ends: vec![0; 64],
        }
    }

    fn next(&mut self) -> Option<Record> {
        while self.skip_line_end() {
            self.row += 1;
        }
        if self.at >= self.bytes.len() {
            return None;
        }
        self.row += 1;
        let rest = &self.bytes[self.at..];
        let (fields, used) = self.read(rest);
        if fields.iter().any(|field| field.contains(&b'\n'))
            && !is_well_quoted(&rest[..used], self.delimiter)
        {
            // A quote that never ends has swallowed the lines below. The first of them is broken;
            // the others get their chance.
            let line = rest.split(|byte| *byte == b'\n').next().unwrap_or(rest);
            self.at += line.len();
            self.skip_line_end();
            return Some(Record {
                number: self.row,
                fields: vec![line.to_vec()],
            });
        }
        self.at += used;
        // The reader stops between \r and \n.
        if rest.get(used.wrapping_sub(1)) == Some(&b'\r') && rest.get(used) == Some(&b'\n') {
            self.at += 1;
        }
        Some(Record {
            number: self.row,
            fields,
        })
    }

    fn skip_line_end(&mut self) -> bool {
        let length = match &self.bytes[self.at..] {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        self.at += length;
        length > 0
    }

    /// Reads one record from the beginning of some bytes; its fields, and how many bytes it took.
    fn read(&mut self, bytes: &[u8]) -> (Vec<Vec<u8>>, usize) {
        let (mut used, mut written, mut ended) = (0, 0, 0);
        self.reader.reset();
        loop {
            let (result, taken, wrote, fields) = self.reader.read_record(
                &bytes[used..],
                &mut self.output[written..],
                &mut self.ends[ended..],
            );
            used += taken;
            written += wrote;
            ended += fields;
            match result {
                ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                // No more input: the next turn, with none at all, ends the record.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        let mut start = 0;
        let fields = self.ends[..ended].iter().map(|end| {
            let field = self.output[start..*end].to_vec();
            start = *end;
            field
        });
        (fields.collect(), used)
    }
}

/// Whether each quote that opens a value closes it too: what follows is the next value or the end.
fn is_well_quoted(record: &[u8], delimiter: u8) -> bool {
    let mut bytes = record.iter().copied().peekable();
    let mut is_begin = true;
    while let Some(byte) = bytes.next() {
        if !is_begin || byte != b'"' {
            is_begin = byte == delimiter;
            continue;
        }
        loop {
            match bytes.next() {
                None => return false,
                Some(b'"') if bytes.peek() == Some(&b'"') => {
                    bytes.next();
                }
                Some(b'"') => break,
                Some(_) => {}
            }
        }
        if let Some(after) = bytes.peek()
            && *after != delimiter
            && !matches!(after, b'\r' | b'\n')
        {
            return false;
        }
        is_begin = false;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<(i64, Result<Vec<String>, Broken>)> {
        let rows = rows(bytes).unwrap();
        rows.into_iter()
            .map(|row| (row.number, row.cells))
            .collect()
    }

    /// What a row that can be read has.
    fn cells(values: &[&str]) -> Result<Vec<String>, Broken> {
        let values = values.iter().map(|value| Ok((*value).to_owned()));
        values.collect()
    }

    #[test]
    fn line_ends_within_quotes_do_not_count() {
        let text = "a,b\r\n\"1\r\n1\",\"say \"\"so\"\"\"\r\n\r\n3,4";
        let expected = [
            (1, cells(&["a", "b"])),
            (2, cells(&["1\r\n1", "say \"so\""])),
            (4, cells(&["3", "4"])),
        ];
        assert_eq!(read(text.as_bytes()), expected);
    }

    #[test]
    fn semicolons_tabs_and_old_line_ends_are_found() {
        let expected = [(1, cells(&["a,b", "c"])), (2, cells(&["1,5", "2"]))];
        assert_eq!(read(b"\"a,b\";c\n1,5;2\n"), expected);
        assert_eq!(read(b"\"a,b\"\tc\r1,5\t2\r"), expected);
        assert_eq!(
            read(b"only\none"),
            [(1, cells(&["only"])), (2, cells(&["one"]))]
        );
    }

    #[test]
    fn encodings_are_told_apart() {
        let text = "日期,内容\n2015-03-02,防护罩缺失\n";
        let expected = [
            (1, cells(&["日期", "内容"])),
            (2, cells(&["2015-03-02", "防护罩缺失"])),
        ];
        assert_eq!(read(text.as_bytes()), expected);
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert_eq!(read(&marked), expected);
        let (gb, _, _) = GB18030.encode(text);
        assert_ne!(gb, text.as_bytes());
        assert_eq!(read(&gb), expected);
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(read(&utf16), expected);
    }

    #[test]
    fn a_spoilt_line_does_not_spoil_the_others() {
        let mut utf8 = "日期,内容\n2015-03-02,防护罩缺失\n".as_bytes().to_vec();
        utf8.extend_from_slice(b"2015-03-03,\xff\xfe\n");
        utf8.extend_from_slice("2015-03-04,漏油\n".as_bytes());
        let rows = read(&utf8);
        assert_eq!(rows[2], (3, Err(Broken::Encoding)));
        assert_eq!(rows[3], (4, cells(&["2015-03-04", "漏油"])));

        let mut gb = GB18030
            .encode("日期,内容\n2015-03-02,漏油\n")
            .0
            .into_owned();
        gb.extend_from_slice(b"2015-03-03,\xff\n2015-03-04,ok\n");
        let rows = read(&gb);
        assert_eq!(rows[1], (2, cells(&["2015-03-02", "漏油"])));
        assert_eq!(rows[2], (3, Err(Broken::Encoding)));
        assert_eq!(rows[3], (4, cells(&["2015-03-04", "ok"])));
    }

    #[test]
    fn a_quote_that_never_ends_breaks_one_row() {
        let rows = read(b"a,b\n1,\"x\n2,y\n3,z\n");
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[1], (2, cells(&["1,\"x"])));
        assert_eq!(rows[2], (3, cells(&["2", "y"])));
        assert_eq!(rows[3], (4, cells(&["3", "z"])));
        // Nor does it when a quote further down seems to end it.
        let rows = read(b"a,b,c\n1,\"x,\n2,y,\"z\"\n3,\"4\n4\",5\n");
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[1], (2, cells(&["1,\"x,"])));
        assert_eq!(rows[2], (3, cells(&["2", "y", "z"])));
        assert_eq!(rows[3], (4, cells(&["3", "4\n4", "5"])));
    }

    #[test]
    fn decimal_commas_do_not_separate() {
        let rows = read(b"a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n");
        assert_eq!(rows[1], (2, cells(&["1,5", "2,5", "3,5"])));
    }

    #[test]
    fn long_values_and_many_columns_fit() {
        let long = "x".repeat(20_000);
        let wide = vec!["1"; 200].join(",");
        let rows = read(format!("{long},b\n{wide}\n").as_bytes());
        assert_eq!(rows[0].1.as_ref().unwrap()[0].len(), 20_000);
        assert_eq!(rows[1].1.as_ref().unwrap().len(), 200);
    }
}
