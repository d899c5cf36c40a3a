//! The groups `judged`, `sequences` and the negative cases `judge` of the vectors.

use super::world::{EARLIER_ANSWER, World, text};
use crate::orders::Receipt;
use crate::store::{burnt, intent, voucher};
use serde_json::Value as Json;
use std::path::Path;
use types::{IntentId, VoucherId, hex};

pub(super) fn vectors() -> Json {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/accept/orders.json"
    );
    let mut vectors: Json =
        serde_json::from_slice(&std::fs::read(Path::new(file)).unwrap()).unwrap();
    for member in ["relying_party", "origin"] {
        vectors["world"][member] = vectors["about"][member].clone();
    }
    vectors
}

/// Checks an answer that the vectors call accepted or stored, and what it spends and burns.
async fn check_answer(world: &World, expected: &Json, receipt: &Receipt) {
    let what = text(&expected["what"]);
    let stored = expected["stored"].as_bool().unwrap();
    let accepted = expected["answer"] == "accepted";
    assert_eq!(receipt.refusal.is_none(), accepted, "{what}: {receipt:?}");
    assert_eq!(receipt.refused_by, None, "{what}");
    if stored {
        return;
    }
    let act = world.newest_act().await;
    assert_eq!(act.action, "order.accepted", "{what}");
    assert!(
        crate::Check::ALL
            .iter()
            .all(|check| act.details[check.as_str()] == "passed"),
        "{what}: {act:?}"
    );
    let flag = |name: &str| act.details.get(name).map(|flag| flag == "true");
    for (member, detail) in [
        ("eligible", "passkey_backup_eligible"),
        ("backed_up", "passkey_backed_up"),
    ] {
        assert_eq!(flag(detail), expected["backup"][member].as_bool(), "{what}");
    }
    let spent_for = receipt.intent;
    if let Some(number) = expected["spends"].as_str() {
        let number: [u8; 16] = hex::decode(number).unwrap().try_into().unwrap();
        let row = world
            .read(async move |tx| Ok(voucher::find(tx, VoucherId::new(number)).await?))
            .await;
        assert_eq!(row.unwrap().spent_by, spent_for, "{what}");
    } else {
        let spent = spent_for.unwrap().to_string();
        let spent = world
            .read(async move |tx| {
                let select = "SELECT voucher FROM voucher WHERE spent_by = $1";
                Ok(tx.query(select, database::params![&spent]).await?.len())
            })
            .await;
        assert_eq!(spent, 0, "{what}");
    }
    if let Some(id) = expected["burns"].as_str() {
        assert!(is_burnt(world, id.parse().unwrap()).await, "{what}");
    }
}

async fn is_burnt(world: &World, id: IntentId) -> bool {
    let customer = world.customer().await;
    world
        .read(async move |tx| Ok(burnt::contains(tx, (customer, id)).await?))
        .await
}

/// The check that refused, and the reason in the audit record. `None` if none refused.
async fn refused_by_and_why(world: &World, receipt: &Receipt) -> Option<[String; 2]> {
    let check = receipt.refused_by?.as_str();
    let act = world.newest_act().await;
    Some([check, &act.details[check]].map(str::to_owned))
}

/// Checks a refusal: by which check, why, and whether it is kept.
async fn check_refusal(world: &World, expected: &Json, what: &str, receipt: &Receipt) {
    let refused = refused_by_and_why(world, receipt).await;
    let words = [&expected["check"], &expected["reason"]].map(|word| text(word).to_owned());
    assert_eq!(refused, Some(words), "{what}: {receipt:?}");
    assert_eq!(world.newest_act().await.action, "order.refused", "{what}");
    let kept = match receipt.intent {
        None => false,
        Some(id) => {
            let customer = world.customer().await;
            let row = world
                .read(async move |tx| Ok(intent::find(tx, (customer, id)).await?))
                .await;
            row.is_some_and(|row| row.answer == receipt.body)
        }
    };
    assert_eq!(Some(kept), expected["kept"].as_bool(), "{what}");
}

#[tokio::test]
async fn what_the_vectors_accept_is_accepted() {
    let vectors = vectors();
    let cases = vectors["judged"].as_array().unwrap();
    assert_eq!(cases.len(), 74);
    for case in cases {
        let input = &case["input"];
        let world = World::new(&vectors["world"], &input["world"]).await;
        let receipt = world
            .submit(&input["request"], &input["now"], &Json::Null)
            .await;
        check_answer(&world, case, &receipt).await;
        if case["stored"] == true {
            assert_eq!(receipt.body, EARLIER_ANSWER);
        }
    }
}

#[tokio::test]
async fn what_the_vectors_refuse_is_refused_by_the_same_check() {
    let vectors = vectors();
    let cases = vectors["negative"].as_array().unwrap();
    let cases = cases.iter().filter(|case| case["operation"] == "judge");
    let mut run = 0;
    let mut others = Vec::new();
    for case in cases {
        let input = &case["input"];
        let world = World::new(&vectors["world"], &input["world"]).await;
        let receipt = world
            .submit(&input["request"], &input["now"], &Json::Null)
            .await;
        run += 1;
        let name = text(&case["name"]);
        let refused = refused_by_and_why(&world, &receipt).await;
        let expected = [&case["check"], &case["reason"]].map(|word| text(word).to_owned());
        if refused.as_ref() == Some(&expected) {
            check_refusal(&world, case, name, &receipt).await;
        } else {
            others.push((refused, Some(expected), name));
        }
    }
    // What is accepted comes first: it is worse than a refusal by another check.
    if let Some((refused, expected, what)) = others.iter().min() {
        let more = others.len() - 1;
        assert_eq!(refused, expected, "{what}, and {more} more");
    }
    assert_eq!(run, 298);
}

#[tokio::test]
async fn sequences_of_the_vectors_are_answered_in_turn() {
    let vectors = vectors();
    let sequences = vectors["sequences"].as_array().unwrap();
    assert_eq!(sequences.len(), 22);
    for sequence in sequences {
        let world = World::new(&vectors["world"], &sequence["world"]).await;
        let mut answers: Vec<(Json, Receipt)> = Vec::new();
        for step in sequence["steps"].as_array().unwrap() {
            let request = step["request"].clone();
            let receipt = world.submit(&request, &step["now"], &step["token"]).await;
            let mut step = step.clone();
            step["what"] = sequence["what"].clone();
            if step["check"].is_null() {
                check_answer_of_step(&world, &step, &receipt, &answers).await;
            } else {
                check_refusal(&world, &step, text(&sequence["what"]), &receipt).await;
            }
            answers.push((request, receipt));
        }
    }
}

/// A stored answer has the bytes of the earlier one.
async fn check_answer_of_step(
    world: &World,
    step: &Json,
    receipt: &Receipt,
    earlier: &[(Json, Receipt)],
) {
    if step["stored"] == true {
        let same = |(request, _): &&(Json, Receipt)| request["signed"] == step["request"]["signed"];
        if let Some((_, first)) = earlier.iter().find(same) {
            assert_eq!(receipt.body, first.body, "{}", step["what"]);
        } else {
            assert_eq!(receipt.body, EARLIER_ANSWER, "{}", step["what"]);
        }
        return;
    }
    check_answer(world, step, receipt).await;
}
