//! Trees, and what they say of a row.

use super::{FEATURES, Row};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Maximum trees of a forest.
const TREES_MAX: usize = 1_000;

/// Maximum nodes of a tree.
const NODES_MAX: usize = 1_024;

/// A tree as arrays: node `n` asks whether feature `feature[n]` is less than `threshold[n]`, and goes to `left[n]` if so,
/// otherwise to `left[n] + 1`. A leaf has `left` 0 and adds `value[n]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// The feature of each node.
    pub feature: Vec<u8>,
    /// The threshold of each node.
    pub threshold: Vec<f32>,
    /// The left child of each node, 0 for a leaf. Children come after their parent.
    pub left: Vec<u16>,
    /// The log-odds of each leaf.
    pub value: Vec<f32>,
}

/// Gradient-boosted trees. Their sum is the log-odds of a fraud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forest {
    /// The names of the features, in their order.
    pub names: Vec<String>,
    /// The log-odds before the first tree.
    pub base: f32,
    /// The trees.
    pub trees: Vec<Tree>,
}

/// Why a forest cannot be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ForestError {
    /// It was trained on other features.
    #[error("the trees are over other features")]
    Names,
    /// It has too many trees, or a tree too many nodes.
    #[error("there are too many trees or nodes")]
    TooLarge,
    /// A tree's arrays do not make a tree.
    #[error("the nodes are no tree")]
    NoTree,
}

impl Forest {
    /// Checks that every walk through every tree ends at a leaf.
    pub fn check(&self) -> Result<(), ForestError> {
        if self.names != super::NAMES {
            return Err(ForestError::Names);
        }
        if self.trees.len() > TREES_MAX {
            return Err(ForestError::TooLarge);
        }
        self.trees.iter().try_for_each(Tree::check)
    }

    /// The probability that the row is a fraud, 0 to 1. [`check`](Self::check) has passed.
    #[must_use]
    pub fn probability(&self, row: &Row) -> f32 {
        let trees = self.trees.iter().map(|tree| tree.value(row));
        let log_odds = self.base + trees.sum::<f32>();
        1.0 / (1.0 + (-log_odds).exp())
    }
}

impl Tree {
    fn check(&self) -> Result<(), ForestError> {
        let nodes = self.feature.len();
        if nodes > NODES_MAX {
            return Err(ForestError::TooLarge);
        }
        let same = [self.threshold.len(), self.left.len(), self.value.len()];
        if nodes == 0 || same != [nodes; 3] {
            return Err(ForestError::NoTree);
        }
        let is_node = |(node, (&feature, &left)): (usize, (&u8, &u16))| {
            let left = usize::from(left);
            let is_leaf = left == 0;
            is_leaf || (usize::from(feature) < FEATURES && left > node && left + 1 < nodes)
        };
        let mut walked = self.feature.iter().zip(&self.left).enumerate();
        walked.all(is_node).then_some(()).ok_or(ForestError::NoTree)
    }

    /// The value of the leaf that the row comes to.
    pub(super) fn value(&self, row: &Row) -> f32 {
        let mut node = 0;
        loop {
            let left = self.left.get(node).copied().unwrap_or_default();
            if left == 0 {
                return self.value.get(node).copied().unwrap_or_default();
            }
            let feature = self.feature.get(node).copied().unwrap_or_default();
            let feature = row.get(usize::from(feature)).copied().unwrap_or_default();
            let is_less = self.threshold.get(node).is_some_and(|&at| feature < at);
            node = usize::from(left) + usize::from(!is_less);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learned::NAMES;

    fn forest(tree: Tree) -> Forest {
        Forest {
            names: NAMES.map(str::to_owned).to_vec(),
            base: 0.0,
            trees: vec![tree],
        }
    }

    fn stump() -> Tree {
        Tree {
            feature: vec![0, 0, 0],
            threshold: vec![100.0, 0.0, 0.0],
            left: vec![1, 0, 0],
            value: vec![0.0, -2.0, 3.0],
        }
    }

    #[test]
    fn a_row_walks_to_its_leaf() {
        let forest = forest(stump());
        forest.check().unwrap();
        let probability = |amount| {
            let mut row = Row::default();
            row[0] = amount;
            forest.probability(&row)
        };
        assert!((probability(99.9) - 0.119_203).abs() < 1e-5);
        assert!((probability(100.0) - 0.952_574).abs() < 1e-5);
        let json = serde_json::to_string(&forest).unwrap();
        assert_eq!(serde_json::from_str::<Forest>(&json).unwrap(), forest);
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let check = |change: fn(&mut Tree), wanted: ForestError| {
            let mut tree = stump();
            change(&mut tree);
            assert_eq!(forest(tree).check(), Err(wanted));
        };
        check(|to| to.left[0] = 2, ForestError::NoTree);
        check(|to| to.left[1] = 1, ForestError::NoTree);
        check(|to| to.feature[0] = 15, ForestError::NoTree);
        check(|to| to.value.clear(), ForestError::NoTree);
        check(|to| *to = Tree::default(), ForestError::NoTree);
        let mut other = forest(stump());
        other.names.pop();
        assert_eq!(other.check(), Err(ForestError::Names));
    }
}
