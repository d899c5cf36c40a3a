//! The histories that run as tests.

use super::beginnings::Beginnings;
use super::history::History;
use super::plan::Plan;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::available_parallelism;
use std::time::Instant;

/// Default number of histories.
const HISTORIES: u64 = 1_000;

/// Default seed of the first history.
const SEED: u64 = 1;

fn set(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().expect("a number"))
}

/// The failure of a seed's history, with its steps.
fn wrong(seed: u64, plan: &Plan, beginnings: &Beginnings) -> Option<String> {
    let happened = catch_unwind(AssertUnwindSafe(|| History::happen(seed, plan, beginnings)));
    match happened {
        Ok(Ok(())) => None,
        Ok(Err(wrong)) => Some(wrong),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Some(format!("panicked: {}", said.unwrap_or_default()))
        }
    }
}

/// Removes steps as long as the rest still fails.
fn smallest(seed: u64, mut plan: Plan, beginnings: &Beginnings) -> Plan {
    let mut from = 0;
    while from < plan.steps.len() {
        let mut less = plan.clone();
        less.steps.remove(from);
        if (0..3).any(|_| wrong(seed, &less, beginnings).is_some()) {
            plan = less;
        } else {
            from += 1;
        }
    }
    plan
}

fn told(seed: u64, plan: &Plan, wrong: &str) -> String {
    let steps: Vec<_> = plan
        .steps
        .iter()
        .enumerate()
        .map(|(number, step)| format!("  {number}: {step:?}"))
        .collect();
    let (steps, restart) = (steps.join("\n"), plan.restart_contradicted);
    format!("PASSBOOK_SEED={seed} (restart_contradicted {restart}): {wrong}\n{steps}")
}

#[test]
fn a_device_that_says_complete_shows_what_the_ledger_has() {
    let histories = set("PASSBOOK_HISTORIES").unwrap_or(HISTORIES);
    let first = set("PASSBOOK_SEED").unwrap_or(SEED);
    let beginnings = Beginnings::new();
    let begun = Instant::now();
    let next = AtomicU64::new(first);
    let failed = AtomicBool::new(false);
    let threads = available_parallelism().map_or(1, usize::from) * 2;
    std::thread::scope(|scope| {
        let run = || {
            while !failed.load(Ordering::SeqCst) {
                let seed = next.fetch_add(1, Ordering::SeqCst);
                if seed >= first + histories {
                    return;
                }
                let plan = Plan::of(seed);
                let Some(wrong_here) = wrong(seed, &plan, &beginnings) else {
                    continue;
                };
                failed.store(true, Ordering::SeqCst);
                eprintln!("{}", told(seed, &plan, &wrong_here));
                let small = smallest(seed, plan, &beginnings);
                let again = wrong(seed, &small, &beginnings).unwrap_or(wrong_here);
                panic!("the smallest: {}", told(seed, &small, &again));
            }
        };
        for _ in 0..threads {
            scope.spawn(run);
        }
    });
    println!(
        "{histories} histories from seed {first} in {:?}",
        begun.elapsed()
    );
}
