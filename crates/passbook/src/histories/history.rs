//! The execution of a history.

use super::arranged;
use super::beginnings::{Beginnings, account_id, config, customer_id};
use super::data::Data;
use super::oracle::{self, Books, Moment};
use super::phone::{Came, Phone, Standing, block_on};
use super::plan::{ACCOUNTS, BackUp, Noticed, Plan, Restore, Step};
use super::servers::Servers;
use super::world::{Break, World};
use crate::config::Config;
use client::SyncError;
use core_bank::Placing;
use protocol::http::{AccountRow, HolderRow, PostTransaction};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;
use types::{AccountKind, EventId, Money};

/// The time between two steps.
pub(super) const STEP_MS: u64 = 20_000;

/// A history in progress.
pub(super) struct History {
    pub(super) world: Rc<World>,
    data: Data,
    config: Config,
    pub(super) phones: Vec<Phone>,
    /// Accounts and customers that stop holding them at some time.
    left: BTreeSet<(usize, usize)>,
    /// Number of posted transactions.
    posted: u64,
    /// The orders that the core bank got, oldest first.
    pub(super) placed: Vec<Placing>,
    pub(super) seed: u64,
}

impl History {
    /// Executes the steps of a plan, then lets everything settle. The error describes the problem.
    pub(super) fn happen(seed: u64, plan: &Plan, beginnings: &Beginnings) -> Result<(), String> {
        let mut history = Self::begin(seed, plan, beginnings);
        for (number, step) in plan.steps.iter().enumerate() {
            history.pass(STEP_MS);
            let said = |wrong| format!("step {number}: {wrong}");
            history.step(step).map_err(said)?;
        }
        history.end()
    }

    fn begin(seed: u64, plan: &Plan, beginnings: &Beginnings) -> Self {
        let mut left = BTreeSet::new();
        for step in &plan.steps {
            if let Step::RemoveHolder { account, customer } = step {
                left.insert((*account, *customer));
            }
        }
        Self {
            world: World::new(),
            data: Data::like(beginnings.of(plan.small_segments)),
            config: config(plan.small_segments, plan.restart_contradicted),
            phones: Vec::new(),
            left,
            posted: 0,
            placed: Vec::new(),
            seed,
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::OpenAccount { account, holders } => self.open_account(*account, holders),
            Step::AddHolder { account, customer } => self.add_holder(*account, *customer),
            Step::RemoveHolder { account, customer } => {
                self.start();
                let bank = self.world.servers().services.sandbox().clone();
                let removed = bank.remove_holder(account_id(*account), customer_id(*customer));
                // There may be no such account.
                let _removed = self.world.servers().block_on(removed).is_ok();
            }
            Step::Post {
                account,
                count,
                old,
                dies_after_us,
            } => {
                self.start();
                self.post(*account, *count, *old, *dies_after_us);
            }
            Step::Enrol { customer, breaks } => self.enrol(*customer, *breaks)?,
            Step::Remove {
                phone,
                dies_after_us,
            } => self.remove(*phone, *dies_after_us),
            Step::CatchUp {
                phone,
                locked,
                breaks,
            } => {
                if let Some(phone) = self.enrolled(*phone) {
                    self.world.breaks.set(*breaks);
                    return self.catch_up(phone, *locked, Moment::UnderWay).map(drop);
                }
            }
            Step::Compare { phone } => {
                if let Some(phone) = self.enrolled(*phone) {
                    self.start();
                    self.world.servers().settle()?;
                    return self.catch_up(phone, false, Moment::Settled).map(drop);
                }
            }
            Step::Settle { dies_after_us } => {
                self.start();
                match dies_after_us {
                    None => self.world.servers().settle()?,
                    Some(us) => {
                        let services = self.world.servers().services.clone();
                        self.dying(*us, async move {
                            let notification = &services.stated.notification;
                            // This may fail, because the broker has changed meanwhile.
                            let _compared = notification.compare_now().await.is_ok();
                        });
                    }
                }
            }
            Step::BackUp { when } => {
                self.end_servers(*when == BackUp::Stopped);
                if *when == BackUp::Running {
                    self.start();
                }
                self.data.back_up();
            }
            Step::End { stopped } => self.end_servers(*stopped),
            Step::Restore(restore) => self.restore(restore)?,
            Step::Decide { dies_after_us } => {
                self.start();
                let services = self.world.servers().services.clone();
                let decided = async move { Servers::restart_contradicted(&services).await };
                match dies_after_us {
                    None => {
                        self.world.servers().block_on(decided);
                    }
                    Some(us) => self.dying(*us, async move {
                        decided.await;
                    }),
                }
            }
            Step::Pass { ms } => self.pass(*ms),
            Step::Order { .. } => self.order(step),
            Step::PassAtTheBank { ms } => self.pass_at_the_bank(*ms),
        }
        Ok(())
    }

    /// Lets time pass, in which the edge requests revocations once. On a busy machine an answer may come after its
    /// deadline; the edge then asks again, as it does in service.
    pub(super) fn pass(&self, ms: u64) {
        const ATTEMPTS_MAX: usize = 60;
        self.world.pass(ms);
        if let Some(servers) = &*self.world.servers.borrow() {
            let guard = &servers.services.guard;
            let learned = (0..ATTEMPTS_MAX).any(|_| servers.block_on(guard.learn()).is_ok());
            assert!(learned, "the edge never gets the revocations");
        }
    }

    /// Starts the servers, if they are down.
    pub(super) fn start(&mut self) {
        if self.world.servers.borrow().is_none() {
            let mut servers = self.open();
            servers.run();
            self.world.servers.replace(Some(servers));
        }
    }

    fn open(&self) -> Servers {
        self.data.wait_until_closed();
        Servers::open(&self.config, &self.data, &self.world.clock())
    }

    pub(super) fn end_servers(&mut self, stopped: bool) {
        if let Some(servers) = self.world.servers.take() {
            match stopped {
                true => servers.stop(),
                false => servers.crash(),
            }
        }
        self.data.wait_until_closed();
    }

    /// Runs a request on the servers, which are killed after that many microseconds.
    fn dying(&mut self, us: u64, work: impl Future<Output = ()>) {
        let moment = Duration::from_micros(us);
        let _done = self.world.servers().block_on_for(moment, work);
        self.world.kill_servers();
    }

    fn open_account(&mut self, account: usize, holders: &[usize]) {
        self.start();
        let row = AccountRow {
            account: account_id(account),
            kind: AccountKind::Current,
            name: "Household".into(),
            currency: "CZK".parse().unwrap(),
            opened: None,
            limit: None,
        };
        let bank = self.world.servers().services.sandbox().clone();
        let loaded = self.world.servers().block_on(bank.load_accounts(vec![row]));
        if loaded.unwrap().loaded == 1 {
            for holder in holders {
                self.add_holder(account, *holder);
            }
        }
    }

    fn add_holder(&mut self, account: usize, customer: usize) {
        self.start();
        let row = HolderRow {
            account: account_id(account),
            customer: customer_id(customer),
            role: "owner".parse().unwrap(),
        };
        let bank = self.world.servers().services.sandbox().clone();
        // The account may not exist.
        let _added = self
            .world
            .servers()
            .block_on(bank.load_holders(vec![row]))
            .is_ok();
    }

    /// Posts transactions with distinct amounts, so that a balance shows which ones it includes.
    fn post(&mut self, account: usize, count: u64, old: bool, dies_after_us: Option<u64>) {
        let from = match old {
            true => self.posted.saturating_sub(count + 2),
            false => self.posted,
        };
        if !old {
            self.posted += count;
        }
        let account = account_id(account);
        let bank = self.world.servers().services.sandbox().clone();
        let posting = async move {
            for number in from..from + count {
                let order = PostTransaction {
                    transaction: format!("t{number}").parse().unwrap(),
                    account: account.clone(),
                    amount: Money::new(1 << (number % 48), "CZK".parse().unwrap()),
                    operation: "cash_deposit".into(),
                    date: None,
                    purpose: None,
                    counterparty_bank: None,
                    counterparty_account: None,
                };
                // The account may not exist, and an old transaction may belong to another account.
                let _posted = bank.post(order).await.is_ok();
            }
        };
        match dies_after_us {
            None => self.world.servers().block_on(posting),
            Some(us) => self.dying(us, async {
                posting.await;
                std::future::pending().await
            }),
        }
    }

    /// Enrols a device. It may be refused, or its code may be unknown to a restored copy; but the data that it gets is
    /// correct.
    fn enrol(&mut self, customer: usize, breaks: Option<(u32, Break)>) -> Result<(), String> {
        self.start();
        let customer = customer_id(customer);
        let begun = |phone: &&mut Phone| {
            phone.customer == customer && phone.standing == Standing::Enrolling
        };
        self.world.breaks.set(breaks);
        let phone = match self.phones.iter_mut().find(begun) {
            Some(phone) => phone,
            None => {
                let seed = self
                    .seed
                    .wrapping_mul(1_000)
                    .wrapping_add(u64::try_from(self.phones.len()).unwrap());
                self.phones
                    .push(Phone::new(&self.world, customer.clone(), seed));
                self.phones.last_mut().unwrap()
            }
        };
        match phone.enrol() {
            Came::Done(Err(error @ SyncError::Discrepancy(_))) => {
                return Err(format!("a new device of {customer}: {error:?}"));
            }
            Came::Done(Err(error)) if !error.is_unavailable() => phone.forget_code(),
            Came::Done(_) | Came::Killed => {}
        }
        Ok(())
    }

    /// The phone with that number, if it is enrolled.
    fn enrolled(&self, phone: usize) -> Option<usize> {
        let phone = phone % self.phones.len().max(1);
        let there = self.phones.get(phone)?;
        there.id.map(|_| phone)
    }

    pub(super) fn remove(&mut self, phone: usize, dies_after_us: Option<u64>) {
        self.start();
        let Some(phone) = self.enrolled(phone) else {
            return;
        };
        let Some(id) = self.phones[phone].id else {
            return;
        };
        if self.phones[phone].standing == Standing::Enrolled {
            self.phones[phone].standing = Standing::Removed;
        }
        let ciam = self.world.servers().services.ciam.clone();
        let removed = async move { drop(ciam.revoke(id).await) };
        match dies_after_us {
            None => self.world.servers().block_on(removed),
            Some(us) => self.dying(us, removed),
        }
    }

    /// Lets a phone catch up. If it then claims completeness, it must be correct. Returns whether it claims that, and
    /// its state otherwise.
    pub(super) fn catch_up(
        &mut self,
        phone: usize,
        locked: bool,
        moment: Moment,
    ) -> Result<Result<(), String>, String> {
        let (device, caught) = match self.phones[phone].catch_up(locked) {
            Came::Done(came) => came,
            Came::Killed => return Ok(Err("the app was killed".into())),
        };
        let (shown, withdrawn) = block_on(oracle::shown(&device));
        for (entry, account) in oracle::ids(&shown) {
            let told = &mut self.phones[phone].told;
            told.insert(entry.clone(), account.clone());
        }
        let complete = device.is_complete() && device.as_of() >= caught.asked;
        if !complete {
            let found: Vec<_> = device
                .discrepancies()
                .iter()
                .filter(|found| !found.resolved)
                .map(ToString::to_string)
                .collect();
            return Ok(Err(format!(
                "not complete at {}: {:?}, {found:?}",
                device.position(),
                caught.result
            )));
        }
        let customer = self.phones[phone].customer.clone();
        self.start();
        let accounts: Vec<_> = (0..ACCOUNTS).map(account_id).collect();
        let ledger = oracle::ledger(&self.world.servers(), &customer, &accounts);
        let wrong = |wrong| {
            format!(
                "phone {phone} of {customer} at {}: {wrong}",
                device.position()
            )
        };
        oracle::judge(moment, &ledger, &shown).map_err(wrong)?;
        if moment == Moment::Settled {
            self.judge_withdrawn(phone, &ledger, &withdrawn)
                .map_err(wrong)?;
            let held = ledger.keys().cloned();
            let ordered = arranged::at_the_bank(&self.world.servers(), &customer, held);
            let shown = arranged::shown(&device);
            if ordered != shown {
                let orders = format!("ordered {ordered:?}, shown {shown:?}");
                return Err(wrong(orders));
            }
        }
        Ok(Ok(()))
    }

    /// Entries that a phone has shown and the ledger lacks must be listed as withdrawn, and no others.
    fn judge_withdrawn(
        &self,
        phone: usize,
        ledger: &Books,
        withdrawn: &BTreeSet<EventId>,
    ) -> Result<(), String> {
        let current: BTreeSet<_> = oracle::ids(ledger).map(|(entry, _)| entry).collect();
        if let Some(entry) = withdrawn.iter().find(|entry| current.contains(entry)) {
            return Err(format!("{entry} is in the books and listed as withdrawn"));
        }
        let phone = &self.phones[phone];
        for (entry, account) in &phone.told {
            let left = self.left.iter().any(|(of, customer)| {
                account_id(*of) == *account && customer_id(*customer) == phone.customer
            });
            // A customer who stops holding an account loses it from the list.
            if !left && !current.contains(entry) && !withdrawn.contains(entry) {
                return Err(format!(
                    "{entry} of {account} is gone and not listed as withdrawn"
                ));
            }
        }
        Ok(())
    }

    fn restore(&mut self, restore: &Restore) -> Result<(), String> {
        let Some(newest) = self.data.backups.len().checked_sub(1) else {
            return Ok(());
        };
        if let Some(under_way) = &restore.under_way {
            self.step(under_way)?;
        }
        self.end_servers(restore.stopped);
        for (part, age) in &restore.parts {
            let backup = newest.saturating_sub(*age);
            let in_place = restore.noticed != Noticed::ByTheFile;
            self.data.restore(*part, backup, in_place);
        }
        let servers = self.open();
        if restore.noticed == Noticed::ByAPerson {
            Self::reopen(&servers)?;
        }
        self.world.servers.replace(Some(servers));
        for step in &restore.posted {
            self.step(step)?;
        }
        self.run();
        if restore.noticed == Noticed::Late {
            self.world.servers().settle()?;
            self.end_servers(true);
            let servers = self.open();
            Self::reopen(&servers)?;
            self.world.servers.replace(Some(servers));
            self.run();
        }
        self.recognise();
        Ok(())
    }

    /// Begins a new incarnation of the books before notification asks for them, as `passbook bank reopen` does.
    fn reopen(servers: &Servers) -> Result<(), String> {
        let reopened = servers.block_on(servers.services.sandbox().reopen());
        reopened.map(drop).map_err(|error| error.to_string())
    }

    /// Starts the work of open servers.
    fn run(&self) {
        let mut servers = self.world.servers.take().expect("the servers are open");
        servers.run();
        self.world.servers.replace(Some(servers));
    }

    /// Records which phones ciam no longer knows.
    fn recognise(&mut self) {
        let ciam = self.world.servers().services.ciam.clone();
        for phone in &mut self.phones {
            let known = self
                .world
                .servers()
                .block_on(ciam.devices(&phone.customer, 0, 100))
                .unwrap();
            let known = known.iter().any(|device| Some(device.device) == phone.id);
            if phone.id.is_some() && !known {
                phone.standing = Standing::Forgotten;
            }
        }
    }
}
