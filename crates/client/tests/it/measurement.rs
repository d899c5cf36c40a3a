//! The cost of receiving on a device. Run in a release build: `cargo test --release -p client measure -- --ignored
//! --nocapture`.

use crate::bank::account;
use crate::network::World;
use crate::phone::{Phone, entries, live, numbers, run};
use std::cell::Cell;
use std::time::Instant;

const ENTRIES: u64 = 3_000;

#[test]
#[ignore = "a measurement"]
fn measure_entries() {
    let world = World::new();
    world.bank.borrow_mut().open("577");
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    run(device.catch_up()).unwrap();
    let post = |number: u64| {
        let name = if number.is_multiple_of(2) {
            "576"
        } else {
            "577"
        };
        world.bank.borrow_mut().post(name, 1);
    };

    (0..ENTRIES).for_each(post);
    let began = Instant::now();
    run(device.catch_up()).unwrap();
    let pulled = began.elapsed();

    let (posted, posting) = (Cell::new(0), Cell::new(std::time::Duration::ZERO));
    let began = Instant::now();
    let (_, ended) = live(&mut device, |shown, _| {
        let now = Instant::now();
        if posted.get() < ENTRIES {
            post(posted.get());
            posted.set(posted.get() + 1);
        }
        posting.set(posting.get() + now.elapsed());
        shown.position().number.get() == 2 * ENTRIES + 1
    });
    ended.unwrap();
    let streamed = began.elapsed() - posting.get();
    assert_eq!(numbers(&device).len() as u64, ENTRIES);
    assert!(entries(&device, Some(&account("577"))).len() as u64 == ENTRIES);
    let each = |time: std::time::Duration| time.as_micros() as u64 / ENTRIES;
    println!(
        "{} us an entry in pulls, {} us an entry one by one",
        each(pulled),
        each(streamed)
    );
}
