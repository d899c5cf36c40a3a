//! Payments that other apps prepared: what approves them, and what does not.

use super::challenges::voucher;
use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::World;
use crate::ports::{Apps, Assessment, Candidate, PortError, Risk, StatementsError, Verdict};
use crate::store::MIGRATIONS;
use crate::{App, Check, Gateway, InitiationRefusal};
use async_trait::async_trait;
use core_bank::SubjectHead;
use database::{Database, Transaction, params};
use order::{SignedIntent, shown_text};
use protocol::cbor::Key;
use protocol::http::{InitiatePayment, InitiationAnswer, InitiationState, OrderCreditor};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use types::{ClientId, Currency, CustomerId, DeviceId, ErrorCode, Hash, IntentId, Money, Sequence};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

async fn world() -> (World, App) {
    let world = World::new(&vectors()["world"], &json!({})).await;
    let customer = vectors()["world"]["token"]["customer"].clone();
    let app = App {
        client: "shop".parse().unwrap(),
        name: "The shop".to_owned(),
        customer: customer.as_str().unwrap().parse().unwrap(),
    };
    (world, app)
}

fn payment(koruna: i64, to: &str) -> InitiatePayment {
    InitiatePayment {
        account: None,
        amount: Money::new(koruna * 100, Currency::CZK),
        creditor: OrderCreditor {
            scheme: "account".to_owned(),
            identification: to.to_owned(),
            bank: None,
            name: None,
            references: Vec::new(),
        },
        reference: None,
        execution_date: None,
    }
}

async fn initiate(world: &World, app: &App, key: &str) -> InitiationAnswer {
    let payment = payment(100, "704");
    let asked = world.gateway.initiate(app, key, &payment).await;
    asked.unwrap().unwrap()
}

async fn state(world: &World, app: &App, initiation: IntentId) -> InitiationState {
    let asked = world.gateway.initiation(app, initiation).await;
    asked.unwrap().unwrap().state
}

/// Why the order is refused, by which check.
async fn refused(world: &World, order: SignedIntent) -> Option<(ErrorCode, Check)> {
    let submitted = world.gateway.submit(&world.token_device(), order).await;
    let submitted = submitted.unwrap();
    if let Some(placing) = submitted.placing {
        placing.await.unwrap();
    }
    let receipt = submitted.receipt;
    receipt.refusal.zip(receipt.refused_by)
}

#[tokio::test]
async fn exactly_the_prepared_payment_approves_it_once() {
    let (world, app) = world().await;
    let mut phone = Phone::new(vec![voucher()]);
    let made = initiate(&world, &app, "one").await;
    assert_eq!(made.state, InitiationState::Waiting);
    let id = made.initiation;
    let waiting = world.gateway.waiting_initiations(world.device()).await;
    let [waiting] = waiting.unwrap().try_into().unwrap();
    assert_eq!((waiting.initiation, &*waiting.name), (id, "The shop"));
    assert_eq!(waiting.payment, payment(100, "704"));

    let order = phone.transfer_as(id, (100, "704"), NOW);
    let text = shown_text(&order.intent().unwrap().order, order::Locale::En);
    assert!(text.contains("704"), "{text}");
    assert_eq!(refused(&world, order.clone()).await, None);
    assert_eq!(refused(&world, order).await, None, "the same bytes again");
    assert_eq!(world.placed(id), 1);
    assert_eq!(state(&world, &app, id).await, InitiationState::Approved);
    phone.again_under(voucher());
    let again = phone.transfer_as(id, (100, "704"), NOW.plus_ms(1));
    let again = refused(&world, again).await;
    assert_eq!(again, Some((ErrorCode::OrderIdUsed, Check::Id)));
    let late = world.gateway.decline_initiation(world.device(), id).await;
    assert_eq!(late.unwrap(), Err(InitiationRefusal::Over));
    let waiting = world.gateway.waiting_initiations(world.device()).await;
    assert_eq!(waiting.unwrap(), []);
}

#[tokio::test]
async fn another_payment_does_not_approve_it() {
    for other in [(101, "704"), (100, "705")] {
        let (world, app) = world().await;
        let made = initiate(&world, &app, "one").await;
        let mut phone = Phone::new(vec![voucher()]);
        let order = phone.transfer_as(made.initiation, other, NOW);
        let refusal = refused(&world, order).await;
        let expected = (ErrorCode::OrderDiffers, Check::Initiation);
        assert_eq!(refusal, Some(expected), "{other:?}");
        assert_eq!(world.placed(made.initiation), 0);
    }
}

#[tokio::test]
async fn what_expired_or_was_declined_is_not_approved() {
    let (world, app) = world().await;
    let mut phone = Phone::new(vec![voucher()]);
    let over = Some((ErrorCode::InitiationOver, Check::Initiation));
    let declined = initiate(&world, &app, "one").await.initiation;
    for _ in 0..2 {
        let decline = world.gateway.decline_initiation(world.device(), declined);
        assert_eq!(decline.await.unwrap(), Ok(()));
    }
    let order = phone.transfer_as(declined, (100, "704"), NOW);
    assert_eq!(refused(&world, order).await, over);

    let made = initiate(&world, &app, "two").await;
    world.set_time(made.expires);
    assert_eq!(
        state(&world, &app, made.initiation).await,
        InitiationState::Expired
    );
    phone.again_under(voucher());
    let order = phone.transfer_as(made.initiation, (100, "704"), made.expires);
    assert_eq!(refused(&world, order).await, over);
    assert_eq!(world.placed(made.initiation), 0);
}

/// The customer declines a payment while the order that approves it is judged.
struct Declining {
    gateway: Gateway,
    device: DeviceId,
    initiation: IntentId,
}

#[async_trait]
impl Risk for Declining {
    async fn assess(&self, _: &Candidate) -> Result<Assessment, PortError> {
        let declined = self
            .gateway
            .decline_initiation(self.device, self.initiation);
        declined.await.unwrap().unwrap();
        Ok(Assessment {
            verdict: Verdict::Approve,
            reasons: Vec::new(),
        })
    }
}

#[tokio::test]
async fn a_payment_that_is_declined_meanwhile_is_not_made() {
    let (world, app) = world().await;
    let elsewhere = payment(100, "elsewhere");
    let made = world.gateway.initiate(&app, "one", &elsewhere).await;
    let made = made.unwrap().unwrap().initiation;
    let mut phone = Phone::new(vec![voucher()]);
    let order = phone.transfer_as(made, (100, "elsewhere"), NOW);
    let node = world.node_with(Declining {
        gateway: world.another_node().await,
        device: world.device(),
        initiation: made,
    });
    let node = node.await;
    let submitted = node.submit(&world.token_device(), order).await.unwrap();
    assert_eq!(submitted.receipt.refusal, Some(ErrorCode::InitiationOver));
    assert_eq!(world.placed(made), 0);
}

#[tokio::test]
async fn the_customers_devices_are_told_of_it_once() {
    let (world, app) = world().await;
    let made = initiate(&world, &app, "one").await;
    assert_eq!(initiate(&world, &app, "one").await, made);
    let [(customer, _, said)] = world.told_payments().try_into().unwrap();
    assert_eq!(customer, app.customer);
    let initiation = said[&Key::from("initiation")].as_text();
    assert_eq!(initiation, Some(&*made.initiation.to_string()));

    // If notification does not answer, they are told later, once.
    let away = || StatementsError::Unavailable("it is away".into());
    world.tells(away());
    initiate(&world, &app, "two").await;
    assert_eq!(world.told_payments(), []);
    let other = world.another_node().await;
    other.tell_all().await.unwrap();
    assert_eq!(world.told_payments().len(), 1);
    world.gateway.tell_all().await.unwrap();
    assert_eq!(world.told_payments(), []);
}

#[tokio::test]
async fn an_app_knows_its_own_payments_only_and_prepares_so_many_a_day() {
    let (world, app) = world().await;
    let other = App {
        client: "taxes".parse().unwrap(),
        ..app.clone()
    };
    let made = initiate(&world, &app, "one").await;
    let others = initiate(&world, &other, "one").await;
    assert_ne!(made.initiation, others.initiation, "each app has its keys");
    let asked = world.gateway.initiation(&other, made.initiation).await;
    assert_eq!(asked.unwrap(), Err(InitiationRefusal::Unknown));
    let changed = payment(101, "704");
    let changed = world.gateway.initiate(&app, "one", &changed).await;
    assert_eq!(changed.unwrap(), Err(InitiationRefusal::KeyUsed));
    let foreign = InitiatePayment {
        account: Some("nobody's".to_owned()),
        ..payment(100, "704")
    };
    let foreign = world.gateway.initiate(&app, "foreign", &foreign).await;
    assert_eq!(foreign.unwrap(), Err(InitiationRefusal::AccountForbidden));

    for nth in 1..20 {
        initiate(&world, &app, &format!("further {nth}")).await;
    }
    let last = payment(100, "704");
    let asked = world.gateway.initiate(&app, "last", &last).await;
    assert_eq!(asked.unwrap(), Err(InitiationRefusal::TooMany(DAY_MS)));
    initiate(&world, &other, "two").await;
    world.set_time(NOW.plus_ms(DAY_MS));
    initiate(&world, &app, "last").await;
}

/// A change of a brake that an earlier version stored is told by this one.
#[tokio::test]
async fn what_an_earlier_version_had_to_tell_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("gateway.sqlite");
    let earlier = Database::open(file.clone(), &MIGRATIONS[..8]).unwrap();
    let store = async |tx: &mut Transaction<'_>| {
        let insert = "INSERT INTO brake_change (cause, sealed) VALUES ($1, $2)";
        tx.execute(insert, params!["a cause", &b"a change".to_vec()])
            .await
            .map_err(crate::Failure::from)
    };
    earlier.write(store).await.unwrap();
    earlier.close().await;
    let now = Database::open(file, MIGRATIONS).unwrap();
    let read = now.read(async |tx| {
        let rows = crate::store::untold::after(tx, "", 10).await?;
        Ok::<_, crate::Failure>(rows)
    });
    let [row] = read.await.unwrap().try_into().unwrap();
    assert_eq!((&*row.cause, &*row.sealed), ("a cause", &b"a change"[..]));
}

/// What apps were told, in the place of ciam.
#[derive(Default)]
struct Told {
    accounts: Mutex<Vec<Vec<String>>>,
    payments: Mutex<Vec<(String, String, IntentId)>>,
    is_away: AtomicBool,
}

impl Told {
    fn answer(&self) -> Result<(), PortError> {
        match self.is_away.load(Ordering::SeqCst) {
            true => Err(PortError::new("ciam", "it is away")),
            false => Ok(()),
        }
    }

    fn payments(&self) -> Vec<(String, String, IntentId)> {
        std::mem::take(&mut *self.payments.lock().unwrap())
    }

    fn accounts(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut *self.accounts.lock().unwrap())
    }
}

#[async_trait]
impl Apps for Told {
    async fn accounts_changed(&self, customers: &[CustomerId]) -> Result<(), PortError> {
        self.answer()?;
        let customers = customers.iter().map(ToString::to_string).collect();
        self.accounts.lock().unwrap().push(customers);
        Ok(())
    }

    async fn payment_changed(
        &self,
        client: &ClientId,
        customer: &CustomerId,
        initiation: IntentId,
    ) -> Result<(), PortError> {
        self.answer()?;
        let told = (client.to_string(), customer.to_string(), initiation);
        self.payments.lock().unwrap().push(told);
        Ok(())
    }
}

#[tokio::test]
async fn an_app_hears_of_each_change_of_its_payment() {
    let (world, app) = world().await;
    let told = Arc::new(Told::default());
    let apps: Arc<dyn Apps> = Arc::<Told>::clone(&told);
    let tell = async || world.gateway.tell_of_payments(&apps).await;
    let made = initiate(&world, &app, "one").await.initiation;
    let declined = initiate(&world, &app, "two").await.initiation;
    tell().await.unwrap();
    assert_eq!(told.payments(), [], "it knows what it prepared");

    let change = |initiation| ("shop".to_owned(), app.customer.to_string(), initiation);
    let decline = world.gateway.decline_initiation(world.device(), declined);
    decline.await.unwrap().unwrap();
    told.is_away.store(true, Ordering::SeqCst);
    tell().await.unwrap_err();
    told.is_away.store(false, Ordering::SeqCst);
    for expected in [vec![change(declined)], vec![]] {
        tell().await.unwrap();
        assert_eq!(told.payments(), expected);
    }

    let mut phone = Phone::new(vec![voucher()]);
    let order = phone.transfer_as(made, (100, "704"), NOW);
    assert_eq!(refused(&world, order).await, None);
    tell().await.unwrap();
    assert_eq!(
        told.payments(),
        [change(made)],
        "approved, and what the bank said"
    );
    phone.again_under(voucher());
    let (_, own) = phone.transfer(100, "704", NOW);
    assert!(refused(&world, own).await.is_some());
    tell().await.unwrap();
    assert_eq!(told.payments(), [], "an order of the person's own");
}

#[tokio::test]
async fn apps_hear_whose_accounts_changed_since_the_last_look() {
    let (world, _) = world().await;
    let told = Arc::new(Told::default());
    let apps: Arc<dyn Apps> = Arc::<Told>::clone(&told);
    let tell = async || world.gateway.tell_of_accounts(&apps).await;
    let change = |subject: &str, holders: &[&str]| {
        let holders = holders.iter().map(|holder| holder.parse().unwrap());
        world.bank.heads.lock().unwrap().push(SubjectHead {
            subject: subject.parse().unwrap(),
            sequence: Sequence::new(1).unwrap(),
            hash: Hash::ZERO,
            holders: holders.collect(),
        });
    };
    change("account:576", &["1001"]);
    tell().await.unwrap();
    assert_eq!(
        told.accounts(),
        [[""; 0]; 0],
        "nobody waits for what was before"
    );
    change("account:576", &["1001", "1002"]);
    change("account:704", &["1001"]);
    change("customer:1003", &["1003"]);
    told.is_away.store(true, Ordering::SeqCst);
    tell().await.unwrap_err();
    told.is_away.store(false, Ordering::SeqCst);
    let other = world.another_node().await;
    other.tell_of_accounts(&apps).await.unwrap();
    assert_eq!(
        told.accounts(),
        [["1001", "1002"]],
        "each once, and of accounts alone"
    );
    tell().await.unwrap();
    assert_eq!(told.accounts(), [[""; 0]; 0]);

    // An older copy of the books was put back.
    world.bank.heads.lock().unwrap().truncate(1);
    tell().await.unwrap();
    assert_eq!(told.accounts(), [["1001"]]);
}
