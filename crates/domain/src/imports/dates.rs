//! Days as registers write them.

use crate::time::Day;

use super::words::fold_width;

/// What `3/4/2010` means. One file means one thing: it is decided for the whole column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// Month, day, year.
    MonthFirst,
    /// Day, month, year.
    DayFirst,
}

impl DateOrder {
    /// Day first when some value allows nothing else and none allows only the other; values that
    /// then do not fit are errors of their rows, never guessed one by one.
    pub fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut day_first = false;
        for value in values {
            let value = fold_width(value);
            let Some([first, second, year]) = three_parts(before_time(value.trim())) else {
                continue;
            };
            if year.len() != 4 || first.len() > 2 {
                continue;
            }
            match (number(first), number(second)) {
                (Some(1..=12), Some(13..=31)) => return Self::MonthFirst,
                (Some(13..=31), Some(1..=12)) => day_first = true,
                _ => {}
            }
        }
        if day_first {
            Self::DayFirst
        } else {
            Self::MonthFirst
        }
    }
}

/// Excel counts days from 1899-12-30, which is this many days before 1970.
const EXCEL_EPOCH: i64 = 25_569;

/// Reads a day: `2010-01-01`, `2010/1/1`, `2010.1.1`, `20100101`, `1/31/2010`, `2010年1月1日`, the
/// number that Excel keeps. A time after it is dropped: a case has a day.
pub fn read_day(text: &str, order: DateOrder) -> Option<Day> {
    let text = fold_width(text);
    let text = text.trim();
    if let Some((year, rest)) = text.split_once('年') {
        let (month, rest) = rest.split_once('月')?;
        let day = rest.split(['日', '号']).next()?;
        return day_of(year, month, day);
    }
    if text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.bytes().filter(|byte| *byte == b'.').count() < 2
    {
        return read_number(text);
    }
    let [first, second, third] = three_parts(before_time(text))?;
    if first.len() == 4 {
        return day_of(first, second, third);
    }
    if third.len() != 4 {
        // Two digits for a year may be any century; a guess would be a wrong record.
        return None;
    }
    match order {
        DateOrder::MonthFirst => day_of(third, first, second),
        DateOrder::DayFirst => day_of(third, second, first),
    }
}

/// `20100131`, or the days since Excel's beginning, with the time as a fraction.
fn read_number(text: &str) -> Option<Day> {
    let whole = text.split('.').next()?;
    if whole.len() == 8 && whole.len() == text.len() {
        return day_of(whole.get(..4)?, whole.get(4..6)?, whole.get(6..)?);
    }
    // 1927 to 2119: smaller or larger numbers are not days but something else.
    match whole.parse::<i64>() {
        Ok(serial @ 10_000..=80_000) => Some(Day(serial - EXCEL_EPOCH)),
        _ => None,
    }
}

fn before_time(text: &str) -> &str {
    text.split([' ', 'T']).next().unwrap_or(text)
}

fn three_parts(text: &str) -> Option<[&str; 3]> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    parts.try_into().ok()
}

fn number(text: &str) -> Option<i8> {
    let text = text.trim();
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

fn day_of(year: &str, month: &str, day: &str) -> Option<Day> {
    let year = year.trim();
    let is_plain = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    let year: i16 = year.parse().ok().filter(|_| is_plain)?;
    // Before 1900 it is a slip of the pen, not a record of work.
    if year < 1900 {
        return None;
    }
    Day::from_date(year, number(month)?, number(day)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        read_day(text, DateOrder::MonthFirst).map(|day| day.to_string())
    }

    #[test]
    fn days_are_read_as_registers_write_them() {
        for (text, day) in [
            ("2010-01-31", "2010-01-31"),
            ("2010/1/31", "2010-01-31"),
            ("2010.1.31", "2010-01-31"),
            ("20100131", "2010-01-31"),
            ("1/31/2010", "2010-01-31"),
            ("1-31-2010", "2010-01-31"),
            ("2010年1月31日", "2010-01-31"),
            ("2010年01月31日8时30分", "2010-01-31"),
            ("2010 年 1 月 31 号", "2010-01-31"),
            ("40209", "2010-01-31"),
            ("40209.5625", "2010-01-31"),
            ("2010-01-31 13:30", "2010-01-31"),
            ("2010-01-31T23:59:59", "2010-01-31"),
            (" 1/31/2010 0:00 ", "2010-01-31"),
            ("２０１０／１／３１", "2010-01-31"),
        ] {
            assert_eq!(read(text).as_deref(), Some(day), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_day_is_not_guessed() {
        for text in [
            "",
            "soon",
            "2010",
            "2010-02-30",
            "2010-13-01",
            "31/1/2010",
            "1/31/10",
            "0010-01-01",
            "1/2/3/2010",
            "9999",
            "20101301",
            "2010年1月",
            "年月日",
            "-1",
            "1e5",
            "2010-+1-1",
            ".",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn one_column_has_one_order() {
        let of = |values: &[&str]| DateOrder::of(values.iter().copied());
        assert_eq!(of(&["3/4/2010", "1/31/2010"]), DateOrder::MonthFirst);
        assert_eq!(of(&["3/4/2010", "31/1/2010 8:00"]), DateOrder::DayFirst);
        assert_eq!(of(&["31/1/2010", "1/31/2010"]), DateOrder::MonthFirst);
        assert_eq!(of(&["2010-01-31", "", "40209"]), DateOrder::MonthFirst);
        let day = read_day("3/4/2010", DateOrder::DayFirst);
        assert_eq!(day, Day::from_date(2010, 4, 3));
    }

    proptest! {
        #[test]
        fn every_way_of_writing_gives_the_same_day(days in -20_000i64..40_000) {
            let day = Day(days);
            let iso = day.to_string();
            let parts: Vec<i32> = iso.split('-').map(|part| part.parse().unwrap()).collect();
            let (year, month, date) = (parts[0], parts[1], parts[2]);
            for text in [
                format!("{year}/{month}/{date}"),
                format!("{month}/{date}/{year}"),
                format!("{year}年{month}月{date}日"),
                format!("{}", days + 25_569),
            ] {
                let read = read_day(&text, DateOrder::MonthFirst);
                let is_number = days + 25_569 < 10_000 && !text.contains(['/', '年']);
                prop_assert!(is_number || read == Some(day), "{text}: {read:?}");
            }
        }

        #[test]
        fn no_text_makes_it_fall_over(text in "\\PC{0,20}") {
            let _day = read_day(&text, DateOrder::DayFirst);
            let _order = DateOrder::of([text.as_str()].into_iter());
        }
    }
}
