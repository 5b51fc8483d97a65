//! Which column stands for what, and how a row is read by it.

use std::collections::BTreeMap;

use hezuo_domain::cases::{Category, Kind, State};
use hezuo_domain::imports::{
    DateOrder, Field, MAX_ROW_TEXT, Record, enterprise_name, read_category, read_day, read_kind,
    read_state, scheme_of,
};
use hezuo_domain::time::Day;
use hezuo_domain::{Code, Problem};
use hezuo_store::imports::RowError;
use serde::{Deserialize, Serialize};

use super::table::{Broken, Row, Table, is_empty};

/// Longest name of an enterprise, site or area.
const MAX_NAME: usize = 120;

/// How much of a wrong value is shown.
const MAX_SHOWN: usize = 200;

/// What the columns of a file stand for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The columns that stand for a field. Any other is kept as it is, and can be counted.
    pub columns: BTreeMap<String, Field>,
    /// What a row is where no column says it.
    pub kind: Kind,
    /// The name of the register that numbers the enterprises; none where no column does.
    pub enterprise_scheme: Option<String>,
}

impl Mapping {
    /// The column that stands for a field.
    pub fn column(&self, field: Field) -> Option<&str> {
        let found = self.columns.iter().find(|(_, it)| **it == field);
        found.map(|(name, _)| name.as_str())
    }

    /// Checks and completes it.
    ///
    /// # Errors
    /// `import.mapping` at the column or field.
    pub(super) fn check<'a>(
        mut self,
        header: impl Iterator<Item = &'a str>,
    ) -> Result<Self, Problem> {
        let header: Vec<&str> = header.collect();
        for name in self.columns.keys() {
            if !header.contains(&name.as_str()) {
                return Err(Code::ImportMapping.at(name));
            }
        }
        for field in Field::ALL {
            let count = self.columns.values().filter(|it| *it == field).count();
            let is_missing = field.is_required() && count == 0;
            if is_missing || (count > 1 && !field.is_repeatable()) {
                return Err(Code::ImportMapping.at(field.as_str()));
            }
        }
        let given = self.enterprise_scheme.take();
        let given = given.map(|it| it.trim().to_owned());
        let given = given.filter(|it| !it.is_empty());
        self.enterprise_scheme = self
            .column(Field::Enterprise)
            .map(|column| given.unwrap_or_else(|| scheme_of(column)));
        if let Some(scheme) = &self.enterprise_scheme {
            let is_plain = |it: char| it.is_alphanumeric() || it == '-' || it == '_' || it == '.';
            let length = scheme.chars().count();
            if !(1..=40).contains(&length) || !scheme.chars().all(is_plain) {
                return Err(Code::ImportMapping.at("enterprise_scheme"));
            }
        }
        Ok(self)
    }
}

/// A mapping made ready for one table.
pub(super) struct Plan {
    header: Vec<String>,
    fields: BTreeMap<Field, usize>,
    kept: Vec<usize>,
    kind: Kind,
    order: DateOrder,
    /// A day after this one has not happened yet.
    today: Day,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) record: Record,
    /// What the register calls the enterprise; none where the row is the home's.
    pub(super) enterprise: Option<String>,
    pub(super) site: Option<String>,
    pub(super) area: Option<String>,
    /// Unmapped columns that are not empty, and words of a category that mean nothing here.
    pub(super) fields: Vec<(String, String)>,
}

impl Plan {
    /// Fits a mapping to a table.
    ///
    /// # Errors
    /// `import.mapping`.
    pub(super) fn new(table: &Table, mapping: &Mapping, today: Day) -> Result<Self, Problem> {
        let mut fields = BTreeMap::new();
        let mut kept = Vec::new();
        for (at, name) in table.header.iter().enumerate() {
            match mapping.columns.get(name) {
                Some(Field::LeaveOut) => {}
                Some(field) => {
                    fields.insert(*field, at);
                }
                None => kept.push(at),
            }
        }
        let date = *fields
            .get(&Field::Date)
            .ok_or(Code::ImportMapping.at(Field::Date.as_str()))?;
        let rows = table.rows.iter().filter_map(|row| row.cells.as_ref().ok());
        let dates = rows.filter_map(|cells| cells.get(date).map(String::as_str));
        Ok(Self {
            header: table.header.clone(),
            order: DateOrder::of(dates),
            fields,
            kept,
            kind: mapping.kind,
            today,
        })
    }

    /// What an enterprise is called that the register knows as this.
    pub(super) fn enterprise_name(&self, value: &str) -> String {
        let column = self.fields.get(&Field::Enterprise);
        enterprise_name(column.map_or("", |at| &self.header[*at]), value)
    }

    /// Reads a row, or says everything that is wrong with it.
    pub(super) fn read(&self, row: &Row) -> Result<Reading, Vec<RowError>> {
        let cells = match &row.cells {
            Ok(cells) => cells,
            Err(Broken::Encoding) => return Err(vec![error(row, "", Code::RowEncoding, "")]),
            Err(Broken::Columns(count)) => {
                return Err(vec![error(row, "", Code::RowColumns, &count.to_string())]);
            }
        };
        let mut reader = RowReader {
            plan: self,
            row,
            cells,
            errors: Vec::new(),
        };
        let day = reader.day();
        let text = reader.short(Field::Text, MAX_ROW_TEXT);
        let kind = reader.word(Field::Kind, read_kind);
        let state = reader.word(Field::State, read_state);
        let enterprise = reader.enterprise();
        let site = reader.short(Field::Site, MAX_NAME);
        let area = reader.short(Field::Area, MAX_NAME);
        let fields = reader.kept();
        let category = reader.get(Field::Category).and_then(read_category);
        let (Some(day), []) = (day, reader.errors.as_slice()) else {
            return Err(reader.errors);
        };
        Ok(Reading {
            record: Record {
                day,
                kind: kind.unwrap_or(self.kind),
                category: category.unwrap_or(Category::Other),
                state: state.unwrap_or(State::New),
                text: text.unwrap_or_default(),
            },
            enterprise,
            site,
            area,
            fields,
        })
    }
}

fn error(row: &Row, column: &str, code: Code, value: &str) -> RowError {
    RowError {
        row: row.number,
        column: column.to_owned(),
        code: code.as_str().to_owned(),
        value: value.chars().take(MAX_SHOWN).collect(),
    }
}

struct RowReader<'a> {
    plan: &'a Plan,
    row: &'a Row,
    cells: &'a [String],
    errors: Vec<RowError>,
}

impl<'a> RowReader<'a> {
    /// The value under a field's column, where there is one.
    fn get(&self, field: Field) -> Option<&'a str> {
        let at = *self.plan.fields.get(&field)?;
        let value = self.cells.get(at)?.trim();
        (!value.is_empty()).then_some(value)
    }

    fn wrong(&mut self, field: Field, code: Code) {
        let value = self.get(field).unwrap_or_default();
        let column = self.plan.fields.get(&field);
        let column = column.map_or("", |at| &self.plan.header[*at]);
        self.errors.push(error(self.row, column, code, value));
    }

    fn day(&mut self) -> Option<Day> {
        let Some(value) = self.get(Field::Date) else {
            self.wrong(Field::Date, Code::RowMissing);
            return None;
        };
        let day = read_day(value, self.plan.order).filter(|day| *day <= self.plan.today);
        if day.is_none() {
            self.wrong(Field::Date, Code::RowDate);
        }
        day
    }

    /// A value of limited length.
    fn short(&mut self, field: Field, longest: usize) -> Option<String> {
        let value = self.get(field)?;
        if value.chars().count() > longest {
            self.wrong(field, Code::RowValue);
            return None;
        }
        Some(value.to_owned())
    }

    /// A word that has to mean something; none is no mistake.
    fn word<T>(&mut self, field: Field, read: fn(&str) -> Option<T>) -> Option<T> {
        let value = self.get(field)?;
        let meaning = read(value);
        if meaning.is_none() {
            self.wrong(field, Code::RowValue);
        }
        meaning
    }

    /// Where a column tells the enterprise, every row has to: else whose would it be?
    fn enterprise(&mut self) -> Option<String> {
        let is_mapped = self.plan.fields.contains_key(&Field::Enterprise);
        if is_mapped && self.get(Field::Enterprise).is_none() {
            self.wrong(Field::Enterprise, Code::RowMissing);
        }
        self.short(Field::Enterprise, MAX_NAME)
    }

    fn kept(&mut self) -> Vec<(String, String)> {
        let mut kept = Vec::with_capacity(self.plan.kept.len());
        for at in &self.plan.kept {
            let name = &self.plan.header[*at];
            let value = &self.cells[*at];
            if value.chars().count() > MAX_ROW_TEXT {
                let wrong = error(self.row, name, Code::RowValue, value);
                self.errors.push(wrong);
            } else if !is_empty(value) {
                kept.push((name.clone(), value.trim().to_owned()));
            }
        }
        // A category of the register that is none of ours is not lost.
        if let (Some(value), Some(at)) = (
            self.get(Field::Category),
            self.plan.fields.get(&Field::Category),
        ) && read_category(value).is_none()
        {
            kept.push((self.plan.header[*at].clone(), value.to_owned()));
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(columns: &[(&str, Field)]) -> Mapping {
        Mapping {
            columns: columns
                .iter()
                .map(|(name, field)| ((*name).to_owned(), *field))
                .collect(),
            kind: Kind::Hazard,
            enterprise_scheme: None,
        }
    }

    fn checked(columns: &[(&str, Field)]) -> Result<Mapping, Problem> {
        mapping(columns).check(["Day", "MINE_ID", "Note"].into_iter())
    }

    #[test]
    fn a_mapping_names_columns_that_exist_and_each_field_once() {
        let problem = |columns: &[(&str, Field)]| checked(columns).unwrap_err().path;
        assert_eq!(problem(&[("Note", Field::Text)]).as_deref(), Some("date"));
        let unknown = problem(&[("Day", Field::Date), ("Gone", Field::Text)]);
        assert_eq!(unknown.as_deref(), Some("Gone"));
        let twice = problem(&[("Day", Field::Date), ("Note", Field::Date)]);
        assert_eq!(twice.as_deref(), Some("date"));
        let hidden = [
            ("Day", Field::Date),
            ("Note", Field::LeaveOut),
            ("MINE_ID", Field::LeaveOut),
        ];
        assert!(checked(&hidden).is_ok());
    }

    #[test]
    fn the_register_is_named_after_its_column() {
        let columns = [("Day", Field::Date), ("MINE_ID", Field::Enterprise)];
        let scheme = checked(&columns).unwrap().enterprise_scheme;
        assert_eq!(scheme.as_deref(), Some("mine-id"));
        let mut named = mapping(&columns);
        named.enterprise_scheme = Some("two words".into());
        assert!(named.check(["Day", "MINE_ID"].into_iter()).is_err());
        let mut useless = mapping(&[("Day", Field::Date)]);
        useless.enterprise_scheme = Some("msha-mine".into());
        let checked = useless.check(["Day"].into_iter()).unwrap();
        assert_eq!(checked.enterprise_scheme, None);
    }

    fn read(text: &str, columns: &[(&str, Field)]) -> Vec<Result<Reading, Vec<RowError>>> {
        let table = Table::read(text.as_bytes()).unwrap();
        let today = Day::from_date(2020, 1, 1).unwrap();
        let plan = Plan::new(&table, &mapping(columns), today).unwrap();
        table.rows.iter().map(|row| plan.read(row)).collect()
    }

    #[test]
    fn everything_that_is_wrong_with_a_row_is_said_at_once() {
        let columns = [
            ("day", Field::Date),
            ("who", Field::Enterprise),
            ("state", Field::State),
        ];
        let rows = read(
            "day,who,state\nsoon,,perhaps\n2021-01-01,7,open\n",
            &columns,
        );
        let errors = rows[0].as_ref().unwrap_err();
        let codes: Vec<(&str, &str, &str)> = errors
            .iter()
            .map(|it| (it.column.as_str(), it.code.as_str(), it.value.as_str()))
            .collect();
        assert_eq!(
            codes,
            [
                ("day", "import.row.date", "soon"),
                ("state", "import.row.value", "perhaps"),
                ("who", "import.row.missing", ""),
            ]
        );
        let future = rows[1].as_ref().unwrap_err();
        assert_eq!(
            (future.len(), future[0].code.as_str()),
            (1, "import.row.date")
        );
    }

    #[test]
    fn unmapped_columns_and_unknown_categories_are_kept_and_people_are_not() {
        let columns = [
            ("day", Field::Date),
            ("type", Field::Category),
            ("reporter", Field::LeaveOut),
        ];
        let rows = read(
            "day,type,reporter,part,empty\n2015-03-02,noise,Li Hong, ANKLE ,\n\
             2015-03-02,electrical,Li Hong,KNEE,\n",
            &columns,
        );
        let first = rows[0].as_ref().unwrap();
        let kept: Vec<_> = first
            .fields
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(kept, [("part", "ANKLE"), ("type", "noise")]);
        assert_eq!(first.record.category, Category::Other);
        let second = rows[1].as_ref().unwrap();
        assert_eq!(second.record.category, Category::Electric);
        assert_eq!(second.fields.len(), 1);
    }
}
