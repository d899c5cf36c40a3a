//! The learned score on the Fraud Detection Handbook's simulated data, by its protocol. Skipped, visibly, where the data are absent.

#![allow(
    clippy::unwrap_used,
    clippy::as_conversions,
    reason = "a test that panics has failed"
)]

use risk_rules::learned::Training;
use risk_rules::learned::handbook::{PUBLISHED, Payment, TESTED, VALIDATED, evaluate, means};
use std::path::PathBuf;
use std::process::Command;

fn data() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let named = std::env::var_os("PASSBOOK_DATA");
    named.map_or_else(|| PathBuf::from(beside), PathBuf::from)
}

fn payments() -> Option<Vec<Payment>> {
    let file = data().join("fraud/handbook_transactions.csv.zst");
    if !file.exists() {
        return None;
    }
    let unpacked = Command::new("zstd").arg("-dc").arg(&file).output().unwrap();
    assert!(unpacked.status.success());
    let text = String::from_utf8(unpacked.stdout).unwrap();
    let payment = |line: &str| {
        let fields: Vec<u32> = line
            .split(',')
            .enumerate()
            .filter(|(at, _)| matches!(at, 2..=5 | 7))
            .map(|(_, field)| field.parse().unwrap())
            .collect();
        let &[customer, payee, cents, seconds, fraud] = &*fields else {
            panic!("{line}");
        };
        Payment {
            seconds,
            customer,
            payee,
            amount: (f64::from(cents) / 100.0) as f32,
            is_fraud: fraud == 1,
        }
    };
    Some(text.lines().skip(1).map(payment).collect())
}

/// The same data and the same training give the same figures: average precision, area under ROC, card precision at 100.
const MEASURED: [f64; 3] = [0.638, 0.867, 0.299];

#[test]
fn the_learned_score_is_what_was_measured() {
    let Some(payments) = payments() else {
        eprintln!("SKIPPED: no data in {}", data().display());
        return;
    };
    assert_eq!(payments.len(), 1_754_155);
    let weeks = evaluate(&payments, &TESTED, &Training::default());
    for week in &weeks {
        println!("{week:?}");
    }
    let means = means(&weeks);
    println!("means {means:?}, published {PUBLISHED:?}");
    for (mean, measured) in means.into_iter().zip(MEASURED) {
        assert!((mean - measured).abs() < 0.002, "{mean}, not {measured}");
    }
}

/// The Handbook's grid of parameters on its validation weeks. The best one is the default.
#[test]
#[ignore = "takes minutes; shows how the parameters were chosen"]
fn the_grid_on_the_validation_weeks() {
    let payments = payments().unwrap();
    for depth in [3, 6, 9] {
        for trees in [25, 50, 100] {
            for rate in [0.1, 0.3] {
                let training = Training {
                    trees,
                    depth,
                    rate,
                    ..Training::default()
                };
                let means = means(&evaluate(&payments, &VALIDATED, &training));
                println!("depth {depth}, {trees} trees, rate {rate}: {means:?}");
            }
        }
    }
}
