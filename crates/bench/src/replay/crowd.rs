//! All devices of a replay: many devices on each of a few threads, with one database per thread.

use super::judge::Held;
use super::phone::{Phone, Report, Surroundings};
use super::plan::{Plan, Stage};
use super::progress::Steps;
use anyhow::Context as _;
use client_native::{Database, HttpTransport, http_client};
use operator::Operator;
use std::path::Path;
use std::rc::Rc;
use std::thread::JoinHandle;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{JoinSet, LocalSet};
use types::Clock;

/// Concurrent enrolments on one thread.
const ENROLLING_MAX: usize = 32;

/// The final reports of all devices.
#[derive(Default)]
pub(crate) struct Left {
    pub(crate) held: Vec<Held>,
    pub(crate) chain_failures: u64,
    pub(crate) reconnections: u64,
}

/// Devices that are enrolled.
pub(crate) struct Crowd {
    count: usize,
    stage: watch::Sender<Stage>,
    reports: mpsc::Receiver<anyhow::Result<Report>>,
    threads: Vec<JoinHandle<anyhow::Result<()>>>,
}

impl Crowd {
    /// Enrols a device for each plan at the bank with that URL. Returns when all are enrolled.
    pub(crate) async fn gather(
        plans: Vec<Plan>,
        directory: &Path,
        public_url: &str,
        operator: &Operator,
        (clock, progress): (Clock, &Steps<'_>),
    ) -> anyhow::Result<Self> {
        let count = plans.len();
        let (stage, told) = watch::channel(Stage::Enrolling);
        let (enrolled, mut enrolments) = mpsc::channel(64);
        let (report, reports) = mpsc::channel(64);
        let thread_count = std::thread::available_parallelism().map_or(2, usize::from);
        let mut shares: Vec<Vec<(usize, Plan)>> = vec![Vec::new(); thread_count];
        for (index, plan) in plans.into_iter().enumerate() {
            if let Some(share) = shares.get_mut(index % thread_count) {
                share.push((index, plan));
            }
        }
        let mut threads = Vec::new();
        for (number, share) in shares.into_iter().enumerate() {
            let path = directory.join(format!("devices-{number}.sqlite"));
            let database = Database::open(&path)?;
            let (url, operator, clock) = (public_url.to_owned(), operator.clone(), clock.clone());
            let (told, enrolled, report) = (told.clone(), enrolled.clone(), report.clone());
            let thread = std::thread::Builder::new().name(format!("devices-{number}"));
            threads.push(thread.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                let surroundings = Surroundings {
                    database,
                    transport: HttpTransport::new(http_client()?, &url)?,
                    operator,
                    clock,
                    stage: told,
                };
                let local = LocalSet::new();
                local.block_on(&runtime, live(surroundings, share, enrolled, report));
                Ok(())
            })?);
        }
        drop(enrolled);
        while let Some(one) = enrolments.recv().await {
            one?;
            progress.done(1);
        }
        progress.finish();
        Ok(Self {
            count,
            stage,
            reports,
            threads,
        })
    }

    /// The number of devices.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Informs the devices that posting starts.
    pub(crate) fn go_live(&self) {
        self.stage.send_replace(Stage::Posting);
    }

    /// Informs the devices that everything was posted, and waits for their reports.
    pub(crate) async fn finish(mut self, progress: &Steps<'_>) -> anyhow::Result<Left> {
        self.stage.send_replace(Stage::Posted);
        let mut left = Left::default();
        while let Some(report) = self.reports.recv().await {
            let report = report?;
            left.held.push(report.held);
            left.chain_failures += report.discrepancies;
            left.reconnections += report.reconnections;
            progress.done(1);
        }
        progress.finish();
        for thread in self.threads {
            let ended = thread.join();
            ended.map_err(|_| anyhow::anyhow!("a thread of devices panicked"))??;
        }
        anyhow::ensure!(
            left.held.len() == self.count,
            "a device left without a report"
        );
        Ok(left)
    }
}

/// Runs the devices of one thread.
async fn live(
    surroundings: Surroundings,
    share: Vec<(usize, Plan)>,
    enrolled: mpsc::Sender<anyhow::Result<()>>,
    report: mpsc::Sender<anyhow::Result<Report>>,
) {
    let surroundings = Rc::new(surroundings);
    let enrolling = Rc::new(Semaphore::new(ENROLLING_MAX));
    let mut devices = JoinSet::new();
    for (index, plan) in share {
        let (surroundings, enrolling) = (surroundings.clone(), enrolling.clone());
        let (enrolled, report) = (enrolled.clone(), report.clone());
        devices.spawn_local(async move {
            let customer = plan.customer.clone();
            let named = || format!("device {index} of customer {customer}");
            let phone = async {
                let _place = enrolling.acquire().await?;
                Phone::enrol(&surroundings, index, plan).await
            };
            // A receiver that is gone has failed, and reports the reason itself.
            match phone.await {
                Ok(phone) => {
                    let _ = enrolled.send(Ok(())).await;
                    drop(enrolled);
                    let lived = phone.live(&surroundings).await;
                    let _ = report.send(lived.with_context(named)).await;
                }
                Err(error) => {
                    let _ = enrolled.send(Err(error.context(named()))).await;
                }
            }
        });
    }
    // The channels end with the last device that sends a report.
    drop((enrolled, report));
    while devices.join_next().await.is_some() {}
}
