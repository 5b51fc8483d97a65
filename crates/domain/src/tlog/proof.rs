//! Proofs about the log that stand by themselves: that an entry is in it, and that an older head is the
//! beginning of a newer one. As in RFC 6962; written as C2SP tlog-proof, and as the body by which a
//! C2SP witness is asked.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{TILE, Tile, leaf_hash, node_hash};
use crate::commitment::Hash;

/// The first line of a proof that an entry is in the log.
const INCLUSION: &str = "c2sp.org/tlog-proof@v1";

/// Hashes in one proof: a log of all that 64 bits can count needs no more.
const MOST: usize = 64;

/// A part of the leaves, from the first to before the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The first leaf.
    pub from: u64,
    /// The one after the last.
    pub to: u64,
}

/// One hash of the tree: the root over so many leaves beside each other as `height` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// 0 for a leaf; each step doubles the leaves.
    pub height: u32,
    /// Which, from the left.
    pub index: u64,
}

impl Node {
    /// The tile in which its hashes lie in a log of this size, and which of the tile's hashes they are.
    pub fn tile(self, size: u64) -> (Tile, std::ops::Range<usize>) {
        let level = self.height / 8;
        let below = 1_u64 << (self.height % 8);
        let first = self.index * below;
        let hashes = size.checked_shr(8 * level).unwrap_or(0);
        let index = first / TILE;
        let width = TILE.min(hashes.saturating_sub(index * TILE));
        let at = usize::try_from(first % TILE).unwrap_or(0);
        let count = usize::try_from(below).unwrap_or(0);
        (
            Tile {
                level,
                index,
                width,
            },
            at..at + count,
        )
    }
}

impl Part {
    /// The whole subtrees that it is made of, the largest first.
    pub fn nodes(self) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut from = self.from;
        while from < self.to {
            let height = (self.to - from).ilog2();
            nodes.push(Node {
                height,
                index: from >> height,
            });
            from += 1 << height;
        }
        nodes
    }
}

/// The root over a part by those of its whole subtrees, the largest first.
pub fn join(nodes: &[Hash]) -> Option<Hash> {
    let (last, before) = nodes.split_last()?;
    let joined = before.iter().rev();
    Some(joined.fold(*last, |root, left| node_hash(left, &root)))
}

/// Where a tree of so many leaves is split; there are at least two.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The parts whose roots prove that a leaf is in a log of this size.
pub fn inclusion(index: u64, size: u64) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut from, mut to) = (0, size);
    while to - from > 1 && index < size {
        let middle = from + split(to - from);
        if index < middle {
            parts.push(Part { from: middle, to });
            to = middle;
        } else {
            parts.push(Part { from, to: middle });
            from = middle;
        }
    }
    parts.reverse();
    parts
}

/// The parts whose roots prove that a log of one size is the beginning of a larger one.
pub fn consistency(old: u64, new: u64) -> Vec<Part> {
    let mut parts = Vec::new();
    if old == 0 || old >= new {
        return parts;
    }
    let (mut from, mut to) = (0, new);
    let mut is_known = true;
    while old != to {
        let middle = from + split(to - from);
        if old <= middle {
            parts.push(Part { from: middle, to });
            to = middle;
        } else {
            parts.push(Part { from, to: middle });
            from = middle;
            is_known = false;
        }
    }
    if !is_known {
        parts.push(Part { from, to });
    }
    parts.reverse();
    parts
}

/// The root of a log of this size with this entry at this place, by the hashes of a proof; `None` where
/// they are too few or too many.
pub fn root_with(entry: &[u8], index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut root = leaf_hash(entry);
    for hash in proof {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            root = node_hash(hash, &root);
            while at % 2 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(&root, hash);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

/// Whether the hashes of a proof show that the log with the old root is the beginning of the one with
/// the new root.
pub fn is_beginning(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 || old_size > new_size {
        return false;
    }
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    while at % 2 == 1 {
        at >>= 1;
        last >>= 1;
    }
    // A whole tree is its own first hash.
    let mut hashes = proof.iter();
    let first = if old_size.is_power_of_two() {
        Some(old_root)
    } else {
        hashes.next()
    };
    let Some(first) = first else { return false };
    let (mut from_old, mut from_new) = (*first, *first);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            from_old = node_hash(hash, &from_old);
            from_new = node_hash(hash, &from_new);
            while at % 2 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            from_new = node_hash(&from_new, hash);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && from_old == *old_root && from_new == *new_root
}

/// A proof as text: what it is about, its hashes, and the signed head that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// What it shows.
    pub about: About,
    /// The hashes.
    pub hashes: Vec<Hash>,
    /// The signed head.
    pub head: String,
}

/// What a proof shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// That an entry stands at this place.
    Entry(u64),
    /// That the log of this size is the beginning.
    Beginning(u64),
}

impl Proof {
    /// The text.
    pub fn text(&self) -> String {
        let mut lines = match self.about {
            About::Entry(index) => vec![INCLUSION.to_owned(), format!("index {index}")],
            About::Beginning(size) => vec![format!("old {size}")],
        };
        lines.extend(self.hashes.iter().map(|hash| BASE64.encode(hash)));
        format!("{}\n\n{}", lines.join("\n"), self.head)
    }

    /// Reads the text; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (body, head) = text.split_once("\n\n")?;
        let mut lines = body.lines();
        let about = match lines.next()? {
            INCLUSION => About::Entry(lines.next()?.strip_prefix("index ")?.parse().ok()?),
            first => About::Beginning(first.strip_prefix("old ")?.parse().ok()?),
        };
        let hash = |line: &str| BASE64.decode(line).ok()?.try_into().ok();
        let hashes: Option<Vec<Hash>> = lines.map(hash).collect();
        Some(Self {
            about,
            hashes: hashes.filter(|hashes| hashes.len() <= MOST)?,
            head: head.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::{Tree, root_of};
    use proptest::prelude::*;

    fn entry(number: u64) -> Vec<u8> {
        number.to_be_bytes().to_vec()
    }

    fn leaves(size: u64) -> Vec<Hash> {
        (0..size).map(|number| leaf_hash(&entry(number))).collect()
    }

    fn root(of: &[Hash]) -> Hash {
        root_of(of)
    }

    /// The hashes of a proof, made from all leaves.
    fn hashes(parts: &[Part], leaves: &[Hash]) -> Vec<Hash> {
        let whole = |part: &Part| {
            let slice = |node: Node| {
                let first = usize::try_from(node.index << node.height).unwrap();
                root(&leaves[first..first + (1 << node.height)])
            };
            join(&part.nodes().into_iter().map(slice).collect::<Vec<_>>()).unwrap()
        };
        parts.iter().map(whole).collect()
    }

    #[test]
    fn every_entry_of_every_small_log_is_proven_and_no_other() {
        for size in 1..70 {
            let leaves = leaves(size);
            for index in 0..size {
                let proof = hashes(&inclusion(index, size), &leaves);
                let with = |number| root_with(&entry(number), index, size, &proof);
                assert_eq!(with(index), Some(root(&leaves)), "{index} of {size}");
                assert_ne!(with(index + 1), Some(root(&leaves)));
                assert_eq!(root_with(&entry(index), size, size, &proof), None);
            }
        }
    }

    #[test]
    fn every_smaller_log_is_proven_to_be_the_beginning_and_a_changed_one_is_not() {
        for new in 1..70 {
            let leaves = leaves(new);
            let new_root = root(&leaves);
            for old in 1..=new {
                let proof = hashes(&consistency(old, new), &leaves);
                let mut before = leaves[..usize::try_from(old).unwrap()].to_vec();
                let is = |old_root: &Hash| is_beginning((old, old_root), (new, &new_root), &proof);
                assert!(is(&root(&before)), "{old} of {new}");
                before[0] = leaf_hash(b"changed");
                assert!(!is(&root(&before)), "{old} of {new}, changed");
            }
        }
    }

    #[test]
    fn a_node_lies_where_the_tiles_have_it() {
        let size = 70_000;
        let hashes = leaves(size);
        let tile_hashes = |tile: Tile| -> Vec<Hash> {
            let span = 256_usize.pow(tile.level);
            let first = usize::try_from(tile.index * TILE).unwrap() * span;
            let width = usize::try_from(tile.width).unwrap();
            (0..width)
                .map(|at| root(&hashes[first + at * span..first + (at + 1) * span]))
                .collect()
        };
        for part in inclusion(300, size)
            .into_iter()
            .chain(consistency(66_000, size))
        {
            for node in part.nodes() {
                let (tile, within) = node.tile(size);
                let first = usize::try_from(node.index << node.height).unwrap();
                let expected = root(&hashes[first..first + (1 << node.height)]);
                assert_eq!(root(&tile_hashes(tile)[within]), expected, "{node:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_proof_is_read_back_as_it_was_written(
            number in any::<u64>(), is_entry: bool, hashes in proptest::collection::vec(any::<Hash>(), 0..20),
        ) {
            let about = if is_entry { About::Entry(number) } else { About::Beginning(number) };
            let head = "origin\n8\nroot\n\n\u{2014} origin c2lnbmVk\n".to_owned();
            let proof = Proof { about, hashes, head };
            prop_assert_eq!(Proof::parse(&proof.text()), Some(proof));
        }

        #[test]
        fn no_text_is_a_proof_by_chance(text in "\\PC{0,200}") {
            prop_assert!(Proof::parse(&text).is_none());
        }

        #[test]
        fn a_tree_agrees_with_its_parts(size in 1_u64..500) {
            let mut tree = Tree::default();
            for leaf in leaves(size) { tree.push(leaf); }
            let whole = hashes(&[Part { from: 0, to: size }], &leaves(size));
            prop_assert_eq!(whole, vec![tree.root()]);
        }
    }
}
