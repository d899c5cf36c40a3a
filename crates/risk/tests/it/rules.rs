//! The life of the rules: drafted, tested over stored decisions, activated by another, rolled back; and shadows.

use crate::world::World;
use risk::{CalledOut, Refused, Step};
use risk_rules::{Action, Check, LifeCycleError, Rule, RuleSet, Score, Stage};
use std::sync::Arc;
use types::Time;

/// RiskFort's rules, and one that denies what moves more than an amount.
fn with_a_limit(amount: i64) -> RuleSet {
    let mut rules = RuleSet::default();
    rules.rules.push(Rule {
        name: "large".to_owned(),
        check: Check::Expression(format!("transaction.amount > {amount}")),
        score: Score::new(90).unwrap(),
        says: Some("it is more than the bank lets through".to_owned()),
    });
    rules
}

async fn judged(world: &World, amount: i64) -> risk_rules::Decision {
    let mut order = world.transfer(&format!("{amount}"));
    order.amount = amount;
    world.judge(&order).await
}

async fn a_draft_decides_after_a_test_and_by_another_person(world: &World) {
    let risk = &world.risk;
    for amount in [100, 200, 300] {
        assert_eq!(judged(world, amount).await.action, Action::Allow);
    }
    let version = risk.draft(with_a_limit(200), "Ann").await.unwrap().unwrap();
    assert_eq!(version, 2);
    let step = async |version, step, person| risk.step(version, step, person).await.unwrap();
    let refused = |error: LifeCycleError| Err(Refused::Step(error));
    assert_eq!(
        step(2, Step::Activate, "Ben").await,
        refused(LifeCycleError::NotTested)
    );
    assert_eq!(
        risk.step(9, Step::Activate, "Ben").await.unwrap(),
        Err(Refused::NoSuchVersion)
    );
    let test = risk
        .back_test(2, Time::from_ms(0), "Ann")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(test.decisions, 3);
    assert_eq!(test.actions[0], [2, 0, 0, 1]);
    assert_eq!(test.differing.len(), 1);
    assert_eq!(
        (test.differing[0].then, test.differing[0].now),
        (Action::Allow, Action::Deny)
    );
    // A test decides nothing.
    assert_eq!(judged(world, 301).await.action, Action::Allow);
    assert_eq!(
        step(2, Step::Activate, "Ann").await,
        refused(LifeCycleError::SamePerson)
    );
    assert_eq!(step(2, Step::Activate, "Ben").await, Ok(()));
    let decided = judged(world, 302).await;
    assert_eq!((decided.action, decided.version), (Action::Deny, 2));
    assert_eq!(step(1, Step::RollBack, "Cid").await, Ok(()));
    assert_eq!(judged(world, 303).await.version, 1);
    let stages: Vec<_> = risk
        .versions()
        .await
        .unwrap()
        .into_iter()
        .map(|of| (of.version, of.life.stage))
        .collect();
    assert_eq!(stages, [(2, Stage::Retired), (1, Stage::Active)]);
}

async fn a_shadow_judges_without_effect(world: &World) {
    let risk = &world.risk;
    let version = risk.draft(with_a_limit(50), "Ann").await.unwrap().unwrap();
    risk.step(version, Step::Shadow, "Ann")
        .await
        .unwrap()
        .unwrap();
    let mut order = world.transfer("692");
    order.amount = 51;
    assert_eq!(world.judge(&order).await.action, Action::Allow);
    let explained = risk.explain(&order.id).await.unwrap().unwrap();
    assert_eq!(explained.shadows.len(), 1);
    assert_eq!(explained.shadows[0].version, version);
    assert_eq!(explained.shadows[0].action, Action::Deny);
    risk.step(version, Step::EndShadow, "Ann")
        .await
        .unwrap()
        .unwrap();
    let next = world.transfer("692");
    world.judge(&next).await;
    let explained = risk.explain(&next.id).await.unwrap().unwrap();
    assert!(explained.shadows.is_empty());
}

async fn rules_that_cannot_decide_are_not_stored(world: &World) {
    let mut rules = RuleSet::default();
    rules.rules[0].check = Check::Expression("no.such.feature".to_owned());
    rules.rules[0].says = Some("it is so".to_owned());
    let refused = world.risk.draft(rules, "Ann").await.unwrap();
    assert!(matches!(refused, Err(Refused::Rules(_))), "{refused:?}");
    let refused = world.risk.draft(RuleSet::default(), "").await.unwrap();
    assert_eq!(refused, Err(Refused::Step(LifeCycleError::NoName)));
    assert_eq!(world.risk.versions().await.unwrap().len(), 1);
}

async fn a_banks_own_check_overrides_the_rules(world: &World) {
    let deny: CalledOut = Arc::new(|features, _| {
        (features.transaction.amount == 666).then(|| Score::new(100).unwrap())
    });
    let callouts = vec![("sanctions".to_owned(), deny)];
    let node = world.another_node(true, callouts).await;
    let mut order = world.transfer("692");
    order.amount = 666;
    let denied = node.judge(order).await.unwrap();
    assert_eq!(denied.action, Action::Deny);
    assert_eq!(denied.overridden[0].callout, "sanctions");
    let other = node.judge(world.transfer("692")).await.unwrap();
    assert_eq!(other.action, Action::Allow);
}

mod engines {
    crate::on_both_engines! {
        a_draft_decides_after_a_test_and_by_another_person
        a_shadow_judges_without_effect
        rules_that_cannot_decide_are_not_stored
        a_banks_own_check_overrides_the_rules
    }
}
