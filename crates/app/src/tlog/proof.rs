//! Single proofs out of the files of the log: for somebody outside who has a signed head and the key,
//! and neither the database nor the rest of the log.

use ed25519_dalek::{Signature, VerifyingKey};
use hezuo_domain::Scope;
use hezuo_domain::commitment::{Hash, unhex};
use hezuo_domain::tlog::proof::{
    About, Part, Proof, consistency, inclusion, is_beginning, join, root_with,
};
use hezuo_domain::tlog::{Checkpoint, read_verifier_key, root_of};
use hezuo_store::tlog as rows;
use uuid::Uuid;

use super::{REASON, head, read_tile, signed_head};
use crate::{App, Error, Result};

fn wrong(what: &str) -> Error {
    Error::Internal(what.to_owned())
}

async fn hashes(app: &App, parts: &[Part], size: u64) -> Result<Vec<Hash>> {
    let mut hashes = Vec::with_capacity(parts.len());
    for part in parts {
        let mut nodes = Vec::new();
        for node in part.nodes() {
            let (tile, within) = node.tile(size);
            let found = read_tile(app, tile).await?;
            let below = found
                .get(within)
                .ok_or(wrong("a tile of the log is short"))?;
            nodes.push(root_of(below));
        }
        hashes.push(join(&nodes).ok_or(wrong("an empty part of the log"))?);
    }
    Ok(hashes)
}

/// Proves that an event is in the log, by its id or by its leaf in hexadecimal digits. The leaf, and the
/// proof as text.
///
/// # Errors
/// When there is no such event in the log, or the files are not what the chains say.
pub async fn prove_entry(app: &App, entry: &str) -> Result<(Hash, String)> {
    let nowhere = || wrong("no event in the signed log has this id or leaf");
    let note = signed_head(app).await?.ok_or_else(nowhere)?;
    let head = head(app).await?.ok_or_else(nowhere)?;
    let mut tx = app.db.read(&Scope::System(REASON)).await?;
    let found = match (entry.parse::<Uuid>(), unhex(entry)) {
        (Ok(event), _) => rows::place_of_event(&mut tx, event).await?,
        (_, Some(leaf)) => rows::place_of_leaf(&mut tx, leaf).await?,
        _ => None,
    };
    drop(tx);
    let (index, leaf) = found.ok_or_else(nowhere)?;
    if index >= head.size {
        return Err(nowhere());
    }
    let hashes = hashes(app, &inclusion(index, head.size), head.size).await?;
    if root_with(&leaf, index, head.size, &hashes) != Some(head.root) {
        return Err(wrong("the files of the log are not what the chains say"));
    }
    let proof = Proof {
        about: About::Entry(index),
        hashes,
        head: note,
    };
    Ok((leaf, proof.text()))
}

/// Proves that the log of an older signed head is the beginning of the log as it is now.
///
/// # Errors
/// When the older head is not this log's, or what came before it was changed.
pub async fn prove_from(app: &App, old: &str) -> Result<String> {
    let nothing = || wrong("the log is empty: nothing has happened yet");
    let old = app.keys.read_checkpoint(old);
    let old = old.ok_or(wrong("the older head is not signed by this server's log"))?;
    let note = signed_head(app).await?.ok_or_else(nothing)?;
    let head = head(app).await?.ok_or_else(nothing)?;
    let hashes = hashes(app, &consistency(old.size, head.size), head.size).await?;
    if !is_beginning((old.size, &old.root), (head.size, &head.root), &hashes) {
        return Err(wrong("what came before the older head was changed"));
    }
    let proof = Proof {
        about: About::Beginning(old.size),
        hashes,
        head: note,
    };
    Ok(proof.text())
}

/// What a proof needs besides itself.
#[derive(Debug, Clone, Copy)]
pub enum Beside<'a> {
    /// The leaf of the event, in hexadecimal digits.
    Leaf(&'a str),
    /// The older signed head.
    Head(&'a str),
}

/// Checks a proof with the key of the log and nothing else: no server, no database. What it shows, in
/// words.
///
/// # Errors
/// What is wrong with it.
pub fn check(key: &str, proof: &str, beside: Beside<'_>) -> Result<String> {
    let (origin, public) = read_verifier_key(key).ok_or(wrong("this is not a log's key"))?;
    let proof = Proof::parse(proof).ok_or(wrong("this is not a proof"))?;
    let signed = |note: &str| signed_by(&public, &origin, note);
    let head = signed(&proof.head).ok_or(wrong("its head is not signed with this key"))?;
    match (proof.about, beside) {
        (About::Entry(index), Beside::Leaf(leaf)) => {
            let leaf = unhex(leaf).ok_or(wrong("the leaf is not 64 hexadecimal digits"))?;
            if root_with(&leaf, index, head.size, &proof.hashes) != Some(head.root) {
                return Err(wrong("the event is not in the log with this head"));
            }
            Ok(format!("leaf {index} of the {} in {origin}", head.size))
        }
        (About::Beginning(size), Beside::Head(old)) => {
            let old = signed(old).ok_or(wrong("the older head is not signed with this key"))?;
            let is_shown = old.size == size
                && is_beginning(
                    (old.size, &old.root),
                    (head.size, &head.root),
                    &proof.hashes,
                );
            if !is_shown {
                return Err(wrong("the older head is not the beginning of this one"));
            }
            let (before, now) = (old.size, head.size);
            Ok(format!(
                "the first {before} of the {now} leaves in {origin} are unchanged"
            ))
        }
        _ => Err(wrong("the proof shows something else than was asked")),
    }
}

fn signed_by(public: &[u8; 32], origin: &str, note: &str) -> Option<Checkpoint> {
    let (checkpoint, signature) = Checkpoint::parse(note, public)?;
    let key = VerifyingKey::from_bytes(public).ok()?;
    let text = checkpoint.text();
    key.verify_strict(text.as_bytes(), &Signature::from_bytes(&signature))
        .ok()?;
    (checkpoint.origin == origin).then_some(checkpoint)
}
