//! Parameters of statements, the same for both databases.

use hezuo_domain::ids::{
    AreaId, CaseId, EnterpriseId, EventId, ImportId, JobId, MeetingId, PersonId, ProjectId,
    RewardId, SiteId, TeamId, UserId,
};
use hezuo_domain::time::{Day, Instant};
use sqlx::Arguments;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use uuid::Uuid;

/// One parameter. Each variant carries its own NULL, because PostgreSQL wants to know its type.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Uuid(Option<Uuid>),
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Bool(Option<bool>),
}

/// Builds a `Vec<Value>` from anything that converts.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::value::Value::from($value)),*] };
}
pub(crate) use args;

macro_rules! values {
    ($($from:ty => $variant:ident($convert:expr);)*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(Some($convert(value)))
            }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                Self::$variant(value.map($convert))
            }
        }
    )*};
}

values! {
    Uuid => Uuid(std::convert::identity);
    EnterpriseId => Uuid(|id: EnterpriseId| id.0);
    SiteId => Uuid(|id: SiteId| id.0);
    AreaId => Uuid(|id: AreaId| id.0);
    PersonId => Uuid(|id: PersonId| id.0);
    UserId => Uuid(|id: UserId| id.0);
    CaseId => Uuid(|id: CaseId| id.0);
    EventId => Uuid(|id: EventId| id.0);
    JobId => Uuid(|id: JobId| id.0);
    ImportId => Uuid(|id: ImportId| id.0);
    TeamId => Uuid(|id: TeamId| id.0);
    MeetingId => Uuid(|id: MeetingId| id.0);
    RewardId => Uuid(|id: RewardId| id.0);
    ProjectId => Uuid(|id: ProjectId| id.0);
    i64 => Int(std::convert::identity);
    Day => Int(|day: Day| day.0);
    Instant => Int(|at: Instant| at.0);
    String => Text(std::convert::identity);
    &str => Text(str::to_owned);
    &String => Text(String::clone);
    Vec<u8> => Bytes(std::convert::identity);
    [u8; 32] => Bytes(|bytes: [u8; 32]| bytes.to_vec());
    bool => Bool(std::convert::identity);
}

macro_rules! bind {
    ($values:expr, $arguments:expr) => {{
        let mut arguments = $arguments;
        for value in $values {
            let added = match value {
                Value::Uuid(value) => arguments.add(value),
                Value::Int(value) => arguments.add(value),
                Value::Text(value) => arguments.add(value),
                Value::Bytes(value) => arguments.add(value),
                Value::Bool(value) => arguments.add(value),
            };
            added.map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }};
}

pub(crate) fn for_sqlite(values: Vec<Value>) -> Result<SqliteArguments, sqlx::Error> {
    bind!(values, SqliteArguments::default())
}

pub(crate) fn for_postgres(values: Vec<Value>) -> Result<PgArguments, sqlx::Error> {
    bind!(values, PgArguments::default())
}

/// The values of one column of many rows.
enum Column {
    Uuid(Vec<Option<Uuid>>),
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Bool(Vec<Option<bool>>),
}

impl Column {
    /// An empty one for values like this.
    fn like(value: &Value, rows: usize) -> Self {
        match value {
            Value::Uuid(_) => Self::Uuid(Vec::with_capacity(rows)),
            Value::Int(_) => Self::Int(Vec::with_capacity(rows)),
            Value::Text(_) => Self::Text(Vec::with_capacity(rows)),
            Value::Bytes(_) => Self::Bytes(Vec::with_capacity(rows)),
            Value::Bool(_) => Self::Bool(Vec::with_capacity(rows)),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), sqlx::Error> {
        match (self, value) {
            (Self::Uuid(column), Value::Uuid(value)) => column.push(value),
            (Self::Int(column), Value::Int(value)) => column.push(value),
            (Self::Text(column), Value::Text(value)) => column.push(value),
            (Self::Bytes(column), Value::Bytes(value)) => column.push(value),
            (Self::Bool(column), Value::Bool(value)) => column.push(value),
            _ => return Err(sqlx::Error::Encode("rows of different types".into())),
        }
        Ok(())
    }
}

/// Many rows as one list for each column.
pub(crate) fn lists_for_postgres(rows: Vec<Vec<Value>>) -> Result<PgArguments, sqlx::Error> {
    let first = rows.first().into_iter().flatten();
    let columns = first.map(|value| Column::like(value, rows.len()));
    let mut columns: Vec<Column> = columns.collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value)?;
        }
    }
    let mut arguments = PgArguments::default();
    for column in columns {
        let added = match column {
            Column::Uuid(column) => arguments.add(column),
            Column::Int(column) => arguments.add(column),
            Column::Text(column) => arguments.add(column),
            Column::Bytes(column) => arguments.add(column),
            Column::Bool(column) => arguments.add(column),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
