//! What the core bank would refuse.

use super::challenges::voucher;
use super::phone::{NOW, Phone};
use super::vectors::vectors;
use super::world::World;
use crate::Check;
use crate::payee_checks::counter::DEVICES_MAX;
use order::Reason;
use serde_json::json;
use types::{DeviceId, ErrorCode};

/// The core bank is not asked to place it, and it costs no voucher.
#[tokio::test]
async fn an_order_that_the_core_bank_would_refuse_is_refused_at_gateway() {
    let world = World::new(&vectors()["world"], &json!({})).await;
    let nobody = ("nobody".to_owned(), Reason::CreditorUnknown);
    world.bank.would_refuse.lock().unwrap().extend([nobody]);
    let mut phone = Phone::new(vec![voucher()]);
    let token = world.token_device();
    let transfer = phone.transfer(100, "nobody", NOW);
    phone.again_under(voucher());
    let add = phone.add_payee("nobody", NOW);
    for (id, order) in [transfer, add] {
        let submitted = world.gateway.submit(&token, order.clone()).await.unwrap();
        let receipt = submitted.receipt;
        assert_eq!(receipt.refusal, Some(ErrorCode::OrderNotExecutable));
        assert_eq!(receipt.refused_by, Some(Check::Executable));
        let problem: serde_json::Value = serde_json::from_slice(&receipt.body).unwrap();
        assert_eq!(problem["detail"], "creditor_unknown");
        assert_eq!(world.placed(id), 0);
        let again = world.gateway.submit(&token, order).await.unwrap();
        assert_eq!(again.receipt.body, receipt.body);
        let act = world.newest_act().await;
        assert_eq!(act.details["executable"], "creditor_unknown");
    }
    phone.again_under(voucher());
    let (id, order) = phone.transfer(100, "704", NOW);
    let submitted = world.gateway.submit(&token, order).await.unwrap();
    assert_eq!(submitted.receipt.refusal, None);
    submitted.placing.unwrap().await.unwrap();
    assert_eq!(world.placed(id), 1);
}

/// Nobody learns by orders which accounts there are, more often than by payee checks.
#[tokio::test]
async fn a_device_is_told_so_often_an_hour_what_the_core_bank_would_refuse() {
    const CHECKS_PER_HOUR: usize = 30;
    let world = World::new(&vectors()["world"], &json!({})).await;
    let nobody = ("nobody".to_owned(), Reason::CreditorUnknown);
    world.bank.would_refuse.lock().unwrap().extend([nobody]);
    let mut phone = Phone::new(vec![voucher()]);
    let token = world.token_device();
    for _ in 0..CHECKS_PER_HOUR {
        let (_, order) = phone.transfer(100, "nobody", NOW);
        phone.again_under(voucher());
        let submitted = world.gateway.submit(&token, order).await.unwrap();
        let refusal = submitted.receipt.refusal;
        assert_eq!(refusal, Some(ErrorCode::OrderNotExecutable));
    }
    let (id, order) = phone.transfer(100, "nobody", NOW);
    let submitted = world.gateway.submit(&token, order).await.unwrap();
    assert_eq!(
        submitted.receipt.refusal, None,
        "the core bank judges it, and the voucher is spent"
    );
    submitted.placing.unwrap().await.unwrap();
    assert_eq!(world.placed(id), 1);
}

/// Nor by a device that is not counted, because so many others are.
#[tokio::test]
async fn a_device_that_is_not_counted_is_not_told_what_the_core_bank_would_refuse() {
    let world = World::new(&vectors()["world"], &json!({})).await;
    let nobody = ("nobody".to_owned(), Reason::CreditorUnknown);
    world.bank.would_refuse.lock().unwrap().extend([nobody]);
    for other in 0..DEVICES_MAX {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&other.to_be_bytes());
        let other = DeviceId::at(NOW, random);
        world.gateway.0.payee_checks.count(other, NOW).unwrap();
    }
    let mut phone = Phone::new(vec![voucher()]);
    let (_, order) = phone.transfer(100, "nobody", NOW);
    let submitted = world.gateway.submit(&world.token_device(), order).await;
    let submitted = submitted.unwrap();
    assert_eq!(submitted.receipt.refusal, None, "the core bank judges it");
    submitted.placing.unwrap().await.unwrap();
}
