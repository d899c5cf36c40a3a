//! The stores of this crate pass the suites that every store must pass.

use crate::phone::{Disk, run};
use client::store::{MemoryStore, Store, conformance};
use std::rc::Rc;

fn check<S: Store>(store: S) {
    let store = Rc::new(store);
    run(async {
        conformance::check(&store).await;
        conformance::check_owners(&store, &store.clone()).await;
        conformance::check_reopening(store, async |store| store).await;
    });
}

#[test]
fn memory() {
    check(MemoryStore::default());
}

#[test]
fn the_disk_of_these_tests() {
    check(Disk::default());
    let disk = Rc::new(Disk::default());
    run(conformance::check_failing(
        disk,
        |disk| disk.fails.set(true),
        async |disk| {
            disk.fails.set(false);
            disk
        },
    ));
}
