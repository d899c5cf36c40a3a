//! An older copy of ciam's database is restored by hand, after others have followed later numbers.

use crate::bank::{Bank, DAY_MS, START};
use crate::phone::Phone;
use async_trait::async_trait;
use ciam::Ciam;
use http_edge::{DeviceGuard, GuardSettings, Issuer, IssuerError, Revocation};
use std::sync::{Arc, Mutex};
use token::{DpopNonce, Jwks};
use types::{DeviceId, ErrorCode};

/// The current ciam, connected to a node's guard as in the binary.
struct Serving(Mutex<Ciam>);

#[async_trait]
impl Issuer for Serving {
    async fn keys(&self) -> Result<Jwks, IssuerError> {
        Ok(self.0.lock().unwrap().jwks())
    }

    async fn revocations_after(
        &self,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Revocation>, IssuerError> {
        let ciam = self.0.lock().unwrap().clone();
        let revoked = ciam.revocations_after(number, limit).await.unwrap();
        let revocation = |row: ciam::Revocation| Revocation {
            number: row.number,
            device: row.device,
            by_stop: row.by_stop,
        };
        Ok(revoked.into_iter().map(revocation).collect())
    }
}

/// A node that runs on while ciam is restored.
struct Node {
    guard: DeviceGuard,
    serving: Arc<Serving>,
}

impl Node {
    fn of(bank: &Bank) -> Self {
        let serving = Arc::new(Serving(Mutex::new(bank.ciam.clone())));
        let settings = GuardSettings {
            public_url: crate::bank::ISSUER.parse().unwrap(),
            issuer: crate::bank::ISSUER.to_owned(),
            audience: "passbook".to_owned(),
            nonces: DpopNonce::new(&[7; 32]),
            clock: Arc::new(|| START),
        };
        let guard = DeviceGuard::new(settings, serving.clone());
        Self { guard, serving }
    }

    async fn learn(&self, bank: &Bank) {
        *self.serving.0.lock().unwrap() = bank.ciam.clone();
        self.guard.learn().await.unwrap();
    }

    /// Whether a stream to the device can be opened.
    fn serves(&self, device: DeviceId) -> bool {
        let device = http_edge::Device {
            device,
            channels: Vec::new(),
            issued: START,
            expires: START.plus_ms(DAY_MS),
            address: None,
        };
        self.guard.open_session(&device, true).is_ok()
    }
}

async fn devices<const N: usize>(bank: &Bank) -> [DeviceId; N] {
    let mut devices = Vec::new();
    for _ in 0..N {
        devices.push(bank.enrolled("1001").await.0.device);
    }
    devices.try_into().unwrap()
}

#[tokio::test]
async fn every_node_learns_of_later_and_repeated_revocations() {
    let mut bank = Bank::open().await;
    let [first, second, third, last] = devices(&bank).await;
    let (node, copy) = (Node::of(&bank), bank.copy());
    let mut numbers = Vec::new();
    for device in [first, second] {
        numbers.push(bank.ciam.revoke(device).await.unwrap().revocation);
    }
    node.learn(&bank).await;
    bank.advance(1);

    bank.restore(&copy).await;
    // No node has asked yet. Without the clock in the number, this revocation would get the first device's number.
    numbers.push(bank.ciam.revoke(third).await.unwrap().revocation);
    node.learn(&bank).await;
    assert!(!node.serves(third));
    assert!(node.serves(last));
    for device in [second, first] {
        numbers.push(bank.ciam.revoke(device).await.unwrap().revocation);
    }
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    // A node that starts now learns of it too.
    let new = Node::of(&bank);
    new.learn(&bank).await;
    for node in [&node, &new] {
        let served = [first, second, third, last].map(|device| node.serves(device));
        assert_eq!(served, [false, false, false, true]);
    }
}

/// In this case the clock alone does not help, but the followers' positions do.
#[tokio::test]
async fn no_number_is_used_twice_although_the_clock_was_ahead_before() {
    let mut bank = Bank::open().await;
    let [first, second] = devices(&bank).await;
    let (node, copy) = (Node::of(&bank), bank.copy());
    bank.advance(365 * DAY_MS);
    let ahead = bank.ciam.revoke(first).await.unwrap().revocation;
    node.learn(&bank).await;

    bank.set_clock(START);
    bank.restore(&copy).await;
    node.learn(&bank).await;
    let after = bank.ciam.revoke(second).await.unwrap().revocation;
    assert!(after > ahead, "{after} {ahead}");
    node.learn(&bank).await;
    assert!(!node.serves(second));
    assert!(bank.ciam.revoke(first).await.unwrap().revocation > after);

    // A position that ciam cannot have issued uses up no numbers.
    let beyond = bank.ciam.revocations_after(u64::MAX >> 1, 1).await.unwrap();
    assert!(beyond.is_empty());
    let [third] = devices(&bank).await;
    assert!(bank.ciam.revoke(third).await.unwrap().revocation < ahead + 10);
}

#[tokio::test]
async fn a_customer_missing_in_the_copy_enrols_again_on_the_same_channel() {
    let mut bank = Bank::open().await;
    let copy = bank.copy();
    let (lost, before) = bank.enrolled("1001").await;
    bank.advance(1);
    bank.restore(&copy).await;
    assert!(
        bank.ciam
            .devices(&"1001".parse().unwrap(), 0, 100)
            .await
            .unwrap()
            .is_empty()
    );
    bank.neighbour.state().notification_silent = true;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let refused = bank.enrol(&phone, "1001", &code).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Unavailable);
    assert!(
        bank.query("SELECT * FROM customer").is_empty(),
        "no new channel is made"
    );
    bank.neighbour.state().notification_silent = false;
    let after = bank.enrol(&phone, "1001", &code).await.unwrap();
    assert_eq!(after.channels[0].channel, before.channels[0].channel);

    // A device that ciam no longer knows can still be revoked: its token is valid.
    let revoked = bank.ciam.revoke(lost.device).await.unwrap();
    let [revocation] = bank.ciam.revocations_after(0, 10).await.unwrap()[..] else {
        panic!("one is revoked")
    };
    assert_eq!(revocation.number, revoked.revocation);
    assert_eq!(revocation.device, lost.device);
    assert_eq!(revocation.channel, before.channels[0].channel);
    assert_eq!(bank.neighbour.rekeys(), [(lost.device, revoked.revocation)]);
    let code = bank.code("1001").await;
    let refused = bank.enrol(&lost, "1001", &code).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DeviceRevoked);
}
