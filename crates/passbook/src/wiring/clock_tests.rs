//! Signing keys are replaced in time, even if the clock is set back or forward.

use super::Services;
use crate::config::Config;
use crate::deployment::Deployment;
use envelope::{Purpose, TrustList};
use operator::DataDirectory;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use types::{Clock, Time};

const START: Time = Time::from_ms(1_790_000_000_000);
const DAY_MS: u64 = 86_400_000;

/// Much longer than the second between two checks of the keys. Keys were once checked every hour.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether devices accept a signature made at `time`.
async fn signs_at(services: &Services, time: Time) -> bool {
    let roots = services.stated.vault.roots().await.unwrap();
    let list = services.stated.notification.trust().unwrap();
    let list = TrustList::stored(&list, &roots).unwrap();
    let signs = |purpose: Purpose| {
        let mut keys = list.keys().iter().filter(|row| row.purpose == purpose);
        keys.any(|row| (row.from..=row.until).contains(&time))
    };
    !list.is_expired(time)
        && [Purpose::Head, Purpose::Grant, Purpose::Device]
            .into_iter()
            .all(signs)
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_made_and_listed_at_once_wherever_the_clock_jumps() {
    let directory = tempfile::tempdir().unwrap();
    let data = DataDirectory::create(&directory.path().join("data")).unwrap();
    let now = Arc::new(AtomicU64::new(START.ms()));
    let clock: Clock = {
        let now = Arc::clone(&now);
        Arc::new(move || Time::from_ms(now.load(Ordering::SeqCst)))
    };
    let deployment = Deployment::of(&data).unwrap();
    let services = Services::open(&Config::default(), (&data, &deployment), clock)
        .await
        .unwrap();
    let services = Arc::new(services);
    assert!(signs_at(&services, START).await);
    let (stop, stopping) = watch::channel(false);
    let serving = Arc::clone(&services);
    let running = tokio::spawn(async move { serving.run(stopping).await });
    for time in [
        START.plus_ms(400 * DAY_MS),
        START.minus_ms(DAY_MS),
        START.plus_ms(100 * DAY_MS),
    ] {
        assert!(!signs_at(&services, time).await);
        now.store(time.ms(), Ordering::SeqCst);
        let deadline = Instant::now() + PATIENCE;
        while !signs_at(&services, time).await {
            assert!(
                Instant::now() < deadline,
                "no key was listed for {}",
                time.ms()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
}
