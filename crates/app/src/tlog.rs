//! The one log over the chains of all enterprises: positions, files, the signed head, and the check
//! against a head that somebody keeps outside.

pub mod proof;

use hezuo_domain::Scope;
use hezuo_domain::commitment::Hash;
use hezuo_domain::tlog::{
    Checkpoint, TILE, Tile, Tree, bundle, leaf_hash, new_tiles, root_of, root_of_edge,
};
use hezuo_store::{StoreError, Tx, tlog as rows};

use crate::{App, Error, Result};

const REASON: &str = "the log holds the chains of all enterprises";
const CHECKPOINT: &str = "checkpoint";

/// Gives what was sequenced its positions in the log, and brings the files up to date: entries and
/// tiles first, the signed head last. After a crash in between the next turn goes on from the last
/// head. How many leaves the log has.
///
/// # Errors
/// When the files are ahead of the database, as after an old copy of it was put back.
pub async fn fold(app: &App) -> Result<u64> {
    let scope = Scope::System(REASON);
    let mut tx = app.db.read(&scope).await?;
    let waiting = rows::count_unlogged(&mut tx).await?;
    drop(tx);
    if waiting > 0 {
        let mut tx = app.db.write(&scope).await?;
        rows::place(&mut tx).await?;
        tx.commit().await?;
    }
    let mut tx = app.db.read(&scope).await?;
    let size = rows::size(&mut tx).await?.unsigned_abs();
    let before = head(app).await?.map_or(0, |it| it.size);
    if size < before {
        return Err(Error::Internal(
            "the files of the log are ahead of the database".into(),
        ));
    }
    if size > before {
        for tile in new_tiles(before, size) {
            write_tile(app, &mut tx, tile).await?;
        }
        let root = root_at(app, size).await?;
        let origin = app.keys.log_origin();
        let checkpoint = Checkpoint { origin, size, root };
        let note = app.keys.sign_checkpoint(&checkpoint);
        app.log.write(CHECKPOINT, note.into_bytes()).await?;
    }
    Ok(size)
}

/// The head that was signed last; none where there is none, or it is not ours.
pub async fn head(app: &App) -> Result<Option<Checkpoint>> {
    Ok(signed_head(app)
        .await?
        .and_then(|note| app.keys.read_checkpoint(&note)))
}

/// The same as a signed note, for somebody outside to keep.
pub async fn signed_head(app: &App) -> Result<Option<String>> {
    let bytes = app.log.read(CHECKPOINT).await?;
    Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
}

async fn write_tile(app: &App, tx: &mut Tx, tile: Tile) -> Result<()> {
    let first = tile.index * TILE;
    let mut hashes = Vec::new();
    if tile.level == 0 {
        let (from, to) = (signed(first), signed(first + tile.width));
        let leaves = rows::leaves(tx, from, to).await?;
        if leaves.len() as u64 != tile.width {
            return Err(StoreError::Corrupt("chain.log_position").into());
        }
        let entries: Vec<Hash> = leaves.into_iter().map(|(_, leaf)| leaf).collect();
        hashes.extend(entries.iter().map(|entry| leaf_hash(entry)));
        app.log
            .write(&tile.entries_path(), bundle(&entries))
            .await?;
    } else {
        for index in first..first + tile.width {
            let (level, width) = (tile.level - 1, TILE);
            let below = read_tile(
                app,
                Tile {
                    level,
                    index,
                    width,
                },
            )
            .await?;
            hashes.push(root_of(&below));
        }
    }
    app.log.write(&tile.path(), hashes.concat()).await?;
    Ok(())
}

async fn read_tile(app: &App, tile: Tile) -> Result<Vec<Hash>> {
    let bytes = app.log.read(&tile.path()).await?.unwrap_or_default();
    let hashes: Vec<Hash> = bytes
        .chunks_exact(32)
        .filter_map(|hash| hash.try_into().ok())
        .collect();
    if hashes.len() as u64 == tile.width {
        Ok(hashes)
    } else {
        Err(Error::Internal(format!(
            "{} is missing or damaged",
            tile.path()
        )))
    }
}

async fn root_at(app: &App, size: u64) -> Result<Hash> {
    let mut edge = Vec::new();
    let (mut level, mut hashes) = (0, size);
    while hashes > 0 {
        let (index, width) = (hashes / TILE, hashes % TILE);
        edge.push(match width {
            0 => Vec::new(),
            _ => {
                read_tile(
                    app,
                    Tile {
                        level,
                        index,
                        width,
                    },
                )
                .await?
            }
        });
        (level, hashes) = (level + 1, hashes / TILE);
    }
    Ok(root_of_edge(&edge))
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// What a check of the log found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Leaves in the log.
    pub size: u64,
    /// Leaves of the chains that wait for the next head; they are not broken.
    pub pending: u64,
    /// What is wrong.
    pub faults: Vec<String>,
}

/// Makes the tree again from the leaves in the chains, and compares it with the files, with the head
/// that was signed last, and with one that was kept outside. Since the chains are checked against
/// their events, every event's leaf is in the log.
pub async fn verify(app: &App, witness: Option<&str>) -> Result<Verification> {
    let mut faults = Vec::new();
    let mut heads = Vec::new();
    let mut published = 0;
    if let Some(note) = signed_head(app).await? {
        let head = app.keys.read_checkpoint(&note);
        published = head.as_ref().map_or(0, |it| it.size);
        heads.push(("the signed head", head));
    }
    if let Some(note) = witness {
        heads.push(("the witness", app.keys.read_checkpoint(note)));
    }
    let mut tx = app.db.read(&Scope::System(REASON)).await?;
    let size = rows::size(&mut tx).await?.unsigned_abs();
    let pending = rows::count_unlogged(&mut tx).await?.unsigned_abs();
    let mut tree = Tree::default();
    let mut roots = Vec::new();
    while tree.size() < size {
        let first = tree.size();
        let leaves = rows::leaves(&mut tx, signed(first), signed(first + TILE)).await?;
        let mut hashes = Vec::new();
        for (position, leaf) in leaves {
            if position != signed(tree.size()) {
                break;
            }
            let hash = leaf_hash(&leaf);
            tree.push(hash);
            hashes.push(hash);
            let is_asked = |(_, it): &(&str, Option<Checkpoint>)| {
                it.as_ref().is_some_and(|it| it.size == tree.size())
            };
            if heads.iter().any(is_asked) {
                roots.push((tree.size(), tree.root()));
            }
        }
        if tree.size() < size.min(first + TILE) {
            faults.push(format!("log position {}: its link is gone", tree.size()));
            break;
        }
        let (level, index, width) = (0, first / TILE, TILE);
        if first + TILE <= published
            && read_tile(
                app,
                Tile {
                    level,
                    index,
                    width,
                },
            )
            .await
            .ok()
                != Some(hashes)
        {
            faults.push(format!(
                "log tile {index}: the file is not what the chains say"
            ));
        }
    }
    roots.push((0, root_of(&[])));
    for (whose, head) in heads {
        match head {
            None => faults.push(format!("{whose} is not signed by this server's log")),
            Some(head) if !roots.contains(&(head.size, head.root)) => faults.push(format!(
                "{whose} of {} leaves is not that of the chains: what came before was changed",
                head.size
            )),
            Some(_) => {}
        }
    }
    Ok(Verification {
        size: tree.size(),
        pending,
        faults,
    })
}
