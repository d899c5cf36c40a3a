//! The devices at the end of the flow: one for each customer.

use crate::device::{Phone, client_from};
use crate::reader::Reader;
use anyhow::bail;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use indicatif::ProgressBar;
use operator::{Operator, insist};
use protocol::http::{PullAnswer, Status};
use std::net::Ipv4Addr;
use types::{Clock, CustomerId};

/// Maximum concurrent enrolments and openings.
const OPENING_MAX: usize = 32;

/// Enrols a device for each customer.
pub(super) async fn enrol(
    operator: &Operator,
    url: &str,
    customers: &[CustomerId],
    (clock, progress): (&Clock, &ProgressBar),
) -> anyhow::Result<Vec<Phone>> {
    let client = client_from(Ipv4Addr::LOCALHOST)?;
    let enrolled = stream::iter(customers).map(|customer| {
        let client = client.clone();
        async move {
            let issued = insist(|| operator.issue_code(customer)).await?;
            let phone = Phone::enrol(client, url, &issued, clock).await?;
            progress.inc(1);
            anyhow::Ok(phone)
        }
    });
    let phones = enrolled.buffer_unordered(OPENING_MAX).try_collect().await?;
    progress.finish();
    Ok(phones)
}

/// Waits until everything about the enrolments was published. Returns each device with the newest number of its channel.
pub(super) async fn settled(
    operator: &Operator,
    phones: Vec<Phone>,
) -> anyhow::Result<Vec<(Phone, u64)>> {
    loop {
        let before: Status = operator.get("status").await?;
        let newest = stream::iter(&phones).map(newest).buffered(OPENING_MAX);
        let newest: Vec<u64> = newest.try_collect().await?;
        let after: Status = operator.get("status").await?;
        if is_settled(&before) && is_settled(&after) && before.messages == after.messages {
            return Ok(phones.into_iter().zip(newest).collect());
        }
    }
}

/// Opens a stream for each device, after the given number of its channel.
pub(super) async fn open(phones: &[(Phone, u64)]) -> anyhow::Result<Vec<Reader>> {
    let Some((first, _)) = phones.first() else {
        bail!("no device was enrolled");
    };
    let nonce = first.nonce().await?;
    let opened = stream::iter(phones).map(|(phone, newest)| phone.live(*newest, &nonce));
    opened.buffer_unordered(OPENING_MAX).try_collect().await
}

/// Whether no event and no message is under way.
pub(crate) fn is_settled(status: &Status) -> bool {
    status.events.queued == Some(0)
        && status.events.waiting == Some(0)
        && status.messages.outgoing_oldest_ms == Some(0)
}

/// The newest number of the device's channel.
async fn newest(phone: &Phone) -> anyhow::Result<u64> {
    match phone.pull().await? {
        PullAnswer::Messages { newest, .. } => Ok(newest.get()),
        other => bail!("a new channel is read as {other:?}"),
    }
}
