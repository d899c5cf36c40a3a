//! A page's module that runs the suites of the client's ports in a real browser, and shows the result.
//! `crates/passbook/tests/it/web_app` opens it.

use client::store::{Store as _, conformance};
use client::{DeviceKey, KeyError, Keys as _, SoftwareKeys, Timer as _};
use client_web::{
    BrowserKeys, BrowserRandom, BrowserStore, BrowserTimer, Ceremonies, Database, Lock, Vault,
    VaultError, clock,
};
use protocol::http::PasskeyOptions;
use wasm_bindgen::prelude::wasm_bindgen;
use webauthn::{Assertion, Attestation};
use zeroize::Zeroizing;

/// The page's title until there is a result.
const RUNNING: &str = "running";

/// Nobody is there to use a passkey.
#[derive(Debug)]
struct Nobody;

impl Ceremonies for Nobody {
    async fn assert(&self, _challenge: &[u8]) -> Result<Assertion, KeyError> {
        Err(KeyError::new("nobody is there"))
    }

    async fn make(&self, _options: &PasskeyOptions) -> Result<Attestation, KeyError> {
        Err(KeyError::new("nobody is there"))
    }
}

/// Runs the suites when the page is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| show(&panic.to_string())));
    wasm_bindgen_futures::spawn_local(async {
        store().await;
        keys().await;
        vault().await;
        timer().await;
        show("passed");
    });
}

/// Shows the result where the test reads it.
fn show(result: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    // What fails after the first violation says nothing.
    if let Some(document) = document.filter(|document| document.title() == RUNNING) {
        document.set_title(result);
    }
}

async fn open(name: &str) -> Database {
    match Database::open(name).await {
        Ok(database) => database,
        Err(error) => panic!("{name} does not open: {error}"),
    }
}

async fn store() {
    let database = open("suite").await;
    let store = BrowserStore::new(&database);
    conformance::check(&store).await;
    let other = BrowserStore::new(&open("suite").await);
    conformance::check_owners(&store, &other).await;
    conformance::check_owners(&store, &store.clone()).await;

    let reopened = open("reopened").await;
    let reopen = async |_: BrowserStore| {
        reopened.close();
        BrowserStore::new(&open("reopened").await)
    };
    conformance::check_reopening(BrowserStore::new(&reopened), reopen).await;

    let failing = open("failing").await;
    let fail = |_: &BrowserStore| failing.close();
    let reopen = async |_: BrowserStore| BrowserStore::new(&open("failing").await);
    conformance::check_failing(BrowserStore::new(&failing), fail, reopen).await;

    // Another tab removes the database while it is open here.
    assert!(Database::remove("suite").await.is_ok(), "it is removed");
    assert!(store.get(b"a").await.is_err(), "the open one was closed");
    let again = BrowserStore::new(&open("suite").await);
    assert!(matches!(again.get(b"a").await, Ok(None)), "it is empty");
}

async fn keys() {
    let database = open("keys").await;
    let keys = BrowserKeys::open_or_make(&database, Nobody).await;
    let again = BrowserKeys::open_or_make(&database, Nobody).await;
    let (Ok(keys), Ok(again)) = (keys, again) else {
        panic!("the keys are made and read");
    };
    let mut publics = Vec::new();
    for key in [
        DeviceKey::Session,
        DeviceKey::Approval,
        DeviceKey::Agreement,
    ] {
        let (Ok(public), Ok(same)) = (keys.public(key).await, again.public(key).await) else {
            panic!("a public key is known");
        };
        assert_eq!(public, same, "the keys are stored");
        publics.push(public);
    }
    let [session, approval, agreement] = publics
        .try_into()
        .unwrap_or_else(|_| panic!("there are three"));
    assert!(session != approval && approval != agreement, "three keys");
    for (key, public) in [
        (DeviceKey::Session, session),
        (DeviceKey::Approval, approval),
    ] {
        let Ok(signature) = again.sign(key, b"a message").await else {
            panic!("it signs");
        };
        assert!(
            envelope::es256::verify(&public, b"a message", &signature),
            "the signature is that key's"
        );
        assert!(
            !envelope::es256::verify(&public, b"another", &signature),
            "and of that message"
        );
    }
    let Ok(peer) = SoftwareKeys::generate(&mut BrowserRandom) else {
        panic!("keys in software are made");
    };
    let Ok(point) = peer.public(DeviceKey::Agreement).await else {
        panic!("a public key is known");
    };
    let (Ok(here), Ok(there)) = (keys.agree(&point).await, peer.agree(&agreement).await) else {
        panic!("both agree");
    };
    assert_eq!(*here, *there, "on one secret");
}

async fn vault() {
    let vault = Vault::new(&open("vault").await);
    assert_eq!(
        vault.passkey().await,
        Err(VaultError::NoLock),
        "no lock yet"
    );
    let password = |text: &str| Lock::Password(Zeroizing::new(text.to_owned()));
    let passkey = |byte: u8| Lock::Passkey {
        credential: vec![7; 16],
        secret: Zeroizing::new([byte; 32]),
    };
    let now = clock()();
    let Ok(key) = vault.make(now).await else {
        panic!("a storage key is made");
    };
    let much_later = now.plus_ms(1 << 40);
    assert_eq!(vault.make(much_later).await.as_ref(), Ok(&key), "once");
    assert_eq!(vault.passkey().await, Err(VaultError::NoLock), "no lock");
    assert_eq!(
        vault.lock_with(&key, &password("correct horse")).await,
        Ok(())
    );
    assert_eq!(vault.forget().await, Ok(()));
    assert_eq!(vault.passkey().await, Ok(None), "a password locks it");
    let unlocked = vault.unlock(&password("correct horse")).await;
    assert_eq!(unlocked.as_ref(), Ok(&key), "the password releases it");
    for wrong in [password("correct house"), password(""), passkey(1)] {
        let refused = vault.unlock(&wrong).await;
        assert_eq!(refused, Err(VaultError::Wrong), "nothing else does");
    }
    assert_eq!(vault.lock_with(&key, &passkey(1)).await, Ok(()));
    assert_eq!(vault.passkey().await, Ok(Some(vec![7; 16])), "a passkey");
    assert_eq!(vault.unlock(&passkey(1)).await.as_ref(), Ok(&key));
    for wrong in [passkey(2), password("correct horse")] {
        let refused = vault.unlock(&wrong).await;
        assert_eq!(refused, Err(VaultError::Wrong), "the former lock is gone");
    }

    assert_eq!(vault.kept(now).await, Ok(None), "nothing is kept");
    assert_eq!(vault.keep(&key, now.plus_ms(1_000)).await, Ok(()));
    assert_eq!(vault.kept(now).await, Ok(Some(key.clone())), "it is kept");
    let late = vault.kept(now.plus_ms(1_000)).await;
    assert_eq!(late, Ok(None), "until its time");
    assert_eq!(vault.kept(now).await, Ok(None), "and is gone then");
    assert_eq!(vault.keep(&key, now.plus_ms(1_000)).await, Ok(()));
    assert_eq!(vault.forget().await, Ok(()));
    assert_eq!(vault.kept(now).await, Ok(None), "it is forgotten");
    assert_eq!(vault.extend(now, now.plus_ms(9_000)).await, Ok(()));
    assert_eq!(vault.kept(now).await, Ok(None), "and does not come back");
    assert_eq!(vault.keep(&key, now.plus_ms(1_000)).await, Ok(()));
    assert_eq!(vault.extend(now, now.plus_ms(9_000)).await, Ok(()));
    let later = now.plus_ms(8_000);
    assert_eq!(vault.kept(later).await, Ok(Some(key.clone())), "for longer");
    assert!(vault.inbox_key().await.is_ok(), "an inbox key is made");
    assert!(vault.inbox_key().await.is_ok(), "and read");
}

async fn timer() {
    let timer = BrowserTimer::up_to_ms(1_000);
    let before = timer.instant();
    timer.sleep(20).await;
    assert_ne!(timer.instant(), before, "time passes");
    for failures in 1..20 {
        assert!(timer.backoff_ms(failures) <= 1_000, "a wait is bounded");
    }
}
