//! Sends numbered messages to the broker, each customer's in order.

use crate::counters::Counts;
use crate::failure::chain;
use crate::numbering::message::Numbered;
use crate::ports::{Newest, Publication, Published};
use crate::publishing::outbox::{MESSAGES_PER_CHANNEL, Work};
use crate::publishing::read_back::Agreed;
use crate::store::{channel, outgoing};
use crate::{Failure, Notification};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{Span, trace_span};
use types::{ChannelId, Generation, Number, Position};

/// Maximum channels in one append to the broker.
const CHANNELS_PER_APPEND: usize = 256;

/// How often the broker's progress is stored. After a restart, messages since then are sent again, which changes
/// nothing.
const WRITE_DOWN: Duration = Duration::from_secs(1);

/// How long messages wait after the broker did not answer.
const RETRY: Duration = Duration::from_millis(250);

/// Maximum channels in one query of the tables.
const UNSENT_PAGE: usize = 1_024;

/// Consecutive messages of one channel that are being sent.
struct Run {
    channel: ChannelId,
    generation: Generation,
    /// The newest number that the broker has. `None` if the broker has yet to start the generation.
    sent: Option<Number>,
    messages: Vec<Numbered>,
}

/// The span in which a message is published, if anybody records it.
fn span(publication: &Publication) -> Option<Span> {
    let span = trace_span!(
        target: types::ENTRY_SPANS,
        "publish",
        channel = %publication.channel,
        generation = publication.generation.get(),
        number = publication.number.get(),
    );
    (!span.is_disabled()).then_some(span)
}

impl Notification {
    /// Publishes until `stopping`, then publishes the rest until the broker refuses something.
    pub(crate) async fn publish(&self, mut stopping: watch::Receiver<bool>) {
        let mut sending = JoinSet::new();
        let mut write_down = tokio::time::interval(WRITE_DOWN);
        write_down.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut unsent = Some(None);
        loop {
            if unsent.is_none() && self.outbox.overflowed() {
                unsent = Some(None);
            }
            if let Some(after) = unsent {
                unsent = self.mark_unsent(after).await;
            }
            while sending.len() < self.settings.publishing_max.max(1) {
                let work = self.outbox.take(CHANNELS_PER_APPEND);
                if work.is_empty() {
                    break;
                }
                let service = self.clone();
                sending.spawn(async move { service.send(work).await });
            }
            if *stopping.borrow() && sending.is_empty() {
                break;
            }
            tokio::select! {
                Some(sent) = sending.join_next() => {
                    // If a send panics, the messages it took would never be published. The panic therefore ends the
                    // whole service.
                    let Ok(all) = sent else { return };
                    if *stopping.borrow() && !all {
                        break;
                    }
                }
                () = self.outbox.wake.notified() => {}
                _ = write_down.tick() => self.write_down_sent().await,
                _ = stopping.changed() => {}
            }
        }
        while sending.join_next().await.is_some() {}
        self.write_down_sent().await;
    }

    /// Marks a page of channels that have messages to publish according to the tables. Returns the channel after which
    /// to continue.
    async fn mark_unsent(&self, after: Option<ChannelId>) -> Option<Option<ChannelId>> {
        let page = self
            .database
            .read(async move |tx| {
                let mut page = Vec::new();
                for id in channel::unsent(tx, after, UNSENT_PAGE).await? {
                    if let Some(row) = channel::find(tx, id).await? {
                        page.push((id, row.head.generation));
                    }
                }
                Ok::<_, Failure>(page)
            })
            .await;
        match page {
            Ok(page) => {
                for (channel, generation) in &page {
                    self.outbox.mark(*channel, *generation);
                }
                let (last, _) = page.last()?;
                Some(Some(*last))
            }
            Err(failure) => {
                tracing::error!(
                    error = chain(&failure),
                    "what is to be published cannot be read"
                );
                tokio::time::sleep(RETRY).await;
                Some(after)
            }
        }
    }

    /// Sends one append and processes the broker's answers. Refused messages wait a little. Returns whether the broker
    /// accepted everything.
    async fn send(&self, work: Vec<Work>) -> bool {
        let given: Vec<_> = work
            .iter()
            .map(|work| (work.channel, work.generation))
            .collect();
        let waiting = self.try_send(work).await.unwrap_or_else(|failure| {
            tracing::warn!(error = chain(&failure), "messages wait for the broker");
            given
        });
        if waiting.is_empty() {
            return true;
        }
        tokio::time::sleep(RETRY).await;
        for (channel, generation) in waiting {
            self.outbox.done(channel, generation, None, true);
        }
        false
    }

    /// Returns the channels whose messages the broker did not accept. A failure of one channel delays no other.
    async fn try_send(&self, work: Vec<Work>) -> Result<Vec<(ChannelId, Generation)>, Failure> {
        let mut waiting = Vec::new();
        let mut wait = |run: &Run, failure: &Failure| {
            tracing::warn!(channel = %run.channel, error = chain(failure), "messages wait for the broker");
            waiting.push((run.channel, run.generation));
        };
        let mut begun = Vec::new();
        let mut publications = Vec::new();
        for run in self.load(work).await? {
            if run.sent.is_none()
                && let Err(error) = self.broker.restart(run.channel, run.generation).await
            {
                wait(&run, &error.into());
                continue;
            }
            publications.extend(run.messages.iter().map(|message| Publication {
                channel: run.channel,
                generation: run.generation,
                number: message.number,
                bytes: message.bytes.clone(),
            }));
            begun.push(run);
        }
        let spans: Vec<_> = publications.iter().filter_map(span).collect();
        let mut answers = if publications.is_empty() {
            Vec::new()
        } else {
            self.broker.append(publications).await?
        }
        .into_iter();
        drop(spans);
        for run in begun {
            let answers: Vec<_> = answers.by_ref().take(run.messages.len()).collect();
            if let Err(failure) = self.conclude(&run, answers).await {
                wait(&run, &failure);
            }
        }
        Ok(waiting)
    }

    /// The messages to send: from memory if all are there, otherwise from the tables.
    async fn load(&self, work: Vec<Work>) -> Result<Vec<Run>, Failure> {
        if work.iter().all(|work| !work.messages.is_empty()) {
            return Ok(work.into_iter().map(run_of).collect());
        }
        self.database
            .read(async move |tx| {
                let mut runs = Vec::with_capacity(work.len());
                for work in &work {
                    if !work.messages.is_empty() {
                        runs.push(run_of(work.clone()));
                        continue;
                    }
                    let row = channel::find(tx, work.channel)
                        .await?
                        .ok_or(Failure::Broken("a channel is missing"))?;
                    let generation = row.head.generation;
                    let known = work.sent.filter(|_| work.generation == generation);
                    let sent = known.or(row.sent);
                    let after = Position::new(generation, sent.unwrap_or(Number::ZERO));
                    let kept =
                        outgoing::after(tx, work.channel, after, MESSAGES_PER_CHANNEL).await?;
                    runs.push(Run {
                        channel: work.channel,
                        generation,
                        sent,
                        messages: kept
                            .into_iter()
                            .map(|kept| Numbered {
                                number: kept.number,
                                bytes: kept.bytes,
                            })
                            .collect(),
                    });
                }
                Ok(runs)
            })
            .await
    }

    async fn conclude(&self, run: &Run, answers: Vec<Published>) -> Result<(), Failure> {
        let full = run.messages.len() >= MESSAGES_PER_CHANNEL;
        let mut sent = run.sent.unwrap_or(Number::ZERO);
        for (message, answer) in run.messages.iter().zip(answers) {
            match answer {
                Published::Stored(_) => {
                    Counts::add(&self.counts.published, 1);
                    sent = message.number;
                }
                Published::Refused(newest) => return self.disagree(run, newest).await,
                Published::SendAgain => return Err(Failure::BrokerUnavailable),
                Published::ChannelUnknown => {
                    tracing::warn!(channel = %run.channel, "the broker does not know the channel; it is started again there");
                    self.broker.restart(run.channel, run.generation).await?;
                    let start = Newest {
                        position: Position::new(run.generation, Number::ZERO),
                        hash: envelope::first_hash(run.channel, run.generation),
                    };
                    return self.disagree(run, start).await;
                }
                Published::Invalid(problem) => {
                    tracing::error!(channel = %run.channel, number = %message.number, problem, "the broker refuses a message");
                    return Err(Failure::Broken("the broker refuses a message"));
                }
            }
        }
        self.outbox
            .done(run.channel, run.generation, Some(sent), full);
        Ok(())
    }

    async fn disagree(&self, run: &Run, newest: Newest) -> Result<(), Failure> {
        match self.agree(run.channel, newest).await? {
            Agreed::On(position) if position.generation == run.generation => {
                self.outbox
                    .done(run.channel, run.generation, Some(position.number), true);
            }
            Agreed::On(_) | Agreed::Restarted => {
                self.outbox.done(run.channel, run.generation, None, true);
            }
        }
        Ok(())
    }

    /// Stores which messages the broker has.
    async fn write_down_sent(&self) {
        let unwritten = self.outbox.unwritten();
        if unwritten.is_empty() {
            self.outbox.forget_idle();
            return;
        }
        let written = self
            .database
            .write(async move |tx| {
                for &(channel, generation, sent) in &unwritten {
                    channel::set_sent(tx, channel, generation, sent).await?;
                }
                Ok::<_, Failure>(())
            })
            .await;
        match written {
            Ok(()) => self.outbox.forget_idle(),
            // After a restart, messages whose acknowledgement was not stored are sent again.
            Err(failure) => tracing::error!(
                error = chain(&failure),
                "what the broker has was not written down"
            ),
        }
    }

    /// Whether the broker has acknowledged everything that this process numbered.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.outbox.is_idle()
    }
}

fn run_of(work: Work) -> Run {
    Run {
        channel: work.channel,
        generation: work.generation,
        sent: work.sent,
        messages: work.messages,
    }
}
