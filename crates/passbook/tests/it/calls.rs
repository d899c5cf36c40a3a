//! The bank announces a call, and the customer's device says whether the bank is calling.

use crate::bank::Bank;
use crate::on_device::{last, refused};

#[test]
fn a_device_says_whether_the_bank_is_calling() {
    let mut bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    assert_eq!(last(&phone, &["calls"]).get("call"), None);
    let call = bank.operate(&[
        "customer",
        "call",
        "1001",
        "--desk",
        "Cards",
        "--minutes",
        "5",
    ]);
    assert_eq!(last(&phone, &["calls"])["call"], call);
    assert_eq!(call["desk"], "Cards");
    let over = bank.operate(&["customer", "call-ended", "1001"]);
    assert_eq!(over["was_announced"], true);
    assert_eq!(last(&phone, &["calls"]).get("call"), None);
    bank.kill();
    let told = refused(&phone, &["calls"]);
    assert!(!told.contains("not calling"), "nobody knows: {told}");
}
