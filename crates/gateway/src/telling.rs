//! Tells notification of facts of gateway's own, so that all the customer's devices see them.

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::ports::{RaisedLimit, StatementsError};
use crate::store::untold::{self, UntoldRow};
use database::Transaction;
use protocol::cbor::{self, Fields, FromValue as _, Map, Value};
use protocol::{BrakeChange, ParseError, cbor_array};
use std::time::Duration;
use types::{ChannelId, CustomerId, IntentId, Time};

/// The purpose under which facts are sealed. Changes of brakes were the first.
const FACT: &str = "gateway.brake_change";

/// The first item of a sealed initiation. That of a change of a brake is a channel.
const INITIATION: &str = "initiation";

/// The same of a raised limit.
const RAISED: &str = "raised limit";

/// Time between two looks for facts that were not told.
const LOOK: Duration = Duration::from_millis(500);

/// The same after notification did not answer.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Maximum facts in one read.
const PAGE: u32 = 64;

/// A fact, and whose devices are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact {
    /// One of the customer's brakes changed.
    Brake(ChannelId, BrakeChange),
    /// Another app prepared a payment for the customer: what the entry says.
    Initiation(CustomerId, Map),
    /// The bank raised the limit of the customer's day.
    Raised(CustomerId, RaisedLimit),
}

impl Fact {
    fn encode(&self) -> Vec<u8> {
        cbor::encode(&match self {
            Self::Brake(channel, change) => {
                cbor_array![*channel, Value::Map(change.arguments())]
            }
            Self::Initiation(customer, said) => {
                cbor_array![INITIATION, customer, Value::Map(said.clone())]
            }
            Self::Raised(customer, RaisedLimit { day, until }) => {
                cbor_array![RAISED, customer, *day, *until]
            }
        })
    }

    fn decode(stored: &[u8]) -> Result<Self, Failure> {
        let read = || {
            let values = Vec::from_value(cbor::decode(stored)?)?;
            let kind = values.first().and_then(Value::as_text).map(str::to_owned);
            let mut fields = Fields::new(values);
            if let Some(kind) = kind {
                let _kind: String = fields.take()?;
                let customer = fields.take()?;
                return Ok(match kind.as_str() {
                    INITIATION => Self::Initiation(customer, fields.take()?),
                    RAISED => {
                        let (day, until) = (fields.take()?, fields.take()?);
                        Self::Raised(customer, RaisedLimit { day, until })
                    }
                    _ => return Err(ParseError::WrongShape("a fact of gateway's")),
                });
            }
            let (channel, arguments): (_, Map) = (fields.take()?, fields.take()?);
            let change = BrakeChange::of_arguments(&arguments);
            let change = change.ok_or(ParseError::WrongShape("a change of a brake"))?;
            Ok(Self::Brake(channel, change))
        };
        read().map_err(|_: ParseError| Failure::StoredFact)
    }
}

impl Gateway {
    /// A fact of the time `now`, to be stored with what made it.
    pub(crate) fn to_be_told(&self, fact: &Fact, now: Time) -> Result<UntoldRow, Failure> {
        Ok(UntoldRow {
            // An id that a later one follows.
            cause: self.new_intent(now)?.to_string(),
            sealed: self.0.columns.seal(FACT, &fact.encode())?,
        })
    }

    /// A new id, greater than those of earlier times.
    pub(crate) fn new_intent(&self, now: Time) -> Result<IntentId, Failure> {
        let mut random = [0; 10];
        getrandom::fill(&mut random)?;
        Ok(IntentId::at(now, random))
    }

    /// Tells notification of a fact that was committed. If it does not answer, [`run`](Self::run) tells it later.
    pub(crate) async fn tell_soon(&self, row: &UntoldRow) {
        if let Err(failure) = self.tell(row).await {
            let failure = types::error_chain(&failure);
            tracing::warn!("a customer's devices do not see a fact of gateway's yet: {failure}");
        }
    }

    /// Tells notification what it was not told, until it is dropped.
    pub(crate) async fn keep_telling(&self) {
        loop {
            let wait = match self.tell_all().await {
                Ok(()) => LOOK,
                Err(failure) => {
                    let failure = types::error_chain(&failure);
                    tracing::warn!("facts of gateway's are not told yet: {failure}");
                    LOOK_AGAIN
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Tells notification of all facts that it was not told of.
    pub(crate) async fn tell_all(&self) -> Result<(), Failure> {
        let mut told = Ok(());
        let mut after = String::new();
        loop {
            let last = after.clone();
            let page = self
                .0
                .database
                .read(async move |tx| Ok::<_, Failure>(untold::after(tx, &last, PAGE).await?));
            let page = page.await?;
            let Some(last) = page.last() else {
                return told;
            };
            after.clone_from(&last.cause);
            for row in &page {
                // One customer whose fact is not told keeps no other waiting.
                told = told.and(self.tell(row).await);
            }
        }
    }

    /// Tells notification of a fact, and forgets that it has to be told.
    async fn tell(&self, row: &UntoldRow) -> Result<(), Failure> {
        let (statements, cause) = (&self.0.statements, &row.cause);
        let asked = match Fact::decode(&self.0.columns.open(FACT, &row.sealed)?)? {
            Fact::Brake(channel, change) => statements.brake_changed(channel, cause, &change).await,
            Fact::Initiation(customer, said) => {
                statements.payment_initiated(&customer, cause, &said).await
            }
            Fact::Raised(customer, raised) => {
                statements.limit_raised(&customer, cause, raised).await
            }
        };
        match asked {
            // An erased customer has no devices.
            Ok(()) | Err(StatementsError::ChannelUnknown) => {}
            Err(error) => return Err(error.into()),
        }
        let cause = row.cause.clone();
        let delete = async move |tx: &mut Transaction<'_>| {
            Ok::<_, Failure>(untold::delete(tx, &cause).await?)
        };
        self.0.database.write(delete).await
    }
}
