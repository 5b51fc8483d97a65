//! Work in the background that one process at a time does for all that share the database.

use hezuo_domain::time::Instant;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    global CLAIM = "INSERT INTO round_claim (name, holder, lease_until, due_at, said)
        VALUES ($1, $2, $3, 0, $5)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until,
            said = excluded.said
        WHERE round_claim.holder = excluded.holder OR round_claim.lease_until < $4";
    global GIVE_BACK = "UPDATE round_claim SET lease_until = 0 WHERE name = $1 AND holder = $2";
    global TAKE_TURN = "INSERT INTO round_claim (name, holder, lease_until, due_at, said)
        VALUES ($1, $2, 0, $3, '')
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, due_at = excluded.due_at
        WHERE round_claim.due_at <= $4";
    global LEASE = "SELECT lease_until FROM round_claim WHERE name = $1";
    global SAID = "SELECT said FROM round_claim WHERE name = $1";
}

/// Takes a kind of work, or keeps it, until an instant; false while another process has it. What the holder
/// says of it is for the others to read. An embedded database is one process's own: there is nobody to agree
/// with, and an idle server wakes no disk.
pub async fn claim(
    tx: &mut Tx,
    name: &str,
    holder: Uuid,
    (now, until): (Instant, Instant),
    said: &str,
) -> Result<bool> {
    if tx.is_embedded() {
        return Ok(true);
    }
    let values = args![name, holder, until, now, said];
    Ok(tx.execute(&CLAIM, values).await? == 1)
}

/// Leaves a kind of work to the others at once.
pub async fn give_back(tx: &mut Tx, name: &str, holder: Uuid) -> Result<()> {
    tx.execute(&GIVE_BACK, args![name, holder]).await?;
    Ok(())
}

/// Takes one turn of what is due from time to time; false where it was taken already. The next is due at an
/// instant.
pub async fn take_turn(
    tx: &mut Tx,
    name: &str,
    holder: Uuid,
    (now, next): (Instant, Instant),
) -> Result<bool> {
    let values = args![name, holder, next, now];
    Ok(tx.execute(&TAKE_TURN, values).await? == 1)
}

/// Until when somebody has a kind of work; none where nobody ever had it, and on an embedded database.
pub async fn lease(tx: &mut Tx, name: &str) -> Result<Option<Instant>> {
    let row: Option<(i64,)> = tx.optional(&LEASE, args![name]).await?;
    Ok(row.map(|(until,)| Instant(until)))
}

/// What the holder has said of a kind of work last.
pub async fn said(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = tx.optional(&SAID, args![name]).await?;
    Ok(row.map(|(said,)| said))
}
