//! The bank raises the limit of a customer's day for a while: somebody of its staff proposed it, and a second person approved.

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::ports::RaisedLimit;
use crate::settings::Limits;
use crate::store::raised_limit::{self, RaisedRow};
use crate::store::{CustomerIndex, untold};
use crate::telling::Fact;
use audit::{Act, Subject};
use database::{Transaction, audit_chain};
use types::{CustomerId, Money, Time, base64url};

impl Gateway {
    /// The bank's limit of a day's orders, without what was raised for anybody.
    #[must_use]
    pub fn day_limit(&self) -> Money {
        let currency = self.0.settings.voucher_limit.currency();
        Money::new(self.0.settings.limits.day, currency)
    }

    /// Raises the limit of a customer's day in place of what was raised before, and tells the customer's devices. `number`
    /// orders the calls about a customer: an older one changes nothing, and neither does a repeated one.
    pub async fn raise_limit(
        &self,
        customer: &CustomerId,
        raised: RaisedLimit,
        number: u64,
    ) -> Result<(), Failure> {
        let now = self.now();
        let row = RaisedRow {
            customer: self.customer_index(customer),
            number: i64::try_from(number).map_err(|_| Failure::CallNumber)?,
            day: raised.day.minor_units(),
            until: raised.until,
        };
        let fact = Fact::Raised(customer.clone(), raised);
        let to_be_told = self.to_be_told(&fact, now)?;
        let told = to_be_told.clone();
        let keep = async move |tx: &mut Transaction<'_>| {
            if !raised_limit::put(tx, &row).await? {
                return Ok(false);
            }
            untold::insert(tx, &told).await?;
            audit_chain::record(tx, &record(now, &row)).await?;
            Ok::<_, Failure>(true)
        };
        if self.0.database.write(keep).await? {
            self.tell_soon(&to_be_told).await;
        }
        Ok(())
    }
}

/// The bank's limits for a customer: the day's is higher while it is raised.
pub(super) async fn with_raised(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    (limits, now): (Limits, Time),
) -> Result<Limits, Failure> {
    let raised = raised_limit::find(tx, customer).await?;
    let raised = raised.filter(|row| now < row.until);
    Ok(Limits {
        day: raised.map_or(limits.day, |row| limits.day.max(row.day)),
        ..limits
    })
}

fn record(now: Time, row: &RaisedRow) -> Act {
    Act::new(now, "ciam", "limit.raised")
        .about(Subject::new("customer", base64url::encode(&row.customer)))
        .with("number", row.number)
        .with("day", row.day)
        .with("until", row.until.ms())
}
