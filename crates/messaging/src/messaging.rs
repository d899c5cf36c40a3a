//! The handle: accepts messages, and runs the workers.

use crate::address::{Address, Way};
use crate::carriers::{Carrier, Reports};
use crate::contacts::Contacts;
use crate::letter::Letter;
use crate::message::{Alert, Message};
use crate::queue::{MessageId, Queue, QueuedMessage};
use crate::quiet_hours::QuietHours;
use crate::rendering::{RenderedFor, rendered};
use crate::texts::Language;
use crate::worker::Worker;
use async_trait::async_trait;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use types::{Clock, CustomerId, PortError, TimeZone};

/// Time that a report waits for the message that it is about.
const OVERTAKEN: Duration = Duration::from_secs(1);

/// What the bank sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Maximum messages that wait. At the limit, messages are refused.
    pub waiting_max: u64,
    /// The quiet hours of customers who set none.
    pub quiet_hours: Option<QuietHours>,
    /// The zone by whose clock quiet hours begin.
    pub time_zone: TimeZone,
    /// Whether an SMS may name an amount and an account together.
    pub amount_with_account: bool,
}

/// What carries messages. A way without a carrier sends none.
#[derive(Clone, Default)]
pub struct Carriers {
    /// For SMS.
    pub sms: Option<Arc<dyn Carrier>>,
    /// For mail.
    pub mail: Option<Arc<dyn Carrier>>,
}

/// What messaging needs of others.
#[derive(Clone)]
pub struct Neighbours {
    /// Where messages wait.
    pub queue: Arc<dyn Queue>,
    /// Who knows how customers are reached.
    pub contacts: Arc<dyn Contacts>,
    /// The clock.
    pub clock: Clock,
}

/// Whether a message is in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is.
    Queued(MessageId),
    /// The bank has no such address of the customer, or the customer does not want such messages.
    NotWanted,
}

/// Why a message is not in the queue.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The bank has no carrier for this way.
    #[error("the bank sends nothing by {}", .0.as_str())]
    NoCarrier(Way),
    /// As many messages wait as may.
    #[error("too many messages wait")]
    Full,
    /// The system's random source failed.
    #[error("the system's random source failed")]
    NoRandomness,
    /// The queue or the contacts failed.
    #[error(transparent)]
    Failed(#[from] PortError),
}

/// Somebody to whom the bank writes and who is no customer, such as an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address.
    pub address: Address,
    /// The language.
    pub language: Language,
}

/// Sends messages. Clones are handles to the same.
#[derive(Clone)]
pub struct Messaging {
    settings: Arc<Settings>,
    carriers: Carriers,
    neighbours: Neighbours,
    /// Wakes the workers for SMS and for mail.
    woken: Arc<[Notify; 2]>,
}

impl Messaging {
    /// Nothing is sent before [`run`](Self::run) is called.
    #[must_use]
    pub fn new(settings: Settings, carriers: Carriers, neighbours: Neighbours) -> Self {
        Self {
            settings: Arc::new(settings),
            carriers,
            neighbours,
            woken: Arc::default(),
        }
    }

    /// Queues a message for which a customer asked, in the way in which they asked for it.
    pub async fn send(
        &self,
        customer: &CustomerId,
        way: Way,
        message: &Message,
    ) -> Result<Sent, SendError> {
        let contact = self.neighbours.contacts.contact(customer).await?;
        let Some(contact) = contact else {
            return Ok(Sent::NotWanted);
        };
        let Some(address) = contact.address(way) else {
            return Ok(Sent::NotWanted);
        };
        let to = (address, contact.language);
        self.queue(to, message, contact.quiet_hours).await
    }

    /// Queues a message for which nobody asked, in the way in which the customer wants such messages, if they do.
    pub async fn notify(
        &self,
        customer: &CustomerId,
        message: &Message,
    ) -> Result<Sent, SendError> {
        let contact = self.neighbours.contacts.contact(customer).await?;
        match contact.and_then(|contact| contact.notices) {
            Some(way) => self.send(customer, way, message).await,
            None => Ok(Sent::NotWanted),
        }
    }

    /// Queues an alert. It is never held back.
    pub async fn alert(&self, to: &Recipient, alert: &Alert) -> Result<MessageId, SendError> {
        let message = Message::Alert(alert.clone());
        match self
            .queue((to.address.clone(), to.language), &message, None)
            .await?
        {
            Sent::Queued(id) => Ok(id),
            Sent::NotWanted => unreachable!("only customers do not want messages"),
        }
    }

    async fn queue(
        &self,
        (to, language): (Address, Language),
        message: &Message,
        own_hours: Option<QuietHours>,
    ) -> Result<Sent, SendError> {
        let (way, now) = (to.way(), (self.neighbours.clock)());
        if self.carrier(way).is_none() {
            return Err(SendError::NoCarrier(way));
        }
        let amount_with_account = self.settings.amount_with_account;
        let words = rendered(
            message,
            &RenderedFor {
                way,
                language,
                amount_with_account,
            },
        );
        let hours = own_hours.or(self.settings.quiet_hours);
        let queued = QueuedMessage {
            id: new_id()?,
            kind: message.as_str().to_owned(),
            letter: Letter {
                to,
                subject: words.subject,
                text: words.text,
            },
            quiet_hours: hours.filter(|_| !message.is_urgent()),
            tries: 0,
            due: now,
            expires: now.plus_ms(message.of_use_ms()),
        };
        let put = self
            .neighbours
            .queue
            .put(&queued, self.settings.waiting_max);
        if !put.await? {
            return Err(SendError::Full);
        }
        self.woken(way).notify_one();
        Ok(Sent::Queued(queued.id))
    }

    /// Hands over what is queued, and stores what carriers report, for ever.
    pub async fn run(&self) {
        let queue = self.neighbours.queue.clone();
        let reports: Arc<dyn Reports> = Arc::new(Reported { queue });
        tokio::join!(
            self.run_way(Way::Sms, &reports),
            self.run_way(Way::Mail, &reports)
        );
    }

    async fn run_way(&self, way: Way, reports: &Arc<dyn Reports>) {
        let Some(worker) = self.worker(way) else {
            return std::future::pending().await;
        };
        let listening = worker.carrier.listen(reports.clone());
        tokio::join!(worker.run(self.woken(way)), listening);
    }

    /// The worker of a way that has a carrier.
    pub(crate) fn worker(&self, way: Way) -> Option<Worker> {
        Some(Worker {
            way,
            carrier: self.carrier(way)?.clone(),
            queue: self.neighbours.queue.clone(),
            clock: self.neighbours.clock.clone(),
            time_zone: self.settings.time_zone.clone(),
        })
    }

    fn carrier(&self, way: Way) -> Option<&Arc<dyn Carrier>> {
        match way {
            Way::Sms => self.carriers.sms.as_ref(),
            Way::Mail => self.carriers.mail.as_ref(),
        }
    }

    fn woken(&self, way: Way) -> &Notify {
        let [sms, mail] = &*self.woken;
        match way {
            Way::Sms => sms,
            Way::Mail => mail,
        }
    }
}

/// Stores reports in the queue.
struct Reported {
    queue: Arc<dyn Queue>,
}

#[async_trait]
impl Reports for Reported {
    async fn report(&self, reference: &str, delivered: bool) -> bool {
        if !delivered {
            tracing::warn!(reference, "a message was not delivered");
        }
        let mut stored = self.queue.report(reference, delivered).await;
        if let Ok(false) = stored {
            // It may have overtaken the worker, who is storing that the carrier has the message.
            tokio::time::sleep(OVERTAKEN).await;
            stored = self.queue.report(reference, delivered).await;
        }
        if let (Ok(false), Some(other)) = (&stored, hexadecimal(reference)) {
            stored = self.queue.report(&other, delivered).await;
        }
        match stored {
            Ok(known) => {
                tracing::debug!(reference, delivered, known, "a message was reported");
                true
            }
            Err(error) => {
                let cause: &dyn Error = &error;
                tracing::warn!(cause, "a delivery report was not stored");
                false
            }
        }
    }
}

/// A number in its other form. Some message centres name a message in hexadecimal when they take it, and in decimal in its receipt.
fn hexadecimal(reference: &str) -> Option<String> {
    let number: u64 = reference.parse().ok()?;
    Some(format!("{number:x}"))
}

fn new_id() -> Result<MessageId, SendError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| SendError::NoRandomness)?;
    Ok(MessageId::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::hexadecimal;

    #[test]
    fn a_receipts_decimal_number_has_a_hexadecimal_form() {
        assert_eq!(hexadecimal("1999222938").as_deref(), Some("7729b89a"));
        for other in ["7729b89a", "", "a-1", "99999999999999999999"] {
            assert_eq!(hexadecimal(other), None, "{other}");
        }
    }
}
