//! The devices, and their behaviour: a third is live throughout, a third connects only at the end, a third on and off.

use super::data::Data;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::HashMap;
use types::CustomerId;

/// The behaviour of a device during posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Live throughout.
    Live,
    /// Connects only at the end.
    AtTheEnd,
    /// Connects and drops at random, by its own seed.
    OnAndOff {
        /// The seed of its disconnections.
        seed: u64,
    },
}

/// A device to enrol.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) customer: CustomerId,
    pub(crate) behaviour: Behaviour,
    /// The number of booked entries that it must have at the end.
    pub(crate) entries: usize,
}

/// A device for every customer, two for every tenth, in the order of the file.
pub(crate) fn devices(data: &Data, seed: u64) -> Vec<Plan> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut expected: HashMap<&CustomerId, usize> = HashMap::new();
    for holder in &data.holders {
        let transactions = data.transactions.get(&holder.account).map_or(0, Vec::len);
        *expected.entry(&holder.customer).or_default() += transactions;
    }
    let mut plans = Vec::new();
    for (index, customer) in data.customers.iter().enumerate() {
        let copies = if index % 10 == 0 { 2 } else { 1 };
        for _ in 0..copies {
            let behaviour = match plans.len() % 3 {
                0 => Behaviour::Live,
                1 => Behaviour::AtTheEnd,
                _ => Behaviour::OnAndOff {
                    seed: random.random(),
                },
            };
            plans.push(Plan {
                customer: customer.clone(),
                behaviour,
                entries: expected.get(customer).copied().unwrap_or_default(),
            });
        }
    }
    plans
}
