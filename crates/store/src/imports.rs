//! Imported files, their rows and what was wrong with them.
//!
//! One file may carry rows of many enterprises, so the statements that a running import needs
//! cross tenants. Which enterprises are its own is told by `$home` itself and by the names that it
//! gave them in its own register (`enterprise_alias.scheme`).

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId, ImportId, SiteId};
use hezuo_domain::imports::Progress;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::cases::rows::{hash, word};
use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::places::Enterprise;
use crate::statement::{Statement, statements};
use crate::value::{Value, args};

macro_rules! counted_rows {
    ($key:literal, $group:literal, $join:literal) => {
        concat!(
            "SELECT ",
            $key,
            " AS key, COUNT(*) AS n FROM import_row r ",
            $join,
            " WHERE r.file_hash = $1 AND (r.enterprise_id = $2 OR r.enterprise_id IN
                (SELECT a.enterprise_id FROM enterprise_alias a WHERE a.scheme = $3))
            GROUP BY ",
            $group
        )
    };
}

statements! {
    rows ADD_FILES = (12, "INSERT INTO import_file (enterprise_id, id, file_hash, name, size, state,
        mapping, columns, rows_total, rows_done, rows_known, rows_failed)",
        "ON CONFLICT (enterprise_id, file_hash) DO NOTHING");
    tenant FIND = "SELECT id, file_hash, name, size, state, mapping, columns, rows_total, rows_done,
        rows_known, rows_failed, error FROM import_file WHERE enterprise_id = $1 AND id = $2";
    tenant FIND_BY_HASH = "SELECT id, file_hash, name, size, state, mapping, columns, rows_total,
        rows_done, rows_known, rows_failed, error FROM import_file
        WHERE enterprise_id = $1 AND file_hash = $2";
    tenant LIST = "SELECT id, file_hash, name, size, state, mapping, columns, rows_total, rows_done,
        rows_known, rows_failed, error FROM import_file WHERE enterprise_id = $1 ORDER BY name, id";
    tenant BEGIN_CHECK = "UPDATE import_file SET mapping = $3, state = 'checking', rows_done = 0,
        rows_known = 0, rows_failed = 0, error = NULL WHERE enterprise_id = $1 AND id = $2
        AND state IN ('uploaded', 'checked', 'done', 'failed')";
    tenant BEGIN_RUN = "UPDATE import_file SET state = 'running', rows_done = 0, rows_known = 0,
        rows_failed = 0, error = NULL
        WHERE enterprise_id = $1 AND id = $2 AND state IN ('checked', 'done')";
    tenant TAKE_UP_RUN = "UPDATE import_file SET state = 'running', error = NULL
        WHERE enterprise_id = $1 AND id = $2 AND state = 'failed'";
    cross SAVE_PROGRESS = ("an import counts on in the transaction that writes rows of many tenants",
        "UPDATE import_file SET state = $3, rows_done = $4, rows_known = $5, rows_failed = $6
         WHERE enterprise_id = $1 AND id = $2 AND state IN ('checking', 'running')");
    tenant FAIL = "UPDATE import_file SET state = 'failed', error = $3,
        rows_done = CASE WHEN state = 'running' THEN rows_done ELSE 0 END,
        rows_known = CASE WHEN state = 'running' THEN rows_known ELSE 0 END,
        rows_failed = CASE WHEN state = 'running' THEN rows_failed ELSE 0 END
        WHERE enterprise_id = $1 AND id = $2 AND state IN ('checking', 'running')";
    tenant CLEAR_ERRORS = "DELETE FROM import_error WHERE enterprise_id = $1 AND import_id = $2";
    rows ADD_ERRORS = (6, "INSERT INTO import_error (enterprise_id, import_id, row_number,
        column_name, code, value)",
        "ON CONFLICT (enterprise_id, import_id, row_number, column_name) DO NOTHING");
    tenant ERRORS = "SELECT row_number, column_name, code, value FROM import_error
        WHERE enterprise_id = $1 AND import_id = $2 AND row_number > $3
        ORDER BY row_number, column_name LIMIT $4";
    rows ADD_ROWS =
        (4, "INSERT INTO import_row (enterprise_id, file_hash, row_number, case_id)", "");
    cross KNOWN = ("an import asks which of its rows are there, whichever tenant they went to",
        "SELECT enterprise_id, row_number FROM import_row
         WHERE file_hash = $1 AND row_number >= $2 AND row_number <= $3");
    cross ANY_ROW = ("an import asks whether it has written rows, whichever tenant they went to",
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM import_row r WHERE r.file_hash = $1
            AND (r.enterprise_id = $2 OR r.enterprise_id IN
                (SELECT a.enterprise_id FROM enterprise_alias a WHERE a.scheme = $3))
         LIMIT 1) AS found");
    cross SITES = ("an import looks up the sites of the enterprises that its rows may go to",
        "SELECT s.enterprise_id, s.id, s.name FROM site s
         WHERE s.enterprise_id IN (SELECT e.id FROM enterprise e WHERE e.id = $1
            UNION SELECT a.enterprise_id FROM enterprise_alias a WHERE a.scheme = $2)
         ORDER BY s.enterprise_id, s.name, s.id");
    cross AREAS = ("an import looks up the areas of the enterprises that its rows may go to",
        "SELECT t.enterprise_id, t.site_id, t.id, t.name FROM area t
         WHERE t.kind = 'area' AND t.enterprise_id IN (SELECT e.id FROM enterprise e WHERE e.id = $1
            UNION SELECT a.enterprise_id FROM enterprise_alias a WHERE a.scheme = $2)
         ORDER BY t.enterprise_id, t.name, t.id");
    cross BY_ENTERPRISE = ("who imported a file counts its rows in the enterprises it made",
        (counted_rows!("e.name", "e.id, e.name", "JOIN enterprise e ON e.id = r.enterprise_id")));
    cross BY_DAY = ("who imported a file counts its rows in the enterprises it made",
        (counted_rows!("CAST(c.reported_day AS TEXT)", "c.reported_day", "JOIN cases c
            ON c.enterprise_id = r.enterprise_id AND c.id = r.case_id")));
    cross BY_KIND = ("who imported a file counts its rows in the enterprises it made",
        (counted_rows!("c.kind", "c.kind", "JOIN cases c
            ON c.enterprise_id = r.enterprise_id AND c.id = r.case_id")));
    cross BY_FIELD = ("who imported a file counts its rows in the enterprises it made",
        (counted_rows!("COALESCE(f.value, '')", "f.value", "LEFT JOIN case_field f
            ON f.enterprise_id = r.enterprise_id AND f.case_id = r.case_id AND f.field = $4")));
    // Whoever stands in nobody's register was entered by hand.
    global HOMES = "SELECT id, short_code, kind, name, credit_code, credit_code_ok, region_code,
        time_zone FROM enterprise
        WHERE id NOT IN (SELECT enterprise_id FROM enterprise_alias) ORDER BY kind, name LIMIT 20";
}

/// An uploaded file and how far it has come.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// Random id.
    pub id: ImportId,
    /// SHA-256 of its bytes: its name in the blob folder, and what makes it the same file.
    pub file_hash: Hash,
    /// The name it was uploaded under.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// How far it has come.
    pub state: Progress,
    /// Which column stands for what, as JSON.
    pub mapping: String,
    /// The columns with samples and guesses, as JSON.
    pub columns: String,
    /// The rows and what became of them.
    pub rows: Rows,
    /// Why it failed, as a problem's code.
    pub error: Option<String>,
}

/// Rows of a file, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rows {
    /// All, blank ones not counted.
    pub total: i64,
    /// Written now; after the dry run: found in order, and to be written.
    pub done: i64,
    /// There already from an earlier run.
    pub known: i64,
    /// Not written, because something is wrong with them.
    pub failed: i64,
}

impl Rows {
    /// How many were looked at: where a run goes on.
    pub fn seen(&self) -> i64 {
        self.done + self.known + self.failed
    }
}

#[derive(sqlx::FromRow)]
struct FileRow {
    id: Uuid,
    file_hash: Vec<u8>,
    name: String,
    size: i64,
    state: String,
    mapping: String,
    columns: String,
    rows_total: i64,
    rows_done: i64,
    rows_known: i64,
    rows_failed: i64,
    error: Option<String>,
}

impl TryFrom<FileRow> for ImportFile {
    type Error = StoreError;
    fn try_from(row: FileRow) -> Result<Self> {
        Ok(Self {
            id: ImportId(row.id),
            file_hash: hash(row.file_hash, "import_file.file_hash")?,
            name: row.name,
            size: row.size,
            state: word(Progress::parse(&row.state), "import_file.state")?,
            mapping: row.mapping,
            columns: row.columns,
            rows: Rows {
                total: row.rows_total,
                done: row.rows_done,
                known: row.rows_known,
                failed: row.rows_failed,
            },
            error: row.error,
        })
    }
}

/// Keeps an uploaded file; one with the same bytes that is there already stays as it is.
pub async fn add(tx: &mut Tx, home: EnterpriseId, file: &ImportFile) -> Result<()> {
    let row = args![
        home,
        file.id,
        file.file_hash,
        &file.name,
        file.size,
        file.state.as_str(),
        &file.mapping,
        &file.columns,
        file.rows.total,
        file.rows.done,
        file.rows.known,
        file.rows.failed
    ];
    tx.insert(&ADD_FILES, vec![row]).await?;
    Ok(())
}

/// Finds an import of the scope's enterprise.
pub async fn find(tx: &mut Tx, id: ImportId) -> Result<Option<ImportFile>> {
    let row: Option<FileRow> = tx.optional(&FIND, args![id]).await?;
    row.map(ImportFile::try_from).transpose()
}

/// Finds the import of a file by its bytes.
pub async fn find_by_hash(tx: &mut Tx, file: Hash) -> Result<Option<ImportFile>> {
    let row: Option<FileRow> = tx.optional(&FIND_BY_HASH, args![file]).await?;
    row.map(ImportFile::try_from).transpose()
}

/// The imports of the scope's enterprise, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<ImportFile>> {
    let rows: Vec<FileRow> = tx.all(&LIST, args![]).await?;
    rows.into_iter().map(ImportFile::try_from).collect()
}

/// Sets the mapping and begins the dry run; false while a job works on it.
pub async fn begin_check(tx: &mut Tx, id: ImportId, mapping: &str) -> Result<bool> {
    if tx.execute(&BEGIN_CHECK, args![id, mapping]).await? == 0 {
        return Ok(false);
    }
    tx.execute(&CLEAR_ERRORS, args![id]).await?;
    Ok(true)
}

/// Begins a run at the first row; false unless it was checked or is done.
pub async fn begin_run(tx: &mut Tx, id: ImportId) -> Result<bool> {
    if tx.execute(&BEGIN_RUN, args![id]).await? == 0 {
        return Ok(false);
    }
    tx.execute(&CLEAR_ERRORS, args![id]).await?;
    Ok(true)
}

/// Takes a run up where it failed; false where none has failed.
pub async fn take_up_run(tx: &mut Tx, id: ImportId) -> Result<bool> {
    Ok(tx.execute(&TAKE_UP_RUN, args![id]).await? == 1)
}

/// Saves how far a check or run has come; false when nobody waits for it any more.
pub async fn save_progress(
    tx: &mut Tx,
    home: EnterpriseId,
    id: ImportId,
    state: Progress,
    rows: Rows,
) -> Result<bool> {
    let values = args![home, id, state.as_str(), rows.done, rows.known, rows.failed];
    Ok(tx.execute(&SAVE_PROGRESS, values).await? == 1)
}

/// Gives an import up. What a run has written stays, and so does how far it came.
pub async fn fail(tx: &mut Tx, id: ImportId, code: &str) -> Result<()> {
    tx.execute(&FAIL, args![id, code]).await?;
    Ok(())
}

/// What is wrong with one value of one row.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RowError {
    /// The row, as a spreadsheet numbers it.
    #[sqlx(rename = "row_number")]
    pub row: i64,
    /// The column's header; empty where it concerns the whole row.
    #[sqlx(rename = "column_name")]
    pub column: String,
    /// A problem's code.
    pub code: String,
    /// What stands there.
    pub value: String,
}

/// Throws the errors of an earlier check away.
pub async fn clear_errors(tx: &mut Tx, id: ImportId) -> Result<()> {
    tx.execute(&CLEAR_ERRORS, args![id]).await?;
    Ok(())
}

/// Adds errors.
pub async fn add_errors(
    tx: &mut Tx,
    home: EnterpriseId,
    id: ImportId,
    errors: &[RowError],
) -> Result<()> {
    let rows = errors
        .iter()
        .map(|it| args![home, id, it.row, &it.column, &it.code, &it.value]);
    tx.insert(&ADD_ERRORS, rows.collect()).await?;
    Ok(())
}

/// The errors after a row, in order.
pub async fn errors(tx: &mut Tx, id: ImportId, after: i64, limit: i64) -> Result<Vec<RowError>> {
    tx.all(&ERRORS, args![id, after, limit]).await
}

/// Claims rows of a file for the cases they became.
///
/// # Errors
/// [`StoreError::Exists`] when one is claimed already; then nothing may be committed.
pub async fn add_rows(
    tx: &mut Tx,
    file: Hash,
    claims: &[(EnterpriseId, i64, CaseId)],
) -> Result<()> {
    let rows = claims
        .iter()
        .map(|(enterprise, row, case)| args![*enterprise, file, *row, *case]);
    tx.insert(&ADD_ROWS, rows.collect()).await?;
    Ok(())
}

/// Which rows from `first` to `last` are there, and where.
pub async fn known_rows(
    tx: &mut Tx,
    file: Hash,
    first: i64,
    last: i64,
) -> Result<Vec<(EnterpriseId, i64)>> {
    let rows: Vec<(Uuid, i64)> = tx.all(&KNOWN, args![file, first, last]).await?;
    Ok(rows
        .into_iter()
        .map(|(enterprise, row)| (EnterpriseId(enterprise), row))
        .collect())
}

/// Whose rows of a file are meant: those of one home, and of the enterprises in its register.
#[derive(Debug, Clone)]
pub struct Reach {
    /// The file.
    pub file: Hash,
    /// Who imported it.
    pub home: EnterpriseId,
    /// The home's register; empty where it has none.
    pub scheme: String,
}

/// Whether any row was written.
pub async fn has_rows(tx: &mut Tx, reach: &Reach) -> Result<bool> {
    let values = args![reach.file, reach.home, &reach.scheme];
    let row: Option<(i64,)> = tx.optional(&ANY_ROW, values).await?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// The sites that rows may go to: enterprise, site, name.
pub async fn sites(
    tx: &mut Tx,
    home: EnterpriseId,
    scheme: &str,
) -> Result<Vec<(EnterpriseId, SiteId, String)>> {
    let rows: Vec<(Uuid, Uuid, String)> = tx.all(&SITES, args![home, scheme]).await?;
    Ok(rows
        .into_iter()
        .map(|(enterprise, id, name)| (EnterpriseId(enterprise), SiteId(id), name))
        .collect())
}

/// The areas that rows may go to: enterprise, site, area, name.
pub async fn areas(
    tx: &mut Tx,
    home: EnterpriseId,
    scheme: &str,
) -> Result<Vec<(EnterpriseId, SiteId, AreaId, String)>> {
    let rows: Vec<(Uuid, Uuid, Uuid, String)> = tx.all(&AREAS, args![home, scheme]).await?;
    Ok(rows
        .into_iter()
        .map(|(enterprise, site, id, name)| {
            (EnterpriseId(enterprise), SiteId(site), AreaId(id), name)
        })
        .collect())
}

/// By what to count.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// The enterprise's name.
    Enterprise,
    /// The day.
    Day,
    /// The kind's word.
    Kind,
    /// What stands in an unmapped column; empty where nothing does.
    Field(&'a str),
}

/// Counts the rows of a file that became cases.
pub async fn count(tx: &mut Tx, reach: &Reach, by: By<'_>) -> Result<Vec<(String, i64)>> {
    let mut values: Vec<Value> = args![reach.file, reach.home, &reach.scheme];
    let statement: &'static Statement = match by {
        By::Enterprise => &BY_ENTERPRISE,
        By::Day => &BY_DAY,
        By::Kind => &BY_KIND,
        By::Field(field) => {
            values.push(field.into());
            &BY_FIELD
        }
    };
    tx.all(statement, values).await
}

/// The day in a key of [`By::Day`].
pub fn day_of(key: &str) -> Result<Day> {
    let parsed = key.parse().map(Day);
    parsed.or(Err(StoreError::Corrupt("cases.reported_day")))
}

/// Enterprises and authorities that nobody imported; at most twenty.
pub async fn homes(tx: &mut Tx) -> Result<Vec<Enterprise>> {
    tx.all(&HOMES, args![]).await
}
