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
