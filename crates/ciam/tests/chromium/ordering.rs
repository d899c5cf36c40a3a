//! Orders that a browser's passkey approves.

use crate::person::Person;
use envelope::{Sign1, Signer as _};
use order::{
    BackupFlags, Creditor, Intent, Locale, Order, OrderFields, OrderKind, Orderer, RelyingParty,
    Scheme, SignedIntent,
};
use protocol::http::PasskeyParty;
use serde_json::{Value as Json, json};
use types::{DeviceForm, Money, VoucherId, base64url};
use webauthn::Assertion;

/// A transfer that the device's session key signed, and no passkey yet.
pub(crate) fn signed(person: &Person<'_>, amount: i64) -> SignedIntent {
    let token = person.bank.verify(&person.channel_token).unwrap();
    let orderer = Orderer {
        customer: "1001".parse().unwrap(),
        channel: token.channels[0],
        device: token.device,
    };
    let order = Order::new(OrderFields {
        debit_account: Some("576".to_owned()),
        amount: Some(Money::new(amount, "CZK".parse().unwrap())),
        creditor: Some(Creditor::new(Scheme::Account, "704")),
        ..OrderFields::new(OrderKind::Transfer)
    });
    let now = person.bank.now();
    let intent = Intent::new(
        "01900000-0000-7000-8000-000000000001".parse().unwrap(),
        orderer,
        order.unwrap(),
        Some(VoucherId::new([1; 16])),
        (now, now.plus_ms(60_000)),
        Locale::En,
    );
    let (payload, session) = (intent.unwrap().encode(), &person.phone.session);
    let kid = session.public_key().kid();
    let signature = session.sign(&Sign1::to_be_signed(kid, &payload)).unwrap();
    SignedIntent {
        signed: Sign1::assemble_embedded(kid, &payload, &signature),
        assertion: None,
    }
}

/// The options with which a browser has the passkey approve an order.
pub(crate) fn options(order: &SignedIntent, party: &PasskeyParty) -> Json {
    json!({
        "challenge": base64url::encode(order.challenge().as_bytes()),
        "relying_party": party,
        "timeout_ms": 60_000,
    })
}

/// What gateway's verification makes of an order that `assertion` approves. `Err` has the reason of the refusal.
pub(crate) async fn verify(
    person: &Person<'_>,
    party: &PasskeyParty,
    order: &SignedIntent,
    assertion: &Assertion,
) -> Result<BackupFlags, &'static str> {
    let credential = person.bank.ciam.credential(&assertion.credential).await;
    let credential = credential.unwrap();
    let [session, approval, _] = person.phone.public_keys();
    let order = SignedIntent {
        assertion: Some(assertion.clone()),
        ..order.clone()
    };
    let form = DeviceForm::Browser;
    order.verify_signature(form, &session, &approval).unwrap();
    let party = RelyingParty {
        id: party.id.clone(),
        origin: party.origin.clone(),
    };
    let customer = "1001".parse().unwrap();
    let verified = order.verify_assertion(form, &customer, &party, |_| credential);
    match verified {
        Ok(backup) => Ok(backup.unwrap()),
        Err(error) => Err(error.reason()),
    }
}
