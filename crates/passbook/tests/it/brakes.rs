//! A customer brakes their own orders from one device; the bank holds to it on all of them, also after a restart.

use crate::bank::{Bank, PATIENCE, refused, shown};
use crate::on_device::{command, last};
use crate::on_postgres;
use crate::orders::{booked, two};
use serde_json::Value;
use std::path::Path;
use std::time::Instant;
use types::BusinessDate;

const HALF_A_DAY_MS: u64 = 12 * 3_600_000;

/// What becomes of a payment: its state, and the reason of a refusal.
fn pay(device: &Path, order: [&str; 3]) -> (String, Option<String>) {
    let [amount, to, from] = order;
    let pay = ["pay", amount, to, "--from", from, "--yes", "--json"];
    let output = command(device, &pay).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let order: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    let word = |member: &str| order[member].as_str().map(str::to_owned);
    (word("state").unwrap(), word("reason"))
}

fn check(device: &Path, order: [&str; 3], refusal: Option<&str>) {
    let state = if refusal.is_some() { "refused" } else { "done" };
    let expected = (state.to_owned(), refusal.map(str::to_owned));
    assert_eq!(pay(device, order), expected, "{order:?}");
}

fn brake<'a>(limits: &'a Value, name: &str) -> &'a Value {
    let brakes = limits["brakes"].as_array().unwrap();
    let found = brakes.iter().find(|brake| brake["brake"] == name);
    found.unwrap_or(&Value::Null)
}

/// The objection of that name, which a device has to a payment before it is signed.
fn said(device: &Path, [amount, to, from]: [&str; 3], reason: &str) -> Value {
    let review = ["pay", amount, to, "--from", from, "--json"];
    let review = command(device, &review).output().unwrap();
    let review: Value = serde_json::from_slice(&review.stdout).unwrap();
    let objections = review["objections"].as_array().unwrap();
    let found = objections.iter().find(|one| one["reason"] == reason);
    found.unwrap_or_else(|| panic!("{review}")).clone()
}

/// Waits until a device's newest entries have one that says so.
fn until_told(device: &Path, says: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let home = shown(device, "--once");
        let entries = home["entries"].as_array().unwrap();
        let has = |entry: &Value| entry["text"].as_str().unwrap().contains(says);
        if entries.iter().any(has) {
            return;
        }
        assert!(Instant::now() < deadline, "{says} did not come: {home}");
    }
}

fn brakes_hold_on_every_device(mut bank: Bank) {
    let ([one, other], [from, to]) = two(&bank);
    let (second, _) = bank.enrol("1001", "second");
    let before = booked(&shown(&one, "--once"));
    check(&one, ["100", &to, &from], None);

    // A limit: at once, on the other device, too; and said before anybody signs.
    let limits = last(&one, &["brakes", "limit", "day", "300"]);
    assert_eq!(limits["day"]["minor_units"], 30_000);
    assert_eq!(limits["day_left"]["minor_units"], 20_000);
    check(&second, ["250", &to, &from], Some("own_limit_exceeded"));
    for device in [&one, &second] {
        let own_limit = said(device, ["250", &to, &from], "own_limit");
        assert_eq!(own_limit["loosens"], Value::Null);
        until_told(device, "brake day was set: at most 300.00 CZK");
    }

    // Raised: half a day later.
    let limits = last(&second, &["brakes", "limit", "day", "5000"]);
    let day = brake(&limits, "day");
    assert_eq!(day["then"]["minor_units"], 500_000);
    assert!(day["loosens"].as_u64().unwrap() - day["since"].as_u64().unwrap() >= HALF_A_DAY_MS);
    check(&one, ["250", &to, &from], Some("own_limit_exceeded"));
    check(&one, ["150", &to, &from], None);
    assert_eq!(
        brake(&last(&one, &["brakes"]), "day"),
        day,
        "both devices see it"
    );
    until_told(&one, ": at most 5,000.00 CZK");
    let own_limit = said(&one, ["250", &to, &from], "own_limit");
    assert_eq!(own_limit["loosens"], day["loosens"]);
    let kept = last(&one, &["brakes", "withdraw", "day"]);
    assert_eq!(brake(&kept, "day")["loosens"], Value::Null);

    // A frozen account, over a restart. The other customer goes on.
    last(&one, &["brakes", "freeze", &from]);
    bank.kill();
    bank.start();
    let frozen = format!("account:{from}");
    check(
        &second,
        ["1", &to, &from],
        Some("account_frozen_by_customer"),
    );
    check(&other, ["1", &from, &to], None);
    let limits = last(&second, &["brakes", "end", &frozen]);
    assert!(brake(&limits, &frozen)["loosens"].is_u64());
    check(&one, ["1", &to, &from], Some("account_frozen_by_customer"));

    // New payees: nobody is known for half a day yet.
    last(&other, &["brakes", "freeze", "--new-payees"]);
    check(&other, ["1", &from, &to], Some("new_payees_frozen"));
    let printed = command(&other, &["brakes"]).output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(
        printed.contains("new_payees  payments to new payees are frozen"),
        "{printed}"
    );

    for (wrong, says) in [
        (
            &["limit", "day", "200001"][..],
            "must not be above the bank's",
        ),
        (
            &["limit", "transfer.day", "5 EUR"],
            "the currency of the bank's limits",
        ),
        (&["limit", "week", "5"], "a brake is `day`"),
        (&["limit", "new_payees", "5"], "is no limit"),
        (&["freeze", &to], "does not hold the account"),
        (&["withdraw", "bill.day"], "`passbook brakes` lists them"),
    ] {
        let told = refused(&mut command(&one, &[&["brakes"], wrong].concat()));
        assert!(told.contains(says), "{wrong:?}: {told}");
    }
    let after = booked(&shown(&one, "--once"));
    assert_eq!(after, before - 25_000 + 100);
    bank.stop();
    assert_eq!(bank.operate(&["audit", "verify"])["intact"], true);
}

#[test]
fn brakes_hold_on_every_device_on_sqlite() {
    brakes_hold_on_every_device(Bank::sandbox(""));
}

#[test]
fn brakes_hold_on_every_device_on_postgresql() {
    brakes_hold_on_every_device(Bank::sandbox(&on_postgres::shared()));
}

/// What was ordered before the freeze is executed on its day, unless it is cancelled, which a freeze does not stop.
#[test]
fn a_freeze_stops_what_is_ordered_and_not_what_was() {
    let bank = Bank::sandbox("");
    let ([one, _], [from, to]) = two(&bank);
    let before = booked(&shown(&one, "--once"));
    let today: BusinessDate = bank.operate(&["clock"])["date"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let tomorrow = today.plus_days(1).unwrap().to_string();
    let dated = |amount| {
        let pay = ["pay", amount, &to, "--from", &from, "--on", &tomorrow];
        let order = last(&one, &[&pay[..], &["--yes"]].concat());
        assert_eq!(order["state"], "scheduled", "{order}");
        order["intent"].as_str().unwrap().to_owned()
    };
    dated("100");
    let unwanted = dated("7");
    let pay = ["100", to.as_str(), "--from", &from, "--yes"];
    let monthly = [
        &["standing", "create"],
        &pay[..],
        &["--every", "month", "--first", &tomorrow],
    ];
    let standing = last(&one, &monthly.concat());
    assert_eq!(standing["state"], "done", "{standing}");

    last(&one, &["brakes", "freeze", &from]);
    check(&one, ["1", &to, &from], Some("account_frozen_by_customer"));
    let cancelled = last(&one, &["orders", "cancel", &unwanted, "--yes"]);
    assert_eq!(cancelled["state"], "done", "{cancelled}");
    bank.operate(&["clock", "--advance", "1d"]);
    let deadline = Instant::now() + PATIENCE;
    while booked(&shown(&one, "--once")) != before - 20_000 {
        assert!(Instant::now() < deadline, "both are not booked");
    }
}
