//! Any interleaving of pulls, streams, cuts and restarts.

use crate::network::World;
use crate::phone::{Phone, found, live, run, shown};
use client::Discrepancy;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::cell::Cell;

/// Whatever is cut, repeated, dropped and reopened, by pull or by stream: the device ends with the same passbook.
#[test]
fn any_interleaving_gives_the_same_passbook() {
    for seed in 0..40 {
        let mut random = StdRng::seed_from_u64(seed);
        let world = World::new();
        *world.pieces.borrow_mut() = StdRng::seed_from_u64(seed);
        world.bank.borrow_mut().open("577");
        let phone = Phone::new(&world, 1);
        let straight = Phone::new(&world, 2);
        let mut device = phone.enrol();
        world.bank.borrow_mut().renew_code();
        drop(straight.enrol());
        run(device.catch_up()).unwrap();
        for _ in 0..random.random_range(5..25) {
            act(&world, &mut random);
            match random.random_range(0..6) {
                0 => drop(run(device.catch_up()).unwrap()),
                1 => {
                    drop(device);
                    device = phone.open();
                }
                2 => {
                    drop(device);
                    let mut locked = phone.open_locked();
                    run(locked.catch_up()).unwrap();
                    drop(locked);
                    device = phone.open();
                }
                3 => world.repeats.set(random.random_range(1..5)),
                _ => {
                    let left = Cell::new(random.random_range(1..6));
                    let (_, ended) = live(&mut device, |_, _| {
                        if random.random_range(0..3) == 0 {
                            act(&world, &mut random);
                        }
                        if random.random_range(0..3) == 0 {
                            world.cuts.set(world.cuts.get() + 1);
                        }
                        left.set(left.get() - 1);
                        left.get() == 0
                    });
                    ended.unwrap();
                }
            }
        }
        world.repeats.set(0);
        run(device.catch_up()).unwrap();
        let mut other = straight.open();
        run(other.catch_up()).unwrap();
        assert!(device.is_complete() && other.is_complete(), "seed {seed}");
        let accounts = |device| {
            let mut all = shown(device);
            // The second device was enrolled later, so it has not seen its own addition.
            all.remove(0);
            all
        };
        assert_eq!(accounts(&device), accounts(&other), "seed {seed}");
        let strange = found(&device)
            .into_iter()
            .find(|what| *what != Discrepancy::Replayed);
        assert_eq!(strange, None, "seed {seed}");
        assert_eq!(found(&other), [], "seed {seed}");
    }
}

fn act(world: &World, random: &mut StdRng) {
    let mut bank = world.bank.borrow_mut();
    for _ in 0..random.random_range(0..5) {
        match random.random_range(0..12) {
            0 => bank.rekey(),
            1 => {
                let id = format!("note {}", bank.head.number);
                let note = crate::bank::note(&bank, &id);
                bank.tell(&note);
            }
            number => {
                let name = if number % 2 == 0 { "576" } else { "577" };
                bank.post(name, random.random_range(-1_000..1_000));
            }
        }
        bank.clock.fetch_add(
            random.random_range(0..5_000),
            std::sync::atomic::Ordering::Relaxed,
        );
    }
}
