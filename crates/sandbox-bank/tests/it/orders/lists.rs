//! Payees, the check of a payee's name, roles and rates.

use super::{Rig, away, here, of};
use core_bank::{CoreBank as _, OrderState, PayeeCheck, Target};
use order::{Creditor, Order, OrderFields, OrderKind, OutcomeKind, Reason, Scheme};
use sandbox_bank::{Biller, Proxy};
use types::Role;

fn add(creditor: Creditor) -> OrderFields {
    OrderFields {
        creditor: Some(creditor),
        own_name: Some("Petr".to_owned()),
        ..OrderFields::new(OrderKind::PayeeAdd)
    }
}

fn remove(id: &str, creditor: Creditor) -> OrderFields {
    OrderFields {
        target: Some(id.to_owned()),
        creditor: Some(creditor),
        ..OrderFields::new(OrderKind::PayeeRemove)
    }
}

#[tokio::test]
async fn payees_come_and_go() {
    let rig = Rig::new().await;
    let done = |state: OrderState| {
        assert!(
            matches!(
                state,
                OrderState::Executed {
                    bank_reference: None,
                    ..
                }
            ),
            "{state:?}"
        );
    };
    done(rig.place("2", 1, add(here("c"))).await);
    assert_eq!(rig.told("2").await, ["payee.added", "order.executed"]);
    let snapshot = rig.bank.snapshot(&of("2")).await.unwrap();
    assert_eq!(snapshot.payees.len(), 1);
    let payee = &snapshot.payees[0];
    assert_eq!(
        payee.arguments,
        rig.of_customer("2").await[0].entry.arguments
    );
    let target = async |customer: &str| {
        let kind = OrderKind::PayeeRemove;
        rig.bank
            .target(&of(customer), kind, &payee.id)
            .await
            .unwrap()
    };
    assert_eq!(
        target("2").await,
        Target::Active(Order::new(add(here("c"))).unwrap())
    );
    assert_eq!(target("3").await, Target::Unknown);

    let unknown = OrderState::Refused(Reason::TargetUnknown);
    assert_eq!(
        rig.place("2", 2, remove(&payee.id, here("b"))).await,
        unknown
    );
    assert_eq!(
        rig.place("3", 3, remove(&payee.id, here("c"))).await,
        unknown
    );
    done(rig.place("2", 4, remove(&payee.id, here("c"))).await);
    assert_eq!(target("2").await, Target::Done(OutcomeKind::Cancelled));
    let late = rig.place("2", 5, remove(&payee.id, here("c"))).await;
    assert_eq!(late, OrderState::Refused(Reason::TooLate));
    assert!(rig.bank.snapshot(&of("2")).await.unwrap().payees.is_empty());
    // Repeating the first order does not bring the payee back.
    rig.place("2", 1, add(here("c"))).await;
    assert!(rig.bank.snapshot(&of("2")).await.unwrap().payees.is_empty());
}

#[tokio::test]
async fn a_payee_that_the_bank_knows_not_to_exist_is_refused() {
    let rig = Rig::new().await;
    let refused = rig.place("2", 1, add(here("no such"))).await;
    assert_eq!(refused, OrderState::Refused(Reason::CreditorUnknown));
    let elsewhere = rig.place("2", 2, add(away(Scheme::Domestic, "123"))).await;
    assert!(matches!(elsewhere, OrderState::Executed { .. }));
}

#[tokio::test]
async fn the_bank_says_of_a_name_what_it_may() {
    let rig = Rig::new().await;
    let named = |creditor: Creditor, name: &str| Creditor {
        name: Some(name.to_owned()),
        ..creditor
    };
    let check = async |creditor: Creditor, expected: PayeeCheck| {
        let said = rig.bank.check_payee(&creditor).await.unwrap();
        assert_eq!(said, expected, "{creditor:?}");
    };
    check(named(here("c"), "petr maly"), PayeeCheck::Match).await;
    let close = PayeeCheck::Close("Petr Malý".to_owned());
    check(named(here("c"), "P. Malý"), close).await;
    check(named(here("c"), "Eva Nová"), PayeeCheck::None).await;
    check(here("c"), PayeeCheck::CannotSay).await;
    check(named(here("no such"), "Petr Malý"), PayeeCheck::None).await;
    // Petr is only authorised for the joint account.
    check(named(here("j"), "Jana Malá"), PayeeCheck::Match).await;
    check(named(here("j"), "Petr Novák"), PayeeCheck::None).await;
    check(named(here("d"), "Petr Malý"), PayeeCheck::CannotSay).await;
    check(away(Scheme::Domestic, "123"), PayeeCheck::CannotSay).await;
    let proxy = Proxy {
        id: "mobile:777000111".to_owned(),
        account: "c".to_owned(),
        bank: None,
        name: None,
    };
    rig.bank.register_proxy(proxy).await.unwrap();
    let mobile = |number: &str| Creditor::new(Scheme::Proxy, format!("mobile:{number}"));
    check(named(mobile("777000111"), "Petr Malý"), PayeeCheck::Match).await;
    check(named(mobile("777000222"), "Petr Malý"), PayeeCheck::None).await;
    let biller = Biller {
        id: "water".to_owned(),
        name: "Waterworks".to_owned(),
        account: None,
        references: 1,
        checked: false,
    };
    rig.bank.register_biller(biller).await.unwrap();
    let water = Creditor::new(Scheme::Biller, "water");
    check(named(water, "waterworks"), PayeeCheck::Match).await;
}

#[tokio::test]
async fn roles_and_rates_are_answered() {
    let rig = Rig::new().await;
    let role = async |customer: &str, account: &str| {
        let account = account.parse().unwrap();
        rig.bank.role(&of(customer), &account).await.unwrap()
    };
    assert_eq!(role("2", "j").await, Some(Role::Owner));
    assert_eq!(role("3", "j").await, Some(Role::Authorised));
    assert_eq!(role("3", "a").await, None);
    assert_eq!(role("3", "no such").await, None);
    let (czk, eur) = ("CZK".parse().unwrap(), "EUR".parse().unwrap());
    let rate = rig.bank.rate(eur, czk).await.unwrap().unwrap();
    assert_eq!((rate.coefficient, rate.scale), (24_500_000_000, 9));
    let unknown = rig.bank.rate("XAF".parse().unwrap(), czk).await.unwrap();
    assert!(unknown.is_none());
}
