//! Payments that apps prepare. Each waits for an order of the customer with its id, which the customer's device signs as any
//! other: no token of an app moves money.

use super::App;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::store::initiation::{self, InitiationRow};
use crate::store::intent::{self, IntentRow};
use crate::store::{CustomerIndex, untold};
use crate::telling::Fact;
use audit::{Act, Subject};
use database::{Transaction, audit_chain};
use order::{Initiation, OrderError};
use protocol::cbor::{self, Fields, FromValue as _, Map, Value};
use protocol::http::{InitiatePayment, InitiationAnswer, InitiationState, WaitingInitiation};
use protocol::{ParseError, cbor_array};
use std::sync::Arc;
use types::{AccountId, CustomerId, DeviceId, ErrorCode, Hash, IntentId, Role, Time, base64url};

const INITIATION: &str = "gateway.initiation";

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// How long the customer may approve an initiation.
const GOOD_FOR_MS: u64 = DAY_MS;

/// How long an expired initiation is known.
const KNOWN_FOR_MS: u64 = 90 * DAY_MS;

/// Maximum initiations of an app for a customer in a day. Each is an entry for the customer's devices.
const IN_A_DAY_MAX: usize = 20;

/// Why an initiation is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitiationRefusal {
    /// No order could be this payment.
    Malformed(OrderError),
    /// The customer may not pay from the account.
    AccountForbidden,
    /// The app prepared another payment with this key.
    KeyUsed,
    /// The app prepared too many payments for the customer. The next one is accepted so many milliseconds from now.
    TooMany(u64),
    /// The app prepared no such payment, or the customer has none.
    Unknown,
    /// It was approved before.
    Over,
}

impl InitiationRefusal {
    /// The public code.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Malformed(_) => ErrorCode::OrderMalformed,
            Self::AccountForbidden => ErrorCode::DebitAccountForbidden,
            Self::KeyUsed => ErrorCode::IdempotencyKeyUsed,
            Self::TooMany(_) => ErrorCode::TooManyRequests,
            Self::Unknown => ErrorCode::InitiationUnknown,
            Self::Over => ErrorCode::InitiationOver,
        }
    }
}

/// A payment that an app prepared, as an order with its id is compared with it.
pub(crate) struct Initiated {
    pub(crate) payment: Initiation,
    pub(crate) declined: bool,
    pub(crate) expires: Time,
}

impl Gateway {
    /// Prepares a payment for the customer, who is told of it. The same request with the same `key` gets the same initiation.
    pub async fn initiate(
        &self,
        app: &App,
        key: &str,
        asked: &InitiatePayment,
    ) -> Result<Result<InitiationAnswer, InitiationRefusal>, Failure> {
        let payment = match Initiation::of_request(asked) {
            Ok(payment) => payment,
            Err(error) => return Ok(Err(InitiationRefusal::Malformed(error))),
        };
        if let Some(account) = &payment.fields().debit_account
            && !self.may_pay_from(app, account).await?
        {
            return Ok(Err(InitiationRefusal::AccountForbidden));
        }
        let now = self.now();
        let row = self.prepared(app, key, &payment, now)?;
        let said = said(app, &row, &payment);
        let fact = Fact::Initiation(app.customer.clone(), said);
        let told = Arc::new(self.to_be_told(&fact, now)?);
        let (given, to_tell) = (row.clone(), told.clone());
        let write = async move |tx: &mut Transaction<'_>| {
            if let Some(known) = initiation::find_by_key(tx, given.key).await? {
                return Ok::<_, Failure>(if known.body == given.body {
                    Ok((known, false))
                } else {
                    Err(InitiationRefusal::KeyUsed)
                });
            }
            let of = (given.customer, &given.client);
            let made = initiation::made_after(tx, of, now.minus_ms(DAY_MS)).await?;
            if let Some(first) = made.first().filter(|_| made.len() >= IN_A_DAY_MAX) {
                let again_in = first.plus_ms(DAY_MS).ms_since(now);
                return Ok(Err(InitiationRefusal::TooMany(again_in)));
            }
            initiation::insert(tx, &given, now.minus_ms(KNOWN_FOR_MS)).await?;
            untold::insert(tx, &to_tell).await?;
            let actor = given.client.to_string();
            let act = act(now, (&actor, "initiation.made"), &given);
            audit_chain::record(tx, &act).await?;
            Ok(Ok((given.clone(), true)))
        };
        let (row, is_new) = match self.0.database.write(write).await? {
            Ok(kept) => kept,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if is_new {
            self.tell_soon(&told).await;
        }
        let order = self.order_of(&app.customer, row.initiation).await?;
        Ok(Ok(answer(&row, order, now)))
    }

    /// What became of a payment that the app prepared.
    pub async fn initiation(
        &self,
        app: &App,
        initiation: IntentId,
    ) -> Result<Result<InitiationAnswer, InitiationRefusal>, Failure> {
        let key = (self.customer_index(&app.customer), initiation);
        let row = self
            .0
            .database
            .read(async move |tx| Ok::<_, Failure>(initiation::find(tx, key).await?))
            .await?;
        let Some(row) = row.filter(|row| row.client == app.client) else {
            return Ok(Err(InitiationRefusal::Unknown));
        };
        let order = self.order_of(&app.customer, initiation).await?;
        Ok(Ok(answer(&row, order, self.now())))
    }

    /// The payments that wait for the customer of `device`, the oldest first.
    pub async fn waiting_initiations(
        &self,
        device: DeviceId,
    ) -> Result<Vec<WaitingInitiation>, Failure> {
        let Some(stated) = self.stated(device).await?.filter(|stated| stated.active) else {
            return Ok(Vec::new());
        };
        let (customer, now) = (self.customer_index(&stated.statement.customer), self.now());
        let rows = self
            .0
            .database
            .read(async move |tx| Ok::<_, Failure>(initiation::waiting(tx, customer, now).await?));
        rows.await?.iter().map(|row| self.waiting(row)).collect()
    }

    /// Declines a payment for the customer of `device`. A repeated request changes nothing.
    pub async fn decline_initiation(
        &self,
        device: DeviceId,
        initiation: IntentId,
    ) -> Result<Result<(), InitiationRefusal>, Failure> {
        let Some(stated) = self.stated(device).await?.filter(|stated| stated.active) else {
            return Ok(Err(InitiationRefusal::Unknown));
        };
        let now = self.now();
        let key = (self.customer_index(&stated.statement.customer), initiation);
        let write = async move |tx: &mut Transaction<'_>| {
            let Some(row) = initiation::find(tx, key).await? else {
                return Ok::<_, Failure>(Err(InitiationRefusal::Unknown));
            };
            if intent::find(tx, key).await?.is_some() {
                return Ok(Err(InitiationRefusal::Over));
            }
            if !row.declined {
                initiation::decline(tx, key).await?;
                let actor = device.to_string();
                let act = act(now, (&actor, "initiation.declined"), &row);
                audit_chain::record(tx, &act).await?;
            }
            Ok(Ok(()))
        };
        self.0.database.write(write).await
    }

    /// What an order with the row's id is compared with.
    pub(crate) fn initiated(&self, row: &InitiationRow) -> Result<Initiated, Failure> {
        let (_, payment) = self.open_initiation(row)?;
        Ok(Initiated {
            payment,
            declined: row.declined,
            expires: row.expires,
        })
    }

    async fn may_pay_from(&self, app: &App, account: &str) -> Result<bool, Failure> {
        let Ok(account) = account.parse::<AccountId>() else {
            return Ok(false);
        };
        let role = self.0.core_bank.role(&app.customer, &account).await?;
        Ok(matches!(role, Some(Role::Owner | Role::Authorised)))
    }

    fn prepared(
        &self,
        app: &App,
        key: &str,
        payment: &Initiation,
        now: Time,
    ) -> Result<InitiationRow, Failure> {
        let customer: CustomerIndex = self.customer_index(&app.customer);
        let stored = cbor_array![app.name.as_str(), &app.customer, payment.to_value()];
        let stored = cbor::encode(&stored);
        let named = cbor_array![app.client.as_str(), Value::from(customer.to_vec()), key];
        Ok(InitiationRow {
            customer,
            initiation: self.new_intent(now)?,
            client: app.client.clone(),
            key: Hash::of(&cbor::encode(&named)),
            body: Hash::of(&cbor::encode(&payment.to_value())),
            sealed: self.0.columns.seal(INITIATION, &stored)?,
            created: now,
            expires: now.plus_ms(GOOD_FOR_MS),
            declined: false,
            changes: 0,
        })
    }

    /// The customer for whom a payment was prepared.
    pub(super) fn customer_of(&self, row: &InitiationRow) -> Result<CustomerId, Failure> {
        Ok(self.open_initiation(row)?.0.customer)
    }

    /// The app, with its customer, and the payment.
    fn open_initiation(&self, row: &InitiationRow) -> Result<(App, Initiation), Failure> {
        let stored = self.0.columns.open(INITIATION, &row.sealed)?;
        let read = || {
            let mut fields = Fields::new(Vec::from_value(cbor::decode(&stored)?)?);
            Ok((fields.take()?, fields.take()?, fields.take()?))
        };
        let (name, customer, payment): (String, CustomerId, Value) =
            read().map_err(|_: ParseError| Failure::StoredInitiation)?;
        let payment = Initiation::from_value(payment).map_err(|_| Failure::StoredInitiation)?;
        let app = App {
            client: row.client.clone(),
            name,
            customer,
        };
        Ok((app, payment))
    }

    fn waiting(&self, row: &InitiationRow) -> Result<WaitingInitiation, Failure> {
        let (app, payment) = self.open_initiation(row)?;
        Ok(WaitingInitiation {
            initiation: row.initiation,
            client: app.client,
            name: app.name,
            created: row.created,
            expires: row.expires,
            payment: payment.request(),
        })
    }
}

/// What the entry for the customer's devices says.
fn said(app: &App, row: &InitiationRow, payment: &Initiation) -> Map {
    let initiation = row.initiation.to_string();
    Map::from([
        ("initiation".into(), initiation.as_str().into()),
        ("client".into(), row.client.as_str().into()),
        ("name".into(), app.name.as_str().into()),
        ("expires".into(), row.expires.into()),
        ("payment".into(), payment.to_value()),
    ])
}

fn answer(row: &InitiationRow, order: Option<IntentRow>, now: Time) -> InitiationAnswer {
    let state = match order {
        Some(order) => order.progress.state.into(),
        None if row.declined => InitiationState::Declined,
        None if now >= row.expires => InitiationState::Expired,
        None => InitiationState::Waiting,
    };
    InitiationAnswer {
        initiation: row.initiation,
        state,
        created: row.created,
        expires: row.expires,
    }
}

fn act(now: Time, (actor, action): (&str, &str), row: &InitiationRow) -> Act {
    Act::new(now, actor, action)
        .about(Subject::new("initiation", row.initiation))
        .about(Subject::new("customer", base64url::encode(&row.customer)))
        .with("client", row.client.as_str())
}
