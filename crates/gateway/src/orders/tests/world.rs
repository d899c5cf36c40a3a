//! A gateway in a world of the vectors.

use super::bank::{TestBank, order};
use super::risk::TestRisk;
use crate::gateway::{Gateway, Neighbours};
use crate::orders::in_hand::Held;
use crate::orders::{Receipt, TokenDevice};
use crate::ports::{
    Devices, KnownDevice, KnownLogin, PortError, RaisedLimit, Risk, Statements, StatementsError,
    Trust,
};
use crate::settings::{KindLimit, Limits, Settings, VerdictLimits};
use crate::store::intent::{self, IntentRow, Progress};
use crate::store::voucher::{self, VoucherRow};
use crate::store::{CustomerIndex, burnt};
use async_trait::async_trait;
use core_bank::Target;
use database::{Location, Transaction};
use envelope::{DeviceStatement, Purpose, Sign1, Signer as _, SoftwareKey, TrustList, TrustedKey};
use order::{Credential, OutcomeKind, RelyingParty, Voucher};
use protocol::BrakeChange;
use protocol::cbor::Map;
use protocol::http::{
    CheckpointAnswer, CheckpointRequest, OrderProgress, PagesAnswer, PartsAnswer, Report,
    SnapshotAnswer, SnapshotRequest,
};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use types::{
    AccountId, ChannelId, Clock, CustomerId, DeviceId, ErrorCode, Hash, IntentId, Money, PublicKey,
    Rate, SnapshotId, Time, VoucherId, hex,
};

/// The answers that were accepted or refused before the world began.
pub(super) const EARLIER_ANSWER: &[u8] = b"the earlier answer";

pub(super) struct World {
    pub(super) gateway: Gateway,
    pub(super) bank: Arc<TestBank>,
    pub(super) risk: Arc<TestRisk>,
    now: Arc<AtomicU64>,
    known: Arc<Known>,
    /// The token of a request that names none.
    token: Json,
    parts: Parts,
    _directory: tempfile::TempDir,
}

/// What a node of gateway is opened with.
type Parts = (Location, Settings, Arc<vault::FileVault>, Clock);

pub(super) const NO_LIMITS: Limits = Limits {
    day: i64::MAX,
    new_device: i64::MAX,
    new_payee: i64::MAX,
    cooling_off_ms: 0,
    transfer: KindLimit::NONE,
    bill: KindLimit::NONE,
    standing: KindLimit::NONE,
    by_verdict: VerdictLimits::SAME,
};

async fn open(
    parts: &Parts,
    known: &Arc<Known>,
    bank: &Arc<TestBank>,
    risk: Arc<dyn Risk>,
) -> Gateway {
    let (location, settings, vault, clock) = parts;
    let neighbours = Neighbours {
        apps: None,
        vault: vault.clone(),
        statements: known.clone(),
        devices: known.clone(),
        core_bank: bank.clone(),
        risk,
        clock: clock.clone(),
    };
    let gateway = Gateway::open(location.clone(), settings.clone(), neighbours);
    gateway.await.unwrap()
}

/// What ciam and notification know.
struct Known {
    devices: Mutex<Json>,
    /// The token of the request, which says whose the device is.
    token: Mutex<Json>,
    credentials: HashMap<Vec<u8>, Credential>,
    /// When people logged in on devices.
    logins: Mutex<HashMap<DeviceId, KnownLogin>>,
    /// When the devices were enrolled, in milliseconds.
    enrolled: AtomicU64,
    /// The verdict on their attestations.
    verdict: Mutex<String>,
    trust: Trust,
    /// The changes of brakes that notification was told of, with their causes.
    told: Mutex<Vec<(String, BrakeChange)>>,
    /// The payments of which notification was told, with their customers and causes.
    initiated: Mutex<Vec<(CustomerId, String, Map)>>,
    raised: Mutex<Vec<(CustomerId, String, RaisedLimit)>>,
    /// What notification answers to either instead, if anything.
    tells: Mutex<Option<StatementsError>>,
}

pub(super) fn text(json: &Json) -> &str {
    json.as_str().unwrap()
}

fn money(json: &Json) -> Money {
    Money::new(json[0].as_i64().unwrap(), text(&json[1]).parse().unwrap())
}

fn bytes<const LENGTH: usize>(json: &Json) -> [u8; LENGTH] {
    hex::decode(text(json)).unwrap().try_into().unwrap()
}

fn key(label: u8) -> SoftwareKey {
    SoftwareKey::from_bytes(&[label; 32]).unwrap()
}

impl World {
    /// A gateway that knows `world`, changed by `difference`. It has no limits.
    pub(super) async fn new(world: &Json, difference: &Json) -> Self {
        Self::with(world, difference, (NO_LIMITS, None)).await
    }

    /// The same with limits, on SQLite or in a schema on a server.
    pub(super) async fn with(
        world: &Json,
        difference: &Json,
        (limits, server): (Limits, Option<Location>),
    ) -> Self {
        let mut world = world.clone();
        for (member, value) in difference.as_object().unwrap() {
            world[member] = value.clone();
        }
        let directory = tempfile::tempdir().unwrap();
        let bank = Arc::new(bank(&world));
        let known = Arc::new(known(&world));
        let now = Arc::new(AtomicU64::new(1_790_000_000_000));
        let vault = vault::FileVault::open_or_create(&directory.path().join("vault")).unwrap();
        let read = now.clone();
        let clock: Clock = Arc::new(move || Time::from_ms(read.load(Ordering::SeqCst)));
        let settings = Settings {
            limits,
            relying_party: RelyingParty {
                id: text(&world["relying_party"]).to_owned(),
                origin: text(&world["origin"]).to_owned(),
            },
            ..Settings::new("https://bank.example")
        };
        let file = directory.path().join("gateway.sqlite");
        let location = server.unwrap_or_else(|| file.into());
        let parts = (location, settings, Arc::new(vault), clock);
        let risk = Arc::new(TestRisk::default());
        let gateway = open(&parts, &known, &bank, risk.clone()).await;
        let world_gateway = Self {
            gateway,
            bank,
            risk,
            now,
            known,
            token: world["token"].clone(),
            parts,
            _directory: directory,
        };
        world_gateway.seed(&world).await;
        world_gateway
    }

    /// Sends a request of the vectors at `now`, and waits until the core bank has answered for it.
    pub(super) async fn submit(&self, request: &Json, now: &Json, token: &Json) -> Receipt {
        self.now.store(now.as_u64().unwrap(), Ordering::SeqCst);
        let token = if token.is_null() { &self.token } else { token };
        self.known.token.lock().unwrap().clone_from(token);
        let token = self::token(token);
        let body = serde_json::to_vec(request).unwrap();
        let submitted = self.gateway.submit_posted(&token, &body).await.unwrap();
        if let Some(placing) = submitted.placing {
            placing.await.unwrap();
        }
        submitted.receipt
    }

    /// Another node over the same tables.
    pub(super) async fn another_node(&self) -> Gateway {
        let risk = self.risk.clone();
        open(&self.parts, &self.known, &self.bank, risk).await
    }

    /// Another node over the same tables, with a judge of risks.
    pub(super) async fn node_with(&self, risk: impl Risk + 'static) -> Gateway {
        open(&self.parts, &self.known, &self.bank, Arc::new(risk)).await
    }

    /// Another node over the same tables, with other limits of the bank.
    pub(super) async fn node_limited(&self, limits: Limits) -> Gateway {
        let mut parts = self.parts.clone();
        parts.1.limits = limits;
        open(&parts, &self.known, &self.bank, self.risk.clone()).await
    }

    /// Has ciam say that the devices are this customer's.
    pub(super) fn devices_of(&self, customer: &str) {
        self.known.token.lock().unwrap()["customer"] = customer.into();
    }

    /// The changes of brakes that notification was told of since the last call.
    pub(super) fn told(&self) -> Vec<(String, BrakeChange)> {
        std::mem::take(&mut *self.known.told.lock().unwrap())
    }

    /// The payments that notification was told of since the last call.
    pub(super) fn told_payments(&self) -> Vec<(CustomerId, String, Map)> {
        std::mem::take(&mut *self.known.initiated.lock().unwrap())
    }

    /// The raised limits that notification was told of since the last call.
    pub(super) fn told_raised(&self) -> Vec<(CustomerId, String, RaisedLimit)> {
        std::mem::take(&mut *self.known.raised.lock().unwrap())
    }

    /// Has notification refuse the next change of a brake, or payment, or raised limit.
    pub(super) fn tells(&self, refusal: StatementsError) {
        *self.known.tells.lock().unwrap() = Some(refusal);
    }

    /// Sets the clock.
    pub(super) fn set_time(&self, time: Time) {
        self.now.store(time.ms(), Ordering::SeqCst);
    }

    /// Sets the time when it is called.
    pub(super) fn setting_time(&self, time: Time) -> impl FnOnce() + Send + 'static {
        let now = self.now.clone();
        move || now.store(time.ms(), Ordering::SeqCst)
    }

    /// The device of the world's token, as it sends.
    pub(super) fn token_device(&self) -> TokenDevice {
        token(&self.token)
    }

    /// The vouchers that gateway gives the device.
    pub(super) async fn vouchers(&self) -> Vec<VoucherId> {
        let given = self.gateway.vouchers(self.device()).await.unwrap();
        let trust = self.trust();
        // Those of the vectors are not signed.
        let read = |signed: &protocol::Base64UrlBytes| Voucher::verify_any(&signed.0, &trust).ok();
        let given = given.vouchers.iter().filter_map(read);
        given.map(|voucher| voucher.voucher).collect()
    }

    /// Removes the token's device.
    pub(super) fn revoke(&self) {
        let device = self.device().to_string();
        self.known.devices.lock().unwrap()[device]["active"] = false.into();
    }

    /// The person logs in on a device, with a passkey that was registered then, or at an outside provider.
    pub(super) fn log_in(
        &self,
        device: DeviceId,
        time: Time,
        passkey_registered: impl Into<Option<Time>>,
    ) {
        let login = KnownLogin {
            time,
            passkey_registered: passkey_registered.into(),
        };
        self.known.logins.lock().unwrap().insert(device, login);
    }

    /// The newest audit record.
    pub(super) async fn newest_act(&self) -> audit::Act {
        let [act] = self.newest_acts().await;
        act
    }

    /// The newest audit records, the newest first.
    pub(super) async fn newest_acts<const ACTS: usize>(&self) -> [audit::Act; ACTS] {
        let acts = self
            .read(async move |tx| {
                let select = "SELECT record FROM audit ORDER BY number DESC";
                let rows = tx.query(select, &[]).await?;
                let act = |row: &database::Row| {
                    let record: Vec<u8> = row.get(0).unwrap();
                    audit::Record::parse(&record).unwrap().act
                };
                Ok(rows.iter().take(ACTS).map(act).collect::<Vec<_>>())
            })
            .await;
        acts.try_into().unwrap()
    }

    /// How often the core bank got an order.
    pub(super) fn placed(&self, id: IntentId) -> usize {
        let placed = self.bank.placed.lock().unwrap();
        placed.get(&id).copied().unwrap_or_default()
    }

    /// Takes an order in hand, so that nobody hands it on.
    pub(super) async fn hold(&self, id: IntentId) -> Held {
        let key = (self.customer().await, id);
        self.gateway.0.in_hand.take(key).unwrap()
    }

    /// The trust list, for reading vouchers.
    pub(super) fn trust(&self) -> TrustList {
        let Trust { list, roots } = &self.known.trust;
        TrustList::stored(list, roots).unwrap()
    }

    /// Has ciam's statement say that the device was enrolled at `time`.
    pub(super) fn enrol_at(&self, time: Time) {
        self.known.enrolled.store(time.ms(), Ordering::SeqCst);
    }

    /// Has ciam's statement say that verdict on the device's attestation.
    pub(super) fn attest(&self, verdict: &str) {
        verdict.clone_into(&mut self.known.verdict.lock().unwrap());
    }

    /// What is stored of an order of the token's customer.
    pub(super) async fn row(&self, id: IntentId) -> IntentRow {
        let key = (self.customer().await, id);
        let row = self.read(async move |tx| Ok(intent::find(tx, key).await?));
        row.await.unwrap()
    }

    /// Sets how far an order has come.
    pub(super) async fn set_state(&self, id: IntentId, state: OrderProgress) {
        let key = (self.customer().await, id);
        let database = &self.gateway.0.database;
        let set = database.write(async move |tx| {
            Ok::<_, crate::Failure>(intent::set_progress(tx, key, &Progress::of(state)).await?)
        });
        set.await.unwrap();
    }

    /// What `read` finds in gateway's tables.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl AsyncFn(&mut Transaction<'_>) -> Result<T, crate::Failure> + Send + 'static,
    ) -> T {
        self.gateway.0.database.read(read).await.unwrap()
    }

    async fn seed(&self, world: &Json) {
        let gateway = &self.gateway;
        let index = |json: &Json| gateway.customer_index(&text(json).parse().unwrap());
        let mut vouchers = Vec::new();
        for (number, row) in world["vouchers"].as_object().unwrap() {
            let spent = row["spent"].as_bool().unwrap();
            vouchers.push(VoucherRow {
                voucher: VoucherId::new(bytes(&Json::from(number.as_str()))),
                customer: index(&row["customer"]),
                device: text(&row["device"]).parse().unwrap(),
                limit: money(&row["limit"]),
                expires: Time::from_ms(row["expires"].as_u64().unwrap()),
                spent_by: spent.then(|| IntentId::at(Time::from_ms(1), [1; 10])),
                signed: b"a voucher".to_vec(),
            });
        }
        let seen = world["seen"].as_array().unwrap().iter().map(|row| {
            let accepted = row["answer"] == "accepted";
            let state = match row["became"].as_str() {
                _ if !accepted => OrderProgress::Refused,
                Some("executed") => OrderProgress::Executed,
                Some("refused") => OrderProgress::Refused,
                Some("cancelled") => OrderProgress::Cancelled,
                _ => OrderProgress::Pending,
            };
            IntentRow {
                customer: index(&row["customer"]),
                intent: text(&row["id"]).parse().unwrap(),
                hash: Hash::new(bytes(&row["hash"])),
                device: self.device(),
                received: Time::from_ms(1_789_999_000_000),
                refusal: if accepted {
                    0
                } else {
                    ErrorCode::OrderTextDiffers.number()
                },
                answer: EARLIER_ANSWER.to_vec(),
                signed: Vec::new(),
                moved: None,
                progress: Progress::of(state),
                ended: None,
            }
        });
        let seen: Vec<_> = seen.collect();
        let burnt = world["burnt"].as_array().unwrap().iter();
        let burnt = burnt.map(|row| (index(&row["customer"]), text(&row["id"]).parse().unwrap()));
        let burnt: Vec<(_, IntentId)> = burnt.collect();
        gateway
            .0
            .database
            .write(async move |tx| {
                for row in &vouchers {
                    voucher::insert(tx, row).await?;
                }
                for row in &seen {
                    intent::insert(tx, row).await?;
                }
                for &key in &burnt {
                    burnt::insert(tx, key, Time::from_ms(1)).await?;
                }
                Ok::<_, crate::Failure>(())
            })
            .await
            .unwrap();
    }

    /// The customer of the world's token.
    pub(super) async fn customer(&self) -> CustomerIndex {
        let stated = self.gateway.stated(self.device()).await.unwrap();
        let statement = stated.unwrap().statement;
        self.gateway.customer_index(&statement.customer)
    }

    /// The customer of the token's device.
    pub(super) fn token_customer(&self) -> CustomerId {
        text(&self.token["customer"]).parse().unwrap()
    }

    pub(super) fn device(&self) -> DeviceId {
        text(&self.token["device"]).parse().unwrap()
    }
}

fn token(json: &Json) -> TokenDevice {
    TokenDevice {
        device: text(&json["device"]).parse().unwrap(),
        channels: vec![ChannelId::new(bytes(&json["channel"]))],
        issued: Time::from_ms(1_789_990_000_000),
        address: "192.0.2.7".parse().ok(),
    }
}

fn bank(world: &Json) -> TestBank {
    let mut bank = TestBank::default();
    for (account, holders) in world["accounts"].as_object().unwrap() {
        for (customer, role) in holders.as_object().unwrap() {
            let key = (customer.parse().unwrap(), account.parse().unwrap());
            bank.roles.insert(key, text(role).parse().unwrap());
        }
    }
    for rate in world["rates"].as_array().unwrap() {
        let pair = (
            text(&rate["from"]).parse().unwrap(),
            text(&rate["to"]).parse().unwrap(),
        );
        let rate = Rate {
            coefficient: rate["rate"][0].as_i64().unwrap(),
            scale: u8::try_from(rate["rate"][1].as_u64().unwrap()).unwrap(),
        };
        bank.rates.insert(pair, rate);
    }
    let key = |row: &Json| -> (CustomerId, String) {
        (
            text(&row["customer"]).parse().unwrap(),
            text(&row["id"]).to_owned(),
        )
    };
    for row in world["seen"].as_array().unwrap() {
        let outcome = match row["became"].as_str() {
            Some("executed") => OutcomeKind::Executed,
            Some("refused") => OutcomeKind::Refused,
            Some("cancelled") => OutcomeKind::Cancelled,
            _ => continue,
        };
        let orders = bank.orders.get_mut().unwrap();
        orders.insert(key(row), Target::Done(outcome));
    }
    for (member, made) in [
        ("pending", &bank.orders),
        ("standing_orders", &bank.standing),
        ("payees", &bank.payees),
    ] {
        for row in world[member].as_array().unwrap() {
            let target = Target::Active(order(&row["order"]));
            made.lock().unwrap().insert(key(row), target);
        }
    }
    bank
}

/// ciam has stated the token's device, with the keys that the world gives it.
fn known(world: &Json) -> Known {
    let (root, ciam, vouchers) = (key(1), key(2), key(3));
    let listed = |purpose, key: &SoftwareKey| TrustedKey {
        purpose,
        key: *key.public_key(),
        from: Time::from_ms(0),
        until: Time::from_ms(u64::MAX >> 1),
    };
    let keys = [
        listed(Purpose::Device, &ciam),
        listed(Purpose::Voucher, &vouchers),
    ];
    let until = Time::from_ms(u64::MAX >> 1);
    let payload = TrustList::payload(1, Time::from_ms(1), until, &keys);
    let trust = Trust {
        list: Sign1::sign_embedded(&root, &payload).unwrap(),
        roots: vec![*root.public_key()],
    };
    let credentials = world["credentials"].as_object().unwrap().iter();
    let credentials = credentials.map(|(id, row)| {
        let credential = Credential {
            customer: text(&row["customer"]).parse().unwrap(),
            key: hex::decode(text(&row["key"])).unwrap(),
            backup_eligible: row["backup_eligible"].as_bool().unwrap(),
        };
        (hex::decode(id).unwrap(), credential)
    });
    Known {
        devices: Mutex::new(world["devices"].clone()),
        token: Mutex::new(world["token"].clone()),
        credentials: credentials.collect(),
        logins: Mutex::default(),
        enrolled: AtomicU64::new(1),
        verdict: Mutex::new("none".to_owned()),
        trust,
        told: Mutex::default(),
        initiated: Mutex::default(),
        raised: Mutex::default(),
        tells: Mutex::default(),
    }
}

#[async_trait]
impl Devices for Known {
    async fn device(&self, device: DeviceId) -> Result<Option<KnownDevice>, PortError> {
        let row = &self.devices.lock().unwrap()[device.to_string()];
        if row.is_null() {
            return Ok(None);
        }
        let token = self.token.lock().unwrap();
        let statement = DeviceStatement {
            number: 1,
            customer: text(&token["customer"]).parse().unwrap(),
            channel: ChannelId::new(bytes(&token["channel"])),
            device,
            form: text(&row["form"]).parse().unwrap(),
            session: PublicKey::new(bytes(&row["session"])),
            approval: PublicKey::new(bytes(&row["approval"])),
            agreement: *key(4).public_key(),
            verdict: self.verdict.lock().unwrap().clone(),
            time: Time::from_ms(self.enrolled.load(Ordering::SeqCst)),
        };
        Ok(Some(KnownDevice {
            statement: statement.sign(&key(2)).unwrap(),
            active: row["active"].as_bool().unwrap(),
        }))
    }

    async fn credential(&self, credential: &[u8]) -> Result<Option<Credential>, PortError> {
        Ok(self.credentials.get(credential).cloned())
    }

    async fn login(&self, device: DeviceId) -> Result<Option<KnownLogin>, PortError> {
        Ok(self.logins.lock().unwrap().get(&device).copied())
    }
}

#[async_trait]
impl Statements for Known {
    async fn trust(&self) -> Result<Trust, StatementsError> {
        Ok(self.trust.clone())
    }

    async fn brake_changed(
        &self,
        channel: ChannelId,
        cause: &str,
        change: &BrakeChange,
    ) -> Result<(), StatementsError> {
        let token = self.token.lock().unwrap();
        assert_eq!(channel, ChannelId::new(bytes(&token["channel"])));
        if let Some(refusal) = self.tells.lock().unwrap().take() {
            return Err(refusal);
        }
        let told = (cause.to_owned(), change.clone());
        self.told.lock().unwrap().push(told);
        Ok(())
    }

    async fn payment_initiated(
        &self,
        customer: &CustomerId,
        cause: &str,
        arguments: &Map,
    ) -> Result<(), StatementsError> {
        if let Some(refusal) = self.tells.lock().unwrap().take() {
            return Err(refusal);
        }
        let told = (customer.clone(), cause.to_owned(), arguments.clone());
        self.initiated.lock().unwrap().push(told);
        Ok(())
    }

    async fn limit_raised(
        &self,
        customer: &CustomerId,
        cause: &str,
        raised: RaisedLimit,
    ) -> Result<(), StatementsError> {
        if let Some(refusal) = self.tells.lock().unwrap().take() {
            return Err(refusal);
        }
        let told = (customer.clone(), cause.to_owned(), raised);
        self.raised.lock().unwrap().push(told);
        Ok(())
    }

    async fn sign_vouchers(&self, vouchers: &[Voucher]) -> Result<Vec<Vec<u8>>, StatementsError> {
        let key = key(3);
        Ok(vouchers
            .iter()
            .map(|voucher| voucher.sign(&key).unwrap())
            .collect())
    }

    async fn checkpoint(
        &self,
        _: ChannelId,
        _: DeviceId,
        _: CheckpointRequest,
    ) -> Result<CheckpointAnswer, StatementsError> {
        unreachable!("orders need no checkpoint")
    }

    async fn snapshot(
        &self,
        _: ChannelId,
        _: DeviceId,
        _: SnapshotRequest,
    ) -> Result<SnapshotAnswer, StatementsError> {
        unreachable!("orders need no snapshot")
    }

    async fn parts(
        &self,
        _: ChannelId,
        _: DeviceId,
        _: SnapshotId,
        _: u64,
    ) -> Result<PartsAnswer, StatementsError> {
        unreachable!("orders need no parts")
    }

    async fn pages(
        &self,
        _: ChannelId,
        _: DeviceId,
        _: SnapshotId,
        _: (u64, AccountId, u64),
    ) -> Result<PagesAnswer, StatementsError> {
        unreachable!("orders need no pages")
    }

    async fn report(&self, _: ChannelId, _: DeviceId, _: Report) -> Result<(), StatementsError> {
        unreachable!("orders need no report")
    }
}
