//! Keys for machines.

use hezuo_domain::commitment::Hash;
use hezuo_domain::devices::KeyScope;
use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::args;

statements! {
    rows ADD_KEYS = (8, "INSERT INTO device_key (enterprise_id, id, name, scopes, key_hash, made_by,
        made_day, last_day)", "");
    tenant KEYS = "SELECT k.id, k.name, k.scopes, p.name AS maker, k.made_day, k.last_day, k.used_day,
            k.ended_day
        FROM device_key k
        JOIN app_user u ON u.enterprise_id = k.enterprise_id AND u.id = k.made_by
        JOIN person p ON p.enterprise_id = u.enterprise_id AND p.id = u.person_id
        WHERE k.enterprise_id = $1 ORDER BY k.made_day DESC, k.id LIMIT 200";
    tenant FIND_KEY = "SELECT id, name, scopes, last_day, used_day, ended_day FROM device_key
        WHERE enterprise_id = $1 AND key_hash = $2";
    tenant USE_KEY = "UPDATE device_key SET used_day = $3 WHERE enterprise_id = $1 AND id = $2";
    tenant END_KEY = "UPDATE device_key SET ended_day = $3
        WHERE enterprise_id = $1 AND id = $2 AND ended_day IS NULL";
    tenant HAS_KEY = "SELECT id FROM device_key WHERE enterprise_id = $1 AND id = $2";
}

/// A key that is being made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Random id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<KeyScope>,
    /// SHA-256 of its secret.
    pub hash: Hash,
    /// Who made it.
    pub made_by: UserId,
    /// The day it was made.
    pub made: Day,
    /// The last day on which it works.
    pub last: Day,
}

/// Keeps a key.
pub async fn add(tx: &mut Tx, enterprise: EnterpriseId, it: &NewKey) -> Result<()> {
    let scopes: Vec<&str> = it.scopes.iter().map(|it| it.as_str()).collect();
    let row = args![
        enterprise,
        it.id,
        &it.name,
        scopes.join(" "),
        it.hash,
        it.made_by,
        it.made,
        it.last
    ];
    tx.insert(&ADD_KEYS, vec![row]).await?;
    Ok(())
}

/// A key as it is listed.
#[derive(Debug, Clone)]
pub struct KeyEntry {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<KeyScope>,
    /// Who made it, by name.
    pub maker: String,
    /// The day it was made.
    pub made: Day,
    /// The last day on which it works.
    pub last: Day,
    /// The day it was last used.
    pub used: Option<Day>,
    /// The day it was ended.
    pub ended: Option<Day>,
}

fn scopes(words: &str) -> Result<Vec<KeyScope>> {
    let read = |it| KeyScope::parse(it).ok_or(StoreError::Corrupt("device_key.scopes"));
    words.split(' ').map(read).collect()
}

/// The keys of the scope's enterprise, the newest first.
pub async fn keys(tx: &mut Tx) -> Result<Vec<KeyEntry>> {
    type Row = (
        Uuid,
        String,
        String,
        String,
        i64,
        i64,
        Option<i64>,
        Option<i64>,
    );
    let rows: Vec<Row> = tx.all(&KEYS, args![]).await?;
    let entry = |(id, name, words, maker, made, last, used, ended): Row| {
        Ok(KeyEntry {
            id,
            name,
            scopes: scopes(&words)?,
            maker,
            made: Day(made),
            last: Day(last),
            used: used.map(Day),
            ended: ended.map(Day),
        })
    };
    rows.into_iter().map(entry).collect()
}

/// A key that is shown at the door.
#[derive(Debug, Clone)]
pub struct ShownKey {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<KeyScope>,
    /// The last day on which it works.
    pub last: Day,
    /// The day it was last used.
    pub used: Option<Day>,
    /// Whether it was ended.
    pub has_ended: bool,
}

/// The key with this hash.
pub async fn find(tx: &mut Tx, hash: Hash) -> Result<Option<ShownKey>> {
    type Row = (Uuid, String, String, i64, Option<i64>, Option<i64>);
    let row: Option<Row> = tx.optional(&FIND_KEY, args![hash]).await?;
    let shown = |(id, name, words, last, used, ended): Row| {
        Ok(ShownKey {
            id,
            name,
            scopes: scopes(&words)?,
            last: Day(last),
            used: used.map(Day),
            has_ended: ended.is_some(),
        })
    };
    row.map(shown).transpose()
}

/// Notes that a key is used.
pub async fn touch(tx: &mut Tx, id: Uuid, day: Day) -> Result<()> {
    tx.execute(&USE_KEY, args![id, day]).await?;
    Ok(())
}

/// Ends a key; false where it has ended already.
pub async fn end(tx: &mut Tx, id: Uuid, day: Day) -> Result<bool> {
    Ok(tx.execute(&END_KEY, args![id, day]).await? == 1)
}

/// Whether there is such a key.
pub async fn has(tx: &mut Tx, id: Uuid) -> Result<bool> {
    let row: Option<(Uuid,)> = tx.optional(&HAS_KEY, args![id]).await?;
    Ok(row.is_some())
}
