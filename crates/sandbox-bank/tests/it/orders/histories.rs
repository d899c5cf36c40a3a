//! Histories of random orders, cancellations, returns and standing orders, with a clock that jumps: the books balance,
//! what was held is released or booked, balances are what the outcomes say, and devices show what the bank has.
//!
//! `PASSBOOK_HISTORIES` is how many histories run, `PASSBOOK_SEED` the first one's seed.

use super::devices::Device;
use super::fees::fee;
use super::{DAY_MS, HOUR_MS, NOON, Rig, away, crowns, here, intent, of, phone, transfer};
use core_bank::{CoreBank as _, CustomerSnapshot, OrderState, Placing};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use order::{
    Creditor, Fee, Frequency, Order, OrderFields, OrderKind, Outcome, OutcomeKind, Reason,
    Schedule, Scheme, fee_of,
};
use protocol::{EntryKind, Event};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use sandbox_bank::{AccountState, Biller, Proxy, Unwilling};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::num::NonZero;
use types::{BalanceType, BusinessDate, IntentId, Money, Role, SubjectId, Time};

/// Histories that share a bank and a clock.
const AT_ONCE: u64 = 50;

/// Random operations in each history.
const STEPS: usize = 24;

const FIRST: i64 = 100_000;

/// What the bank stated of both customers, and how much was placed by then.
#[derive(Default)]
struct Stated {
    placed: usize,
    customers: Vec<CustomerSnapshot>,
}

/// One history: two customers, five accounts, and what was placed.
struct History {
    number: u64,
    seed: u64,
    random: StdRng,
    placed: Vec<Placing>,
    /// When the customers' first devices began, and when their second ones do.
    begun: [Stated; 2],
    /// The step before which the second ones begin.
    second_begins: usize,
    /// What the customers and a third person deposited, by account.
    deposited: BTreeMap<String, i64>,
}

impl History {
    fn new(number: u64, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        Self {
            number,
            seed,
            second_begins: random.random_range(0..STEPS),
            random,
            placed: Vec::new(),
            begun: Default::default(),
            deposited: BTreeMap::new(),
        }
    }

    fn id(&self, name: &str) -> String {
        format!("{name}{}", self.number)
    }

    fn customers(&self) -> [String; 2] {
        [self.id("jana"), self.id("petr")]
    }

    /// The accounts. The first three have no limit below zero; the last one has no floor.
    fn accounts(&self) -> [String; 4] {
        ["a", "b", "j", "c"].map(|name| self.id(name))
    }

    async fn open(&mut self, rig: &Rig) {
        let customers = self.customers();
        let rows = customers.iter().map(|id| crate::customer(id)).collect();
        rig.bank.load_customers(rows).await.unwrap();
        let [a, b, j, c] = self.accounts();
        let limited = |id: &str| protocol::http::AccountRow {
            limit: Some(Money::new(0, crate::czk())),
            ..crate::account(id)
        };
        let rows = vec![limited(&a), limited(&b), limited(&j), crate::account(&c)];
        rig.bank.load_accounts(rows).await.unwrap();
        let [jana, petr] = &customers;
        let rows = vec![
            crate::holder(&a, jana, Role::Owner),
            crate::holder(&b, jana, Role::Owner),
            crate::holder(&j, jana, Role::Owner),
            crate::holder(&j, petr, Role::Authorised),
            crate::holder(&c, petr, Role::Owner),
        ];
        rig.bank.load_holders(rows).await.unwrap();
        for account in self.accounts() {
            self.deposit(rig, &account, FIRST).await;
        }
        self.begun[0] = self.stated(rig).await;
    }

    async fn stated(&self, rig: &Rig) -> Stated {
        let customers = self.customers().map(async |customer| {
            let snapshot = rig.bank.snapshot(&of(&customer)).await;
            snapshot.unwrap()
        });
        Stated {
            placed: self.placed.len(),
            customers: join_all(customers).await,
        }
    }

    async fn deposit(&mut self, rig: &Rig, account: &str, amount: i64) {
        let id = format!("{account}-{}", self.random.random::<u64>());
        rig.bank
            .post(crate::order(&id, account, amount))
            .await
            .unwrap();
        *self.deposited.entry(account.to_owned()).or_default() += amount;
    }

    fn pick(&mut self, from: &[&str]) -> String {
        (*from.choose(&mut self.random).unwrap()).to_owned()
    }

    fn creditor(&mut self) -> Creditor {
        let accounts = self.accounts();
        match self.random.random_range(0..9) {
            0..=3 => here(accounts.choose(&mut self.random).unwrap()),
            4 => {
                let to = self.pick(&["123", "refused", "returned"]);
                away(Scheme::Domestic, &to)
            }
            5 => {
                let to = self.pick(&["123", "refused", "returned"]);
                away(Scheme::Swift, &to)
            }
            6 => away(Scheme::Iban, "CZ6508000000192000145399"),
            7 => {
                let number = self.pick(&["mobile:1000", "mobile:2000", "mobile:3000"]);
                Creditor::new(Scheme::Proxy, number)
            }
            _ => here("no such"),
        }
    }

    fn payment(&mut self, now: Time) -> OrderFields {
        let accounts = self.accounts();
        let from = accounts.choose(&mut self.random).unwrap().clone();
        let amount = crowns(self.random.random_range(1..600));
        let creditor = self.creditor();
        let mut fields = transfer(&from, amount, creditor);
        let day = BusinessDate::of_utc(now).plus_days(self.random.random_range(0..9));
        match self.random.random_range(0..10) {
            0..=4 => {}
            5..=6 => fields.execution_date = day,
            7 => {
                fields.kind = OrderKind::Bill;
                let biller = self.pick(&["water", "gas", "unknown"]);
                fields.creditor = Some(Creditor {
                    references: vec!["00".to_owned()],
                    ..Creditor::new(Scheme::Biller, biller)
                });
            }
            _ => {
                fields.kind = OrderKind::Standing;
                fields.schedule = Some(Schedule {
                    frequency: *[Frequency::Week, Frequency::Month]
                        .choose(&mut self.random)
                        .unwrap(),
                    first: day.unwrap(),
                    last: day.unwrap().plus_days(self.random.random_range(0..40)),
                });
            }
        }
        fields
    }

    async fn place(&mut self, rig: &Rig, placing: Placing) -> OrderState {
        let state = rig.bank.place(placing.clone()).await.unwrap();
        self.placed.push(placing);
        state
    }

    async fn order(&mut self, rig: &Rig, fields: OrderFields) {
        let number = self.number * 1_000 + u64::try_from(self.placed.len()).unwrap();
        let customers = self.customers();
        let customer = customers.choose(&mut self.random).unwrap();
        let placing = Placing {
            customer: of(customer),
            device: phone(),
            intent: intent(number),
            order: Order::new(fields).unwrap(),
            created: rig.now(),
        };
        self.place(rig, placing).await;
    }

    /// An order that ends what an earlier one made, if it is of that kind.
    async fn undo(&mut self, rig: &Rig) {
        let Some(placing) = self.placed.choose(&mut self.random).cloned() else {
            return;
        };
        let standing = placing.order.kind() == OrderKind::Standing;
        let target = if standing {
            let snapshot = rig.bank.snapshot(&placing.customer).await.unwrap();
            let Some(standing) = snapshot.standing.first() else {
                return;
            };
            standing.id.clone()
        } else {
            placing.intent.to_string()
        };
        let kind = if standing {
            OrderKind::StandingEnd
        } else {
            OrderKind::Cancel
        };
        let fields = placing.order.fields();
        let fields = OrderFields {
            debit_account: fields.debit_account.clone(),
            amount: fields.amount,
            creditor: fields.creditor.clone(),
            target: Some(target),
            ..OrderFields::new(kind)
        };
        let number = self.number * 1_000 + u64::try_from(self.placed.len()).unwrap();
        let undoing = Placing {
            customer: placing.customer,
            device: phone(),
            intent: intent(number),
            order: Order::new(fields).unwrap(),
            created: rig.now(),
        };
        self.place(rig, undoing).await;
    }

    async fn step(&mut self, rig: &Rig, (step, now): (usize, Time)) {
        if step == self.second_begins {
            self.begun[1] = self.stated(rig).await;
        }
        let accounts = self.accounts();
        match self.random.random_range(0..20) {
            0..=9 => {
                let fields = self.payment(now);
                self.order(rig, fields).await;
            }
            10..=13 => self.undo(rig).await,
            14..=15 => {
                // The same again never changes anything.
                if let Some(placing) = self.placed.choose(&mut self.random).cloned() {
                    let before = rig
                        .bank
                        .order_state(&placing.customer, placing.intent)
                        .await;
                    let again = rig.bank.place(placing).await.unwrap();
                    assert_eq!(Some(again), before.unwrap());
                }
            }
            16 => {
                let amount = self.random.random_range(-50..200) * 100;
                let account = accounts.last().unwrap();
                self.deposit(rig, account, amount).await;
            }
            17 => {
                let states = [AccountState::Frozen, AccountState::Closed];
                let state = *states.choose(&mut self.random).unwrap();
                let account = accounts.choose(&mut self.random).unwrap();
                let set = rig.bank.set_account_state(account.parse().unwrap(), state);
                set.await.unwrap();
            }
            18 => {
                for account in &accounts {
                    let open = AccountState::Open;
                    let set = rig.bank.set_account_state(account.parse().unwrap(), open);
                    set.await.unwrap();
                }
            }
            _ => self.check_snapshots(rig).await,
        }
    }

    /// Each snapshot agrees with the events, whatever is pending.
    async fn check_snapshots(&self, rig: &Rig) {
        for customer in self.customers() {
            let snapshot = rig.bank.snapshot(&of(&customer)).await.unwrap();
            for account in &snapshot.accounts {
                let events = rig.of_account(account.account.as_str()).await;
                let with = events
                    .iter()
                    .rev()
                    .find(|event| !event.entry.balances.is_empty());
                assert_eq!(account.balances, with.unwrap().entry.balances);
            }
            let (mut pending, mut last) = (BTreeMap::new(), HashMap::new());
            for event in rig.events(SubjectId::from(&of(&customer))).await {
                let entry = event.entry;
                if let Some(outcome) = Outcome::from_entry(&entry.kind, &entry.arguments) {
                    let outcome = outcome.unwrap();
                    let returned = outcome.reason == Some(Reason::Returned);
                    match last.insert(outcome.intent, outcome.kind) {
                        None | Some(OutcomeKind::Pending) => assert!(!returned),
                        Some(OutcomeKind::Executed) if returned => {}
                        done => panic!("{done:?} is the last outcome, not {outcome:?}"),
                    }
                    pending.remove(&outcome.intent.to_string());
                    if outcome.kind == OutcomeKind::Pending {
                        pending.insert(outcome.intent.to_string(), entry.arguments);
                    }
                }
            }
            let orders = snapshot
                .orders
                .into_iter()
                .map(|order| (order.id, order.arguments));
            assert_eq!(orders.collect::<BTreeMap<_, _>>(), pending);
        }
    }

    /// When everything is settled: nothing is pending or held, and each balance is what the outcomes say.
    async fn check_end(&self, rig: &Rig) {
        self.check_snapshots(rig).await;
        let mut expected = self.deposited.clone();
        let mut states = HashMap::new();
        for placing in &self.placed {
            let state = rig
                .bank
                .order_state(&placing.customer, placing.intent)
                .await;
            let state = state.unwrap().unwrap();
            assert!(!matches!(state, OrderState::Pending { .. }), "{placing:?}");
            let pays = matches!(placing.order.kind(), OrderKind::Transfer | OrderKind::Bill);
            if pays && matches!(state, OrderState::Executed { .. }) {
                moved(&mut expected, &placing.order);
            }
            if pays && (matches!(state, OrderState::Executed { .. }) || state == returned()) {
                charged(&mut expected, &placing.order, placing.created);
            }
            states.insert(placing.intent, state);
        }
        self.add_payments(rig, &mut expected).await;
        for account in self.accounts() {
            let events = rig.of_account(&account).await;
            let booked = check_account(&account, &events);
            assert_eq!(booked, expected[&account], "account {account}");
        }
        let end = self.stated(rig).await;
        for snapshot in &end.customers {
            assert!(snapshot.orders.is_empty() && snapshot.standing.is_empty());
        }
        self.check_devices(rig, &end, &states).await;
    }

    /// The first devices, on which the customers order, and the second ones, which begin later, show what the bank states:
    /// when the second ones begin, and in the end.
    async fn check_devices(&self, rig: &Rig, end: &Stated, states: &HashMap<IntentId, OrderState>) {
        let [opening, later] = &self.begun;
        let fees = fees();
        let stages = opening.customers.iter().zip(&later.customers);
        for ((opened, later_on), ended) in stages.zip(&end.customers) {
            let mut subjects = vec![rig.events(SubjectId::from(&opened.customer)).await];
            for account in &opened.accounts {
                subjects.push(rig.of_account(account.account.as_str()).await);
            }
            let mut first = Device::new(opened, &fees, self.seed);
            let (before, after) = self.placed.split_at(later.placed);
            first.go_on(before.iter(), between(&subjects, opened, later_on));
            first.agrees_with(later_on);
            let mut second = Device::new(later_on, &fees, self.seed + 1);
            second.agrees_with(later_on);
            first.go_on(after.iter(), between(&subjects, later_on, ended));
            second.go_on([].iter(), between(&subjects, later_on, ended));
            first.agrees_with(ended);
            second.agrees_with(ended);
            first.has_outcomes(states);
        }
    }

    /// Adds what the payments of standing orders moved: those that were executed, by their outcomes, and not returned.
    async fn add_payments(&self, rig: &Rig, expected: &mut BTreeMap<String, i64>) {
        let own: Vec<IntentId> = self.placed.iter().map(|placing| placing.intent).collect();
        for customer in self.customers() {
            let mut standing = HashMap::new();
            let mut done: HashMap<IntentId, (OutcomeKind, Option<String>)> = HashMap::new();
            for event in rig.events(SubjectId::from(&of(&customer))).await {
                let entry = &event.entry;
                if entry.kind == EntryKind::StandingCreated {
                    let order = entry.arguments.get(&"order".into()).unwrap();
                    let order = Order::from_value(order.clone()).unwrap();
                    standing.insert(entry.argument("standing").unwrap().to_owned(), order);
                }
                if let Some(outcome) = Outcome::from_entry(&entry.kind, &entry.arguments) {
                    let outcome = outcome.unwrap();
                    if !own.contains(&outcome.intent) {
                        done.insert(outcome.intent, (outcome.kind, outcome.bank_reference));
                    }
                }
            }
            let by_reference: HashMap<_, _> = done
                .iter()
                .map(|(intent, (_, reference))| (reference.clone(), *intent))
                .collect();
            let executed: Vec<_> = done
                .values()
                .filter(|(kind, _)| *kind == OutcomeKind::Executed)
                .map(|(_, reference)| reference.clone())
                .collect();
            for (id, order) in &standing {
                let events = rig.of_account(order.debit_account().unwrap()).await;
                let booked = events
                    .iter()
                    .filter_map(|event| event.entry.booking.as_ref());
                let payments = booked.filter(|booking| {
                    booking.order.as_ref() == Some(id) && booking.amount.minor_units() < 0
                });
                for payment in payments {
                    charged(expected, order, due(&by_reference[&payment.bank_reference]));
                    if executed.contains(&payment.bank_reference) {
                        moved(expected, order);
                    }
                }
            }
        }
    }
}

/// The events that the later snapshot contains and the earlier one does not. The subjects are the customer and the accounts.
fn between<'e>(
    subjects: &'e [Vec<Event>],
    earlier: &CustomerSnapshot,
    later: &CustomerSnapshot,
) -> Vec<VecDeque<&'e Event>> {
    let reach = |snapshot: &CustomerSnapshot| {
        let accounts = snapshot.accounts.iter().map(|account| account.sequence);
        let customer = std::iter::once(snapshot.sequence);
        customer.chain(accounts).collect::<Vec<_>>()
    };
    let reach = reach(earlier).into_iter().zip(reach(later));
    let between = subjects
        .iter()
        .zip(reach)
        .map(|(events, (earlier, later))| {
            let new = events.iter().filter(|event| {
                let sequence = event.subject().unwrap().1;
                sequence > earlier && sequence <= later
            });
            new.collect()
        });
    between.collect()
}

fn returned() -> OrderState {
    OrderState::Refused(Reason::Returned)
}

/// Takes the fee of an order that was made at `time` from its account.
fn charged(expected: &mut BTreeMap<String, i64>, order: &Order, time: Time) {
    if let Some(fee) = fee_of(&fees(), order, time) {
        let from = order.debit_account().unwrap();
        *expected.get_mut(from).unwrap() -= fee.minor_units();
    }
}

/// Moves an order's amount between the expected balances, as far as its accounts are here.
fn moved(expected: &mut BTreeMap<String, i64>, order: &Order) {
    let amount = order.amount().unwrap().minor_units();
    let from = order.debit_account().unwrap().to_owned();
    *expected.get_mut(&from).unwrap() -= amount;
    let creditor = order.creditor().unwrap();
    if creditor.scheme == Scheme::Account
        && let Some(balance) = expected.get_mut(&creditor.identification)
    {
        *balance += amount;
    }
}

/// Follows an account's events: no gap, balances add up, nothing stays held, and no floor is passed. Returns the booked
/// balance.
fn check_account(account: &str, events: &[Event]) -> i64 {
    let (mut booked, mut available, mut held, mut number) = (0, None, 0, 0);
    for (sequence, event) in (1..).zip(events) {
        assert_eq!(event.subject().unwrap().1.get(), sequence, "{account}");
        let entry = &event.entry;
        let minor = |balance: BalanceType| entry.balances.get(&balance).map(Money::minor_units);
        let amount = || {
            let amount = entry.arguments.get(&"amount".into()).unwrap().clone();
            <Money as protocol::cbor::FromValue>::from_value(amount)
                .unwrap()
                .minor_units()
        };
        match entry.kind {
            EntryKind::HoldPlaced => held += amount(),
            EntryKind::HoldReleased => held -= amount(),
            EntryKind::Booked => {
                let booking = entry.booking.as_ref().unwrap();
                number += 1;
                assert_eq!(booking.number, number);
                booked += booking.amount.minor_units();
                // What was held for the payment is released with it.
                if let Some(after) = minor(BalanceType::Available) {
                    held = booked - after;
                }
            }
            _ => continue,
        }
        assert_eq!(minor(BalanceType::Booked), Some(booked), "{account}");
        assert!(held >= 0, "{account}");
        available = minor(BalanceType::Available);
        if let Some(available) = available {
            assert_eq!(available, booked - held, "{account}");
            assert!(available >= 0, "{account} has {available}");
        }
    }
    if let Some(available) = available {
        assert_eq!(available, booked, "nothing stays held on {account}");
    }
    booked
}

async fn prepare(rig: &Rig) {
    let proxy = |id: &str, account: &str, bank: Option<&str>| Proxy {
        id: id.to_owned(),
        account: account.to_owned(),
        bank: bank.map(str::to_owned),
        name: None,
    };
    rig.bank
        .register_proxy(proxy("mobile:1000", "d", None))
        .await
        .unwrap();
    rig.bank
        .register_proxy(proxy("mobile:2000", "123", Some("0800")))
        .await
        .unwrap();
    let biller = |id: &str, account: Option<&str>| Biller {
        id: id.to_owned(),
        name: id.to_owned(),
        account: account.map(|account| account.parse().unwrap()),
        references: 1,
        checked: true,
    };
    rig.bank
        .register_biller(biller("water", Some("d")))
        .await
        .unwrap();
    rig.bank.register_biller(biller("gas", None)).await.unwrap();
    for scheme in [Scheme::Domestic, Scheme::Swift] {
        let refused = (scheme, "refused".to_owned());
        rig.bank
            .set_counterparty(refused, Some(Unwilling::Refuses))
            .await
            .unwrap();
        let returned = (scheme, "returned".to_owned());
        rig.bank
            .set_counterparty(returned, Some(Unwilling::Returns(2)))
            .await
            .unwrap();
    }
}

/// Payments abroad and at other banks cost something; the latter get dearer while the histories run.
fn fees() -> [Fee; 3] {
    [
        fee(Scheme::Swift, crowns(20), Time::from_ms(0)),
        fee(Scheme::Domestic, crowns(1), Time::from_ms(0)),
        fee(Scheme::Domestic, crowns(3), NOON.plus_ms(4 * DAY_MS)),
    ]
}

/// The time in the id of a payment of a standing order: when it was due.
fn due(intent: &IntentId) -> Time {
    let hex = intent.to_string().replace('-', "");
    Time::from_ms(u64::from_str_radix(&hex[..12], 16).unwrap())
}

/// Runs histories of consecutive seeds on one bank.
async fn run(seed: u64, histories: u64) {
    let rig = Rig::with_fees(&fees()).await;
    prepare(&rig).await;
    let mut clock = StdRng::seed_from_u64(seed);
    let all = 0..histories;
    let mut histories: Vec<_> = all
        .map(|number| History::new(number, seed + number))
        .collect();
    join_all(histories.iter_mut().map(|history| history.open(&rig))).await;
    for step in 0..STEPS {
        let now = rig.now();
        let steps = histories.iter_mut();
        join_all(steps.map(|history| history.step(&rig, (step, now)))).await;
        if clock.random_ratio(1, 3) {
            let hours = clock.random_range(1..60);
            rig.set(now.plus_ms(hours * HOUR_MS));
        }
        // A second executor, and one that is interrupted, change nothing.
        let mut interrupted = Box::pin(rig.bank.run_due());
        let _ = futures_util::poll!(&mut interrupted);
        drop(interrupted);
        let both = tokio::join!(rig.bank.run_due(), rig.bank.run_due());
        assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
        rig.bank.trial_balance().await.unwrap();
    }
    rig.at(rig.now().plus_ms(120 * DAY_MS)).await;
    assert_eq!(
        rig.bank.run_due().await.unwrap(),
        None,
        "nothing is due any more"
    );
    for (clearing, balance) in rig.bank.clearing_balances().await.unwrap() {
        assert_eq!(balance, 0, "{clearing}");
    }
    for history in &histories {
        history.check_end(&rig).await;
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn any_history_of_orders_leaves_balanced_books_and_no_holds() {
    let seed = from_environment("PASSBOOK_SEED").unwrap_or_else(rand::random) >> 1;
    println!("PASSBOOK_SEED={}", seed << 1);
    let total = from_environment("PASSBOOK_HISTORIES").unwrap_or(crate::HISTORIES);
    let banks = total.div_ceil(AT_ONCE);
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let runs = (0..banks).map(|bank| {
        let first = bank * AT_ONCE;
        tokio::spawn(run(seed + first, AT_ONCE.min(total - first)))
    });
    let mut runs = futures_util::stream::iter(runs).buffer_unordered(cores);
    while let Some(done) = runs.next().await {
        done.unwrap();
    }
}
