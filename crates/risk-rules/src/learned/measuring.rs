//! How good a score is: the measures of the Fraud Detection Handbook, chapter 4.

use std::collections::{BTreeMap, BTreeSet};

/// A payment of a day: the customer (the card), the score, and whether it was a fraud.
pub type CardDay = (u32, f32, bool);

/// The average precision: the mean of the precision at each fraud, by falling score. Equal scores count together.
#[must_use]
pub fn average_precision(scored: &[(f32, bool)]) -> f64 {
    let frauds = count(scored.iter().filter(|(_, is_fraud)| *is_fraud).count());
    let (mut seen, mut found, mut sum) = (0.0, 0.0, 0.0);
    for (same, frauds_of_same) in by_falling_score(scored) {
        seen += same;
        found += frauds_of_same;
        sum += frauds_of_same / frauds * (found / seen);
    }
    sum
}

/// The area under the receiver operating characteristic: how likely a fraud scores above what is none. Equal scores count
/// half.
#[must_use]
pub fn area_under_roc(scored: &[(f32, bool)]) -> f64 {
    let frauds = count(scored.iter().filter(|(_, is_fraud)| *is_fraud).count());
    let others = count(scored.len()) - frauds;
    let (mut found, mut area) = (0.0, 0.0);
    for (same, frauds_of_same) in by_falling_score(scored) {
        area += (same - frauds_of_same) * (found + frauds_of_same / 2.0);
        found += frauds_of_same;
    }
    area / (frauds * others)
}

/// How many payments have each score, and how many of these are frauds, the highest score first.
fn by_falling_score(scored: &[(f32, bool)]) -> Vec<(f64, f64)> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let same = sorted.chunk_by(|(one, _), (other, _)| one.total_cmp(other).is_eq());
    let counts = same.map(|same| {
        let frauds = same.iter().filter(|(_, is_fraud)| *is_fraud).count();
        (count(same.len()), count(frauds))
    });
    counts.collect()
}

/// The card precision at `top`: on each day, the share of cards with a fraud among the `top` cards with the highest scores.
/// A card whose fraud was found leaves the days after. The mean of the days.
#[must_use]
pub fn card_precision(days: &[Vec<CardDay>], top: usize) -> f64 {
    let mut found = BTreeSet::new();
    let mut sum = 0.0;
    for day in days {
        let mut cards: BTreeMap<u32, (f32, bool)> = BTreeMap::new();
        for &(card, score, is_fraud) in day.iter().filter(|(card, ..)| !found.contains(card)) {
            let (highest, has_fraud) = cards.entry(card).or_insert((score, is_fraud));
            *highest = highest.max(score);
            *has_fraud |= is_fraud;
        }
        let mut ranked: Vec<_> = cards.into_iter().collect();
        ranked.sort_by(|(_, (one, _)), (_, (other, _))| other.total_cmp(one));
        ranked.truncate(top);
        let frauds = ranked.iter().filter(|(_, (_, has_fraud))| *has_fraud);
        let frauds: Vec<_> = frauds.map(|(card, _)| *card).collect();
        sum += count(frauds.len()) / count(top);
        found.extend(frauds);
    }
    sum / count(days.len())
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(measured: f64, wanted: f64) {
        assert!((measured - wanted).abs() < 1e-9, "{measured} for {wanted}");
    }

    /// The values are those of scikit-learn's `average_precision_score` and `roc_auc_score`, by hand.
    #[test]
    fn measures_are_those_of_their_definitions() {
        let scored = [(0.9, true), (0.8, false), (0.7, true), (0.1, false)];
        is(average_precision(&scored), (1.0 + 2.0 / 3.0) / 2.0);
        is(area_under_roc(&scored), 0.75);
        let tied = [(0.5, true), (0.5, false), (0.5, false), (0.5, false)];
        is(average_precision(&tied), 0.25);
        is(area_under_roc(&tied), 0.5);
    }

    #[test]
    fn a_card_counts_once_and_leaves_when_it_was_found() {
        let first = vec![
            (1, 0.9, true),
            (1, 0.2, false),
            (2, 0.8, false),
            (3, 0.7, true),
        ];
        is(card_precision(std::slice::from_ref(&first), 2), 0.5);
        // Card 1 is gone on the second day, so cards 2 and 3 are the top two.
        is(card_precision(&[first.clone(), first], 2), 0.5);
    }
}
