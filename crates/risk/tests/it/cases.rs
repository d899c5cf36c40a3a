//! Cases: what a person looks at, and what becomes of it.

use crate::world::World;
use risk::{Outcome, Refused};

async fn a_case_says_what_to_ask_and_is_closed_once(world: &World) {
    let risk = &world.risk;
    world.judge(&world.transfer("692")).await;
    assert!(
        risk.cases().await.unwrap().is_empty(),
        "what is let through is no case"
    );
    let mut order = world.transfer("692");
    order.device.is_customers = false;
    world.judge(&order).await;
    let cases = risk.cases().await.unwrap();
    assert_eq!(cases.len(), 1);
    let case = &cases[0];
    assert_eq!((&case.id, &case.customer), (&order.id, &order.customer));
    assert!(
        case.decided
            .sentence
            .contains("is not one of the customer's")
    );
    assert!(
        case.decided
            .question
            .as_ref()
            .unwrap()
            .contains("which device")
    );
    let close = async |outcome| {
        let found = ("Ann", "the customer called");
        risk.close_case(&case.decision, outcome, found)
            .await
            .unwrap()
    };
    assert_eq!(close(Outcome::Fraud).await, Ok(()));
    assert_eq!(close(Outcome::Genuine).await, Err(Refused::CaseClosed));
    assert!(risk.cases().await.unwrap().is_empty());
    let explained = risk.explain(&case.decision).await.unwrap().unwrap();
    assert_eq!(explained.outcome.as_deref(), Some("fraud"));
    assert_eq!(explained.person.as_deref(), Some("Ann"));
    // The fraud counts against its device and payee, whoever comes next.
    let mut next = world.transfer("701");
    next.device = order.device.clone();
    world.judge(&next).await;
    let features = world.features(&next).await;
    assert_eq!(
        (features.device.frauds, features.history.payee_frauds),
        (1, 1)
    );
}

async fn what_does_not_exist_is_not_explained(world: &World) {
    for id in ["", "order-0", "AAAAAAAAAAAAAAAAAAAAAA"] {
        let explained = world.risk.explain(id).await.unwrap();
        assert_eq!(explained.unwrap_err(), Refused::NoSuchDecision);
        let found = ("Ann", "");
        let closed = world.risk.close_case(id, Outcome::Fraud, found).await;
        assert_eq!(closed.unwrap(), Err(Refused::NoSuchDecision));
    }
    let order = world.transfer("692");
    world.judge(&order).await;
    let explained = world.risk.explain(&order.id).await.unwrap().unwrap();
    let found = ("Ann", "");
    let closed = world
        .risk
        .close_case(&explained.case.decision, Outcome::Fraud, found)
        .await;
    assert_eq!(
        closed.unwrap(),
        Err(Refused::NoSuchDecision),
        "it is no case"
    );
}

mod engines {
    crate::on_both_engines! {
        a_case_says_what_to_ask_and_is_closed_once
        what_does_not_exist_is_not_explained
    }
}
