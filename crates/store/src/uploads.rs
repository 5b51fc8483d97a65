//! Parts of uploads whose rest has not come yet, at a factory's server and at an intake.

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::{Statement, statements};
use crate::value::{Value, args};

/// A statement about the parts under one report, in the words of either table.
macro_rules! of_one {
    ($before:literal $table:literal, $whose:literal, $report:literal $after:literal) => {
        concat!(
            $before,
            " FROM ",
            $table,
            " WHERE ",
            $whose,
            " = $1 AND ",
            $report,
            " = $2",
            $after
        )
    };
}

macro_rules! room {
    ($table:literal, $whose:literal, $report:literal) => {
        concat!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN ",
            $report,
            " = $2 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM ",
            $table,
            " WHERE ",
            $whose,
            " = $1"
        )
    };
}

statements! {
    tenant HELD = (of_one!("SELECT COUNT(*), MIN(local_day)"
        "upload_part", "enterprise_id", "report_id" " AND mark = $3"));
    tenant ROOM = (room!("upload_part", "enterprise_id", "report_id"));
    rows ADD = (6, "INSERT INTO upload_part (enterprise_id, report_id, mark, number, local_day, sealed)",
        "ON CONFLICT (enterprise_id, report_id, mark, number) DO NOTHING");
    tenant READ = (of_one!("SELECT number, sealed"
        "upload_part", "enterprise_id", "report_id" " AND mark = $3 ORDER BY number"));
    tenant DROP = (of_one!("DELETE" "upload_part", "enterprise_id", "report_id" " AND mark = $3"));
    cross FORGET = ("uploads that nobody finished are forgotten everywhere",
        "DELETE FROM upload_part WHERE local_day < $1");
    global INTAKE_HELD = (of_one!("SELECT COUNT(*), MIN(local_day)"
        "envelope_part", "server_id", "lookup_hash" " AND mark = $3"));
    global INTAKE_ROOM = (room!("envelope_part", "server_id", "lookup_hash"));
    global_rows INTAKE_ADD =
        (6, "INSERT INTO envelope_part (server_id, lookup_hash, mark, number, local_day, sealed)",
        "ON CONFLICT (server_id, lookup_hash, mark, number) DO NOTHING");
    global INTAKE_READ = (of_one!("SELECT number, sealed"
        "envelope_part", "server_id", "lookup_hash" " AND mark = $3 ORDER BY number"));
    global INTAKE_DROP = (of_one!("DELETE" "envelope_part", "server_id", "lookup_hash" " AND mark = $3"));
    global INTAKE_FORGET = "DELETE FROM envelope_part WHERE local_day < $1";
}

/// To what an upload is to be added.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// A report or case of an enterprise.
    Report(EnterpriseId, CaseId),
    /// At an intake: a server and the stored form of a lookup.
    Holder(Uuid, Hash),
}

impl Whose {
    /// With whom it shares the room: the enterprise, or at an intake the server.
    pub fn of_all(self) -> Uuid {
        match self {
            Self::Report(enterprise, _) => enterprise.0,
            Self::Holder(server, _) => server,
        }
    }

    /// The statement for it, with what the parameters begin with.
    fn pick(
        self,
        house: &'static Statement,
        intake: &'static Statement,
    ) -> (&'static Statement, Vec<Value>) {
        match self {
            // The transaction itself binds the enterprise.
            Self::Report(_, report) => (house, args![report]),
            Self::Holder(server, stored) => (intake, args![server, stored]),
        }
    }
}

/// How many parts have arrived of an upload, and the day that the first came.
pub async fn held(tx: &mut Tx, whose: Whose, mark: Hash) -> Result<(usize, Option<Day>)> {
    let (statement, mut args) = whose.pick(&HELD, &INTAKE_HELD);
    args.extend(args![mark]);
    let row: Option<(i64, Option<i64>)> = tx.optional(statement, args).await?;
    let (parts, day) = row.unwrap_or_default();
    Ok((usize::try_from(parts).unwrap_or_default(), day.map(Day)))
}

/// How many parts lie under one report, and in all beside it.
pub async fn room(tx: &mut Tx, whose: Whose) -> Result<(i64, i64)> {
    let (statement, args) = whose.pick(&ROOM, &INTAKE_ROOM);
    let row: Option<(i64, i64)> = tx.optional(statement, args).await?;
    let (of_all, of_one) = row.unwrap_or_default();
    Ok((of_one, of_all))
}

/// Keeps a part; one of this number that is there already stays.
pub async fn add(
    tx: &mut Tx,
    whose: Whose,
    (mark, number): (Hash, usize),
    day: Day,
    sealed: Vec<u8>,
) -> Result<()> {
    let (statement, mut row) = match whose {
        Whose::Report(enterprise, report) => (&ADD, args![enterprise, report]),
        Whose::Holder(server, stored) => (&INTAKE_ADD, args![server, stored]),
    };
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    row.extend(args![mark, number, day, sealed]);
    tx.insert(statement, vec![row]).await?;
    Ok(())
}

/// The parts of an upload in their order, each with its number.
pub async fn read(tx: &mut Tx, whose: Whose, mark: Hash) -> Result<Vec<(usize, Vec<u8>)>> {
    let (statement, mut args) = whose.pick(&READ, &INTAKE_READ);
    args.extend(args![mark]);
    let rows: Vec<(i64, Vec<u8>)> = tx.all(statement, args).await?;
    let part = |(number, sealed)| (usize::try_from(number).unwrap_or(usize::MAX), sealed);
    Ok(rows.into_iter().map(part).collect())
}

/// Removes the parts of an upload.
pub async fn remove(tx: &mut Tx, whose: Whose, mark: Hash) -> Result<()> {
    let (statement, mut args) = whose.pick(&DROP, &INTAKE_DROP);
    args.extend(args![mark]);
    tx.execute(statement, args).await?;
    Ok(())
}

/// Forgets what was begun before a day and is not finished; how many parts there were.
pub async fn forget(tx: &mut Tx, before: Day) -> Result<u64> {
    let here = tx.execute(&FORGET, args![before]).await?;
    Ok(here + tx.execute(&INTAKE_FORGET, args![before]).await?)
}
