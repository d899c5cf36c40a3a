//! The bank's servers, as one process from the outside.

use super::data::Data;
use crate::config::Config;
use crate::deployment::Deployment;
use crate::wiring::Services;
use axum::Router;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use types::Clock;

/// Time limit of real work. Beyond it the test counts as hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// The running servers. All their tasks run on their own runtime, whose end is the end of the process.
pub(super) struct Servers {
    runtime: Runtime,
    pub(super) services: Arc<Services>,
    pub(super) routes: Router,
    stop: watch::Sender<bool>,
    running: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Servers {
    /// Opens all parts. No background work runs before [`run`](Self::run), but devices get answers.
    pub(super) fn open(config: &Config, data: &Data, clock: &Clock) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let deployment = Deployment::of(&data.directory).expect("all parts are there");
        let parts = (&data.directory, &deployment);
        let opened = runtime.block_on(Services::open(config, parts, clock.clone()));
        let services = Arc::new(opened.expect("the servers open"));
        let (stop, stopping) = watch::channel(false);
        let routes = services.public_routes(&stopping);
        Self {
            runtime,
            services,
            routes,
            stop,
            running: None,
        }
    }

    /// Starts the background work.
    pub(super) fn run(&mut self) {
        let (services, stop) = (self.services.clone(), self.stop.subscribe());
        let running = async move { services.run(stop).await };
        self.running = Some(self.runtime.spawn(running));
    }

    /// The runtime that processes requests.
    pub(super) fn handle(&self) -> tokio::runtime::Handle {
        self.runtime.handle().clone()
    }

    /// Executes a request of the operator or the core bank.
    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Executes a request for a limited time, and drops it if it is not finished by then.
    pub(super) fn block_on_for<T>(
        &self,
        moment: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let over = async {
            let begun = Instant::now();
            while begun.elapsed() < moment {
                tokio::task::yield_now().await;
            }
        };
        self.runtime.block_on(async {
            tokio::select! {
                done = work => Some(done),
                () = over => None,
            }
        })
    }

    /// Stops like a process that shuts down.
    pub(super) fn stop(self) {
        self.stop.send_replace(true);
        if let Some(running) = self.running {
            let ended = async { tokio::time::timeout(PATIENCE, running).await };
            let ended = self.runtime.block_on(ended);
            ended.expect("the servers end").unwrap().unwrap();
        }
        drop((self.routes, self.services));
        self.runtime.shutdown_timeout(PATIENCE);
    }

    /// Stops like a process that is killed: its tasks stop wherever they are.
    pub(super) fn crash(self) {
        self.runtime.shutdown_background();
    }

    /// Numbers everything that the core bank has committed, and publishes everything numbered. Channels that the books
    /// contradict are left out.
    pub(super) fn settle(&self) -> Result<(), String> {
        let notification = &self.services.stated.notification;
        let begun = Instant::now();
        let mut failure = None;
        while begun.elapsed() < PATIENCE {
            match self.block_on(notification.compare_now()) {
                Ok(()) if self.is_published() => return Ok(()),
                Ok(()) => {}
                Err(error) => failure = Some(error),
            }
            std::thread::park_timeout(Duration::from_millis(2));
        }
        Err(format!("the servers do not settle: {failure:?}"))
    }

    fn is_published(&self) -> bool {
        let notification = &self.services.stated.notification;
        for _ in 0..500 {
            if notification.is_published() {
                return true;
            }
            std::thread::park_timeout(Duration::from_micros(200));
        }
        false
    }

    /// Restarts the channels that the books contradict. Returns their number.
    pub(super) async fn restart_contradicted(services: &Services) -> usize {
        let notification = &services.stated.notification;
        let contradicted = notification.contradicted_channels(None, 1_000).await;
        let mut restarted = 0;
        for of in contradicted.unwrap_or_default() {
            let done = notification.restart_contradicted(of.channel).await;
            restarted += usize::from(done.unwrap_or_default());
        }
        restarted
    }
}
