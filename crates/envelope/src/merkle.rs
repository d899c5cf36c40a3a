//! Merkle trees (RFC 9162, 2.1) over SHA-256. The data of a leaf is a hash.

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use types::Hash;

/// Why an inclusion proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The tree has no leaf with this index.
    #[error("the tree has no such leaf")]
    NoSuchLeaf,
    /// The proof does not lead from the leaf to the root.
    #[error("the proof does not lead to the root")]
    Invalid,
}

impl ProofError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NoSuchLeaf => "no_such_leaf",
            Self::Invalid => "proof_invalid",
        }
    }
}

fn leaf_hash(data: &Hash) -> Hash {
    let mut sha = Sha256::new_with_prefix([0]);
    sha.update(data.as_bytes());
    Hash::new(sha.finalize().into())
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut sha = Sha256::new_with_prefix([1]);
    sha.update(left.as_bytes());
    sha.update(right.as_bytes());
    Hash::new(sha.finalize().into())
}

/// The root of a tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// A tree with all its nodes, for making the proofs of many leaves.
#[derive(Debug, Clone)]
pub struct MerkleTree {
    /// The levels, from the hashes of the leaves up to the root. If a level has an odd number of nodes, its last node
    /// is also the last node of the level above.
    levels: Vec<Vec<Hash>>,
}

impl MerkleTree {
    /// Makes the tree of `leaves`, in their order.
    #[must_use]
    pub fn new<'l>(leaves: impl IntoIterator<Item = &'l Hash>) -> Self {
        let mut level: Vec<Hash> = leaves.into_iter().map(leaf_hash).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level
                .chunks(2)
                .map(|nodes| match nodes {
                    [left, right] => node_hash(left, right),
                    [alone, ..] => *alone,
                    [] => empty_root(),
                })
                .collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self { levels }
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        let root = self.levels.last().and_then(|level| level.first());
        root.copied().unwrap_or_else(empty_root)
    }

    /// The inclusion proof of leaf `index`, counted from 0: the hashes beside its path, the leaf's sibling first.
    /// `None` if the tree has no such leaf.
    #[must_use]
    pub fn proof(&self, index: usize) -> Option<Vec<Hash>> {
        let leaves = self.levels.first()?;
        leaves.get(index)?;
        let levels = self.levels.iter().enumerate();
        let beside = levels.filter_map(|(height, level)| level.get((index >> height) ^ 1));
        Some(beside.copied().collect())
    }
}

/// Verifies that `leaf` has number `index`, counted from 0, among the `size` leaves under `root` (RFC 9162, 2.1.3.2).
pub fn verify_inclusion(
    leaf: &Hash,
    (index, size): (u64, u64),
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::NoSuchLeaf);
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = leaf_hash(leaf);
    for beside in proof {
        if last == 0 {
            return Err(ProofError::Invalid);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(beside, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, beside);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    match last == 0 && hash == *root {
        true => Ok(()),
        false => Err(ProofError::Invalid),
    }
}
