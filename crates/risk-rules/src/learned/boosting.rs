//! Training: gradient boosting with the logistic loss, on histograms (T. Chen and C. Guestrin, XGBoost, KDD 2016).

use super::forest::{Forest, Tree};
use super::{FEATURES, NAMES, Row};

/// Maximum bins of a feature.
const BINS: usize = 256;

/// A row, and whether it was a fraud.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Labelled {
    /// The features.
    pub row: Row,
    /// Whether people found it to be a fraud.
    pub is_fraud: bool,
}

/// How trees are grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Training {
    /// The number of trees.
    pub trees: usize,
    /// The maximum depth of a tree.
    pub depth: usize,
    /// How much of each tree is added.
    pub rate: f64,
    /// The penalty on the squares of the leaves' values.
    pub penalty: f64,
    /// The least sum of second derivatives in a leaf.
    pub weight_min: f64,
}

impl Default for Training {
    /// The best of the Handbook's grid on its validation weeks, by average precision.
    fn default() -> Self {
        Self {
            trees: 50,
            depth: 9,
            rate: 0.1,
            penalty: 1.0,
            weight_min: 1.0,
        }
    }
}

/// Sums of the first and second derivatives of the loss.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    gradient: f64,
    hessian: f64,
}

impl Sums {
    fn add(&mut self, gradient: f64, hessian: f64) {
        self.gradient += gradient;
        self.hessian += hessian;
    }

    fn without(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
        }
    }

    fn quality(self, penalty: f64) -> f64 {
        self.gradient * self.gradient / (self.hessian + penalty)
    }
}

/// The rows as bins.
struct Binned {
    /// The bin of each row's feature, feature by feature.
    bins: Vec<Vec<u8>>,
    /// The least value of each bin but the first, feature by feature.
    borders: Vec<Vec<f32>>,
}

/// Trains a forest. The same rows give the same forest.
#[must_use]
pub fn train(rows: &[Labelled], training: &Training) -> Forest {
    let binned = Binned::of(rows);
    let frauds = rows.iter().filter(|row| row.is_fraud).count();
    let share = (count(frauds) + 0.5) / (count(rows.len()) + 1.0);
    let base = (share / (1.0 - share)).ln();
    let mut log_odds = vec![base; rows.len()];
    let mut trees = Vec::new();
    for _ in 0..training.trees {
        let derivatives: Vec<(f64, f64)> = rows
            .iter()
            .zip(&log_odds)
            .map(|(row, log_odds)| {
                let probability = 1.0 / (1.0 + (-log_odds).exp());
                let label = f64::from(u8::from(row.is_fraud));
                (probability - label, probability * (1.0 - probability))
            })
            .collect();
        let tree = Growing::grow(&binned, &derivatives, training);
        for (log_odds, row) in log_odds.iter_mut().zip(rows) {
            *log_odds += f64::from(tree.value(&row.row));
        }
        trees.push(tree);
    }
    Forest {
        names: NAMES.map(str::to_owned).to_vec(),
        base: narrow(base),
        trees,
    }
}

impl Binned {
    fn of(rows: &[Labelled]) -> Self {
        let mut bins = Vec::new();
        let mut borders = Vec::new();
        for feature in 0..FEATURES {
            let value = |row: &Labelled| row.row.get(feature).copied().unwrap_or_default();
            let mut sorted: Vec<f32> = rows.iter().map(value).collect();
            sorted.sort_by(f32::total_cmp);
            let borders_of = borders_of(&sorted);
            let bin = |row: &Labelled| {
                let bin = borders_of.partition_point(|border| *border <= value(row));
                u8::try_from(bin).unwrap_or(u8::MAX)
            };
            bins.push(rows.iter().map(bin).collect());
            borders.push(borders_of);
        }
        Self { bins, borders }
    }

    fn bin(&self, feature: usize, row: usize) -> usize {
        let bins = self.bins.get(feature);
        let bin = bins.and_then(|bins| bins.get(row));
        usize::from(bin.copied().unwrap_or_default())
    }
}

/// Borders that part sorted values into bins of about the same size.
fn borders_of(sorted: &[f32]) -> Vec<f32> {
    let mut distinct = sorted.to_vec();
    distinct.dedup();
    if distinct.len() <= BINS {
        return distinct.split_off(1.min(distinct.len()));
    }
    let quantile = |bin: usize| sorted.get(bin * sorted.len() / BINS).copied();
    let mut borders: Vec<f32> = (1..BINS).filter_map(quantile).collect();
    borders.dedup();
    // A border at the least value would leave the first bin empty.
    borders.retain(|border| sorted.first() != Some(border));
    borders
}

/// A tree that grows level by level.
struct Growing<'a> {
    binned: &'a Binned,
    derivatives: &'a [(f64, f64)],
    training: &'a Training,
    tree: Tree,
}

/// The best split of a node.
struct Split {
    gain: f64,
    feature: usize,
    /// Rows in lower bins go left.
    bin: usize,
}

impl<'a> Growing<'a> {
    fn grow(binned: &'a Binned, derivatives: &'a [(f64, f64)], training: &'a Training) -> Tree {
        let mut growing = Self {
            binned,
            derivatives,
            training,
            tree: Tree::default(),
        };
        growing.leaf();
        let mut level = vec![(0, (0..derivatives.len()).collect::<Vec<_>>())];
        for depth in 0..=training.depth {
            let mut next = Vec::new();
            for (node, rows) in level {
                let sums = growing.sums(&rows);
                let split = match depth < training.depth {
                    true => growing.best_split(&rows, sums),
                    false => None,
                };
                match split {
                    Some(split) => next.extend(growing.split(node, &rows, &split)),
                    None => growing.settle(node, sums),
                }
            }
            level = next;
        }
        growing.tree
    }

    /// Adds a leaf and returns its place.
    fn leaf(&mut self) -> usize {
        let tree = &mut self.tree;
        tree.feature.push(0);
        tree.threshold.push(0.0);
        tree.left.push(0);
        tree.value.push(0.0);
        tree.left.len() - 1
    }

    fn sums(&self, rows: &[usize]) -> Sums {
        let mut sums = Sums::default();
        for (gradient, hessian) in rows.iter().filter_map(|&row| self.derivatives.get(row)) {
            sums.add(*gradient, *hessian);
        }
        sums
    }

    fn settle(&mut self, node: usize, sums: Sums) {
        let value = -sums.gradient / (sums.hessian + self.training.penalty);
        if let Some(leaf) = self.tree.value.get_mut(node) {
            *leaf = narrow(value * self.training.rate);
        }
    }

    fn best_split(&self, rows: &[usize], sums: Sums) -> Option<Split> {
        let Training {
            penalty,
            weight_min,
            ..
        } = *self.training;
        let mut best: Option<Split> = None;
        for feature in 0..FEATURES {
            let mut histogram = [Sums::default(); BINS];
            for &row in rows {
                let (gradient, hessian) = self.derivatives.get(row).copied().unwrap_or_default();
                if let Some(sums) = histogram.get_mut(self.binned.bin(feature, row)) {
                    sums.add(gradient, hessian);
                }
            }
            let mut left = Sums::default();
            for (bin, of_bin) in (1..).zip(histogram) {
                left.add(of_bin.gradient, of_bin.hessian);
                let right = sums.without(left);
                if left.hessian < weight_min || right.hessian < weight_min {
                    continue;
                }
                let gain = left.quality(penalty) + right.quality(penalty) - sums.quality(penalty);
                if gain > best.as_ref().map_or(1e-6, |best| best.gain) {
                    best = Some(Split { gain, feature, bin });
                }
            }
        }
        best
    }

    /// Splits a node, and returns its children with their rows.
    fn split(&mut self, node: usize, rows: &[usize], split: &Split) -> [(usize, Vec<usize>); 2] {
        let goes_left = |row: &usize| self.binned.bin(split.feature, *row) < split.bin;
        let (left, right) = rows.iter().copied().partition(goes_left);
        let borders = self.binned.borders.get(split.feature);
        let threshold = borders.and_then(|borders| borders.get(split.bin - 1));
        let threshold = threshold.copied().unwrap_or(f32::INFINITY);
        let children = [self.leaf(), self.leaf()];
        let [first, _] = children;
        let tree = &mut self.tree;
        let place = tree.feature.get_mut(node).zip(tree.threshold.get_mut(node));
        if let Some(((feature, at), child)) = place.zip(tree.left.get_mut(node)) {
            *feature = u8::try_from(split.feature).unwrap_or(u8::MAX);
            *at = threshold;
            *child = u16::try_from(first).unwrap_or(u16::MAX);
        }
        let [first, second] = children;
        [(first, left), (second, right)]
    }
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}

/// To the nearest of the smaller type.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "rounding to single precision is what is meant, and there is no other way"
)]
const fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: [f32; 2]) -> Row {
        let mut row = Row::default();
        row[..2].copy_from_slice(&values);
        row
    }

    /// Two features of which neither alone tells anything: the trees must combine them.
    #[test]
    fn trees_learn_what_no_single_feature_tells() {
        let rows: Vec<Labelled> = (0_u8..=255)
            .map(|seed| {
                let (a, b) = (seed.wrapping_mul(37), seed.wrapping_mul(101) ^ 0x5a);
                Labelled {
                    row: row([f32::from(a), f32::from(b)]),
                    is_fraud: (a > 127) == (b > 64),
                }
            })
            .collect();
        let training = Training {
            rate: 0.3,
            ..Training::default()
        };
        let forest = train(&rows, &training);
        forest.check().unwrap();
        for labelled in &rows {
            let probability = forest.probability(&labelled.row);
            assert_eq!(
                probability > 0.5,
                labelled.is_fraud,
                "{labelled:?} {probability}"
            );
        }
        assert_eq!(train(&rows, &training), forest);
    }

    #[test]
    fn nothing_to_learn_gives_the_share() {
        let rows = [true, false, false, false].map(|is_fraud| Labelled {
            row: Row::default(),
            is_fraud,
        });
        let forest = train(&rows.repeat(100), &Training::default());
        forest.check().unwrap();
        assert!((forest.probability(&Row::default()) - 0.25).abs() < 0.01);
        assert!(train(&[], &Training::default()).check().is_ok());
    }
}
