//! Stops while the database is busy or fails: these tests hold or change its file.

use crate::bank::{Bank, ISSUER, nth};
use crate::neighbour::Call;
use crate::stopping::customer;
use ciam::{ResumeError, Settings};
use rusqlite::Connection;

/// The customer stops everything while the bank, which saw no stop, ends it.
#[tokio::test]
async fn a_stop_that_gateway_has_not_done_is_not_ended() {
    let bank = Bank::open().await;
    let (phone, _) = bank.enrolled("1001").await;
    bank.neighbour.state().gateway_down = true;
    let waiting = async |writes| {
        while bank.ciam.database_load().writes_waiting != writes {
            tokio::task::yield_now().await;
        }
    };
    let locked = Connection::open(bank.path()).unwrap();
    locked.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ciam = bank.ciam.clone();
    let pressing = tokio::spawn(async move { ciam.stop_everything(phone.device).await });
    tokio::task::yield_now().await;
    waiting(0).await;
    let ciam = bank.ciam.clone();
    let ending = tokio::spawn(async move { ciam.resume_customer(&customer(), "mistake").await });
    waiting(1).await;
    locked.execute_batch("ROLLBACK").unwrap();

    pressing.await.unwrap().unwrap();
    let refused = ending.await.unwrap();
    assert!(matches!(refused, Err(ResumeError::NotTold(_))));
    let untold = "customer_stop WHERE stopped = 1 AND told = 0";
    assert_eq!(bank.count(untold), 1);
    bank.neighbour.state().gateway_down = false;
    let resumed = bank.ciam.resume_customer(&customer(), "mistake").await;
    assert!(resumed.unwrap());
    let stop = nth(3);
    let told = bank.neighbour.stops();
    let last = [
        Call::Stop(customer(), stop),
        Call::Resume(customer(), stop + 1),
    ];
    assert!(told.ends_with(&last), "{told:?}");
}

/// gateway may have been restored from a copy that is older than the stop.
#[tokio::test]
async fn a_restarted_ciam_tells_gateway_again() {
    let mut bank = Bank::with(Settings {
        retry_interval_ms: 1,
        ..Settings::new(ISSUER)
    })
    .await;
    let (phone, _) = bank.enrolled("1001").await;
    bank.ciam.stop_everything(phone.device).await.unwrap();
    assert_eq!(bank.ciam.tell_stops().await.unwrap(), [0, 0]);
    bank.restart().await;
    // The first look fails.
    let database = Connection::open(bank.path()).unwrap();
    let rename = "ALTER TABLE customer_stop RENAME TO away";
    database.execute_batch(rename).unwrap();
    let ciam = bank.ciam.clone();
    let running = tokio::spawn(async move { ciam.run().await });
    tokio::task::yield_now().await;
    let written = bank.ciam.unlock_logins(&customer(), "after it").await;
    written.unwrap();
    let rename = "ALTER TABLE away RENAME TO customer_stop";
    database.execute_batch(rename).unwrap();
    bank.neighbour
        .until(|_| bank.neighbour.stops().len() == 2)
        .await;
    running.abort();
}
