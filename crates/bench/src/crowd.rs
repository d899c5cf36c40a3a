//! Real devices: many on each of a few threads, with one database per thread.

use crate::progress::Steps;
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

/// The progress of the work, as devices are informed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Devices are being enrolled.
    Enrolling,
    /// The work began: transactions are being posted, or devices order.
    Working,
    /// Everything that devices wait for was done.
    Done,
}

/// State shared by the devices of a thread.
pub(crate) struct Surroundings {
    pub(crate) database: Database,
    pub(crate) transport: HttpTransport,
    pub(crate) operator: Operator,
    pub(crate) clock: Clock,
    pub(crate) stage: watch::Receiver<Stage>,
}

impl Surroundings {
    /// Waits until the stage is reached.
    pub(crate) async fn reached(&self, stage: Stage) -> anyhow::Result<()> {
        let mut told = self.stage.clone();
        told.wait_for(|now| *now >= stage).await?;
        Ok(())
    }
}

/// What a device does.
pub(crate) trait Life: Sized + 'static {
    /// What it is to do.
    type Plan: Clone + Send + 'static;
    /// What it reports at its end.
    type Report: Send + 'static;

    /// The device's name in messages.
    fn name(index: usize, plan: &Self::Plan) -> String;

    /// Enrols it, however often the servers are killed meanwhile.
    async fn enrol(
        surroundings: &Surroundings,
        index: usize,
        plan: Self::Plan,
    ) -> anyhow::Result<Self>;

    /// Does it.
    async fn live(self, surroundings: &Surroundings) -> anyhow::Result<Self::Report>;
}

/// Devices that are enrolled.
pub(crate) struct Crowd<L: Life> {
    count: usize,
    stage: watch::Sender<Stage>,
    reports: mpsc::Receiver<anyhow::Result<L::Report>>,
    threads: Vec<JoinHandle<anyhow::Result<()>>>,
}

impl<L: Life> Crowd<L> {
    /// Enrols a device for each plan at the bank with that URL. Returns when all are enrolled.
    pub(crate) async fn gather(
        plans: Vec<L::Plan>,
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
        let mut shares: Vec<Vec<(usize, L::Plan)>> = vec![Vec::new(); thread_count];
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
                local.block_on(&runtime, live::<L>(surroundings, share, enrolled, report));
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

    /// Informs the devices that the work begins.
    pub(crate) fn go_live(&self) {
        self.stage.send_replace(Stage::Working);
    }

    /// The failure of a device before the work is done. Waits forever while there is none.
    pub(crate) async fn failure(&mut self) -> anyhow::Error {
        loop {
            match self.reports.recv().await {
                Some(Err(error)) => return error,
                Some(Ok(_)) => {}
                None => return anyhow::anyhow!("the devices ended early"),
            }
        }
    }

    /// Informs the devices that everything was done, and waits for their reports.
    pub(crate) async fn finish(mut self, progress: &Steps<'_>) -> anyhow::Result<Vec<L::Report>> {
        self.stage.send_replace(Stage::Done);
        let mut reports = Vec::with_capacity(self.count);
        while let Some(report) = self.reports.recv().await {
            reports.push(report?);
            progress.done(1);
        }
        progress.finish();
        for thread in self.threads {
            let ended = thread.join();
            ended.map_err(|_| anyhow::anyhow!("a thread of devices panicked"))??;
        }
        anyhow::ensure!(
            reports.len() == self.count,
            "a device left without a report"
        );
        Ok(reports)
    }
}

/// Runs the devices of one thread.
async fn live<L: Life>(
    surroundings: Surroundings,
    share: Vec<(usize, L::Plan)>,
    enrolled: mpsc::Sender<anyhow::Result<()>>,
    report: mpsc::Sender<anyhow::Result<L::Report>>,
) {
    let surroundings = Rc::new(surroundings);
    let enrolling = Rc::new(Semaphore::new(ENROLLING_MAX));
    let mut devices = JoinSet::new();
    for (index, plan) in share {
        let (surroundings, enrolling) = (surroundings.clone(), enrolling.clone());
        let (enrolled, report) = (enrolled.clone(), report.clone());
        devices.spawn_local(async move {
            let name = L::name(index, &plan);
            let device = async {
                let _place = enrolling.acquire().await?;
                L::enrol(&surroundings, index, plan).await
            };
            // A receiver that is gone has failed, and reports the reason itself.
            match device.await {
                Ok(device) => {
                    let _ = enrolled.send(Ok(())).await;
                    drop(enrolled);
                    let lived = device.live(&surroundings).await;
                    let _ = report.send(lived.context(name)).await;
                }
                Err(error) => {
                    let _ = enrolled.send(Err(error.context(name))).await;
                }
            }
        });
    }
    // The channels end with the last device that sends a report.
    drop((enrolled, report));
    while devices.join_next().await.is_some() {}
}
