//! The schedule of fees.

use crate::{BankError, SandboxBank};
use database::{Transaction, params};
use order::{FEE_NOTICE_MS, Fee, Order, Scheme, fee_of};
use types::{Money, Time};

const SELECT: &str =
    "SELECT scheme, amount, currency, since FROM fee ORDER BY scheme, currency, since";

/// The whole schedule.
async fn schedule(tx: &mut Transaction<'_>) -> Result<Vec<Fee>, BankError> {
    let rows = tx.query(SELECT, params![]).await?;
    rows.iter()
        .map(|row| {
            let scheme = row.get::<String>(0)?.parse();
            Ok(Fee {
                scheme: scheme.map_err(|_| BankError::Broken("the scheme of a fee"))?,
                amount: Money::new(row.get(1)?, row.get(2)?),
                from: row.get(3)?,
            })
        })
        .collect()
}

/// The schedule at a moment of the servers' clock, without the rows that no order can be charged by any more.
pub(crate) async fn current(tx: &mut Transaction<'_>, now: Time) -> Result<Vec<Fee>, BankError> {
    // gateway accepts orders that were made so long ago.
    let oldest = now.minus_ms(FEE_NOTICE_MS);
    let all = schedule(tx).await?;
    let superseded = |fee: &Fee| {
        all.iter().any(|other| {
            let alike =
                other.scheme == fee.scheme && other.amount.currency() == fee.amount.currency();
            alike && fee.from < other.from && other.from <= oldest
        })
    };
    Ok(all.iter().filter(|fee| !superseded(fee)).copied().collect())
}

/// What an order that was made at `time` costs, in minor units of its amount's currency.
pub(crate) async fn fee(
    tx: &mut Transaction<'_>,
    order: &Order,
    time: Time,
) -> Result<i64, BankError> {
    let fee = fee_of(&schedule(tx).await?, order, time);
    Ok(fee.map_or(0, |fee| fee.minor_units()))
}

pub(crate) async fn put_fee(tx: &mut Transaction<'_>, fee: &Fee) -> Result<(), BankError> {
    let put = "INSERT INTO fee (scheme, currency, since, amount) VALUES ($1, $2, $3, $4)
        ON CONFLICT (scheme, currency, since) DO UPDATE SET amount = excluded.amount";
    let (amount, currency) = (fee.amount.minor_units(), fee.amount.currency());
    tx.execute(
        put,
        params![fee.scheme.as_str(), currency, fee.from, amount],
    )
    .await?;
    Ok(())
}

impl SandboxBank {
    /// Announces a fee. While the bank has customers, it must count from [`FEE_NOTICE_MS`] after now at the earliest, by
    /// the servers' clock: devices have vouchers, and show the fees that they got with them.
    pub async fn announce_fee(&self, fee: Fee) -> Result<(), BankError> {
        let from = Some(fee.from);
        self.announce(fee.scheme, fee.amount, from).await.map(drop)
    }

    /// Announces a fee as [`announce_fee`](Self::announce_fee) does. Without `from`, it counts from the earliest moment.
    pub(crate) async fn announce(
        &self,
        scheme: Scheme,
        amount: Money,
        from: Option<Time>,
    ) -> Result<Fee, BankError> {
        if amount.minor_units() < 0 {
            return Err(BankError::Invalid("a fee is zero or more"));
        }
        let earliest = self.servers_now().plus_ms(FEE_NOTICE_MS);
        let from = from.unwrap_or(earliest);
        let fee = Fee {
            scheme,
            amount,
            from,
        };
        self.commit(async move |tx: &mut Transaction<'_>| {
            let any = "SELECT id FROM customer LIMIT 1";
            if fee.from < earliest && tx.query_optional(any, params![]).await?.is_some() {
                return Err(BankError::Invalid(
                    "a fee is announced at least 72 hours before it counts",
                ));
            }
            put_fee(tx, &fee).await
        })
        .await?;
        Ok(fee)
    }

    /// The schedule for [`CoreBank::fees`](core_bank::CoreBank::fees).
    pub(crate) async fn current_fees(&self) -> Result<Vec<Fee>, BankError> {
        let now = self.servers_now();
        self.database
            .read(async move |tx: &mut Transaction<'_>| current(tx, now).await)
            .await
    }

    /// The servers' time. The bank's own clock may be ahead of it.
    pub(crate) fn servers_now(&self) -> Time {
        (self.servers_clock)()
    }
}
