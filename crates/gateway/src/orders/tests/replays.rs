//! Orders that somebody altered on the way, or brought to another bank.

use super::challenges::voucher;
use super::phone::{NOW, Phone, key};
use super::vectors::vectors;
use super::world::{World, text};
use crate::Check;
use envelope::Signer as _;
use order::SignedIntent;
use serde_json::{Value as Json, json};
use types::{ErrorCode, hex};

/// The length of an ES256 signature, the end of a Sign1.
const SIGNATURE: usize = 64;

async fn refused(world: &World, order: SignedIntent) -> (Option<Check>, Option<ErrorCode>) {
    let id = order.intent().unwrap().intent;
    let submitted = world.gateway.submit(&world.token_device(), order).await;
    let submitted = submitted.unwrap();
    assert!(submitted.placing.is_none());
    assert_eq!(world.placed(id), 0);
    (submitted.receipt.refused_by, submitted.receipt.refusal)
}

/// The shown text is altered with the order, so that nothing but the signature tells.
#[tokio::test]
async fn what_is_altered_together_with_its_text_is_refused_by_the_signature() {
    let world = World::new(&vectors()["world"], &json!({})).await;
    let mut phone = Phone::new(vec![voucher()]);
    let (_, signed) = phone.transfer(100, "704", NOW);
    for (koruna, to) in [(101, "704"), (100, "1005")] {
        phone.again_under(voucher());
        let (_, mut altered) = phone.transfer(koruna, to, NOW);
        assert!(altered.intent().unwrap().text_matches());
        altered.signed.truncate(altered.signed.len() - SIGNATURE);
        let signature = &signed.signed[signed.signed.len() - SIGNATURE..];
        altered.signed.extend_from_slice(signature);
        let expected = (
            Some(Check::Signature),
            Some(ErrorCode::OrderSignatureInvalid),
        );
        assert_eq!(refused(&world, altered).await, expected);
    }
}

/// An intent names no bank. What it names is the bank's own: the device, its channel and its keys.
#[tokio::test]
async fn an_order_for_another_bank_is_refused() {
    let vectors = vectors();
    let (_, order) = Phone::new(vec![voucher()]).transfer(100, "704", NOW);
    let device = text(&vectors["world"]["token"]["device"]);
    let at = async |difference: Json| {
        let world = World::new(&vectors["world"], &difference).await;
        refused(&world, order.clone()).await
    };
    let accepted_at_home = World::new(&vectors["world"], &json!({})).await;
    let submitted = accepted_at_home
        .gateway
        .submit(&accepted_at_home.token_device(), order.clone())
        .await;
    assert_eq!(submitted.unwrap().receipt.refusal, None);

    let unknown = at(json!({ "devices": {} })).await;
    let expected = (Some(Check::Device), Some(ErrorCode::OrderDeviceRemoved));
    assert_eq!(unknown, expected);

    let mut token = vectors["world"]["token"].clone();
    token["channel"] = json!("00".repeat(16));
    let of_another_channel = at(json!({ "token": token })).await;
    let expected = (Some(Check::Token), Some(ErrorCode::OrderOfAnother));
    assert_eq!(of_another_channel, expected);

    // Even if all ids were the same.
    let public = |name: &str| hex::encode(key(name).public_key().as_bytes());
    let mut devices = vectors["world"]["devices"].clone();
    devices[device]["session"] = json!(public("tablet session"));
    devices[device]["approval"] = json!(public("tablet approval"));
    let of_other_keys = at(json!({ "devices": devices })).await;
    let expected = (
        Some(Check::Signature),
        Some(ErrorCode::OrderSignatureInvalid),
    );
    assert_eq!(of_other_keys, expected);
}
