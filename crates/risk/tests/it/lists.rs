//! The bank's lists decide at once, and until they end.

use crate::world::{MINUTE, World};
use risk::{List, Listed, Refused};
use risk_rules::Action;
use std::net::IpAddr;
use types::Time;

fn listed(world: &World, list: List, entry: &str) -> Listed {
    Listed {
        list,
        entry: entry.to_owned(),
        risk: None,
        until: None,
        person: "Ann".to_owned(),
        since: world.now(),
    }
}

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

async fn the_longest_prefix_decides(world: &World) {
    let lists = [
        (List::UntrustedAddress, "192.0.2.0/24"),
        (List::TrustedAddress, "192.0.2.128/25"),
    ];
    for (list, entry) in lists {
        world
            .risk
            .list(listed(world, list, entry))
            .await
            .unwrap()
            .unwrap();
    }
    let judge = async |from: &str| {
        let mut order = world.transfer("692");
        order.address = address(from);
        world.judge(&order).await
    };
    let untrusted = judge("192.0.2.1").await;
    assert_eq!(untrusted.rule.as_deref(), Some("untrusted_address"));
    assert_eq!(untrusted.action, Action::Deny);
    assert_eq!(
        judge("192.0.2.129").await.rule.as_deref(),
        Some("trusted_address")
    );
    assert_eq!(judge("198.51.100.1").await.rule, None);
    let removed = world
        .risk
        .unlist((List::UntrustedAddress, "192.0.2.0/24"), "Ann")
        .await;
    assert_eq!(removed.unwrap(), Ok(true));
    assert_eq!(judge("192.0.2.1").await.rule, None);
    assert_eq!(world.risk.listed().await.unwrap().len(), 1);
}

async fn an_exception_lets_its_customer_through_until_it_ends(world: &World) {
    let mut order = world.transfer("692");
    order.device.is_customers = false;
    let until = Time::from_ms(world.now().ms() + MINUTE);
    let exception = Listed {
        until: Some(until),
        ..listed(world, List::ExceptionUser, "692")
    };
    world.risk.list(exception).await.unwrap().unwrap();
    assert_eq!(
        world.judge(&order).await.rule.as_deref(),
        Some("exception_user")
    );
    assert_eq!(world.judge(&order).await.score.get(), 30);
    let mut of_another = world.transfer("701");
    of_another.device.is_customers = false;
    assert_eq!(
        world.judge(&of_another).await.rule.as_deref(),
        Some("not_associated")
    );
    world.wait(MINUTE);
    let mut after = world.transfer("692");
    after.device.is_customers = false;
    assert_eq!(
        world.judge(&after).await.rule.as_deref(),
        Some("not_associated")
    );
}

async fn another_node_follows_within_a_second(world: &World) {
    let other = world.another_node(true, Vec::new()).await;
    let list = listed(world, List::UntrustedAddress, "192.0.2.0/24");
    other.list(list).await.unwrap().unwrap();
    world.wait(1_000);
    let mut order = world.transfer("692");
    order.address = address("192.0.2.7");
    assert_eq!(world.judge(&order).await.action, Action::Deny);
}

async fn what_is_no_entry_is_refused(world: &World) {
    let check = async |entry: Listed| {
        let refused = world.risk.list(entry).await.unwrap();
        assert!(matches!(refused, Err(Refused::Entry(_))), "{refused:?}");
    };
    check(listed(world, List::NegativeCountry, "Atlantis")).await;
    check(listed(world, List::TrustedAddress, "192.0.2.1/24")).await;
    check(listed(world, List::AddressRisk, "192.0.2.0/24")).await;
    check(Listed {
        risk: Some(101),
        ..listed(world, List::AddressRisk, "192.0.2.0/24")
    })
    .await;
    check(Listed {
        risk: Some(5),
        ..listed(world, List::NegativeCountry, "TH")
    })
    .await;
    let risk = Listed {
        risk: Some(80),
        ..listed(world, List::AddressRisk, "192.0.2.0/24")
    };
    world.risk.list(risk).await.unwrap().unwrap();
    let mut order = world.transfer("692");
    order.address = address("192.0.2.7");
    world.judge(&order).await;
    assert_eq!(world.features(&order).await.location.address_risk, Some(80));
}

mod engines {
    crate::on_both_engines! {
        the_longest_prefix_decides
        an_exception_lets_its_customer_through_until_it_ends
        another_node_follows_within_a_second
        what_is_no_entry_is_refused
    }
}
