//! A customer is erased: the remaining data names nobody and admits no device.

use crate::bank::{Bank, nth};
use crate::neighbour::Call;
use crate::phone::Phone;
use audit::Record;
use types::ErrorCode;

fn erasures(bank: &Bank) -> usize {
    let records = bank.records();
    let erased = records
        .iter()
        .filter(|bytes| Record::parse(bytes).unwrap().act.action == "customer.erased");
    erased.count()
}

#[tokio::test]
async fn devices_codes_and_the_customer_are_deleted_and_devices_excluded() {
    let bank = Bank::open().await;
    let (first, _) = bank.enrolled("1001").await;
    let (second, _) = bank.enrolled("1001").await;
    let (other, _) = bank.enrolled("1002").await;
    bank.ciam.revoke(first.device).await.unwrap();
    let unused = bank.code("1001").await;

    bank.neighbour.state().notification_down = true;
    let customer = "1001".parse().unwrap();
    let waits = bank.ciam.erase_customer(&customer).await.unwrap_err();
    assert_eq!(waits.code(), ErrorCode::Unavailable);
    let code = bank.ciam.issue_code(&customer).await;
    assert!(
        code.is_err(),
        "nobody enrols while notification has not erased"
    );
    for table in ["customer", "device", "activation_code"] {
        let customers = format!("(SELECT DISTINCT customer_index FROM {table}) AS customers");
        assert_eq!(
            bank.count(&customers),
            1,
            "{table} has the other customer's alone"
        );
    }
    assert!(
        bank.ciam
            .devices(&customer, 0, 100)
            .await
            .unwrap()
            .is_empty()
    );
    let statements = bank.ciam.statements_after(0, 10).await.unwrap();
    assert_eq!(statements.len(), 1);
    let devices = bank
        .ciam
        .devices(&"1002".parse().unwrap(), 0, 100)
        .await
        .unwrap();
    assert_eq!(devices[0].device, other.device);

    let revoked = bank.ciam.revocations_after(0, 10).await.unwrap();
    let revoked: Vec<_> = revoked.iter().map(|row| (row.number, row.device)).collect();
    assert_eq!(revoked, [(nth(4), first.device), (nth(5), second.device)]);
    bank.neighbour.state().notification_down = false;
    let resumed = bank.ciam.resume().await.unwrap();
    assert_eq!((resumed.rekeyed, resumed.waiting), (1, 0));
    let erasures_asked = bank.neighbour.calls().into_iter();
    let erasures_asked = erasures_asked.filter(|call| *call == Call::Erase(customer.clone()));
    assert_eq!(erasures_asked.count(), 2, "until notification had done it");
    let forgotten = bank.neighbour.calls().into_iter();
    let forgotten = forgotten.filter(|call| *call == Call::Forget(customer.clone()));
    assert_eq!(forgotten.count(), 1, "the addresses, once");

    let refused = bank
        .enrol(&Phone::new(), "1001", &unused)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::CodeInvalid);
    let code = bank.code("1001").await;
    let refused = bank.enrol(&second, "1001", &code).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DeviceRevoked);
    assert_eq!(erasures(&bank), 1);
}

#[tokio::test]
async fn a_repeated_erasure_erases_nothing_and_says_so() {
    let bank = Bank::open().await;
    let customer = "1001".parse().unwrap();
    bank.code("1001").await;
    let known = bank.ciam.erase_customer(&customer).await.unwrap();
    assert_eq!((known.known, known.revoked), (true, 0));
    let kept = bank.kept();
    let again = bank.ciam.erase_customer(&customer).await.unwrap();
    assert_eq!((again.known, again.revoked), (false, 0));
    assert_eq!(bank.kept(), kept);
    assert_eq!(erasures(&bank), 1);
}
