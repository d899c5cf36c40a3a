//! Sets the customers' own brakes. What is tightened takes effect at once; what is loosened, when the cooling-off time is
//! over.

mod change;
mod record;
mod request;

pub use request::BrakeRefusal;

use crate::error::Failure;
use crate::gateway::{Gateway, StatedDevice};
use crate::orders::Spender;
use crate::store::CustomerIndex;
use crate::store::brake::{self, BrakeIndex, BrakeRow};
use crate::store::stop;
use crate::store::untold::{self, UntoldRow};
use crate::telling::Fact;
use change::Change;
use database::{Transaction, audit_chain};
use order::Brake;
use protocol::http::{OrderLimits, SetBrake};
use protocol::{BrakeChange, BrakeStep};
use record::record;
use request::Wanted;
use types::{ChannelId, DeviceId, Money, Time};

/// Maximum brakes of a customer.
const BRAKES_MAX: usize = 256;

/// A request whose form is right, and that names what the customer has.
struct Asked {
    who: (CustomerIndex, DeviceId),
    channel: ChannelId,
    index: BrakeIndex,
    sealed: Vec<u8>,
    wanted: Wanted,
    /// The bank's limit in minor units.
    banks: Option<i64>,
    cooling_off_ms: u64,
    now: Time,
}

impl Gateway {
    /// The limits and brakes of a device's orders. `None` if it was revoked.
    pub async fn limits(&self, device: DeviceId) -> Result<Option<OrderLimits>, Failure> {
        match self.active(device).await? {
            Some(stated) => {
                let banks = self.banks_limits(&stated.statement);
                Ok(Some(self.limits_of(self.spender(&stated), banks).await?))
            }
            None => Ok(None),
        }
    }

    /// Sets or ends a brake of the device's customer. Returns the limits and brakes as they are then. A repeated request
    /// changes nothing: what it loosens keeps its time. A request for what is in force withdraws what would loosen it.
    pub async fn set_brake(
        &self,
        device: DeviceId,
        request: &SetBrake,
    ) -> Result<Result<OrderLimits, BrakeRefusal>, Failure> {
        let now = self.now();
        let Some(stated) = self.active(device).await? else {
            let refusal = BrakeRefusal::DeviceRemoved;
            self.refuse_brake((None, device), None, refusal, now)
                .await?;
            return Ok(Err(refusal));
        };
        let spender = self.spender(&stated);
        let banks = self.banks_limits(&stated.statement);
        let who = (spender.customer, device);
        let currency = self.0.settings.voucher_limit.currency();
        let wanted = match Wanted::of(request, currency) {
            Ok(wanted) => self.check_held(&stated, wanted).await?,
            Err(refusal) => Err(refusal),
        };
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err(refusal) => {
                let brake = request.brake.parse().ok();
                self.refuse_brake((Some(who.0), device), brake, refusal, now)
                    .await?;
                return Ok(Err(refusal));
            }
        };
        let asked = Asked {
            who,
            channel: stated.statement.channel,
            index: self.brake_index(&wanted.brake),
            sealed: self.seal_brake(&wanted.brake)?,
            banks: banks.lowered_by(&wanted.brake),
            wanted,
            cooling_off_ms: self.0.settings.limits.cooling_off_ms,
            now,
        };
        let gateway = self.clone();
        let write = async move |tx: &mut Transaction<'_>| gateway.set(tx, &asked).await;
        match self.0.database.write(write).await? {
            Ok(to_be_told) => {
                if let Some(change) = to_be_told {
                    self.tell_soon(&change).await;
                }
                Ok(Ok(self.limits_of(spender, banks).await?))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// What the customer's devices are told of a change by `device`.
    fn told(&self, (brake, change): (&Brake, Change), device: DeviceId) -> BrakeChange {
        let currency = self.0.settings.voucher_limit.currency();
        let money = |minor_units| Money::new(minor_units, currency);
        let (step, from) = match change {
            Change::Loosens(loosening) => (BrakeStep::Loosens, Some(loosening.at)),
            Change::Kept => (BrakeStep::Kept, None),
            Change::Set(_) | Change::Nothing => (BrakeStep::Set, None),
        };
        BrakeChange {
            brake: brake.to_string(),
            step,
            limit: change.limit().filter(|_| brake.is_limit()).map(money),
            from,
            device,
        }
    }

    async fn active(&self, device: DeviceId) -> Result<Option<StatedDevice>, Failure> {
        let stated = self.stated(device).await?;
        Ok(stated.filter(|stated| stated.active))
    }

    fn spender(&self, stated: &StatedDevice) -> Spender {
        Spender {
            customer: self.customer_index(&stated.statement.customer),
            device: stated.statement.device,
            enrolled: stated.statement.time,
        }
    }

    /// An account that is to be frozen must be the customer's. A freeze can be ended of one that is not any more.
    async fn check_held(
        &self,
        stated: &StatedDevice,
        wanted: Wanted,
    ) -> Result<Result<Wanted, BrakeRefusal>, Failure> {
        let Brake::Account(account) = &wanted.brake else {
            return Ok(Ok(wanted));
        };
        let customer = &stated.statement.customer;
        let ends = wanted.minor_units.is_none();
        if ends || self.0.core_bank.role(customer, account).await?.is_some() {
            return Ok(Ok(wanted));
        }
        Ok(Err(BrakeRefusal::NotHeld))
    }

    async fn refuse_brake(
        &self,
        who: (Option<CustomerIndex>, DeviceId),
        brake: Option<Brake>,
        refusal: BrakeRefusal,
        now: Time,
    ) -> Result<(), Failure> {
        self.record_alone(record(now, who, brake.as_ref(), Err(refusal)))
            .await
    }

    /// Stores what is asked for. Returns the change of which the devices are to be told, if there is one.
    async fn set(
        &self,
        tx: &mut Transaction<'_>,
        asked: &Asked,
    ) -> Result<Result<Option<UntoldRow>, BrakeRefusal>, Failure> {
        let (customer, device) = asked.who;
        let brake = &asked.wanted.brake;
        let brakes = brake::of_customer(tx, customer, asked.now).await?;
        let known = brakes.iter().find(|brake| brake.brake == asked.index);
        let times = (asked.cooling_off_ms, asked.now);
        let change = Change::of(known, asked.wanted.minor_units, times);
        if change == Change::Nothing {
            return Ok(Ok(None));
        }
        let above = |banks| change.limit().is_some_and(|limit| limit > banks);
        let changed = if stop::bars(tx, customer).await? {
            Err(BrakeRefusal::Stopped)
        } else if asked.banks.is_some_and(above) {
            Err(BrakeRefusal::AboveTheBanks)
        } else if known.is_none() && brakes.len() >= BRAKES_MAX {
            Err(BrakeRefusal::TooMany)
        } else {
            Ok(change)
        };
        let who = (Some(customer), device);
        let act = record(asked.now, who, Some(brake), changed);
        audit_chain::record(tx, &act).await?;
        if let Err(refusal) = changed {
            return Ok(Err(refusal));
        }
        let new = BrakeRow {
            customer,
            brake: asked.index,
            sealed: asked.sealed.clone(),
            minor_units: 0,
            since: asked.now,
            loosening: None,
        };
        brake::put(tx, &change.applied(known, new)).await?;
        let told = self.told((brake, change), device);
        let row = self.to_be_told(&Fact::Brake(asked.channel, told), asked.now)?;
        untold::insert(tx, &row).await?;
        Ok(Ok(Some(row)))
    }
}
