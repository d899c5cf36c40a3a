//! A customer stops everything: every device closes, nothing waits at the bank any more, and only the bank undoes it.

use crate::bank::{Bank, json, refused, shown};
use crate::on_device::{command, last, lines};
use crate::orders::{booked, two};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

/// The order's state as gateway and the core bank have it.
fn states(bank: &Bank, customer: &str) -> Value {
    let (again, _) = bank.enrol(customer, "again");
    shown(&again, "--once")
}

fn pending(home: &Value) -> i64 {
    home["accounts"][0]["pending"]["minor_units"]
        .as_i64()
        .unwrap_or_default()
}

fn stop(directory: &Path) -> Value {
    let pressed = command(directory, &["stop-everything", "--yes", "--json"]).output();
    json(&pressed.unwrap())
}

#[test]
fn every_device_closes_orders_are_cancelled_and_the_bank_undoes_it() {
    let bank = Bank::sandbox("");
    let ([one, other], [from, to]) = two(&bank);
    let [second, third] = ["second", "third"].map(|name| bank.enrol("1001", name).0);
    let before = booked(&shown(&one, "--once"));
    let pay = ["pay", "250.00", &to, "--from", &from, "--yes"];
    let later = [&pay[..], &["--on", "2200-01-04"]].concat();
    let waiting = last(&one, &later);
    assert_eq!(waiting["state"], "scheduled", "{waiting}");
    let done = last(&one, &pay);
    assert_eq!(done["state"], "done", "{done}");
    lines(&third, &["orders", "send"]);
    let queued = last(&third, &[&pay[..], &["--offline"]].concat());
    assert_eq!(queued["state"], "waiting_for_network");
    assert_eq!(pending(&shown(&one, "--once")), 25_000);

    // The second device is live.
    let mut live = command(&second, &["device", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pages = BufReader::new(live.stdout.take().unwrap()).lines();
    pages.next().unwrap().unwrap();

    let told = refused(&mut command(&one, &["stop-everything", "--json"]));
    assert!(told.contains("--yes"), "{told}");
    let stopped = stop(&one);
    assert_eq!(stopped["devices"], 3, "{stopped}");
    assert_eq!(stopped["orders"], 1, "{stopped}");
    let ended = live.wait_with_output().unwrap();
    assert!(!ended.status.success());
    let told = String::from_utf8_lossy(&ended.stderr).to_string();
    assert!(told.contains("the customer stopped everything"), "{told}");

    for device in [&one, &second, &third] {
        for asked in [
            &["device", "--once"][..],
            &["login"],
            &["stop-everything", "--yes"],
        ] {
            let told = refused(&mut command(device, asked));
            let is_login = asked == ["login"] && told.contains("no passkey");
            let told_so = told.contains("ask the bank to undo it");
            assert!(told_so || is_login, "{asked:?}: {told}");
        }
        let home = shown(device, "--offline");
        assert!(
            home["accounts"]
                .as_array()
                .is_some_and(|one| !one.is_empty())
        );
    }
    // The order that waited on the device is refused there.
    let sent = command(&third, &["orders", "send"]).output().unwrap();
    assert!(!sent.status.success());
    let orders = lines(&third, &["orders", "--offline"]);
    let order = orders
        .iter()
        .find(|order| order["intent"] == queued["intent"])
        .unwrap();
    assert_eq!(order["state"], "refused", "{order}");
    assert_eq!(order["reason"], "orders_stopped", "{order}");

    let told = bank.refused(&["code", "1001"]);
    assert!(told.contains("stopped everything"), "{told}");
    // The other customer goes on, and so does the money that they send.
    let back = ["pay", "10.00", &from, "--from", &to, "--yes"];
    assert_eq!(last(&other, &back)["state"], "done");

    let resume = ["customer", "resume", "1001", "--reason", "identified"];
    assert_eq!(bank.operate(&resume)["was_stopped"], true);
    assert_eq!(bank.operate(&resume)["was_stopped"], false);
    let told = refused(&mut command(&one, &["device", "--once"]));
    assert!(told.contains("closed"), "it stays closed: {told}");
    let home = states(&bank, "1001");
    assert_eq!(booked(&home), before - 25_000 + 1_000);
    assert_eq!(pending(&home), 0);
    let again = bank.path("again");
    assert_eq!(last(&again, &pay)["state"], "done");
    bank.operate(&["clock", "--advance", "1d"]);
    assert_eq!(booked(&shown(&again, "--once")), before - 50_000 + 1_000);
}

/// What can fail between the commit and what follows it is tested at ciam and gateway.
#[test]
fn a_stop_survives_the_servers() {
    let mut bank = Bank::sandbox("");
    let ([one, _], [from, to]) = two(&bank);
    let pay = ["pay", "250.00", &to, "--from", &from, "--yes"];
    let waiting = last(&one, &[&pay[..], &["--on", "2200-01-04"]].concat());
    assert_eq!(waiting["state"], "scheduled", "{waiting}");
    last(&one, &["stop-everything", "--yes"]);
    bank.kill();
    bank.start();
    let told = refused(&mut command(&one, &["stop-everything", "--yes"]));
    assert!(told.contains("the customer stopped everything"), "{told}");
    let resume = ["customer", "resume", "1001", "--reason", "identified"];
    assert_eq!(bank.operate(&resume)["was_stopped"], true);
    assert_eq!(pending(&states(&bank, "1001")), 0);
}
