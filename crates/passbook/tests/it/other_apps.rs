//! Other apps of the bank read a person's accounts and prepare payments, as far as the person allows it.

use crate::bank::shown;
use crate::on_device::{last, lines, refused};
use crate::on_postgres;
use crate::other_app::{App, BankWithApp, bank_with_app};
use serde_json::{Value, json};

const ALL: [&str; 3] = ["openid", "accounts", "payments"];

#[tokio::test]
async fn an_app_reads_what_the_person_sees() {
    reads("").await;
}

#[tokio::test]
async fn an_app_reads_what_the_person_sees_on_postgresql() {
    reads(&on_postgres::shared()).await;
}

async fn reads(settings: &str) {
    let BankWithApp { bank, webhook, .. } = &bank_with_app(&ALL, settings).await;
    let (device, _) = bank.enrol("1001", "device");
    let app = App::permitted(bank, &device, "openid accounts").await;
    let home = shown(&device, "--once");
    let own = &home["accounts"][0];
    let account = own["account"].as_str().unwrap();
    let listed = app.get("/v1/accounts", "", 200).await;
    let held: Vec<_> = listed["accounts"].as_array().unwrap().iter().collect();
    assert_eq!(held.len(), home["accounts"].as_array().unwrap().len());
    assert_eq!(held[0]["account"], account);
    let of_account = |what: &str| format!("/v1/accounts/{account}/{what}");
    let balances = app.get(&of_account("balances"), "", 200).await;
    let booked = balances["balances"].as_array().unwrap();
    let booked = booked.iter().find(|one| one["type"] == "booked").unwrap();
    assert_eq!(
        booked["amount"]["minor_units"], own["balances"]["booked"]["minor_units"],
        "{own}"
    );

    // Page by page, without a gap.
    let count = balances["transactions"].as_u64().unwrap();
    let (mut after, mut numbers) = (0, Vec::new());
    loop {
        let query = format!("?after={after}&limit=2");
        let page = app.get(&of_account("transactions"), &query, 200).await;
        let transactions = page["transactions"].as_array().unwrap();
        numbers.extend(
            transactions
                .iter()
                .map(|one| one["number"].as_u64().unwrap()),
        );
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(numbers, (1..=count).collect::<Vec<_>>());

    let (other, _) = bank.enrol("1002", "other");
    let others = shown(&other, "--once")["accounts"][0]["account"].clone();
    let others = format!("/v1/accounts/{}/balances", others.as_str().unwrap());
    assert_eq!(
        app.get(&others, "", 404).await["code"],
        5001,
        "of another customer"
    );
    let limit = app.get(&of_account("transactions"), "?limit=0", 400).await;
    assert_eq!(limit["code"], 1001);
    let payment = app.initiate("one", &json!({}), 403).await;
    assert_eq!(payment["code"], 2021, "the person did not allow payments");

    let posted = ["post", account, "1.00", "--purpose", "gift"];
    bank.operate(&posted);
    let changed = json!({"urn:passbook:event:accounts-changed": {}});
    webhook.hears(&changed).await;

    last(&device, &["login"]);
    last(&device, &["consents", "withdraw", "the-app"]);
    assert_eq!(app.get("/v1/accounts", "", 401).await["code"], 2002);
}

#[tokio::test]
async fn a_payment_that_an_app_prepares_is_made_if_the_person_approves_it() {
    pays("").await;
}

#[tokio::test]
async fn a_payment_that_an_app_prepares_is_made_on_postgresql() {
    pays(&on_postgres::shared()).await;
}

async fn pays(settings: &str) {
    let BankWithApp { bank, webhook, .. } = &bank_with_app(&ALL, settings).await;
    let ((device, _), (other, _)) = (bank.enrol("1001", "device"), bank.enrol("1002", "other"));
    let app = App::permitted(bank, &device, "openid payments").await;
    let home = shown(&device, "--once");
    let from = home["accounts"][0]["account"].as_str().unwrap().to_owned();
    let to = shown(&other, "--once")["accounts"][0]["account"].clone();
    let currency = home["accounts"][0]["balances"]["booked"]["currency"].clone();
    let payment = |minor_units: u64| {
        json!({
            "amount": {"minor_units": minor_units, "currency": currency},
            "creditor": {"scheme": "account", "identification": to},
            "reference": "invoice 7",
        })
    };
    let state = async |made: &Value| {
        let path = format!(
            "/v1/payment-initiations/{}",
            made["initiation"].as_str().unwrap()
        );
        app.get(&path, "", 200).await["state"].clone()
    };
    let made = app.initiate("one", &payment(1_250), 201).await;
    assert_eq!(made["state"], "waiting");
    assert_eq!(
        app.initiate("one", &payment(1_250), 201).await,
        made,
        "the same request"
    );
    assert_eq!(app.initiate("one", &payment(9), 409).await["code"], 8037);
    let wrong = app.initiate("two", &payment(0), 400).await;
    assert_eq!(wrong["code"], 8001, "{wrong}");

    let entry = shown(&device, "--once").to_string();
    let said = "The app (the-app) asks for a payment of 12.50 CZK: passbook initiations approve";
    assert!(entry.contains(said), "{entry}");
    let waiting = lines(&device, &["initiations"]);
    assert_eq!((waiting.len(), &waiting[0]["name"]), (1, &"The app".into()));
    assert_eq!(waiting[0]["payment"], payment(1_250));
    let id = made["initiation"].as_str().unwrap();
    let approve = ["initiations", "approve", id, "--from", &from, "--yes"];
    let ordered = last(&device, &approve);
    assert_eq!(
        (&ordered["state"], &ordered["intent"]),
        (&"done".into(), &id.into())
    );
    assert_eq!(state(&made).await, "executed");
    let changed = json!({"urn:passbook:event:payment-changed": {"initiation": id}});
    webhook.hears(&changed).await;
    assert!(lines(&device, &["initiations"]).is_empty());
    let again = refused(&device, &approve);
    assert!(again.contains("waits"), "{again}");

    let made = app.initiate("three", &payment(700), 201).await;
    let id = made["initiation"].as_str().unwrap();
    for _ in 0..2 {
        assert_eq!(
            last(&device, &["initiations", "decline", id])["declined"],
            true
        );
    }
    assert_eq!(state(&made).await, "declined");
    let approve = ["initiations", "approve", id, "--from", &from, "--yes"];
    assert!(refused(&device, &approve).contains("waits"));
    let others = refused(&other, &["initiations", "decline", id]);
    assert!(others.contains("8036"), "{others}");
    let unknown = app.get("/v1/payment-initiations/nothing", "", 404).await;
    assert_eq!(unknown["code"], 8036);
}
