//! One append-only log over the chains of all enterprises: a Merkle tree as in RFC 6962, kept in the
//! tiles of C2SP tlog-tiles, with a head that is signed as a C2SP checkpoint. Whoever keeps a
//! checkpoint can see later that nothing before it was changed.

pub mod proof;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use crate::commitment::Hash;

/// Hashes in a whole tile.
pub const TILE: u64 = 256;

/// The hash of an entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(entry);
    hasher.finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// A tree that grows at its right end and remembers no more than its root needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// The roots of its whole subtrees, the largest first.
    whole: Vec<Hash>,
}

impl Tree {
    /// Appends the hash of a leaf.
    pub fn push(&mut self, mut hash: Hash) {
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.whole.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.whole.push(hash);
        self.size += 1;
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its root.
    pub fn root(&self) -> Hash {
        let mut from_right = self.whole.iter().rev();
        match from_right.next() {
            None => Sha256::digest([]).into(),
            Some(last) => from_right.fold(*last, |root, left| node_hash(left, &root)),
        }
    }
}

/// The root of the tree over some hashes: of 256 in a tile it is one hash of the tile above.
pub fn root_of(hashes: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    for hash in hashes {
        tree.push(*hash);
    }
    tree.root()
}

/// The root of a tree by the unfinished tiles at its right edge, from the leaves up; a level whose
/// last tile is whole is empty.
pub fn root_of_edge(levels: &[Vec<Hash>]) -> Hash {
    let mut right = None;
    for level in levels {
        let hashes: Vec<Hash> = level.iter().copied().chain(right).collect();
        right = (!hashes.is_empty()).then(|| root_of(&hashes));
    }
    right.unwrap_or_else(|| root_of(&[]))
}

/// A part of one level of the tree: up to 256 hashes beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// 0 for the hashes of leaves; above, each hash stands for a whole tile below.
    pub level: u32,
    /// Which, from the left.
    pub index: u64,
    /// How many hashes.
    pub width: u64,
}

impl Tile {
    /// Where it lies, below the folder of the log.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, self.place())
    }

    /// Where the entries of a tile of level 0 lie.
    pub fn entries_path(&self) -> String {
        format!("tile/entries/{}", self.place())
    }

    /// The index in groups of three digits, and the width where the tile is not whole.
    fn place(&self) -> String {
        let mut place = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            place = format!("x{:03}/{place}", rest % 1000);
            rest /= 1000;
        }
        match self.width {
            TILE => place,
            width => format!("{place}.p/{width}"),
        }
    }
}

/// The tiles that a tree of this size has and a smaller one had not, those of lower levels first.
pub fn new_tiles(old: u64, size: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    let (mut level, mut before, mut now) = (0, old, size);
    while now > 0 {
        if now > before {
            tiles.extend((before / TILE..now.div_ceil(TILE)).map(|index| Tile {
                level,
                index,
                width: TILE.min(now - index * TILE),
            }));
        }
        (level, before, now) = (level + 1, before / TILE, now / TILE);
    }
    tiles
}

/// The entries of a tile as a bundle: each with its length before it.
pub fn bundle(entries: &[Hash]) -> Vec<u8> {
    let with_length = |entry: &Hash| [32_u16.to_be_bytes().as_slice(), entry].concat();
    entries.iter().flat_map(with_length).collect()
}

/// What a signed head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log it is.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

const ED25519: u8 = 1;

/// What stands before a signature so that its key is found.
fn key_hash(origin: &str, public: &[u8; 32]) -> [u8; 4] {
    let name = [origin.as_bytes(), b"\n", &[ED25519], public].concat();
    let hash: Hash = Sha256::digest(name).into();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A log's key as it is handed to those who check it.
pub fn verifier_key(origin: &str, public: &[u8; 32]) -> String {
    let id = crate::commitment::hex(&key_hash(origin, public));
    let key = BASE64.encode([[ED25519].as_slice(), public].concat());
    format!("{origin}+{id}+{key}")
}

/// Reads a log's key: whose log it is, and the key itself.
pub fn read_verifier_key(key: &str) -> Option<(String, [u8; 32])> {
    let mut parts = key.trim().splitn(3, '+');
    let (origin, id, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = BASE64.decode(encoded).ok()?;
    let public: [u8; 32] = bytes.strip_prefix(&[ED25519])?.try_into().ok()?;
    let is_whole = crate::commitment::hex(&key_hash(origin, &public)) == id;
    is_whole.then(|| (origin.to_owned(), public))
}

impl Checkpoint {
    /// What is signed.
    pub fn text(&self) -> String {
        let root = BASE64.encode(self.root);
        format!("{}\n{}\n{root}\n", self.origin, self.size)
    }

    /// The signed note.
    pub fn note(&self, public: &[u8; 32], signature: &[u8; 64]) -> String {
        let id = key_hash(&self.origin, public);
        let signature = BASE64.encode([id.as_slice(), signature].concat());
        format!("{}\n\u{2014} {} {signature}\n", self.text(), self.origin)
    }

    /// Reads a signed note, with the signature that this key made. Witnesses may have signed below.
    pub fn parse(note: &str, public: &[u8; 32]) -> Option<(Self, [u8; 64])> {
        let (text, signatures) = note.split_once("\n\n")?;
        let mut lines = text.lines();
        let checkpoint = Self {
            origin: lines.next()?.to_owned(),
            size: lines.next()?.parse().ok()?,
            root: BASE64.decode(lines.next()?).ok()?.try_into().ok()?,
        };
        let id = key_hash(&checkpoint.origin, public);
        let own = format!("\u{2014} {} ", checkpoint.origin);
        let signature = signatures.lines().find_map(|line| {
            let signed = BASE64.decode(line.strip_prefix(&own)?).ok()?;
            signed.strip_prefix(&id)?.try_into().ok()
        })?;
        Some((checkpoint, signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commitment::{digest, hex};
    use proptest::prelude::*;

    /// The leaves and roots that implementations of RFC 6962 are compared with.
    #[test]
    fn the_roots_are_those_of_rfc_6962() {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&tree.root()), empty);
        for (leaf, root) in leaves.iter().zip(roots) {
            tree.push(leaf_hash(leaf));
            assert_eq!(hex(&tree.root()), root, "of {} leaves", tree.size());
        }
    }

    #[test]
    fn tiles_lie_where_the_specification_says() {
        let path = |level, index, width| {
            Tile {
                level,
                index,
                width,
            }
            .path()
        };
        assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(1, 0, 1), "tile/1/000.p/1");
        // The example of the specification: a tree of 70,000 leaves.
        let tiles: Vec<String> = new_tiles(0, 70_000).iter().map(Tile::path).collect();
        assert_eq!(tiles.len(), 274 + 2 + 1);
        for there in [
            "tile/0/272",
            "tile/0/273.p/112",
            "tile/1/000",
            "tile/1/001.p/17",
            "tile/2/000.p/1",
        ] {
            assert!(tiles.iter().any(|it| it == there), "{there}");
        }
        let entries = new_tiles(69_999, 70_000);
        assert_eq!(entries[0].entries_path(), "tile/entries/273.p/112");
        assert_eq!(entries.len(), 1, "the tiles above stay as they are");
    }

    #[test]
    fn a_note_is_read_back_by_its_own_key_alone() {
        let (public, other) = ([7; 32], [8; 32]);
        let checkpoint = Checkpoint {
            origin: "hezuo/abc".to_owned(),
            size: 12,
            root: digest(b"root"),
        };
        let note = checkpoint.note(&public, &[9; 64]);
        assert!(note.starts_with("hezuo/abc\n12\n") && note.contains("\n\n\u{2014} hezuo/abc "));
        assert_eq!(
            Checkpoint::parse(&note, &public),
            Some((checkpoint, [9; 64]))
        );
        assert_eq!(Checkpoint::parse(&note, &other), None);
        assert!(verifier_key("hezuo/abc", &public).starts_with("hezuo/abc+"));
    }

    /// Cut at the largest power of two, as the RFC has it.
    fn naive(hashes: &[Hash]) -> Hash {
        match hashes {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            _ => {
                let left = hashes.len().next_power_of_two() / 2;
                node_hash(&naive(&hashes[..left]), &naive(&hashes[left..]))
            }
        }
    }

    proptest! {
        #[test]
        fn a_tree_that_grew_is_the_tree_of_the_rfc(size in 0..900_u16) {
            let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            prop_assert_eq!(root_of(&leaves), naive(&leaves));
        }

        #[test]
        fn the_edge_of_the_tiles_has_the_root(size in 0..1_500_u64) {
            let mut level: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let root = root_of(&level);
            let mut edge = Vec::new();
            while !level.is_empty() {
                let whole = level.chunks_exact(256);
                edge.push(whole.remainder().to_vec());
                level = whole.map(root_of).collect();
            }
            prop_assert_eq!(root_of_edge(&edge), root);
        }

        #[test]
        fn growing_in_steps_makes_the_tiles_of_growing_at_once(a in 0..1_500_u64, b in 0..1_500_u64) {
            let (old, size) = (a.min(b), a.max(b));
            let mut steps = new_tiles(0, old);
            steps.extend(new_tiles(old, size));
            // Every tile that the whole tree needs is there; unfinished ones of before may stay.
            prop_assert!(new_tiles(0, size).iter().all(|it| steps.contains(it)));
        }
    }
}
