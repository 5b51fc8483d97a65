//! What comes out is what went in, read back by others' readers.

use calamine::{Data, Reader, Xlsx};
use hezuo_domain::money::Money;
use hezuo_domain::time::Day;
use hezuo_reports::{Cell, Column, Csv, Kind, ReportError, Sheet};
use proptest::prelude::*;
use std::io::Cursor;

fn yuan(minor: i64) -> Money {
    Money {
        minor,
        currency: "CNY".to_owned(),
    }
}

fn sheet(rows: Vec<Vec<Cell>>) -> Sheet {
    Sheet {
        name: "隐患: 2026/03".to_owned(),
        made_on: "2026-03-10".parse().expect("a day"),
        columns: vec![
            Column::new("内容", Kind::Text).wide(40),
            Column::new("件数", Kind::Integer),
            Column::new("期限", Kind::Day),
            Column::new("金额", Kind::Money),
            Column::new("占比", Kind::Percent),
        ],
        rows,
    }
}

fn day(text: &str) -> Cell {
    Cell::Day(text.parse().expect("a day"))
}

fn sample() -> Sheet {
    let share = Cell::Share {
        numerator: 41,
        denominator: 48,
    };
    let nothing = Cell::Share {
        numerator: 0,
        denominator: 0,
    };
    sheet(vec![
        vec![
            "=1+1 \"冲床\"".into(),
            7.into(),
            day("2026-03-10"),
            yuan(120_050).into(),
            share,
        ],
        vec![
            "".into(),
            Cell::Empty,
            Cell::Empty,
            yuan(-5).into(),
            nothing,
        ],
    ])
}

fn read(bytes: Vec<u8>) -> (String, calamine::Range<Data>) {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let name = book.sheet_names()[0].clone();
    let range = book.worksheet_range(&name).expect("a sheet");
    (name, range)
}

#[test]
fn a_workbook_holds_typed_cells() {
    let (name, range) = read(sample().to_xlsx().expect("a workbook"));
    assert_eq!(name, "隐患 202603");
    let row = |at: usize| range.rows().nth(at).expect("it can be read").to_vec();
    assert_eq!(row(0)[2], Data::String("期限".into()));
    assert_eq!(row(1)[0], Data::String("=1+1 \"冲床\"".into()));
    assert_eq!(row(1)[1], Data::Float(7.0));
    let Data::DateTime(date) = row(1)[2] else {
        panic!("{:?} is not a date", row(1)[2]);
    };
    assert_eq!(date.to_ymd_hms_milli(), (2026, 3, 10, 0, 0, 0, 0));
    assert_eq!(row(1)[3], Data::Float(1200.5));
    assert_eq!(row(1)[4], Data::Float(41.0 / 48.0));
    assert_eq!(row(2)[3], Data::Float(-0.05));
    assert_eq!(row(2)[4], Data::Empty, "a share of nothing is not zero");
}

#[test]
fn the_header_stays_in_view_and_no_instant_is_in_the_file() {
    let bytes = sample().to_xlsx().expect("a workbook");
    assert_eq!(
        bytes,
        sample().to_xlsx().expect("a workbook"),
        "the same table is the same file"
    );
    let part = |name: &str| {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes.clone())).expect("it can be read");
        let mut text = String::new();
        std::io::Read::read_to_string(
            &mut archive.by_name(name).expect("it can be read"),
            &mut text,
        )
        .expect("it can be read");
        text
    };
    let sheet = part("xl/worksheets/sheet1.xml");
    assert!(
        sheet.contains("ySplit=\"1\"") && sheet.contains("state=\"frozen\""),
        "{sheet}"
    );
    assert!(!sheet.contains("<f>"), "no formula anywhere");
    assert!(part("docProps/core.xml").contains("2026-03-10T00:00:00Z"));
}

#[test]
fn csv_is_guarded_and_quoted() {
    let text = String::from_utf8(sample().to_csv().expect("CSV")).expect("it can be read");
    assert_eq!(
        text,
        "\u{feff}内容,件数,期限,金额,占比\r\n\
         \"'=1+1 \"\"冲床\"\"\",7,2026-03-10,1200.50,0.8542\r\n\
         ,,,-0.05,\r\n"
    );
}

#[test]
fn a_currency_without_cents_has_none() {
    let dong = Money {
        minor: 50_000,
        currency: "VND".to_owned(),
    };
    let mut one = sheet(vec![]);
    one.columns = vec![Column::new("d", Kind::Money)];
    one.rows = vec![vec![dong.into()]];
    assert!(
        String::from_utf8(one.to_csv().expect("CSV"))
            .expect("it can be read")
            .ends_with("\r\n50000\r\n")
    );
    let (_, range) = read(one.to_xlsx().expect("a workbook"));
    assert_eq!(range.get_value((1, 0)), Some(&Data::Float(50_000.0)));
}

#[test]
fn a_ragged_row_is_refused() {
    let ragged = sheet(vec![vec![Cell::Empty]]);
    assert!(matches!(
        ragged.to_csv(),
        Err(ReportError::Ragged {
            cells: 1,
            columns: 5,
            ..
        })
    ));
    assert!(matches!(ragged.to_xlsx(), Err(ReportError::Ragged { .. })));
}

#[test]
fn a_day_that_a_spreadsheet_cannot_hold_is_a_text() {
    let mut one = sheet(vec![]);
    one.columns = vec![Column::new("d", Kind::Day)];
    one.rows = vec![
        vec![Cell::Day(Day(-40_000))],
        vec![Cell::Day(Day(9_000_000))],
    ];
    let (_, range) = read(one.to_xlsx().expect("a workbook"));
    assert!(matches!(range.get_value((1, 0)), Some(Data::String(_))));
    assert!(matches!(range.get_value((2, 0)), Some(Data::String(_))));
}

/// The fields of each record, as another reader of CSV finds them.
fn read_csv(mut bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv_core::Reader::new();
    let (mut fields, mut ends) = ([0; 4096], [0; 64]);
    let mut rows = vec![];
    loop {
        let (result, used, _, count) = reader.read_record(bytes, &mut fields, &mut ends);
        bytes = &bytes[used..];
        match result {
            csv_core::ReadRecordResult::Record => {
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let row = starts.zip(&ends[..count]).map(|(start, end)| {
                    String::from_utf8(fields[start..*end].to_vec()).expect("it can be read")
                });
                rows.push(row.collect());
            }
            csv_core::ReadRecordResult::End => return rows,
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn any_text_comes_back_from_csv_and_is_no_formula(words in "\\PC{0,12}|[=+@\t\r\n\"',;-]{0,6}") {
        let columns = [Column::new("a", Kind::Text), Column::new("b", Kind::Text)];
        let mut csv = Csv::going_on(&columns);
        csv.push(&[words.as_str().into(), "end".into()]).expect("it can be read");
        let bytes = csv.into_bytes();
        let rows = read_csv(&bytes);
        prop_assert_eq!(rows.len(), 1);
        prop_assert_eq!(&rows[0][1], "end");
        let back = &rows[0][0];
        prop_assert!(!back.starts_with(['=', '+', '-', '@', '\t', '\r']));
        prop_assert!(*back == words || back.strip_prefix('\'') == Some(words.as_str()));
    }
}
