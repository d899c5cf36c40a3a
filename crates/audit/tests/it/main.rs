//! A change anywhere in a chain is noticed, and the first changed record is reported.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use audit::{Act, AuditHead, Broken, BrokenReason, Record, Subject, verify};
use proptest::prelude::*;
use types::Time;

fn chain(length: u64) -> Vec<Vec<u8>> {
    let mut head = AuditHead::START;
    (0..length)
        .map(|number| {
            let act = Act::new(Time::from_ms(number), "ciam", "device.enrolled")
                .about(Subject::new("customer", number % 3))
                .with("verdict", "software");
            let linked = head.link(&act);
            head = linked.head();
            linked.bytes().to_vec()
        })
        .collect()
}

fn check(records: &[Vec<u8>], number: u64, reason: &BrokenReason) {
    let broken = Broken {
        number,
        reason: reason.clone(),
    };
    assert_eq!(verify(records).unwrap_err(), broken);
}

#[test]
fn a_valid_chain_returns_its_head() {
    let records = chain(5);
    let head = verify(&records).unwrap();
    assert_eq!(head.number, 5);
    assert_eq!(verify(&records[..0]).unwrap(), AuditHead::START);
    assert_ne!(
        verify(&records[..4]).unwrap(),
        head,
        "the earlier head shows that the newest record is missing"
    );
}

#[test]
fn removed_repeated_and_reordered_records_are_reported() {
    let whole = chain(6);
    let mut removed = whole.clone();
    removed.remove(2);
    check(&removed, 3, &BrokenReason::OutOfOrder { found: 4 });
    let mut repeated = whole.clone();
    repeated.insert(3, whole[2].clone());
    check(&repeated, 4, &BrokenReason::OutOfOrder { found: 3 });
    let mut reordered = whole.clone();
    reordered.swap(1, 2);
    check(&reordered, 2, &BrokenReason::OutOfOrder { found: 3 });
}

#[test]
fn a_changed_record_is_noticed_at_the_one_that_follows_it() {
    let mut records = chain(6);
    let mut record = Record::parse(&records[2]).unwrap();
    record.act.actor = "nobody".to_owned();
    records[2] = record.encode();
    check(&records, 4, &BrokenReason::DoesNotFollow);
}

proptest! {
    #[test]
    fn any_flipped_bit_breaks_the_chain(record in 0_usize..5, byte in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut records = chain(6);
        let place = byte.index(records[record].len());
        records[record][place] ^= 1 << bit;
        let broken = verify(&records).unwrap_err();
        let named = usize::try_from(broken.number).unwrap() - 1;
        prop_assert!(named == record || named == record + 1, "{broken:?}");
    }

    #[test]
    fn records_round_trip(
        time in 0_u64..1 << 62,
        actor in ".{0,20}",
        action in ".{0,20}",
        subjects in prop::collection::vec((".{0,9}", ".{0,9}"), 0..4),
        details in prop::collection::btree_map(".{0,9}", ".{0,9}", 0..4),
    ) {
        let mut act = Act::new(Time::from_ms(time), &actor, &action);
        act.details = details;
        act.subjects = subjects.iter().map(|(kind, id)| Subject::new(kind, id)).collect();
        let record = Record { number: 7, previous: AuditHead::START.hash, act };
        prop_assert_eq!(Record::parse(&record.encode()).unwrap(), record);
    }
}
