//! `docs/worked-example.md`: every value on the page is computed again and compared. Then the page is verified with
//! nothing but its own values.
//!
//! A value is in a block whose info string is its language and its name: "```hex enrolment". The text between the
//! blocks belongs to the page. `PASSBOOK_WRITE=1` writes the values again; signatures, and the grant's sealed key, stay
//! unchanged while they are valid.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod chain;
mod diagnostic;
mod enrolling;
mod example;
mod fixed;
mod page;
mod reading;
mod stranger;

use example::Example;
use std::fs;

/// The values that the formats produce, in the page's order.
fn made(page: &str, writing: bool) -> page::Values {
    let mut example = Example::new(page::values(page), writing);
    enrolling::enrol(&mut example);
    let (token, head) = enrolling::answer(&mut example);
    reading::read(&mut example, &token, &head);
    example.made
}

#[test]
fn the_page_is_current() {
    let mut page = fs::read_to_string(page::path()).unwrap();
    let writing = std::env::var_os("PASSBOOK_WRITE").is_some();
    let made = made(&page, writing);
    if writing {
        page = page::with(&page, &made);
        fs::write(page::path(), &page).unwrap();
    }
    let read = page::values(&page);
    for (name, value) in &made {
        assert_eq!(read.get(name), Some(value), "{name} comes out otherwise");
    }
    let names: Vec<_> = read
        .keys()
        .filter(|name| !made.contains_key(*name))
        .collect();
    assert!(names.is_empty(), "nothing makes {names:?}");
}

#[test]
fn a_stranger_reads_the_page() {
    let values = page::values(&fs::read_to_string(page::path()).unwrap());
    let enrolled = stranger::enrol(&values);
    stranger::read(&values, &enrolled);
}
