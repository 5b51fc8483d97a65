//! A table as Parquet: columns packed one by one, in groups of rows, for programs that count over millions.
//!
//! Only kinds that every reader knows: texts, 64-bit numbers, dates, booleans. Ids are texts, because Spark
//! refuses the kind that Parquet has for them. A file says nothing about when it was made.

use std::collections::HashMap;
use std::sync::Arc;

use hezuo_domain::feed::{Column, Type, Value};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::Result as Written;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type as Schema;

use crate::ReportError;

/// Values of one column, as small as they can wait.
enum Cells {
    Days(Vec<i32>),
    Numbers(Vec<i64>),
    Flags(Vec<bool>),
    Ids(Vec<u128>),
    /// Few different words, each kept once.
    Words {
        places: HashMap<String, u32>,
        words: Vec<ByteArray>,
        at: Vec<u32>,
    },
}

impl Cells {
    fn new(kind: Type) -> Self {
        match kind {
            Type::Id => Self::Ids(Vec::new()),
            Type::Day => Self::Days(Vec::new()),
            Type::Integer => Self::Numbers(Vec::new()),
            Type::Flag => Self::Flags(Vec::new()),
            Type::Text => Self::Words {
                places: HashMap::new(),
                words: Vec::new(),
                at: Vec::new(),
            },
        }
    }

    /// Takes a value of its kind; false for any other.
    fn push(&mut self, value: Value) -> bool {
        match (self, value) {
            (Self::Ids(ids), Value::Id(id)) => ids.push(id.as_u128()),
            (Self::Numbers(numbers), Value::Integer(n)) => numbers.push(n),
            (Self::Flags(flags), Value::Flag(flag)) => flags.push(flag),
            (Self::Days(days), Value::Day(day)) => match i32::try_from(day.0) {
                Ok(day) => days.push(day),
                Err(_) => return false,
            },
            (Self::Words { places, words, at }, Value::Text(text)) => {
                let next = u32::try_from(words.len()).unwrap_or(u32::MAX);
                at.push(*places.entry(text).or_insert_with_key(|text| {
                    words.push(ByteArray::from(text.clone().into_bytes()));
                    next
                }));
            }
            _ => return false,
        }
        true
    }

    fn write(self, mut column: SerializedColumnWriter<'_>, present: Option<&[i16]>) -> Written<()> {
        fn put<T: DataType>(
            column: &mut SerializedColumnWriter<'_>,
            values: &[T::T],
            present: Option<&[i16]>,
        ) -> Written<usize> {
            column.typed::<T>().write_batch(values, present, None)
        }
        match self {
            Self::Days(days) => put::<Int32Type>(&mut column, &days, present)?,
            Self::Numbers(numbers) => put::<Int64Type>(&mut column, &numbers, present)?,
            Self::Flags(flags) => put::<BoolType>(&mut column, &flags, present)?,
            Self::Ids(ids) => {
                let text = |id: u128| uuid::Uuid::from_u128(id).to_string().into_bytes();
                let texts: Vec<_> = ids.into_iter().map(|id| text(id).into()).collect();
                put::<ByteArrayType>(&mut column, &texts, present)?
            }
            Self::Words { words, at, .. } => {
                let word = |at: u32| words.get(at as usize).cloned().unwrap_or_default();
                let texts: Vec<_> = at.into_iter().map(word).collect();
                put::<ByteArrayType>(&mut column, &texts, present)?
            }
        };
        column.close()
    }
}

/// A file that is being written: rows go in, bytes come out when there are any.
pub struct Parquet {
    columns: &'static [Column],
    cells: Vec<Cells>,
    /// For each column that may be empty whether a row has a value: 1, else 0.
    present: Vec<Vec<i16>>,
    waiting: usize,
    rows: u64,
    file: SerializedFileWriter<Vec<u8>>,
}

impl Parquet {
    /// A file with these columns.
    ///
    /// # Errors
    /// Columns that make no table: a mistake in our code.
    pub fn new(name: &str, columns: &'static [Column]) -> Result<Self, ReportError> {
        let fields: Written<Vec<_>> = columns.iter().map(field).collect();
        let schema = Schema::group_type_builder(name).with_fields(fields?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let file = SerializedFileWriter::new(
            Vec::new(),
            Arc::new(schema.build()?),
            Arc::new(properties.build()),
        )?;
        let mut table = Self {
            columns,
            cells: Vec::new(),
            present: Vec::new(),
            waiting: 0,
            rows: 0,
            file,
        };
        table.empty();
        Ok(table)
    }

    fn empty(&mut self) {
        self.waiting = 0;
        self.cells = self.columns.iter().map(|it| Cells::new(it.kind)).collect();
        self.present = self.columns.iter().map(|_| Vec::new()).collect();
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A row that does not fit the columns.
    pub fn push(&mut self, row: Vec<Value>) -> Result<(), ReportError> {
        let misfit = ReportError::Misfit { row: self.rows };
        if row.len() != self.columns.len() {
            return Err(misfit);
        }
        for (at, (column, value)) in self.columns.iter().zip(row).enumerate() {
            let is_present = value != Value::Null;
            if column.optional {
                self.present[at].push(i16::from(is_present));
            }
            let fits = if is_present {
                self.cells[at].push(value)
            } else {
                column.optional
            };
            if !fits {
                return Err(ReportError::Misfit { row: self.rows });
            }
        }
        self.waiting += 1;
        self.rows += 1;
        Ok(())
    }

    /// How many rows wait to be packed.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many rows it has, with those that wait.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Packs the rows that wait into a group, and gives the bytes so far.
    ///
    /// # Errors
    /// What can't be packed.
    pub fn pack(&mut self) -> Result<Vec<u8>, ReportError> {
        if self.waiting > 0 {
            let mut group = self.file.next_row_group()?;
            let present = std::mem::take(&mut self.present);
            for (cells, present) in std::mem::take(&mut self.cells).into_iter().zip(&present) {
                let Some(column) = group.next_column()? else {
                    break;
                };
                cells.write(column, (!present.is_empty()).then_some(present))?;
            }
            group.close()?;
            self.empty();
        }
        self.file
            .flush()
            .map_err(parquet::errors::ParquetError::from)?;
        Ok(std::mem::take(self.file.inner_mut()))
    }

    /// Ends the file: the last bytes.
    ///
    /// # Errors
    /// What can't be packed.
    pub fn end(mut self) -> Result<Vec<u8>, ReportError> {
        let mut bytes = self.pack()?;
        self.file.finish()?;
        bytes.append(self.file.inner_mut());
        Ok(bytes)
    }
}

fn field(column: &Column) -> Written<Arc<Schema>> {
    let (physical, logical) = match column.kind {
        Type::Id | Type::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Type::Integer => (Physical::INT64, None),
        Type::Day => (Physical::INT32, Some(LogicalType::Date)),
        Type::Flag => (Physical::BOOLEAN, None),
    };
    let repetition = if column.optional {
        Repetition::OPTIONAL
    } else {
        Repetition::REQUIRED
    };
    let field = Schema::primitive_type_builder(column.name, physical);
    let field = field.with_repetition(repetition).with_logical_type(logical);
    Ok(Arc::new(field.build()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use hezuo_domain::feed::Table;
    use hezuo_domain::time::Day;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn step(number: u128, day: i64, from: Option<&str>) -> Vec<Value> {
        vec![
            Uuid::from_u128(1).into(),
            Uuid::from_u128(number).into(),
            Value::Null,
            Uuid::from_u128(2).into(),
            Day(day).into(),
            from.map(str::to_owned).into(),
            Value::Text("已核实 verified".to_owned()),
            Value::Null,
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_packed_is_read_again(
            rows in proptest::collection::vec((any::<u128>(), 0..40_000_i64, any::<bool>()), 0..40),
            group in 1..9_usize,
        ) {
            let mut file = Parquet::new("steps", Table::Steps.columns()).unwrap();
            let mut bytes = Vec::new();
            for (id, day, begins) in &rows {
                file.push(step(*id, *day, (!begins).then_some("new"))).unwrap();
                if file.waiting() == group {
                    bytes.extend(file.pack().unwrap());
                }
            }
            prop_assert_eq!(file.rows(), rows.len() as u64);
            bytes.extend(file.end().unwrap());
            let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
            prop_assert_eq!(reader.num_row_groups(), rows.len().div_ceil(group));
            let read: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(read.len(), rows.len());
            for (row, (id, day, begins)) in read.iter().zip(&rows) {
                let got: Vec<&Field> = row.get_column_iter().map(|(_, it)| it).collect();
                prop_assert_eq!(got[1], &Field::Str(Uuid::from_u128(*id).to_string()));
                prop_assert_eq!(got[2], &Field::Null);
                prop_assert_eq!(got[4], &Field::Date(i32::try_from(*day).unwrap()));
                prop_assert_eq!(got[5] == &Field::Null, *begins);
                prop_assert_eq!(got[6], &Field::Str("已核实 verified".to_owned()));
            }
        }
    }

    #[test]
    fn a_row_that_does_not_fit_is_refused() {
        let mut file = Parquet::new("steps", Table::Steps.columns()).unwrap();
        let mut empty = step(3, 4, None);
        empty[4] = Value::Null;
        assert!(file.push(empty).is_err(), "a day that must be there");
        let mut file = Parquet::new("steps", Table::Steps.columns()).unwrap();
        let mut other = step(3, 4, None);
        other[6] = Value::Integer(1);
        assert!(file.push(other).is_err(), "a number for a word");
        assert!(file.push(Vec::new()).is_err());
    }
}
