//! Envelopes at an intake, and at the server of a factory the reports that came in one.

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::args;

statements! {
    global_rows ADD_SERVER =
        (4, "INSERT INTO intake_server (id, name, key_hash, public_key)", "");
    global FIND_SERVER = "SELECT id FROM intake_server WHERE key_hash = $1";
    global SERVERS = "SELECT COUNT(*) FROM intake_server";
    global SAVE_PUBLIC_KEY = "UPDATE intake_server SET public_key = $1 WHERE id = $2";
    global DROP_DOORS = "DELETE FROM intake_door WHERE server_id = $1";
    global_rows ADD_DOORS = (3, "INSERT INTO intake_door (path, server_id, body)",
        "ON CONFLICT (path) DO NOTHING");
    global FIND_DOOR = "SELECT d.server_id, d.body, s.public_key FROM intake_door d
        JOIN intake_server s ON s.id = d.server_id WHERE d.path = $1";
    global_rows ADD_ENVELOPE =
        (5, "INSERT INTO envelope (server_id, id, local_day, urgent, sealed)", "");
    global NEXT = "SELECT id, local_day, sealed FROM envelope
        WHERE server_id = $1 AND id > $2 AND (urgent OR local_day < $3) ORDER BY id LIMIT $4";
    global DROP_ENVELOPE = "DELETE FROM envelope WHERE server_id = $1 AND id = $2";
    global_rows ADD_HOLDER =
        (6, "INSERT INTO envelope_holder (lookup_hash, server_id, urgent, standing, until_day,
            heard_month)",
        "ON CONFLICT (lookup_hash) DO NOTHING");
    global FIND_HOLDER = "SELECT h.server_id, h.urgent, h.standing, h.until_day, s.public_key
        FROM envelope_holder h JOIN intake_server s ON s.id = h.server_id
        WHERE h.lookup_hash = $1";
    global FORGET_DAYS = "UPDATE envelope_holder SET until_day = NULL
        WHERE server_id = $1 AND until_day < $2";
    global SAVE_STANDING =
        "UPDATE envelope_holder SET standing = $1, heard_month = $4
            WHERE lookup_hash = $2 AND server_id = $3";
    global COUNT_FROM = "UPDATE envelope_holder SET heard_month = $1 WHERE heard_month IS NULL";
    global FORGET_SAID = "DELETE FROM envelope_said WHERE lookup_hash IN
        (SELECT h.lookup_hash FROM envelope_holder h WHERE h.heard_month < $1)";
    global FORGET_HOLDERS = "DELETE FROM envelope_holder WHERE heard_month < $1";
    global_rows ADD_SAID = (3, "INSERT INTO envelope_said (lookup_hash, name, digest)",
        "ON CONFLICT (lookup_hash, name) DO NOTHING");
    global FIND_SAID = "SELECT digest FROM envelope_said WHERE lookup_hash = $1 AND name = $2";
    global COUNT_SAID =
        "SELECT COUNT(*) FROM envelope_said WHERE lookup_hash = $1 AND name LIKE $2";
    rows ADD_RELAY = (5, "INSERT INTO case_relay (enterprise_id, case_id, lookup_hash,
        standing_key, told)", "ON CONFLICT (enterprise_id, case_id) DO NOTHING");
    cross UNTOLD = ("the intake is told what became of the reports that came through it",
        "SELECT enterprise_id, case_id, lookup_hash, standing_key, mark FROM (
            SELECT r.enterprise_id, r.case_id, r.lookup_hash, r.standing_key, r.told,
                COALESCE(c.version, 0) * 65536
                + 256 * (SELECT COUNT(*) FROM case_message m
                    WHERE m.enterprise_id = r.enterprise_id AND m.case_id = r.case_id)
                + 256 * (SELECT COUNT(*) FROM apart_message n
                    WHERE n.enterprise_id = r.enterprise_id AND n.report_id = r.case_id)
                + 128 * COALESCE(i.version, 0)
                + CASE WHEN c.state NOT IN ('declined', 'referred', 'merged', 'verified', 'closed')
                    OR EXISTS (SELECT 1 FROM intake_report p WHERE p.enterprise_id = r.enterprise_id
                        AND p.id = r.case_id AND p.answered_day IS NULL)
                    OR EXISTS (SELECT 1 FROM reward u WHERE u.enterprise_id = r.enterprise_id
                        AND u.case_id = r.case_id AND u.state = 'approved')
                    THEN $2 * 1099511627776 ELSE 0 END
                + 32 * (SELECT COUNT(*) FROM entrusted_event l
                    WHERE l.enterprise_id = r.enterprise_id AND l.subject_id = r.case_id
                    AND l.act IN ('name_read', 'voice_heard', 'apart_read'))
                + CAST(COALESCE((SELECT SUM(CASE w.state WHEN 'approved' THEN 1 WHEN 'paid' THEN 2
                        WHEN 'withdrawn' THEN 4 ELSE 0 END + CASE WHEN w.claimed THEN 8 ELSE 0 END)
                    FROM reward w
                    WHERE w.enterprise_id = r.enterprise_id AND w.case_id = r.case_id), 0) AS BIGINT)
                AS mark
            FROM case_relay r LEFT JOIN cases c
                ON c.enterprise_id = r.enterprise_id AND c.id = r.case_id
            LEFT JOIN intake_report i ON i.enterprise_id = r.enterprise_id AND i.id = r.case_id
                AND i.reader <> 'team' AND i.version > 1) AS marked
         WHERE told <> mark ORDER BY enterprise_id, case_id LIMIT $1");
    tenant SAVE_TOLD = "UPDATE case_relay SET told = $2 WHERE enterprise_id = $1 AND case_id = $3";
}

/// Lets a server fetch envelopes from now on.
pub async fn add_server(tx: &mut Tx, id: Uuid, name: &str, key: Hash) -> Result<()> {
    let row = args![id, name, key, None::<Vec<u8>>];
    tx.insert(&ADD_SERVER, vec![row]).await?;
    Ok(())
}

/// The server that holds this key.
pub async fn find_server(tx: &mut Tx, key: Hash) -> Result<Option<Uuid>> {
    let row: Option<(Uuid,)> = tx.optional(&FIND_SERVER, args![key]).await?;
    Ok(row.map(|(id,)| id))
}

/// How many servers fetch here.
pub async fn servers(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&SERVERS, args![]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Keeps a server's public key and what stands behind its codes, in place of what was there. A code
/// that another server has announced stays that server's.
pub async fn save_doors(
    tx: &mut Tx,
    server: Uuid,
    public_key: Hash,
    doors: Vec<(String, String)>,
) -> Result<()> {
    tx.execute(&SAVE_PUBLIC_KEY, args![public_key, server])
        .await?;
    tx.execute(&DROP_DOORS, args![server]).await?;
    let row = |(path, body): (String, String)| args![path, server, body];
    tx.insert(&ADD_DOORS, doors.into_iter().map(row).collect())
        .await?;
    Ok(())
}

/// What a code on a wall leads to.
#[derive(Debug, Clone)]
pub struct Door {
    /// Whose it is.
    pub server: Uuid,
    /// What the page shows, as JSON of the app's own type.
    pub body: String,
    /// For whom to seal.
    pub public_key: Hash,
}

fn key(bytes: Option<Vec<u8>>) -> Result<Hash> {
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(StoreError::Corrupt("intake_server.public_key"))
}

/// Finds what a code on a wall leads to.
pub async fn find_door(tx: &mut Tx, path: &str) -> Result<Option<Door>> {
    let row: Option<(Uuid, String, Option<Vec<u8>>)> = tx.optional(&FIND_DOOR, args![path]).await?;
    row.map(|(server, body, public_key)| {
        Ok(Door {
            server,
            body,
            public_key: key(public_key)?,
        })
    })
    .transpose()
}

/// A sealed envelope.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Random.
    pub id: Uuid,
    /// When this day of Greenwich is over, so is the day on which it came.
    pub day: Day,
    /// For the server alone.
    pub sealed: Vec<u8>,
}

/// Keeps an envelope.
pub async fn add(tx: &mut Tx, server: Uuid, it: Envelope, urgent: bool) -> Result<()> {
    let row = args![server, it.id, it.day, urgent, it.sealed];
    tx.insert(&ADD_ENVELOPE, vec![row]).await?;
    Ok(())
}

/// The next envelopes in the order of their random ids, which is not that in which they came: those
/// from before a day, and those that are urgent.
pub async fn next(
    tx: &mut Tx,
    server: Uuid,
    after: Uuid,
    before: Day,
    limit: i64,
) -> Result<Vec<Envelope>> {
    let rows: Vec<(Uuid, i64, Vec<u8>)> =
        tx.all(&NEXT, args![server, after, before, limit]).await?;
    let envelope = |(id, day, sealed)| Envelope {
        id,
        day: Day(day),
        sealed,
    };
    Ok(rows.into_iter().map(envelope).collect())
}

/// Removes an envelope that its server has stored.
pub async fn remove(tx: &mut Tx, server: Uuid, id: Uuid) -> Result<()> {
    tx.execute(&DROP_ENVELOPE, args![server, id]).await?;
    Ok(())
}

/// What a report code opens at the intake.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Whose case it is.
    pub server: Uuid,
    /// Whether the report was urgent; then what goes with it is too.
    pub urgent: bool,
    /// Sealed for the holder of the code.
    pub standing: Vec<u8>,
    /// The day with which the report may be fetched, until that is over.
    pub until: Option<Day>,
    /// For whom to seal what the holder says.
    pub public_key: Hash,
}

/// Keeps what a new report code opens; false where the code is taken.
pub async fn add_holder(
    tx: &mut Tx,
    stored: Hash,
    server: Uuid,
    urgent: bool,
    standing: Vec<u8>,
    (until, today): (Option<Day>, Day),
) -> Result<bool> {
    let (month, _) = today.month();
    let row = args![stored, server, urgent, standing, until, month];
    Ok(tx.insert(&ADD_HOLDER, vec![row]).await? == 1)
}

/// Finds what a report code opens.
pub async fn find_holder(tx: &mut Tx, stored: Hash) -> Result<Option<Holder>> {
    type Row = (Uuid, bool, Vec<u8>, Option<i64>, Option<Vec<u8>>);
    let row: Option<Row> = tx.optional(&FIND_HOLDER, args![stored]).await?;
    row.map(|(server, urgent, standing, until, public_key)| {
        Ok(Holder {
            server,
            urgent,
            standing,
            until: until.map(Day),
            public_key: key(public_key)?,
        })
    })
    .transpose()
}

/// Forgets with which day a server's reports were fetched, where that is over.
pub async fn forget_days(tx: &mut Tx, server: Uuid, before: Day) -> Result<()> {
    tx.execute(&FORGET_DAYS, args![server, before]).await?;
    Ok(())
}

/// Puts another standing in place of the one that is kept; false where the code is none of this
/// server's.
pub async fn save_standing(
    tx: &mut Tx,
    stored: Hash,
    server: Uuid,
    standing: Vec<u8>,
    today: Day,
) -> Result<bool> {
    let (month, _) = today.month();
    let changed = tx
        .execute(&SAVE_STANDING, args![standing, stored, server, month])
        .await?;
    Ok(changed == 1)
}

/// Forgets what opened to codes of which nothing was heard since a month that was over before a day; how many
/// rows there were.
pub async fn forget_holders(tx: &mut Tx, before: Day, today: Day) -> Result<u64> {
    let ((before, _), (this, _)) = (before.month(), today.month());
    tx.execute(&COUNT_FROM, args![this]).await?;
    let said = tx.execute(&FORGET_SAID, args![before]).await?;
    Ok(said + tx.execute(&FORGET_HOLDERS, args![before]).await?)
}

/// Notes that something was said under a code; false where something of this name was said before.
pub async fn say(tx: &mut Tx, stored: Hash, name: &str, digest: Hash) -> Result<bool> {
    let row = args![stored, name, digest];
    Ok(tx.insert(&ADD_SAID, vec![row]).await? == 1)
}

/// The digest of what was said under a code and name.
pub async fn find_said(tx: &mut Tx, stored: Hash, name: &str) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = tx.optional(&FIND_SAID, args![stored, name]).await?;
    Ok(row.map(|(digest,)| digest))
}

/// How much was said under a code, of what has a name that begins so.
pub async fn count_said(tx: &mut Tx, stored: Hash, beginning: &str) -> Result<i64> {
    let like = format!("{beginning}%");
    let row: Option<(i64,)> = tx.optional(&COUNT_SAID, args![stored, like]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// A report that came through an intake.
#[derive(Debug, Clone)]
pub struct Relay {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// The case that it is or will be.
    pub case: CaseId,
    /// By what the intake knows it.
    pub stored: Hash,
    /// Seals what the intake is told for the holder of the code.
    pub standing_key: Hash,
    /// What stands for the present state of all that the holder may see.
    pub mark: i64,
}

/// Remembers that a report came through an intake; one that is known stays as it is.
pub async fn add_relay(tx: &mut Tx, it: &Relay) -> Result<()> {
    let row = args![it.enterprise, it.case, it.stored, it.standing_key, it.mark];
    tx.insert(&ADD_RELAY, vec![row]).await?;
    Ok(())
}

/// Reports of which the intake was not told the latest. What is not over is told once more in each quarter.
pub async fn untold(tx: &mut Tx, quarter: i64, limit: i64) -> Result<Vec<Relay>> {
    type Row = (Uuid, Uuid, Vec<u8>, Vec<u8>, i64);
    let rows: Vec<Row> = tx.all(&UNTOLD, args![limit, quarter]).await?;
    rows.into_iter()
        .map(|(enterprise, case, stored, standing_key, mark)| {
            let hash = |bytes: Vec<u8>| bytes.try_into().ok();
            let keys = hash(stored).zip(hash(standing_key));
            let (stored, standing_key) = keys.ok_or(StoreError::Corrupt("case_relay"))?;
            Ok(Relay {
                enterprise: EnterpriseId(enterprise),
                case: CaseId(case),
                stored,
                standing_key,
                mark,
            })
        })
        .collect()
}

/// Notes what the intake was told.
pub async fn save_told(tx: &mut Tx, case: CaseId, mark: i64) -> Result<()> {
    tx.execute(&SAVE_TOLD, args![mark, case]).await?;
    Ok(())
}
