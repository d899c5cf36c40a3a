//! Devices order while everything around them fails, and the bank's books show each order once.

use crate::bank::{json, passbook};

#[test]
fn each_order_is_executed_once_or_not_at_all_when_the_servers_are_killed() {
    let replayed = passbook()
        .args(["replay-orders", "--customers", "6", "--orders", "60"])
        .args(["--kill-every", "1", "--seed", "7", "--json"])
        .output()
        .unwrap();
    let result = json(&replayed);
    for failure in [
        "executed_twice",
        "lost",
        "ledger_imbalance",
        "devices_disagreeing",
        "answers_differing",
    ] {
        assert_eq!(result[failure], 0, "{failure}: {result}");
    }
    assert_eq!(result["orders"], 60);
    assert_eq!(result["devices"], 6);
    let count = |name: &str| result[name].as_u64().unwrap();
    assert_eq!(
        count("executed") + count("refused") + count("cancelled"),
        60
    );
    for happened in ["executed", "refused", "kills", "drops"] {
        assert!(count(happened) > 0, "{happened}: {result}");
    }
    assert!(count("submissions") > 60, "copies raced them: {result}");
    assert!(result["seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn what_it_cannot_do_is_said_before_anything_starts() {
    let refused = |arguments: &[&str], expected: &str| {
        let told = crate::bank::refused(passbook().arg("replay-orders").args(arguments));
        assert!(told.contains(expected), "{told}");
    };
    refused(&["--customers", "0"], "--customers is at least 1");
    refused(
        &["--customers", "2", "--orders", "2001"],
        "at most 1000 orders",
    );
    refused(&["--kill-every", "0"], "above 0");
}
