//! The initial data directories of histories.

use super::data::Data;
use super::network::PUBLIC_URL;
use super::plan::CUSTOMERS;
use super::servers::Servers;
use super::world::World;
use crate::config::{Config, Log, Notification, Public};
use order::{Fee, Scheme};
use protocol::http::CustomerRow;
use types::{AccountId, Currency, CustomerId, Money, Time};

/// Data directories as they are when a history begins: started once, with the customers.
pub(super) struct Beginnings([Data; 2]);

impl Beginnings {
    pub(super) fn new() -> Self {
        Self([false, true].map(|small_segments| {
            let data = Data::empty();
            let config = config(small_segments, false);
            let mut servers = Servers::open(&config, &data, &World::new().clock());
            servers.run();
            let customer = |customer| CustomerRow {
                customer: customer_id(customer),
                name: None,
            };
            let rows = (0..CUSTOMERS).map(customer).collect();
            let bank = servers.services.sandbox().clone();
            let fee = Fee {
                scheme: Scheme::Domestic,
                amount: Money::new(200, Currency::CZK),
                from: Time::from_ms(0),
            };
            servers.block_on(bank.announce_fee(fee)).unwrap();
            servers.block_on(bank.load_customers(rows)).unwrap();
            drop(bank);
            servers.stop();
            data.wait_until_closed();
            data
        }))
    }

    pub(super) fn of(&self, small_segments: bool) -> &Data {
        &self.0[usize::from(small_segments)]
    }
}

pub(super) fn config(small_segments: bool, restart_contradicted: bool) -> Config {
    Config {
        public: Public {
            url: Some(PUBLIC_URL.to_owned()),
            ..Public::default()
        },
        log: Log {
            segment_kib: if small_segments { 64 } else { 512 },
            ..Log::default()
        },
        notification: Notification {
            // Comparisons run at the start, after a discrepancy, and when a step requests one.
            comparison_seconds: 86_400,
            restart_contradicted,
            ..Notification::default()
        },
        ..Config::default()
    }
}

pub(super) fn account_id(account: usize) -> AccountId {
    format!("a{account}").parse().unwrap()
}

pub(super) fn customer_id(customer: usize) -> CustomerId {
    format!("c{customer}").parse().unwrap()
}
