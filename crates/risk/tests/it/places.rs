//! Where orders come from; and what happens when that is not known, or false.

use crate::world::{MINUTE, World};
use risk::ports::Located;
use risk::{Asked, List, Listed};
use risk_rules::{Action, Unlocated};
use std::sync::atomic::Ordering;

const BANGKOK: &str = "192.0.2.1";
const PRAGUE: &str = "192.0.2.2";

fn put(world: &World, address: &str, country: &str, latitude: f64, longitude: f64) {
    let located = Located {
        country: country.to_owned(),
        latitude,
        longitude,
    };
    let mut places = world.places.places.lock().unwrap();
    places.insert(address.parse().unwrap(), located);
}

fn from(world: &World, address: &str) -> Asked {
    put(world, BANGKOK, "TH", 13.7563, 100.5018);
    put(world, PRAGUE, "CZ", 50.0755, 14.4378);
    let mut order = world.transfer("692");
    order.address = Some(address.parse().unwrap());
    order
}

async fn nobody_is_in_two_places_at_once(world: &World) {
    assert_eq!(
        world.judge(&from(world, BANGKOK)).await.action,
        Action::Allow
    );
    // 5,319 miles less 50 take 632 minutes at 500 miles an hour.
    world.wait(632 * MINUTE);
    let hopped = from(world, PRAGUE);
    let decided = world.judge(&hopped).await;
    assert_eq!(
        decided.rule.as_deref(),
        Some("zone_hopping"),
        "{}",
        decided.sentence
    );
    // Asked again, it is still measured from Bangkok.
    assert_eq!(
        world.judge(&hopped).await.rule.as_deref(),
        Some("zone_hopping")
    );
    let hop = world.features(&hopped).await.location.hop.unwrap();
    assert!((5_250.0..5_390.0).contains(&hop.miles), "{hop:?}");
    assert!((hop.minutes - 632.0).abs() < 0.1);
    world.wait(633 * MINUTE);
    assert_eq!(world.judge(&from(world, BANGKOK)).await.rule, None);
}

async fn a_negative_country_is_denied_and_leaves_no_place(world: &World) {
    world.judge(&from(world, BANGKOK)).await;
    let country = Listed {
        list: List::NegativeCountry,
        entry: "CZ".to_owned(),
        risk: None,
        until: None,
        person: "Ann".to_owned(),
        since: world.now(),
    };
    world.risk.list(country).await.unwrap().unwrap();
    let denied = world.judge(&from(world, PRAGUE)).await;
    assert_eq!(denied.rule.as_deref(), Some("negative_country"));
    assert_eq!(denied.action, Action::Deny);
    // The thief was in Prague; the customer still is in Bangkok.
    world.wait(MINUTE);
    let own = world.judge(&from(world, BANGKOK)).await;
    assert_eq!(own.rule, None, "{}", own.sentence);
}

async fn an_unknown_or_false_place_matches_nothing_and_is_recorded(world: &World) {
    world.judge(&from(world, BANGKOK)).await;
    let check = async |order: &Asked, wanted: Unlocated| {
        let decided = world.judge(order).await;
        assert_eq!(decided.action, Action::Allow);
        let location = world.features(order).await.location;
        assert_eq!(location.unlocated, Some(wanted));
        assert_eq!((location.country, location.hop), (None, None));
        assert_eq!(location.negative_country, None);
        let not_evaluated: Vec<_> = decided.not_evaluated.iter().map(|of| &*of.rule).collect();
        assert_eq!(not_evaluated, ["negative_country", "zone_hopping"]);
    };
    let mut nowhere = from(world, PRAGUE);
    nowhere.address = None;
    check(&nowhere, Unlocated::NoAddress).await;
    check(&from(world, "198.51.100.1"), Unlocated::NotListed).await;
    put(world, "192.0.2.3", "CZ", 200.0, 14.0);
    check(&from(world, "192.0.2.3"), Unlocated::FalsePlace).await;
    put(world, "192.0.2.4", "Czechia", 50.0, 14.0);
    check(&from(world, "192.0.2.4"), Unlocated::FalsePlace).await;
    world.places.fails.store(true, Ordering::SeqCst);
    world.wait(61 * MINUTE);
    check(&from(world, PRAGUE), Unlocated::Failed).await;
    let without = world.another_node(false, Vec::new()).await;
    let order = from(world, PRAGUE);
    without.judge(order.clone()).await.unwrap();
    let unlocated = world.features(&order).await.location.unlocated;
    assert_eq!(unlocated, Some(Unlocated::NoDatabase));
}

mod engines {
    crate::on_both_engines! {
        nobody_is_in_two_places_at_once
        a_negative_country_is_denied_and_leaves_no_place
        an_unknown_or_false_place_matches_nothing_and_is_recorded
    }
}
