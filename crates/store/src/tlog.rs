//! The one log over the chains of all enterprises: the positions in the database, and the files that
//! anybody may read. What the files say follows from the positions, so they can be made again.

use std::path::{Path, PathBuf};

use hezuo_domain::commitment::Hash;

use crate::cases::rows::hash;
use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::args;

statements! {
    cross UNLOGGED = ("the log takes up the chains of all enterprises",
        "SELECT COUNT(*) FROM chain WHERE log_position IS NULL");
    cross PLACE = ("the log takes up the chains of all enterprises",
        "UPDATE chain SET log_position = CAST($1 AS BIGINT) + n.place FROM (
            SELECT enterprise_id, seq,
                ROW_NUMBER() OVER (ORDER BY enterprise_id, seq) - 1 AS place
            FROM chain WHERE log_position IS NULL) AS n
        WHERE chain.enterprise_id = n.enterprise_id AND chain.seq = n.seq");
    cross LEAVES = ("the log is made of the chains of all enterprises",
        "SELECT log_position, leaf FROM chain
        WHERE log_position >= $1 AND log_position < $2 ORDER BY log_position");
    cross PLACE_OF_EVENT = ("the log is made of the chains of all enterprises",
        "SELECT log_position, leaf FROM chain WHERE event_id = $1 AND log_position IS NOT NULL");
    cross PLACE_OF_LEAF = ("the log is made of the chains of all enterprises",
        "SELECT log_position, leaf FROM chain WHERE leaf = $1 AND log_position IS NOT NULL");
    global SIZE = "SELECT size FROM log_size WHERE id = 1";
    global GROW = "UPDATE log_size SET size = $2 WHERE id = 1 AND size = $1";
}

/// How many links of chains have no position yet.
pub async fn count_unlogged(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&UNLOGGED, args![]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Gives every link without a position the next one, the links of a chain in their order; how many
/// leaves the log has then. Only one of two servers that do so at the same time succeeds.
pub async fn place(tx: &mut Tx) -> Result<i64> {
    let before = size(tx).await?;
    let placed = tx.execute(&PLACE, args![before]).await?;
    let after = before + i64::try_from(placed).unwrap_or(i64::MAX);
    if tx.execute(&GROW, args![before, after]).await? == 1 {
        Ok(after)
    } else {
        Err(StoreError::Busy(None))
    }
}

/// How many leaves the log has.
pub async fn size(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&SIZE, args![]).await?;
    row.map(|(size,)| size)
        .ok_or(StoreError::Corrupt("log_size"))
}

/// The leaves from one position to before another, with their positions.
pub async fn leaves(tx: &mut Tx, from: i64, to: i64) -> Result<Vec<(i64, Hash)>> {
    let rows: Vec<(i64, Vec<u8>)> = tx.all(&LEAVES, args![from, to]).await?;
    rows.into_iter()
        .map(|(position, leaf)| Ok((position, hash(leaf, "chain.leaf")?)))
        .collect()
}

type Placed = Option<(i64, Vec<u8>)>;

fn placed(row: Placed) -> Result<Option<(u64, Hash)>> {
    row.map(|(position, leaf)| Ok((position.unsigned_abs(), hash(leaf, "chain.leaf")?)))
        .transpose()
}

/// Where an event stands, with its leaf.
pub async fn place_of_event(tx: &mut Tx, event: uuid::Uuid) -> Result<Option<(u64, Hash)>> {
    placed(tx.optional(&PLACE_OF_EVENT, args![event]).await?)
}

/// Where a leaf stands.
pub async fn place_of_leaf(tx: &mut Tx, leaf: Hash) -> Result<Option<(u64, Hash)>> {
    placed(tx.optional(&PLACE_OF_LEAF, args![leaf]).await?)
}

/// The folder of the log: static files, to be served or copied as they are.
#[derive(Debug, Clone)]
pub struct LogFiles {
    root: PathBuf,
    is_synced: bool,
}

impl LogFiles {
    /// In this folder, which is made with the first file.
    pub fn at(root: PathBuf) -> Self {
        Self {
            root,
            is_synced: true,
        }
    }

    /// The same, of which nobody would miss anything: it waits for no disk.
    #[must_use]
    pub fn unsynced(self) -> Self {
        Self {
            is_synced: false,
            ..self
        }
    }

    /// Reads a file; none where there is none.
    pub async fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match tokio::fs::read(self.root.join(path)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::from_io(error)),
        }
    }

    /// Writes a file as a whole: after a crash it is the old one or the new one.
    pub async fn write(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        let (path, is_synced) = (self.root.join(path), self.is_synced);
        match tokio::task::spawn_blocking(move || replace(&path, &bytes, is_synced)).await {
            Ok(written) => written.map_err(StoreError::from_io),
            Err(stopped) => Err(StoreError::Blob(stopped.into())),
        }
    }
}

fn replace(path: &Path, bytes: &[u8], is_synced: bool) -> std::io::Result<()> {
    use std::io::Write;
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)?;
    let unfinished = path.with_extension("unfinished");
    let mut file = std::fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    if is_synced {
        file.sync_all()?;
    }
    std::fs::rename(&unfinished, path)?;
    if is_synced {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
