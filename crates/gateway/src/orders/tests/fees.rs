//! The fees that a device gets with its vouchers, and the moment by which an order is charged.

use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::{NO_LIMITS, World};
use order::{FEE_NOTICE_MS, Fee, Scheme, Voucher};
use protocol::http::OrderFee;
use serde_json::json;
use std::sync::atomic::Ordering;
use types::{Currency, ErrorCode, Money, Time};

async fn world() -> World {
    let vectors = vectors();
    let world = World::with(
        &vectors["world"],
        &json!({"vouchers": {}}),
        (NO_LIMITS, None),
    )
    .await;
    world.set_time(NOW);
    *world.bank.fees.lock().unwrap() = vec![Fee {
        scheme: Scheme::Swift,
        amount: Money::new(20_000, Currency::CZK),
        from: Time::from_ms(7),
    }];
    world
}

#[tokio::test]
async fn a_device_gets_the_fees_with_its_vouchers_or_neither() {
    let world = world().await;
    let device = world.token_device().device;
    world.bank.away.store(true, Ordering::SeqCst);
    let failure = world.gateway.vouchers(device).await.unwrap_err();
    assert_eq!(failure.code(), ErrorCode::Unavailable);
    world.bank.away.store(false, Ordering::SeqCst);
    // The second time all vouchers are stored ones.
    for _ in 0..2 {
        let given = world.gateway.vouchers(device).await.unwrap();
        assert_eq!(given.vouchers.len(), order::VOUCHERS_MAX);
        let fee = OrderFee {
            scheme: "swift".to_owned(),
            amount: Money::new(20_000, Currency::CZK),
            from: Time::from_ms(7),
        };
        assert_eq!(given.fees, [fee]);
    }
}

#[tokio::test]
async fn the_core_bank_learns_when_the_order_was_made() {
    let world = world().await;
    let mut phone = Phone::new(world.vouchers().await);
    let made = NOW.minus_ms(600_000);
    let (intent, order) = phone.transfer(1, "creditor", made);
    let submitted = world.gateway.submit(&world.token_device(), order).await;
    submitted.unwrap().placing.unwrap().await.unwrap();
    let created = world.bank.created.lock().unwrap().get(&intent).copied();
    assert_eq!(created, Some(made));
}

/// A fee counts three days after it was announced at the earliest, as long as a voucher is good.
#[tokio::test]
async fn vouchers_expire_before_a_fee_that_is_announced_while_they_are_made() {
    let world = world().await;
    let announced = NOW.plus_ms(60_000);
    let announce = world.setting_time(announced);
    *world.bank.meanwhile.lock().unwrap() = Some(Box::new(announce));
    let given = world.gateway.vouchers(world.token_device().device).await;
    let trust = world.trust();
    for signed in given.unwrap().vouchers {
        let voucher = Voucher::verify_any(&signed.0, &trust).unwrap();
        assert!(voucher.expires < announced.plus_ms(FEE_NOTICE_MS));
    }
}
