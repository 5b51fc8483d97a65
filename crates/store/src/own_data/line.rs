//! A row of any columns, as either database gives it.

use hezuo_domain::time::Day;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, TypeInfo, ValueRef};
use uuid::Uuid;

use crate::error::{Result, StoreError};

/// One stored value. The two databases differ in how they keep ids and truth, and are made alike here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Nothing.
    Nothing,
    /// A text.
    Text(String),
    /// A number, or truth as 0 and 1.
    Number(i64),
    /// Bytes, or an id.
    Bytes(Vec<u8>),
}

impl Held {
    /// The bytes.
    pub fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The id that the bytes are.
    ///
    /// # Errors
    /// Where they are none.
    pub fn id(&self) -> Result<Uuid> {
        match self {
            Self::Bytes(bytes) => Uuid::from_slice(bytes).ok(),
            _ => None,
        }
        .ok_or(StoreError::Corrupt("an id"))
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(pub Vec<Held>);

impl Line {
    /// The day that stands at a place.
    ///
    /// # Errors
    /// Where there is none.
    pub fn day(&self, at: usize) -> Result<Day> {
        match self.0.get(at) {
            Some(Held::Number(day)) => Ok(Day(*day)),
            _ => Err(StoreError::Corrupt("a day")),
        }
    }
}

fn unknown(kind: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{kind} is no type of what somebody takes home").into())
}

/// The name of a value's type; none where there is no value.
fn kind<'r>(value: &impl ValueRef<'r>) -> Option<String> {
    (!value.is_null()).then(|| value.type_info().name().to_owned())
}

fn line(columns: usize, held: impl Fn(usize) -> sqlx::Result<Held>) -> sqlx::Result<Line> {
    (0..columns)
        .map(held)
        .collect::<sqlx::Result<_>>()
        .map(Line)
}

impl FromRow<'_, SqliteRow> for Line {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        line(row.len(), |at| {
            let Some(kind) = kind(&row.try_get_raw(at)?) else {
                return Ok(Held::Nothing);
            };
            // What a value is stands in itself, whatever its column was declared as.
            Ok(match kind.as_str() {
                "TEXT" => Held::Text(row.try_get_unchecked(at)?),
                "INTEGER" | "BOOLEAN" => Held::Number(row.try_get_unchecked(at)?),
                "BLOB" => Held::Bytes(row.try_get_unchecked(at)?),
                kind => return Err(unknown(kind)),
            })
        })
    }
}

impl FromRow<'_, PgRow> for Line {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        line(row.len(), |at| {
            let Some(kind) = kind(&row.try_get_raw(at)?) else {
                return Ok(Held::Nothing);
            };
            Ok(match kind.as_str() {
                "TEXT" => Held::Text(row.try_get(at)?),
                "INT8" => Held::Number(row.try_get(at)?),
                "BOOL" => Held::Number(row.try_get::<bool, _>(at)?.into()),
                "UUID" => Held::Bytes(row.try_get::<Uuid, _>(at)?.as_bytes().to_vec()),
                "BYTEA" => Held::Bytes(row.try_get(at)?),
                kind => return Err(unknown(kind)),
            })
        })
    }
}
