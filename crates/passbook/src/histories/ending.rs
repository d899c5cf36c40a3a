//! The end of a history: everything settles, and every device is correct or knows that it was revoked.

use super::beginnings::customer_id;
use super::history::{History, STEP_MS};
use super::oracle::{self, Moment};
use super::phone::{Came, Phone, Standing, block_on};
use super::plan::CUSTOMERS;
use super::servers::Servers;

/// Slightly longer than a checkpoint proves completeness.
const STALE_MS: u64 = 16 * 60_000;

/// After so long, nothing that was ordered is still to be done.
const ORDERS_MS: u64 = 60 * 24 * 3_600_000;

/// How often a device tries to get everything at the end.
const TRIES_MAX: u32 = 6;

impl History {
    /// Lets everything settle: contradicted channels are restarted, revocations repeated. Then each device becomes
    /// complete and correct, and a new device of each customer shows the same.
    pub(super) fn end(&mut self) -> Result<(), String> {
        self.start();
        self.world.servers().settle()?;
        for phone in 0..self.phones.len() {
            if self.phones[phone].standing == Standing::Removed {
                self.remove(phone, None);
            }
        }
        self.decide()?;
        self.pass(STALE_MS);
        self.pass_at_the_bank(ORDERS_MS);
        self.world.servers().settle()?;
        self.decide()?;
        for phone in 0..self.phones.len() {
            match self.phones[phone].standing {
                Standing::Enrolling => {}
                Standing::Removed => self.is_shut_out(phone)?,
                Standing::Enrolled => self.becomes_complete(phone)?,
                Standing::Forgotten => {
                    if self.is_shut_out(phone).is_err() {
                        self.becomes_complete(phone)?;
                    }
                }
            }
        }
        for customer in 0..CUSTOMERS {
            let of = |phone: &Phone| phone.customer == customer_id(customer);
            if !self.phones.iter().any(of) {
                continue;
            }
            let seed = self
                .seed
                .wrapping_mul(1_000)
                .wrapping_add(900 + u64::try_from(customer).unwrap());
            let mut phone = Phone::new(&self.world, customer_id(customer), seed);
            self.is_let_in(&mut phone)?;
            self.phones.push(phone);
            self.becomes_complete(self.phones.len() - 1)?;
        }
        self.end_servers(true);
        Ok(())
    }

    fn is_let_in(&self, phone: &mut Phone) -> Result<(), String> {
        self.pass(STEP_MS);
        self.world.servers().settle()?;
        match phone.enrol() {
            Came::Done(Ok(())) if phone.standing == Standing::Enrolled => Ok(()),
            Came::Done(enrolled) => Err(format!("a new device is refused: {enrolled:?}")),
            Came::Killed => Err("it was killed without a reason".into()),
        }
    }

    fn decide(&self) -> Result<(), String> {
        for _ in 0..TRIES_MAX {
            let servers = self.world.servers();
            let services = servers.services.clone();
            let restarted = servers.block_on(Servers::restart_contradicted(&services));
            servers.settle()?;
            if restarted == 0 {
                return Ok(());
            }
        }
        Err("contradictions return".into())
    }

    fn becomes_complete(&mut self, phone: usize) -> Result<(), String> {
        let mut last = String::new();
        for _ in 0..TRIES_MAX {
            self.pass(STEP_MS);
            match self.catch_up(phone, false, Moment::Settled)? {
                Ok(()) => return Ok(()),
                Err(stands) => last = stands,
            }
        }
        Err(format!("phone {phone} never becomes complete: {last}"))
    }

    /// A revoked device learns the reason, and its stored data stays readable.
    fn is_shut_out(&mut self, phone: usize) -> Result<(), String> {
        let (device, caught) = match self.phones[phone].catch_up(false) {
            Came::Done(came) => came,
            Came::Killed => return Err("it was killed without a reason".into()),
        };
        let _readable = block_on(oracle::shown(&device));
        let refused = match &caught.result {
            Err(client::SyncError::Refused(refused)) => refused.code().is_some(),
            _ => false,
        };
        let complete = device.is_complete() && device.as_of() >= caught.asked;
        match refused && !complete {
            true => Ok(()),
            false => Err(format!(
                "phone {phone} is not excluded: {:?}",
                caught.result
            )),
        }
    }
}
