//! Processes devices' reports of discrepancies.

use crate::ports::Newest;
use crate::store::{acts, device, outgoing};
use crate::{Failure, Notification, StatementRefused};
use audit::{Act, Subject};
use envelope::Head;
use protocol::ChannelKind;
use protocol::http::Report;
use std::cmp::Ordering;
use types::{ChannelId, DeviceId, Number};

/// Maximum characters of a reason that are stored.
const REASON_CHARS_MAX: usize = 64;

/// How far ahead of the bank an unproven generation in a report may be. Nothing in a generation is signed before its
/// first message, so nothing proves it. A device that invents one costs its own customer's devices a snapshot; the
/// limit ensures that generation numbers never run out.
const UNPROVEN_GENERATIONS_MAX: u64 = 16;

impl Notification {
    /// Processes a device's report, with the newest head that the device verified. If the bank signed that head and no
    /// longer has it, not even at the broker, a later generation starts. The device then gets checkpoint, snapshot and
    /// grant of that generation.
    pub async fn report(
        &self,
        channel: ChannelId,
        device: DeviceId,
        report: Report,
    ) -> Result<(), StatementRefused> {
        let head = self.reported_head(channel, &report)?;
        let reader = self
            .database
            .read(async move |tx| Ok::<_, Failure>(device::find(tx, channel, device).await?))
            .await?;
        if reader.is_none_or(|reader| reader.removed) {
            return Err(StatementRefused::NotAReader);
        }
        let reason: String = report
            .reason
            .iter()
            .flat_map(|reason| reason.chars())
            .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
            .take(REASON_CHARS_MAX)
            .collect();
        let finding = report.finding.to_string();
        tracing::warn!(%channel, %device, finding, reason, position = %head.position(), "a device reported a discrepancy");
        let act = Act::new(self.now(), &format!("device {device}"), "channel.reported")
            .about(Subject::new("channel", channel))
            .with("finding", &finding)
            .with("reason", &reason)
            .with("position", head.position());
        self.database
            .write(async move |tx| Ok::<_, Failure>(acts::record(tx, &act).await?))
            .await?;
        self.resolve(&head, device).await?;
        Ok(())
    }

    /// The head in a report, which the bank must have signed. Before the first message there is no signature.
    fn reported_head(&self, channel: ChannelId, report: &Report) -> Result<Head, StatementRefused> {
        let head = Head {
            channel,
            generation: report.generation,
            number: report.number,
            hash: report.hash,
            time: report.time,
        };
        let start = Head::start(channel, report.generation);
        match &report.signature {
            None if head.number == Number::ZERO && head.hash == start.hash => {}
            None => return Err(StatementRefused::ReportInvalid),
            Some(signature) => {
                let keys = self.signing.current();
                head.verify(&signature.0, ChannelKind::Customer, keys.trust()?)
                    .map_err(|_| StatementRefused::ReportInvalid)?;
            }
        }
        Ok(head)
    }

    async fn resolve(&self, reported: &Head, device: DeviceId) -> Result<(), Failure> {
        let channel = reported.channel;
        // Messages that the broker still has are read back first.
        let newest: Option<Newest> = self
            .broker
            .newest(&[channel])
            .await?
            .into_iter()
            .next()
            .flatten();
        if let Some(newest) = newest {
            self.agree_and_send(channel, newest).await?;
        }
        let row = self.channel_row(channel).await?;
        let at = reported.position();
        let kept = self
            .database
            .read(async move |tx| Ok::<_, Failure>(outgoing::hash(tx, channel, at).await?))
            .await?;
        let lost = match at.generation.cmp(&row.head.generation) {
            Ordering::Less => false,
            Ordering::Greater if at.number > Number::ZERO => true,
            Ordering::Greater => {
                let ahead = at.generation.get() - row.head.generation.get();
                if ahead > UNPROVEN_GENERATIONS_MAX {
                    tracing::error!(%channel, %device, ahead, "a device is too many generations ahead; see docs/runbooks/running.md");
                }
                ahead <= UNPROVEN_GENERATIONS_MAX
            }
            Ordering::Equal if at.number > row.head.number => true,
            Ordering::Equal if at.number == row.head.number => reported.hash != row.head.hash,
            Ordering::Equal => kept.is_some_and(|hash| hash != reported.hash),
        };
        if lost {
            let generation = at.generation.max(row.head.generation);
            self.restart(channel, generation, "a device has what the bank lost")
                .await?;
        }
        Ok(())
    }
}
