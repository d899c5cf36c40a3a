//! The stores of this crate pass the suite that every store must pass.

use crate::phone::{Disk, run};
use client::store::{MemoryStore, conformance};
use std::rc::Rc;

#[test]
fn memory() {
    run(conformance::check(&MemoryStore::default()));
    run(conformance::check(&Rc::new(MemoryStore::default())));
}

#[test]
fn the_disk_of_these_tests() {
    run(conformance::check(&Disk::default()));
}
