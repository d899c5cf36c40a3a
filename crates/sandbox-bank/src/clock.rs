//! The bank's clock: the servers' clock, moved forward by the operator. What became due on the way is executed.

use crate::ahead::END;
use crate::{BankError, SandboxBank};
use database::{Transaction, params};
use types::{BusinessDate, Time};

impl SandboxBank {
    /// The bank's time and business date.
    #[must_use]
    pub fn now(&self) -> (Time, BusinessDate) {
        let time = (self.clock)();
        (time, self.date(time))
    }

    /// Continues with the clock as the operator moved it before the bank was opened again.
    pub async fn continue_clock(&self) -> Result<(), BankError> {
        let ahead_ms: i64 = self
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let row = tx.query_one("SELECT ahead_ms FROM clock", &[]).await?;
                Ok::<_, BankError>(row.get(0)?)
            })
            .await?;
        let ahead_ms = u64::try_from(ahead_ms);
        self.ahead
            .raise(ahead_ms.map_err(|_| BankError::Broken("the clock"))?);
        Ok(())
    }

    /// Moves the clock forward by `ms`.
    pub async fn advance_clock(&self, ms: u64) -> Result<(), BankError> {
        self.move_clock((self.clock)().plus_ms(ms)).await
    }

    /// Moves the clock forward to the beginning of a day, unless it has begun already.
    pub async fn move_clock_to(&self, date: BusinessDate) -> Result<(), BankError> {
        let (now, today) = self.now();
        if date < today {
            return Err(BankError::Invalid("the bank's clock only moves forward"));
        }
        self.move_clock(self.calendar.start(date).max(now)).await
    }

    /// Stops at each moment at which something is due, so that it is executed on its own day.
    async fn move_clock(&self, to: Time) -> Result<(), BankError> {
        if to >= END {
            return Err(BankError::Invalid(
                "the bank's clock ends with the year 9999",
            ));
        }
        while let Some(due) = self.run_due().await?
            && due < to
        {
            self.set_clock(due).await?;
        }
        self.set_clock(to).await?;
        self.run_due().await?;
        Ok(())
    }

    async fn set_clock(&self, to: Time) -> Result<(), BankError> {
        let more_ms = to.ms_since((self.clock)());
        let ahead_ms = self.ahead.ms().saturating_add(more_ms);
        let stored =
            i64::try_from(ahead_ms).map_err(|_| BankError::Invalid("a time of the calendar"))?;
        let update = "UPDATE clock SET ahead_ms = $1 WHERE ahead_ms < $1";
        self.database
            .write(async move |tx: &mut Transaction<'_>| {
                tx.execute(update, params![stored]).await?;
                Ok::<_, BankError>(())
            })
            .await?;
        self.ahead.raise(ahead_ms);
        self.clock_was_set();
        Ok(())
    }
}
