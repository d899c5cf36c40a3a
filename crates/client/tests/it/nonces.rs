//! Nonces of proofs: used, requested again, and issued again by restarted nodes.

use crate::network::World;
use crate::phone::{Phone, live, run};
use client::Change;

#[test]
fn nodes_that_restart_one_after_the_other_each_get_a_new_proof() {
    let world = World::new();
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    world.restarts.set(2);
    run(device.checkpoint()).unwrap();

    world.restarts.set(u32::MAX);
    let before = world.requests.borrow().len();
    let error = run(device.checkpoint()).unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert_eq!(
        world.requests.borrow().len() - before,
        4,
        "requests are not repeated for ever"
    );
}

#[test]
fn the_servers_nonce_is_used_and_replaced_once() {
    let world = World::new();
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    let before = world.requests.borrow().len();
    run(device.checkpoint()).unwrap();
    assert_eq!(
        world.requests.borrow().len() - before,
        1,
        "the enrolment's answers brought a nonce"
    );
    drop(device);

    let mut device = phone.open();
    let before = world.requests.borrow().len();
    run(device.checkpoint()).unwrap();
    assert_eq!(
        world.requests.borrow().len() - before,
        2,
        "a new start has none: refused, then repeated with the one given"
    );
    world.pass(301_000);
    let before = world.requests.borrow().len();
    run(device.checkpoint()).unwrap();
    assert_eq!(
        world.requests.borrow().len() - before,
        2,
        "an old one is refused"
    );
    let (_, ended) = live(&mut device, |_, change| matches!(change, Change::Live));
    ended.unwrap();
    assert_eq!(world.requested("/v1/live"), 1);
    drop(device);
    let mut fresh = phone.open();
    let (_, ended) = live(&mut fresh, |_, change| matches!(change, Change::Live));
    ended.unwrap();
    assert_eq!(
        world.requested("/v1/live"),
        3,
        "a stream asks once more too"
    );
}
