//! What devices find wrong.

use crate::ports::Newest;
use crate::store::{acts, device, outgoing};
use crate::{Failure, Notification, StatementRefused};
use audit::{Act, Subject};
use envelope::Head;
use protocol::ChannelKind;
use protocol::http::Report;
use std::cmp::Ordering;
use types::{ChannelId, DeviceId, Number};

/// The longest reason that is written down.
const REASON_CHARS_MAX: usize = 64;

/// How far ahead a generation may be that a device is in and that nothing proves: before its first message nothing of it is
/// signed. A device that makes one up costs its own customer's devices a snapshot, and never the generations.
const UNPROVEN_GENERATIONS_MAX: u64 = 16;

impl Notification {
    /// Takes note of what a device found wrong, with the newest head that it verified. Where that head is the bank's own
    /// and the bank no longer has it, not even at the broker, a later generation begins: the device finds checkpoint,
    /// snapshot and grant of it.
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
        tracing::warn!(%channel, %device, finding, reason, position = %head.position(), "a device reports");
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

    /// The head in a report, which the bank must have signed; before the first message there is nothing to sign.
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
        // What the broker still has is read back first.
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
