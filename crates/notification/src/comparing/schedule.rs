//! Runs the steps of the comparison regularly. Each step has a task of its own: no step waits for another, and no step
//! runs twice at the same time.

use crate::comparing::step::Step;
use crate::failure::chain;
use crate::{Failure, Notification};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long a requested comparison waits for further requests.
const COMPARE_SOON: Duration = Duration::from_millis(500);

impl Notification {
    /// Runs a step at the start and then regularly, until `stopping`.
    pub(crate) async fn do_regularly(&self, step: Step, mut stopping: watch::Receiver<bool>) {
        let interval = Duration::from_millis(self.settings.comparison_interval_ms.max(1));
        let mut tick = tokio::time::interval(interval);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop) => return,
                _ = tick.tick() => {}
                // A requested comparison does not run more often than this, whoever requests it.
                () = self.asked_to_compare(), if step == Step::CoreBank => {}
            }
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop) => return,
                done = self.do_step(step) => {
                    if let Err(failure) = done {
                        tracing::warn!(?step, error = chain(&failure), "a comparison was not finished");
                    }
                }
            }
        }
    }

    async fn asked_to_compare(&self) {
        self.compare_soon.notified().await;
        tokio::time::sleep(COMPARE_SOON).await;
    }

    /// Runs every step once. The broker is compared first, because numbers of messages that the broker has and the
    /// tables lack must not be used again. The other steps then run concurrently. Returns the first failure; a failure
    /// stops no other step.
    pub async fn compare_now(&self) -> Result<(), Failure> {
        let broker = self.do_step(Step::Broker).await;
        let others = Step::ALL.into_iter().filter(|step| *step != Step::Broker);
        let done = futures_util::future::join_all(others.map(|step| self.do_step(step))).await;
        broker.and(done.into_iter().collect())
    }

    async fn do_step(&self, step: Step) -> Result<(), Failure> {
        let (began, started) = (self.now(), Instant::now());
        let done = match step {
            Step::Keys => {
                let loaded = self.load_keys().await;
                loaded.and(self.ensure_keys().await.map(drop))
            }
            Step::Ciam => self.follow_ciam().await,
            Step::Broker => self.compare_broker().await,
            Step::CoreBank => self.compare_with_core_bank().await,
            Step::Forgetting => self.forget().await,
        };
        self.counts
            .note_step(step, began, started.elapsed(), done.is_err());
        done
    }

    /// The order matters: stopped subjects and contradicted channels are determined first, and waiting events are
    /// delivered before the core bank is asked for them. A failure of one part stops none of the following parts.
    async fn compare_with_core_bank(&self) -> Result<(), Failure> {
        let done = [
            self.load_stopped().await,
            self.confirm_books().await,
            self.restart_all_contradicted().await,
            self.make_all_ready().await,
            self.give_all_waiting().await,
            self.compare_core_bank().await,
        ];
        done.into_iter().collect()
    }
}
