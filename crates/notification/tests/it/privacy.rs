//! What parties other than the bank can see: ciphertext, numbers, times, sizes.

use crate::ports::Script;
use crate::tables::actions;
use crate::world::{World, until};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Every file under a directory, with its bytes.
fn files(directory: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_in_the_clear_at_notification_pub_sub_or_broker() {
    let world = World::new(2).await;
    let notification = world.open().await;
    for customer in ["customer-with-a-name", "customer-who-waits"] {
        world.customer(customer).await;
    }
    let holders = ["customer-with-a-name", "customer-who-waits"];
    world.account("account-of-both", &holders).await;
    let mut one = world.enrolled(&notification, "customer-with-a-name").await;
    let other = world.enrolled(&notification, "customer-with-a-name").await;
    world.revoke(&notification, &other).await;
    one.snapshot(&notification).await;
    // A channel that is not ready keeps events in the inbox, and so does a stopped subject.
    let waiting = world.phone(&notification, "customer-who-waits").await;
    world.bank.no_snapshots.store(true, Ordering::SeqCst);
    assert!(notification.grant(&waiting.statement).await.is_err());
    let running = world.run(&notification);
    world.post("account-of-both", "transaction-of-both").await;
    world.relay().await;
    world.until_read(&mut one, "account-of-both", 4).await;
    running.stop().await;
    let script = Arc::new(Script::default());
    let running = world.run_on(&notification, script.clone());
    script.hand(vec![Bytes::from_static(b"no event")]);
    until("the acknowledgement", async || script.is_done()).await;
    running.stop().await;

    let mut found = Vec::new();
    files(world.directory.path(), &mut found);
    let of_the_bank = |name: &str| name.contains("bank.sqlite");
    let personal: [&[u8]; 8] = [
        b"customer-with-a-name",
        b"customer-who-waits",
        b"account-of-both",
        b"transaction-of-both",
        b"purpose-of-the-customer",
        b"987654321",
        // The amount as CBOR, and as a column of eight bytes.
        &[0x1a, 0x3a, 0xde, 0x68, 0xb1],
        &[0, 0, 0, 0, 0x3a, 0xde, 0x68, 0xb1],
    ];
    for wanted in &personal[..5] {
        let in_the_bank =
            |(name, bytes): &(String, Vec<u8>)| of_the_bank(name) && contains(bytes, wanted);
        assert!(
            found.iter().any(in_the_bank),
            "the search finds existing bytes"
        );
    }
    found.retain(|(name, _)| !of_the_bank(name));
    let read: usize = found.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(read > 50_000, "{read} bytes in {} files", found.len());
    for (name, bytes) in &found {
        for wanted in personal {
            assert!(
                !contains(bytes, wanted),
                "{name} has {:?}",
                String::from_utf8_lossy(wanted)
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_records_name_the_actions_and_verify() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let one = world.enrolled(&notification, "1").await;
    let other = world.enrolled(&notification, "1").await;
    world.revoke(&notification, &other).await;
    let script = Arc::new(Script::default());
    let running = world.run_on(&notification, script.clone());
    script.hand(vec![Bytes::from_static(b"no event")]);
    until("the acknowledgement", async || script.is_done()).await;
    let report = one.report();
    let report = protocol::http::Report {
        signature: None,
        ..report
    };
    notification
        .report(one.channel, one.device, report)
        .await
        .unwrap();
    running.stop().await;
    assert_eq!(
        notification.erase(&one.customer).await.unwrap(),
        Some(one.channel)
    );
    let expected = [
        "signing_key.made",
        "signing_key.made",
        "signing_key.made",
        "trust_list.installed",
        "channel.begun",
        "grant.made",
        "grant.made",
        "device.removed",
        "event.unreadable",
        "channel.reported",
        "customer.erased",
    ];
    assert_eq!(actions(&world), expected);
}
