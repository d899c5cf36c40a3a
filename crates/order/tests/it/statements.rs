//! Intents and vouchers.

use crate::accept::{array, bytes, number, text, to_cbor};
use crate::vectors::{group, money, time, trust};
use order::{
    Intent, NOT_AFTER_MS_MAX, Order, OrderError, Orderer, Voucher, VoucherError, shown_text,
};
use types::{ChannelId, Hash, VoucherId};

#[test]
fn intents_have_the_expected_bytes() {
    for case in group("intents") {
        let voucher = &case["voucher"];
        let intent = Intent::new(
            text(&case["intent"]).parse().unwrap(),
            Orderer {
                customer: text(&case["customer"]).parse().unwrap(),
                channel: ChannelId::try_from(bytes(&case["channel"]).as_slice()).unwrap(),
                device: text(&case["device"]).parse().unwrap(),
            },
            Order::from_value(to_cbor(&case["order"])).unwrap(),
            (!voucher.is_null()).then(|| VoucherId::try_from(bytes(voucher).as_slice()).unwrap()),
            (time(&case["created"]), time(&case["not_after"])),
            text(&case["locale"]).parse().unwrap(),
        )
        .unwrap();
        assert_eq!(number(&case["template"]), order::TEMPLATE);
        assert_eq!(
            shown_text(&intent.order, intent.locale),
            text(&case["shown_text"])
        );
        assert_eq!(intent.shown.as_bytes().as_slice(), bytes(&case["shown"]));
        assert_eq!(intent.encode(), bytes(&case["bytes"]));
        assert_eq!(intent.hash().as_bytes().as_slice(), bytes(&case["hash"]));
        assert!(intent.text_matches());
        assert_eq!(Intent::parse(&intent.encode()), Ok(intent));
    }
}

#[test]
fn an_intent_with_another_text_is_well_formed_and_does_not_match() {
    let mut intent = Intent::parse(&bytes(&group("intents")[0]["bytes"])).unwrap();
    intent.shown = Hash::of(b"Transfer\nAmount: 1.00 CZK");
    assert!(!intent.text_matches());
    assert_eq!(Intent::parse(&intent.encode()), Ok(intent));
}

#[test]
fn an_intent_is_good_for_at_most_72_hours() {
    let intent = Intent::parse(&bytes(&group("intents")[0]["bytes"])).unwrap();
    let made = |ms: u64| {
        let orderer = Orderer {
            customer: intent.customer.clone(),
            channel: intent.channel,
            device: intent.device,
        };
        let times = (intent.created, intent.created.plus_ms(ms));
        let order = intent.order.clone();
        Intent::new(
            intent.intent,
            orderer,
            order,
            intent.voucher,
            times,
            intent.locale,
        )
    };
    assert!(made(1).is_ok() && made(NOT_AFTER_MS_MAX).is_ok());
    for ms in [0, NOT_AFTER_MS_MAX + 1] {
        assert_eq!(made(ms), Err(OrderError::NotAfterOutOfRange));
    }
}

#[test]
fn vouchers_have_the_expected_bytes() {
    let trust = trust();
    for case in group("vouchers") {
        let voucher = Voucher {
            voucher: VoucherId::try_from(bytes(&case["voucher"]).as_slice()).unwrap(),
            customer: text(&case["customer"]).parse().unwrap(),
            device: text(&case["device"]).parse().unwrap(),
            limit: money(&case["limit"]),
            issued: time(&case["issued"]),
            expires: time(&case["expires"]),
        };
        assert_eq!(voucher.payload(), bytes(&case["payload"]));
        let bytes = bytes(&case["bytes"]);
        assert_eq!(Voucher::verify_any(&bytes, &trust).as_ref(), Ok(&voucher));
        let verify = |now| Voucher::verify(&bytes, &trust, &voucher.customer, voucher.device, now);
        assert_eq!(verify(voucher.expires).as_ref(), Ok(&voucher));
        let after = voucher.expires.plus_ms(1);
        assert_eq!(verify(after), Err(VoucherError::Expired));
    }
    assert!(array(&crate::vectors::VECTORS["vouchers"]).len() > 5);
}
