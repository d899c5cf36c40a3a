//! A customer with more accounts than any one message holds.

use crate::bank::{Bank, shown};
use serde_json::json;

/// Opens accounts with names of 40 letters, and gives them to the customer.
fn open_accounts(bank: &Bank, customer: &str, numbers: std::ops::Range<u32>) {
    let ids: Vec<String> = numbers.map(|number| format!("E{number:06}")).collect();
    for ids in ids.chunks(500) {
        let account = |id: &String| {
            let name = format!("{:x<40}", format!("Sub-account {id}"));
            json!({"account": id, "kind": "current", "name": name, "currency": "CZK"})
        };
        bank.load("accounts", &ids.iter().map(account).collect());
        let holder = |id| json!({"account": id, "customer": customer, "role": "owner"});
        bank.load("holders", &ids.iter().map(holder).collect());
    }
}

#[test]
fn a_customer_with_three_thousand_accounts_catches_up_and_enrols_again() {
    let bank = Bank::sandbox("");
    bank.load("customers", &json!([{"customer": "escrow"}]));
    open_accounts(&bank, "escrow", 0..10);
    let (before, _) = bank.enrol("escrow", "before");
    assert_eq!(shown(&before, "--once")["complete"], true);
    open_accounts(&bank, "escrow", 10..3_000);
    let caught_up = shown(&before, "--once");
    assert_eq!(caught_up["complete"], true);
    let (new, _) = bank.enrol("escrow", "new");
    let enrolled = shown(&new, "--once");
    assert_eq!(enrolled["complete"], true);
    assert_eq!(enrolled["accounts"], caught_up["accounts"]);
    // One of the last, far behind what any one part holds.
    bank.operate(&["post", "E002999", "12.50"]);
    for device in [&before, &new] {
        let shown = shown(device, "--once");
        assert_eq!(shown["complete"], true);
        assert_eq!(shown["entries"][0]["account"], "E002999");
    }
}
