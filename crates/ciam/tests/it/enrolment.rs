//! A device enrols and gets everything that it starts with.

use crate::bank::{Bank, ISSUER, START, nth};
use crate::neighbour::Call;
use ciam::Settings;
use protocol::ChannelKind;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::task::JoinSet;
use types::{ChannelId, Generation};

#[tokio::test]
async fn a_device_gets_its_channels_token_grant_trust_list_and_snapshot() {
    let global = ChannelId::new([9; 16]);
    let bank = Bank::with(Settings {
        global_channels: vec![global],
        ..Settings::new(ISSUER)
    })
    .await;
    let (phone, answer) = bank.enrolled("1001").await;

    assert_eq!(answer.device, phone.device);
    let [own, everybody] = answer.channels.as_slice() else {
        panic!("{:?}", answer.channels)
    };
    assert_eq!(own.kind, ChannelKind::Customer);
    assert_eq!(own.generation, Generation::FIRST);
    assert_eq!(everybody.channel, global);
    assert_eq!(everybody.kind, ChannelKind::Global);
    assert_eq!(
        answer.grant.0,
        format!("grant of {}", phone.device).as_bytes()
    );
    assert_eq!(answer.snapshot.snapshot.0, b"snapshot 1");
    assert_eq!(answer.trust.0, bank.neighbour.state().trust);

    let token = bank.verify(&answer.channel_token).unwrap();
    assert_eq!(token.device, phone.device);
    assert_eq!(token.channels, [own.channel, global]);
    assert_eq!(token.session, phone.session_thumbprint());

    let [statement] = bank.neighbour.statements().try_into().unwrap();
    assert_eq!(statement.customer.as_str(), "1001");
    assert_eq!(statement.channel, own.channel);
    assert_eq!(
        [statement.session, statement.approval, statement.agreement],
        phone.public_keys()
    );
    assert_eq!(statement.time, START);
    assert_eq!(
        bank.neighbour.calls(),
        [
            Call::Open(own.channel, ChannelKind::Customer),
            Call::Grant(Box::new(statement)),
            Call::Snapshot(own.channel, phone.device),
            Call::Open(global, ChannelKind::Global),
        ]
    );
}

/// As after notification alone was restored from an older copy: its channels are in a generation that the broker has
/// not started yet.
#[tokio::test]
async fn a_device_gets_the_generation_of_its_snapshot() {
    let bank = Bank::open().await;
    let second = Generation::FIRST.next();
    bank.neighbour.state().generation = Some(second);
    let (_, answer) = bank.enrolled("1001").await;
    assert_eq!(answer.channels[0].generation, second);
}

#[tokio::test]
async fn all_devices_of_a_customer_share_one_channel_and_customers_share_none() {
    let bank = Bank::open().await;
    let (first, one) = bank.enrolled("1001").await;
    let (second, two) = bank.enrolled("1001").await;
    let (_, other) = bank.enrolled("1002").await;
    assert_eq!(one.channels[0].channel, two.channels[0].channel);
    assert_ne!(one.channels[0].channel, other.channels[0].channel);

    let devices = bank
        .ciam
        .devices(&"1001".parse().unwrap(), 0, 100)
        .await
        .unwrap();
    let ids: Vec<_> = devices.iter().map(|device| device.device).collect();
    assert_eq!(ids, [first.device, second.device]);
    assert!(devices.iter().all(|device| device.revocation.is_none()));
}

#[tokio::test]
async fn statements_are_numbered_and_listed_after_any_number() {
    let bank = Bank::open().await;
    for customer in ["1", "2", "3"] {
        bank.enrolled(customer).await;
    }
    let answer = bank.ciam.statements_after(0, 10).await.unwrap();
    let numbers: Vec<_> = answer.iter().map(|statement| statement.number).collect();
    assert_eq!(numbers, [nth(1), nth(2), nth(3)]);
    let page = bank.ciam.statements_after(nth(1), 1).await.unwrap();
    assert_eq!(page, answer[1..2]);
    assert!(
        bank.ciam
            .statements_after(nth(3), 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_customer_has_as_many_devices_as_a_rekey_has_grants() {
    let bank = Bank::open().await;
    let (first, _) = bank.enrolled("1001").await;
    for _ in 1..protocol::REKEY_GRANTS_MAX {
        bank.enrolled("1001").await;
    }
    let (phone, code) = (crate::phone::Phone::new(), bank.code("1001").await);
    let refused = bank.enrol(&phone, "1001", &code).await.unwrap_err();
    assert!(
        matches!(refused, ciam::EnrolError::TooManyDevices),
        "{refused}"
    );
    bank.ciam.revoke(first.device).await.unwrap();
    bank.enrol(&phone, "1001", &code).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_devices_enrol_at_once_and_each_has_its_own() {
    let bank = Arc::new(Bank::open().await);
    let mut enrolling = JoinSet::new();
    for customer in 0..64 {
        let bank = Arc::clone(&bank);
        enrolling.spawn(async move { bank.enrolled(&customer.to_string()).await.1 });
    }
    let answers = enrolling.join_all().await;
    let channels: HashSet<_> = answers
        .iter()
        .map(|each| each.channels[0].channel)
        .collect();
    assert_eq!(channels.len(), 64);
    let answer = bank.ciam.statements_after(0, 100).await.unwrap();
    let numbers: Vec<_> = answer.iter().map(|statement| statement.number).collect();
    assert_eq!(numbers, (1..=64).map(nth).collect::<Vec<_>>());
}
