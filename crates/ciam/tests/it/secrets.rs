//! Secrets must not appear in logs, in Debug output, or in the database file.

use crate::bank::Bank;
use crate::passwords::{PASSWORD, with_password};
use crate::person::Person;
use crate::phone::Phone;
use envelope::Signer as _;
use std::io::Write;
use std::sync::{Arc, Mutex};
use totp_rs::Secret;

const CUSTOMER: &str = "customer-8461-of-the-secrets";

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[tokio::test]
async fn no_secret_is_in_logs_debug_output_or_the_file() {
    let captured = Captured::default();
    let writer = captured.clone();
    // For all threads, because units of work run on the database's threads.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();

    let bank = Bank::open().await;
    let issued = bank.ciam.issue_code(&CUSTOMER.parse().unwrap()).await;
    let issued = issued.unwrap();
    let code = issued.code.expose().to_owned();
    let phone = Phone::new();
    let challenge = bank.ciam.challenge().unwrap();
    let mut debug = format!("{issued:?} {:?} {challenge:?}", bank.ciam);

    let request = phone.request(&challenge, CUSTOMER, &code);
    debug.push_str(&format!("{request:?}"));
    for broken in ["broker", "notification"] {
        {
            let mut state = bank.neighbour.state();
            state.broker_down = broken == "broker";
            state.notification_down = broken == "notification";
        }
        let error = bank.ciam.enrol(&request).await.unwrap_err();
        debug.push_str(&format!("{error:?} {error}"));
        bank.advance(1000);
        bank.ciam.resume().await.unwrap();
    }
    bank.neighbour.state().notification_down = false;
    let answer = bank.ciam.enrol(&request).await.unwrap();
    debug.push_str(&format!("{answer:?}"));
    let other = Phone::new().request(&challenge, CUSTOMER, &code);
    let error = bank.ciam.enrol(&other).await.unwrap_err();
    debug.push_str(&format!("{error:?} {error}"));
    bank.neighbour.state().notification_down = true;
    let error = bank.ciam.revoke(phone.device).await.unwrap_err();
    debug.push_str(&format!("{error:?} {error}"));
    bank.ciam.resume().await.unwrap();
    bank.neighbour.state().notification_down = false;
    let person = Person::enrolled(&bank, "1001").await;
    let (begun, _) = with_password(&person, 1).await;
    debug.push_str(&format!("{begun:?}"));
    let secret = Secret::try_from_base32(&begun.secret).unwrap();

    let logged = captured.0.lock().unwrap().clone();
    let text = String::from_utf8_lossy(&logged);
    assert!(text.contains("a device still has no grant"), "{text}");
    assert!(text.contains("no new key yet"), "{text}");

    let mut file = std::fs::read(bank.path()).unwrap();
    file.extend(std::fs::read(bank.path().with_extension("sqlite-wal")).unwrap());
    let statement = bank.ciam.statements_after(0, 1).await.unwrap().remove(0);
    assert!(contains(&statement.statement, CUSTOMER.as_bytes()));
    let token = answer.channel_token.rsplit('.').next().unwrap();
    let session = phone.session.public_key().as_bytes();
    assert!(contains(&file, session), "public keys are in the clear");
    let subject = bank.verify(&answer.channel_token).unwrap().subject;
    for (what, secret) in [
        ("customer", CUSTOMER.as_bytes()),
        ("code", code.as_bytes()),
        ("token", token.as_bytes()),
        ("subject", subject.as_bytes()),
        ("statement", &statement.statement),
        ("password", PASSWORD.as_bytes()),
        ("hash of the password", b"argon2id"),
        ("secret of the authenticator", secret.as_ref()),
        ("secret in Base32", begun.secret.as_bytes()),
    ] {
        assert!(!contains(&logged, secret), "the log contains the {what}");
        assert!(
            !contains(debug.as_bytes(), secret),
            "Debug shows the {what}"
        );
        assert!(!contains(&file, secret), "the file contains the {what}");
    }
}
