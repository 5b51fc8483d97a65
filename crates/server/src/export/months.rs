//! The files of one table, one a month, that are written side by side.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hezuo_app::feed::Parquet;
use hezuo_domain::feed::{Row, Table, Value};

use crate::Result;

/// Rows of all months together that wait in memory; then those of the month with the most are packed.
const WAITING: usize = 120_000;

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// How many files.
    pub files: usize,
    /// How many rows.
    pub rows: u64,
    /// How many bytes.
    pub bytes: u64,
}

struct Month {
    parquet: Parquet,
    file: File,
    /// Until it is whole it is called otherwise, so that no program reads half a file.
    part: PathBuf,
    path: PathBuf,
    bytes: u64,
}

impl Month {
    fn create(table: Table, folder: &Path, name: &str) -> Result<Self> {
        let part = folder.join(format!(".{name}.unfinished"));
        // Whoever else has a login on this machine has no business with it.
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)?;
        let parquet = Parquet::new(table.as_str(), table.columns());
        Ok(Self {
            parquet: parquet.map_err(hezuo_app::Error::from)?,
            file,
            part,
            path: folder.join(format!("{name}.parquet")),
            bytes: 0,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        Ok(self.file.write_all(bytes)?)
    }

    fn pack(&mut self) -> Result<()> {
        let bytes = self.parquet.pack().map_err(hezuo_app::Error::from)?;
        self.write(&bytes)
    }
}

/// The files of a table.
pub(super) struct Months {
    table: Table,
    /// Where the day stands by whose month a row is filed.
    day: Option<usize>,
    folder: PathBuf,
    open: BTreeMap<String, Month>,
    waiting: usize,
}

impl Months {
    pub(super) fn new(table: Table, folder: &Path) -> Result<Self> {
        let day = table.day().map(|name| table.column(name)).transpose();
        let day = day.map_err(hezuo_app::Error::from)?;
        // A folder for each table that has months: programs read it as one table.
        let folder = match day {
            Some(_) => folder.join(table.as_str()),
            None => folder.to_owned(),
        };
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            table,
            day,
            folder,
            open: BTreeMap::new(),
            waiting: 0,
        })
    }

    fn name(&self, row: &[Value]) -> String {
        match self.day.and_then(|at| row.get(at)) {
            Some(Value::Day(day)) => day.to_string().chars().take(7).collect(),
            _ => self.table.as_str().to_owned(),
        }
    }

    pub(super) fn push(&mut self, row: Row) -> Result<()> {
        let name = self.name(&row);
        if !self.open.contains_key(&name) {
            let month = Month::create(self.table, &self.folder, &name)?;
            self.open.insert(name.clone(), month);
        }
        if let Some(month) = self.open.get_mut(&name) {
            month.parquet.push(row).map_err(hezuo_app::Error::from)?;
            self.waiting += 1;
        }
        if self.waiting >= WAITING
            && let Some(fullest) = self.open.values_mut().max_by_key(|it| it.parquet.waiting())
        {
            self.waiting -= fullest.parquet.waiting();
            fullest.pack()?;
        }
        Ok(())
    }

    pub(super) fn end(self) -> Result<Written> {
        let mut written = Written::default();
        for mut month in self.open.into_values() {
            let parquet = month.parquet;
            written.rows += parquet.rows();
            let bytes = parquet.end().map_err(hezuo_app::Error::from)?;
            month.file.write_all(&bytes)?;
            month.file.sync_all()?;
            std::fs::rename(&month.part, &month.path)?;
            written.files += 1;
            written.bytes += month.bytes + bytes.len() as u64;
        }
        File::open(&self.folder)?.sync_all()?;
        Ok(written)
    }
}
