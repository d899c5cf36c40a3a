//! What is counted, and what is not.

use crate::world::{MINUTE, World, device};
use risk_rules::{Action, Kind};
use types::{DeviceForm, DeviceVerdict, VerdictLevel};

async fn the_sixth_order_of_an_hour_needs_another_proof(world: &World) {
    let first = world.transfer("692");
    assert_eq!(world.judge(&first).await.action, Action::Allow);
    for _ in 0..4 {
        world.wait(MINUTE);
        let order = world.transfer("692");
        assert_eq!(world.judge(&order).await.action, Action::Allow);
        // What is asked again counts once.
        assert_eq!(world.judge(&order).await.action, Action::Allow);
    }
    let sixth = world.transfer("692");
    let decided = world.judge(&sixth).await;
    assert_eq!(decided.rule.as_deref(), Some("user_velocity"));
    assert_eq!(decided.action, Action::IncreaseAuthentication);
    assert_eq!(world.features(&sixth).await.history.user_hour, 5);
    // Another customer's orders are their own.
    assert_eq!(
        world.judge(&world.transfer("701")).await.action,
        Action::Allow
    );
    // The first order leaves the window after an hour, to the millisecond: then five of the six are in it.
    world.wait(56 * MINUTE);
    let later = world.transfer("692");
    world.judge(&later).await;
    assert_eq!(world.features(&later).await.history.user_hour, 5);
    assert_eq!(world.features(&later).await.history.user_day, 6);
}

async fn a_device_of_many_customers_is_counted_with_all_of_them(world: &World) {
    for customer in 0..10 {
        let mut order = world.transfer(&format!("8{customer}"));
        order.device = device(77);
        let decided = world.judge(&order).await;
        assert_eq!(decided.action, Action::Allow, "{}", decided.sentence);
        assert_eq!(
            world.features(&order).await.device.customers_month,
            customer + 1
        );
    }
    let mut eleventh = world.transfer("900");
    eleventh.device = device(77);
    let decided = world.judge(&eleventh).await;
    assert_eq!(decided.rule.as_deref(), Some("device_velocity"));
    assert_eq!(world.features(&eleventh).await.history.device_hour, 10);
}

async fn orders_at_once_count_each_other(world: &World) {
    let other = world.another_node(true, Vec::new()).await;
    let orders: Vec<_> = (0..12).map(|_| world.transfer("692")).collect();
    let judged = orders.into_iter().enumerate().map(|(at, order)| {
        let node = if at % 2 == 0 { &world.risk } else { &other };
        let node = node.clone();
        tokio::spawn(async move { node.judge(order).await.unwrap().action })
    });
    let mut let_through = 0;
    for judged in judged.collect::<Vec<_>>() {
        let_through += usize::from(judged.await.unwrap() == Action::Allow);
    }
    assert_eq!(let_through, 5);
}

async fn a_device_that_proves_less_than_before_is_noticed(world: &World) {
    let with = |level, form| {
        let mut order = world.transfer("692");
        order.device.verdict = DeviceVerdict {
            level,
            ..DeviceVerdict::NONE
        };
        order.device.form = form;
        order
    };
    let app = DeviceForm::App;
    let first = with(VerdictLevel::Hardware, app);
    let decided = world.judge(&first).await;
    assert_eq!(decided.action, Action::Allow);
    assert!(
        decided
            .not_evaluated
            .iter()
            .any(|of| of.rule == "fingerprint_mismatch")
    );
    assert!(world.features(&first).await.history.first_of_device);
    let less = with(VerdictLevel::Basic, app);
    assert_eq!(
        world.judge(&less).await.rule.as_deref(),
        Some("fingerprint_mismatch")
    );
    // Now it looks so, and a browser would be another device.
    assert_eq!(
        world.judge(&with(VerdictLevel::Basic, app)).await.rule,
        None
    );
    assert_eq!(
        world.judge(&with(VerdictLevel::Hardware, app)).await.rule,
        None
    );
    let browser = with(VerdictLevel::Hardware, DeviceForm::Browser);
    assert_eq!(
        world.judge(&browser).await.rule.as_deref(),
        Some("fingerprint_mismatch")
    );
    let mut stolen = world.transfer("692");
    stolen.device.is_customers = false;
    assert_eq!(
        world.judge(&stolen).await.rule.as_deref(),
        Some("not_associated")
    );
}

async fn money_that_came_in_minutes_before_and_many_payers_are_features(world: &World) {
    for payer in 0..4 {
        let mut order = world.transfer(&format!("8{payer}"));
        order.payee = Some(("account".to_owned(), "6921".to_owned()));
        world.judge(&order).await;
        if payer == 3 {
            assert_eq!(world.features(&order).await.history.payers_day, 3);
            assert_eq!(world.features(&order).await.history.payee_day, 3);
        }
    }
    world.wait(7 * MINUTE);
    let out = world.transfer("692");
    world.judge(&out).await;
    let features = world.features(&out).await;
    assert_eq!(features.history.credited_minutes, Some(7));
    assert_eq!(features.history.payers_day, 0);
    // Logins and orders without an account know of no credit.
    let mut login = world.transfer("692");
    (login.kind, login.debit_account, login.payee) = (Kind::Login, None, None);
    world.judge(&login).await;
    assert_eq!(world.features(&login).await.history.credited_minutes, None);
    world.wait(24 * 60 * MINUTE);
    let next_day = world.transfer("692");
    world.judge(&next_day).await;
    assert_eq!(
        world.features(&next_day).await.history.credited_minutes,
        None
    );
}

async fn decisions_survive_a_restart(world: &World) {
    let order = world.transfer("692");
    let decided = world.judge(&order).await;
    let other = world.another_node(true, Vec::new()).await;
    let explained = other.explain(&order.id).await.unwrap().unwrap();
    assert_eq!(explained.case.decided, decided);
    assert_eq!(explained.case.customer, order.customer);
    assert_eq!(explained.features, world.features(&order).await);
}

mod engines {
    crate::on_both_engines! {
        the_sixth_order_of_an_hour_needs_another_proof
        a_device_of_many_customers_is_counted_with_all_of_them
        orders_at_once_count_each_other
        a_device_that_proves_less_than_before_is_noticed
        money_that_came_in_minutes_before_and_many_payers_are_features
        decisions_survive_a_restart
    }
}
