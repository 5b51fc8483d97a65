//! Importing registers: a file is uploaded, its columns are given meanings, a dry run says what is
//! wrong with it, a run writes it. Both runs are jobs, so that whoever started one can go away.

mod csv;
mod mapping;
pub(crate) mod table;
mod targets;
mod work;
mod xlsx;

use std::collections::BTreeMap;

use hezuo_domain::cases::Kind;
use hezuo_domain::commitment::digest;
use hezuo_domain::ids::ImportId;
use hezuo_domain::imports::{Field, Progress, default_kind, guess};
use hezuo_domain::permissions::{Permission, can_in_region};
use hezuo_domain::places::EnterpriseKind;
use hezuo_domain::{Code, Problem, Scope};
use hezuo_store::imports::{self as rows, By, ImportFile, Reach};
use hezuo_store::jobs;
use hezuo_store::places::{self, Enterprise};
use hezuo_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::jobs::new_job;
use crate::{Access, App, Result};
use table::Table;

pub use hezuo_store::imports::{RowError, Rows};
pub use mapping::Mapping;
pub(crate) use work::{CHECK, RUN, check, fail, run};

/// Largest file.
pub const MAX_FILE: usize = 64 * 1024 * 1024;

/// First values of a column by which its meaning is guessed, and how many are shown.
const LOOKED_AT: usize = 20;
const SHOWN: usize = 3;

/// Errors on one page.
const ERRORS_ON_A_PAGE: i64 = 200;

/// How many rows the table in a file has, read as an import reads it.
///
/// # Errors
/// `import.unreadable`, `upload.too_large`.
pub fn count_rows(bytes: &[u8]) -> Result<usize, Problem> {
    Ok(Table::read(bytes)?.rows.len())
}

/// Who imports, and where to.
#[derive(Debug, Clone)]
pub struct Importer {
    home: Enterprise,
    makes_enterprises: bool,
}

impl Importer {
    /// A caller who may import into an enterprise. Other enterprises than that one are made only
    /// for an authority, or for somebody who may add enterprises to the directory of a region.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn of(access: &Access) -> Result<Self, Problem> {
        access.require(Permission::ImportRun)?;
        let is_authority = access.enterprise.kind == EnterpriseKind::Authority.as_str();
        let manages = can_in_region(&access.caller.grants, Permission::EnterpriseManage);
        Ok(Self {
            home: access.enterprise.clone(),
            makes_enterprises: is_authority || manages,
        })
    }

    /// Whoever sits at the server's terminal may import anything. Without a short code it goes to
    /// the only enterprise or authority that was not imported itself.
    ///
    /// # Errors
    /// `not_found` for an unknown code; `input.missing` where there is more than one, or none.
    pub async fn operator(app: &App, short_code: Option<&str>) -> Result<Self> {
        let scope = Scope::System("the directory of enterprises has no tenant");
        let mut tx = app.db.read(&scope).await?;
        let home = if let Some(code) = short_code {
            places::find_by_short_code(&mut tx, &code.to_uppercase())
                .await?
                .ok_or(Code::NotFound.at("into"))?
        } else {
            let homes = <[Enterprise; 1]>::try_from(rows::homes(&mut tx).await?);
            let [home] = homes.or(Err(Code::InputMissing.at("into")))?;
            home
        };
        Ok(Self {
            home,
            makes_enterprises: true,
        })
    }

    /// Some of the enterprises and authorities for which an operator may import.
    pub async fn homes(app: &App) -> Result<Vec<Enterprise>> {
        let scope = Scope::System("the directory of enterprises has no tenant");
        let mut tx = app.db.read(&scope).await?;
        Ok(rows::homes(&mut tx).await?)
    }

    /// The enterprise or authority to which the import belongs.
    pub fn home(&self) -> &Enterprise {
        &self.home
    }

    /// What a column may stand for.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let all = Field::ALL.iter().copied();
        all.filter(|field| self.makes_enterprises || *field != Field::Enterprise)
    }

    fn scope(&self) -> Scope {
        Scope::Enterprise(self.home.id)
    }

    /// Whose rows of a file this importer's are.
    fn reach(&self, file: &ImportFile, mapping: &Mapping) -> Reach {
        Reach {
            file: file.file_hash,
            home: self.home.id,
            scheme: targets::stored_scheme(&self.home, mapping.enterprise_scheme.as_deref()),
        }
    }
}

/// A column as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its header.
    pub name: String,
    /// The first values that are not empty.
    pub sample: Vec<String>,
    /// What it probably stands for.
    pub guess: Option<Field>,
}

/// An uploaded file and how far it has come.
#[derive(Debug, Clone)]
pub struct Import {
    /// Random id.
    pub id: ImportId,
    /// The name it was uploaded under.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// How far it has come.
    pub state: Progress,
    /// The rows and what became of them.
    pub rows: Rows,
    /// The columns.
    pub columns: Vec<Column>,
    /// What the columns stand for: at first what was guessed.
    pub mapping: Mapping,
    /// What a column may stand for.
    pub fields: Vec<Field>,
    /// Why it failed, as a problem's code.
    pub error: Option<String>,
}

fn import(importer: &Importer, file: ImportFile) -> Result<Import> {
    Ok(Import {
        columns: serde_json::from_str(&file.columns)
            .or(Err(StoreError::Corrupt("import_file.columns")))?,
        mapping: mapping_of(&file)?,
        fields: importer.fields().collect(),
        id: file.id,
        name: file.name,
        size: file.size,
        state: file.state,
        rows: file.rows,
        error: file.error,
    })
}

fn mapping_of(file: &ImportFile) -> Result<Mapping> {
    let read = serde_json::from_str(&file.mapping);
    Ok(read.or(Err(StoreError::Corrupt("import_file.mapping")))?)
}

/// Takes a file. One with the same bytes is the same import, however far it has come.
///
/// # Errors
/// `upload.too_large`, `import.unreadable`.
pub async fn upload(app: &App, importer: &Importer, name: &str, bytes: Vec<u8>) -> Result<Import> {
    if bytes.len() > MAX_FILE {
        return Err(Code::UploadTooLarge.into());
    }
    let hash = digest(&bytes);
    let mut tx = app.db.read(&importer.scope()).await?;
    let known = rows::find_by_hash(&mut tx, hash).await?;
    drop(tx);
    if let Some(file) = known {
        return import(importer, file);
    }
    let name = plain_name(name);
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let (table, bytes) =
        tokio::task::spawn_blocking(move || Table::read(&bytes).map(|table| (table, bytes)))
            .await??;
    let columns = columns(importer, &table);
    let file = ImportFile {
        id: ImportId::random(app.random.as_ref()),
        file_hash: hash,
        size,
        state: Progress::Uploaded,
        mapping: json(&guessed(&columns, &name))?,
        columns: json(&columns)?,
        rows: Rows {
            total: i64::try_from(table.rows.len()).unwrap_or(i64::MAX),
            ..Rows::default()
        },
        error: None,
        name,
    };
    app.blobs.put(importer.home.id, bytes).await?;
    let mut tx = app.db.write(&importer.scope()).await?;
    rows::add(&mut tx, importer.home.id, &file).await?;
    let kept = rows::find_by_hash(&mut tx, hash).await?.unwrap_or(file);
    tx.commit().await?;
    import(importer, kept)
}

/// The last part of a path, without what no text has.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let plain = last.chars().filter(|it| !it.is_control()).take(200);
    plain.collect()
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| crate::Error::Internal(error.to_string()))
}

fn columns(importer: &Importer, table: &Table) -> Vec<Column> {
    let named: Vec<(String, Vec<String>)> = table
        .header
        .iter()
        .enumerate()
        .map(|(at, name)| (name.clone(), table.sample(at, LOOKED_AT)))
        .collect();
    let guesses = guess(&named);
    let allowed: Vec<Field> = importer.fields().collect();
    named
        .into_iter()
        .zip(guesses)
        .map(|((name, mut sample), guess)| {
            sample.truncate(SHOWN);
            Column {
                name,
                sample,
                guess: guess.filter(|field| allowed.contains(field)),
            }
        })
        .collect()
}

fn guessed(columns: &[Column], name: &str) -> Mapping {
    let names = columns.iter().map(|column| column.name.as_str());
    let meant = columns
        .iter()
        .filter_map(|column| Some((column.name.clone(), column.guess?)));
    Mapping {
        columns: meant.collect(),
        kind: default_kind(std::iter::once(name).chain(names)),
        enterprise_scheme: None,
    }
}

/// What somebody decides about the columns.
#[derive(Debug, Clone)]
pub struct MappingRequest {
    /// What each column stands for; one that is not here, or none, is kept as it is.
    pub columns: BTreeMap<String, Option<Field>>,
    /// What a row is where no column says it; what was guessed where this is none.
    pub kind: Option<Kind>,
    /// The name of the register that numbers the enterprises; made from the column's header where
    /// this is none.
    pub enterprise_scheme: Option<String>,
}

/// Sets what the columns stand for, and starts the dry run.
///
/// # Errors
/// `not_found`, `import.mapping`, `forbidden` for enterprises that the caller may not make,
/// `import.state` while a job works on it, and for rows that would go to other enterprises than
/// those that were written already.
pub async fn set_mapping(
    app: &App,
    importer: &Importer,
    id: ImportId,
    request: MappingRequest,
) -> Result<Import> {
    let file = find_file(app, importer, id).await?;
    let columns: Vec<Column> =
        serde_json::from_str(&file.columns).or(Err(StoreError::Corrupt("import_file.columns")))?;
    let before = mapping_of(&file)?;
    let meant = request
        .columns
        .into_iter()
        .filter_map(|(name, field)| Some((name, field?)));
    let mapping = Mapping {
        columns: meant.collect(),
        kind: request.kind.unwrap_or(before.kind),
        enterprise_scheme: request.enterprise_scheme,
    }
    .check(columns.iter().map(|column| column.name.as_str()))?;
    allow(importer, &mapping)?;
    let is_elsewhere = mapping.column(Field::Enterprise) != before.column(Field::Enterprise)
        || mapping.enterprise_scheme != before.enterprise_scheme;
    // Rows are known by where they are: under another enterprise they would be written twice.
    if is_elsewhere && has_rows(app, importer, &file, &before).await? {
        return Err(Code::ImportState.at(Field::Enterprise.as_str()).into());
    }
    let mut tx = app.db.write(&importer.scope()).await?;
    if !rows::begin_check(&mut tx, id, &json(&mapping)?).await? {
        return Err(Code::ImportState.into());
    }
    enqueue(app, &mut tx, importer, id, CHECK).await?;
    tx.commit().await?;
    find(app, importer, id).await
}

fn allow(importer: &Importer, mapping: &Mapping) -> Result<()> {
    if mapping.column(Field::Enterprise).is_some() && !importer.makes_enterprises {
        return Err(Code::Forbidden.at(Field::Enterprise.as_str()).into());
    }
    Ok(())
}

async fn has_rows(
    app: &App,
    importer: &Importer,
    file: &ImportFile,
    mapping: &Mapping,
) -> Result<bool> {
    let scope = Scope::System("an import asks whether it has written rows");
    let mut tx = app.db.read(&scope).await?;
    Ok(rows::has_rows(&mut tx, &importer.reach(file, mapping)).await?)
}

async fn enqueue(
    app: &App,
    tx: &mut Tx,
    importer: &Importer,
    id: ImportId,
    kind: &'static str,
) -> Result<()> {
    let payload = work::Payload { import: id };
    let job = new_job(app, importer.home.id, kind, &payload, app.now())?;
    jobs::enqueue_all(tx, vec![job]).await?;
    Ok(())
}

/// Starts the run. After one that failed it goes on where that one stopped; after one that is done
/// every row is looked at again, and those that are there are known.
///
/// # Errors
/// `not_found`, `forbidden` for enterprises that the caller may not make, `import.state` before
/// the dry run or while a job works on it.
pub async fn start(app: &App, importer: &Importer, id: ImportId) -> Result<Import> {
    let file = find_file(app, importer, id).await?;
    allow(importer, &mapping_of(&file)?)?;
    let mut tx = app.db.write(&importer.scope()).await?;
    let is_begun = match file.state {
        Progress::Checked | Progress::Done => rows::begin_run(&mut tx, id).await?,
        Progress::Failed => rows::take_up_run(&mut tx, id).await?,
        Progress::Uploaded | Progress::Checking | Progress::Running => false,
    };
    if !is_begun {
        return Err(Code::ImportState.into());
    }
    enqueue(app, &mut tx, importer, id, RUN).await?;
    tx.commit().await?;
    find(app, importer, id).await
}

async fn find_file(app: &App, importer: &Importer, id: ImportId) -> Result<ImportFile> {
    let mut tx = app.db.read(&importer.scope()).await?;
    let found = rows::find(&mut tx, id).await?;
    Ok(found.ok_or(Code::NotFound)?)
}

/// One import, also to see how far it has come.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, importer: &Importer, id: ImportId) -> Result<Import> {
    import(importer, find_file(app, importer, id).await?)
}

/// All imports of a home, by name.
pub async fn list(app: &App, importer: &Importer) -> Result<Vec<Import>> {
    let mut tx = app.db.read(&importer.scope()).await?;
    let files = rows::list(&mut tx).await?;
    files
        .into_iter()
        .map(|file| import(importer, file))
        .collect()
}

/// A page of errors.
#[derive(Debug)]
pub struct Errors {
    /// In the order of the rows; a row is never cut in two.
    pub items: Vec<RowError>,
    /// The row after which the next page begins; none on the last.
    pub next: Option<i64>,
}

/// What is wrong with the rows after a row. Of a file that is wrong throughout, the first ten
/// thousand rows are told; all are counted.
///
/// # Errors
/// `not_found`.
pub async fn errors(app: &App, importer: &Importer, id: ImportId, after: i64) -> Result<Errors> {
    find_file(app, importer, id).await?;
    let mut tx = app.db.read(&importer.scope()).await?;
    let mut items = rows::errors(&mut tx, id, after, ERRORS_ON_A_PAGE + 1).await?;
    let mut next = None;
    if items.len() as u64 > ERRORS_ON_A_PAGE.unsigned_abs() {
        let cut = items.last().map_or(0, |last| last.row);
        items.retain(|item| item.row != cut);
        next = items.last().map(|last| last.row);
    }
    Ok(Errors { items, next })
}

/// By what the rows that became cases are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CountBy {
    /// The enterprise's name.
    Enterprise,
    /// The year of the day.
    Year,
    /// The kind's word.
    Kind,
    /// What stands in an unmapped column; empty where nothing does.
    Field(String),
}

impl std::str::FromStr for CountBy {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        match text {
            "enterprise" => Ok(Self::Enterprise),
            "year" => Ok(Self::Year),
            "kind" => Ok(Self::Kind),
            _ => text
                .strip_prefix("field:")
                .map(|name| Self::Field(name.to_owned()))
                .ok_or(Code::InputInvalid.at("by")),
        }
    }
}

/// Counts the rows of a file that became cases: years in order, others by number, most first.
///
/// # Errors
/// `not_found`.
pub async fn counts(
    app: &App,
    importer: &Importer,
    id: ImportId,
    by: &CountBy,
) -> Result<Vec<(String, i64)>> {
    let file = find_file(app, importer, id).await?;
    let reach = importer.reach(&file, &mapping_of(&file)?);
    let scope = Scope::System("who imported a file counts its rows in the enterprises it made");
    let mut tx = app.db.read(&scope).await?;
    let counted = match by {
        CountBy::Enterprise => rows::count(&mut tx, &reach, By::Enterprise).await?,
        CountBy::Kind => rows::count(&mut tx, &reach, By::Kind).await?,
        CountBy::Field(name) => rows::count(&mut tx, &reach, By::Field(name)).await?,
        CountBy::Year => {
            let mut years = BTreeMap::new();
            for (key, count) in rows::count(&mut tx, &reach, By::Day).await? {
                *years.entry(rows::day_of(&key)?.year()).or_insert(0) += count;
            }
            let years = years.into_iter();
            return Ok(years
                .map(|(year, count)| (year.to_string(), count))
                .collect());
        }
    };
    let mut counted = counted;
    counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(counted)
}
