//! `passbook pay`: orders a payment from the terminal device.

use super::ordering::Ordering;
use super::payments::{date, payment};
use crate::cli::Pay;
use order::OrderFields;
use types::Clock;

/// Pays, at once or on a day.
pub(crate) async fn pay(arguments: &Pay, clock: Clock) -> anyhow::Result<()> {
    let on = arguments.on.as_deref().map(date).transpose()?;
    let mut ordering = Ordering::open(&arguments.device, clock).await?;
    let fields = payment(&ordering.device.shown(), &arguments.payment)?;
    ordering
        .order(OrderFields {
            execution_date: on,
            ..fields
        })
        .await
}
