//! How long a decision takes at a steady rate, with a million customers' history. Every decision is durable when it is answered.

use crate::world::{World, device};
use risk::Asked;
use risk_rules::Action;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use types::DeviceId;

const DAY: u64 = 86_400_000;
const PAYEES: u64 = 100_000;

/// Customers at once while the history is made.
const AT_ONCE: usize = 256;

fn number(name: &str, default: u64) -> u64 {
    let set = std::env::var(name);
    set.map_or(default, |set| set.parse().unwrap())
}

/// A number that follows another without a pattern (splitmix64).
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn order(world: &World, customer: u64, id: String) -> Asked {
    let mut order = world.transfer(&format!("{}", 10_000_000 + customer));
    let mut random = [0; 10];
    random[..8].copy_from_slice(&customer.to_be_bytes());
    order.id = id;
    order.device = risk::Device {
        id: DeviceId::at(device(0).enrolled, random),
        ..device(0)
    };
    let payee = mixed(customer ^ order.received.ms()) % PAYEES;
    order.payee = Some(("account".to_owned(), format!("payee {payee}")));
    order
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, and takes minutes: run it alone and optimised"]
async fn decisions_at_a_steady_rate() {
    let world = World::on_sqlite().await;
    let customers = number("CUSTOMERS", 1_000_000);
    let (rate, seconds) = (number("RATE", 1_000), number("SECONDS", 30));
    let began = Instant::now();
    let mut judging = JoinSet::new();
    for customer in 0..customers {
        // The history lies in the 29 days before.
        let at = 1_790_000_000_000 - 29 * DAY + customer * (29 * DAY - DAY / 2) / customers;
        world.now.store(at, Ordering::SeqCst);
        let (risk, order) = (
            world.risk.clone(),
            order(&world, customer, format!("history {customer}")),
        );
        judging.spawn(async move { risk.judge(order).await.unwrap().action });
        if judging.len() >= AT_ONCE {
            judging.join_next().await.unwrap().unwrap();
        }
    }
    judging.join_all().await;
    println!("{customers} customers' history in {:?}", began.elapsed());
    world.now.store(1_790_000_000_000, Ordering::SeqCst);

    let mut judging = JoinSet::new();
    let began = tokio::time::Instant::now();
    let step = Duration::from_secs(1) / u32::try_from(rate).unwrap();
    for at in 0..rate * seconds {
        let due = began + step * u32::try_from(at).unwrap();
        tokio::time::sleep_until(due).await;
        let customer = mixed(at) % customers;
        let (risk, order) = (
            world.risk.clone(),
            order(&world, customer, format!("measured {at}")),
        );
        // From when it arrives. A timer that fires late is the test's, not the judge's.
        let asked = Instant::now();
        judging.spawn(async move {
            let action = risk.judge(order).await.unwrap().action;
            (asked.elapsed(), action)
        });
    }
    let judged = judging.join_all().await;
    let took = began.elapsed();
    let let_through = judged
        .iter()
        .filter(|(_, action)| *action == Action::Allow)
        .count();
    let mut times: Vec<Duration> = judged.iter().map(|(took, _)| *took).collect();
    times.sort_unstable();
    let quantile = |per_mille: usize| times[(times.len() - 1) * per_mille / 1_000];
    println!(
        "{} decisions in {took:?}, {let_through} let through: median {:?}, p99 {:?}, p99.9 {:?}, longest {:?}",
        times.len(),
        quantile(500),
        quantile(990),
        quantile(999),
        quantile(1_000)
    );
    assert_eq!(times.len(), usize::try_from(rate * seconds).unwrap());
    let last = format!("measured {}", rate * seconds - 1);
    world.risk.explain(&last).await.unwrap().unwrap();
}
