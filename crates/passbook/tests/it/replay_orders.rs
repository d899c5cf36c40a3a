//! Devices order while everything around them fails, and the bank's books show each order once.

use crate::bank::{json, passbook};
use testkit::postgres::PostgresServer;

/// Enough that the servers are killed while there are orders left.
const ORDERS: u64 = 600;

/// A small replay with kills.
fn check(arguments: &[&str]) {
    let replayed = passbook()
        .args(["replay-orders", "--customers", "6"])
        .args(["--orders", &ORDERS.to_string(), "--seed", "7", "--json"])
        .args(arguments)
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
    assert_eq!(result["orders"], ORDERS);
    assert_eq!(result["devices"], 6);
    let count = |name: &str| result[name].as_u64().unwrap();
    assert_eq!(
        count("executed") + count("refused") + count("cancelled"),
        ORDERS
    );
    for happened in ["executed", "refused", "kills", "drops"] {
        assert!(count(happened) > 0, "{happened}: {result}");
    }
    assert!(count("submissions") > ORDERS, "copies raced them: {result}");
    assert!(result["seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn each_order_is_executed_once_or_not_at_all_when_the_servers_are_killed() {
    check(&["--kill-every", "1"]);
}

#[test]
fn the_same_holds_on_postgresql() {
    let server = PostgresServer::start();
    check(&["--kill-every", "1", "--database", &server.url()]);
    let left = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'replay%'";
    assert_eq!(server.query("public", left), "");
}

#[test]
fn each_payment_of_standing_orders_is_made_once_in_a_quarter() {
    let directory = tempfile::tempdir().unwrap();
    let files = [
        (
            "customers.csv",
            "customer_id,born,sex\n007,1945-02-04,male\nanna,1950-01-01,female\nb,1950-01-01,male\n",
        ),
        (
            "accounts.csv",
            "account_id,opened,statement_frequency\none,1993-01-01,monthly\nshared,1993-01-01,monthly\n",
        ),
        (
            "holders.csv",
            "account_id,customer_id,role\none,007,owner\nshared,anna,owner\nshared,b,authorised\n",
        ),
        (
            "transactions.csv",
            "date,account_id,number,transaction_id,amount,balance,operation,purpose,counterparty_bank,counterparty_account\n",
        ),
        (
            "standing_orders.csv",
            "order_id,account_id,to_bank,to_account,amount,purpose\n1,one,ST,89597016,337270,loan_payment\n\
             2,shared,QR,13943797,1726600,\n3,shared,KL,24265569,307200,household\n4,one,KL,24265569,100,\n",
        ),
    ];
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let replayed = passbook()
        .args(["replay-orders", "--json", "--standing"])
        .arg(directory.path())
        .output()
        .unwrap();
    let result = json(&replayed);
    assert_eq!(result["executed"], 4, "{result}");
    assert_eq!(result["standing_payments"], 12, "{result}");
    assert_eq!(result["devices"], 3);
    assert_eq!(result["devices_disagreeing"], 0);
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
