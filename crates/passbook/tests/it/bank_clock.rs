//! The sandbox bank's clock, moved by its operator: orders that wait for their day are executed.

use crate::bank::{Bank, PATIENCE, passbook, refused, shown};
use client::{ActivationCode, Device, OrderState, ShownOrder, SoftwareKeys};
use client_native::{
    Backoff, Database, DeviceSecrets, HttpTransport, Native, SqliteStore, http_client, ports,
};
use order::{Creditor, Locale, OrderFields, OrderKind, Scheme};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use types::{BusinessDate, Clock, Currency, IntentId, Money, Time};

fn date(clock: &Value) -> BusinessDate {
    clock["date"].as_str().unwrap().parse().unwrap()
}

#[allow(clippy::disallowed_methods, reason = "a device has the system's clock")]
pub(crate) fn system_clock() -> Clock {
    Arc::new(|| {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Time::from_ms(u64::try_from(since_1970.as_millis()).unwrap())
    })
}

async fn enrol(bank: &Bank, customer: &str) -> Device<Native> {
    let secrets = DeviceSecrets::generate().unwrap();
    let scalars = secrets.keys.expose();
    let ports = ports(
        SqliteStore::new(
            &Database::open(&bank.path("phone.sqlite")).unwrap(),
            "phone",
        ),
        SoftwareKeys::from_scalars(scalars.each_ref().map(|scalar| &**scalar)).unwrap(),
        HttpTransport::new(http_client().unwrap(), &bank.public).unwrap(),
        Backoff::up_to_ms(1_000),
        system_clock(),
    );
    let keys = (secrets.inbox_key.clone(), secrets.storage_key.clone());
    let code: ActivationCode = bank.code(customer).parse().unwrap();
    let customer = customer.parse().unwrap();
    Device::enrol(ports.unwrap(), keys, &customer, &code)
        .await
        .unwrap()
}

/// Waits until the device shows its order as `expected`. Returns the booked balance of the account that pays.
async fn booked_when(
    device: &mut Device<Native>,
    intent: &IntentId,
    expected: impl Fn(&ShownOrder) -> bool,
) -> Money {
    let deadline = Instant::now() + PATIENCE;
    loop {
        device.catch_up().await.unwrap();
        let shown = device.shown();
        let order = shown.order(intent).unwrap().unwrap();
        if expected(&order) {
            let debit = order.order.debit_account().unwrap().parse().unwrap();
            return shown.funds(&debit).unwrap().unwrap().booked;
        }
        assert!(Instant::now() < deadline, "{:?}", order.state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dated_order_is_executed_when_the_clock_reaches_its_day() {
    // Another test of this process may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let bank = Bank::sandbox("");
    let today = date(&bank.operate(&["clock"]));
    let tomorrow = today.plus_days(1).unwrap();
    let (other, _) = bank.enrol("1002", "other");
    let to = shown(&other, "--once")["accounts"][0]["account"].clone();

    let mut device = enrol(&bank, "1001").await;
    device.catch_up().await.unwrap();
    device.send_orders().await.unwrap();
    let account = device.accounts(None).unwrap().remove(0).account;
    let fields = OrderFields {
        debit_account: Some(account.to_string()),
        amount: Some(Money::new(700, Currency::CZK)),
        creditor: Some(Creditor::new(Scheme::Account, to.as_str().unwrap())),
        execution_date: Some(tomorrow),
        ..OrderFields::new(OrderKind::Transfer)
    };
    let review = device.compose(fields, Locale::En).unwrap();
    device.submit(&review).await.unwrap();
    device.send_orders().await.unwrap();
    let scheduled = OrderState::Scheduled(tomorrow);
    let waits = |order: &ShownOrder| order.state == scheduled;
    let before = booked_when(&mut device, &review.intent(), waits).await;

    let moved = bank.operate(&["clock", "--advance", "1d"]);
    assert_eq!(date(&moved), tomorrow);
    let done = |order: &ShownOrder| {
        let on_its_day =
            matches!(order.state, OrderState::Done { date: Some(date), .. } if date == tomorrow);
        on_its_day && !order.amount_is_pending
    };
    let after = booked_when(&mut device, &review.intent(), done).await;
    assert_eq!(after.minor_units(), before.minor_units() - 700);
}

#[test]
fn the_banks_date_outlasts_its_servers_and_goes_forward_only() {
    let mut bank = Bank::sandbox("");
    let today = date(&bank.operate(&["clock"]));
    let later = today.plus_days(40).unwrap().to_string();
    assert_eq!(bank.operate(&["clock", "--to", &later])["date"], later);
    bank.kill();
    bank.start();
    assert_eq!(bank.operate(&["clock"])["date"], later);
    let back = bank.refused(&["clock", "--to", &today.to_string()]);
    assert!(back.contains("only moves forward"), "{back}");
    let told = refused(passbook().args(["clock", "--advance", "1 day"]));
    assert!(told.contains("12h, 1d or 2w"), "{told}");
}
