//! A database of the schema's first version, made by a ciam of that time: `fixtures/ciam/1`.

use crate::bank::Bank;
use crate::phone::Phone;
use envelope::{DeviceStatement, SoftwareKey, TrustList};
use rusqlite::types::Value;
use serde_json::Value as Json;
use types::{DeviceForm, hex};

/// One of the devices: its keys, its customer, its code.
struct Former {
    phone: Phone,
    customer: String,
    code: String,
}

fn former(bank: &Json) -> Vec<Former> {
    let devices = bank["devices"].as_array().unwrap();
    let former = |device: &Json| {
        let text = |name: &str| device[name].as_str().unwrap().to_owned();
        let key = |name: &str| {
            let scalar: [u8; 32] = hex::decode(&text(name)).unwrap().try_into().unwrap();
            SoftwareKey::from_bytes(&scalar).unwrap()
        };
        Former {
            phone: Phone {
                device: text("device").parse().unwrap(),
                session: key("session"),
                approval: key("approval"),
                agreement: key("agreement"),
            },
            customer: text("customer"),
            code: text("code"),
        }
    };
    devices.iter().map(former).collect()
}

/// Two devices of one customer, the second revoked, and two of another, the second without a grant.
#[tokio::test]
async fn its_devices_continue_with_statements_of_version_2() {
    let (mut bank, described) = Bank::of_version_1().await;
    let former = former(&described);
    let statements = bank.ciam.statements_after(0, 10).await.unwrap();
    assert_eq!(statements.len(), 4);
    let list = {
        let state = bank.neighbour.state();
        TrustList::stored(&state.trust, &state.roots).unwrap()
    };
    for ((number, stated), former) in (1..).zip(&statements).zip(&former) {
        let statement = DeviceStatement::verify(&stated.statement, &list).unwrap();
        assert_eq!((stated.number, statement.number), (number, number));
        assert_eq!(statement.device, former.phone.device);
        assert_eq!(statement.customer.as_str(), former.customer);
        assert_eq!(statement.form, DeviceForm::App);
        assert_eq!(
            [statement.session, statement.approval, statement.agreement],
            former.phone.public_keys()
        );
        assert_eq!(
            statement.time,
            crate::bank::START.plus_ms((number - 1) * 1000)
        );
    }
    let versions = bank.query("SELECT DISTINCT statement_version FROM device");
    assert_eq!(versions, [[Value::Integer(2)]]);
    bank.restart().await;
    assert_eq!(bank.ciam.statements_after(0, 10).await.unwrap(), statements);

    let revoked = bank.ciam.revocations_after(0, 10).await.unwrap();
    let [revoked] = revoked[..] else {
        panic!("{revoked:?}")
    };
    assert_eq!(
        (revoked.number, revoked.device),
        (5, former[1].phone.device)
    );
    assert!(!revoked.by_stop, "nobody could stop everything then");

    // Its answer was lost. It repeats the request as a current device does.
    let Former {
        phone,
        customer,
        code,
    } = &former[0];
    let again = bank.enrol(phone, customer, code).await.unwrap();
    assert_eq!(again.device, phone.device);
    bank.advance(1000);
    assert_eq!(bank.ciam.resume().await.unwrap().granted, 1);
    let (_, answer) = bank.enrolled(&former[2].customer).await;
    let devices = bank
        .ciam
        .devices(&former[2].customer.parse().unwrap(), 0, 100)
        .await
        .unwrap();
    assert_eq!(devices.len(), 3);
    assert!(
        devices
            .iter()
            .all(|device| device.channel == answer.channels[0].channel)
    );
    let revoked = bank.ciam.revoke(former[2].phone.device).await.unwrap();
    assert!(revoked.revocation > devices[2].statement);
    let stopped = bank.ciam.stop_everything(former[3].phone.device).await;
    assert_eq!(stopped.unwrap().devices, 2);
}
