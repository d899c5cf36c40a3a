//! Entries and events.

use proptest::prelude::*;
use protocol::cbor::{Key, Map, Value};
use protocol::{AccessChange, Booking, Entry, EntryKind, Event, ParseError};
use types::{
    AccountId, AccountKind, BalanceType, Balances, DeviceId, EventId, Incarnation, Money,
    PasskeyId, Role, Sequence, Time,
};

fn id() -> EventId {
    "01a0c450-6fe8-74e2-9e25-541f3e5ed89d".parse().unwrap()
}

fn account() -> AccountId {
    "576".parse().unwrap()
}

fn money(minor_units: i64) -> Money {
    Money::new(minor_units, "CZK".parse().unwrap())
}

fn booked(amount: i64, purpose: Option<String>) -> Entry {
    let booking = Booking {
        transaction: "171812".parse().unwrap(),
        number: 1,
        date: "1993-01-01".parse().unwrap(),
        amount: money(amount),
        operation: "cash_deposit".to_owned(),
        purpose,
        counterparty_bank: None,
        counterparty_account: None,
        order: None,
        bank_reference: None,
    };
    let balances = Balances::from([(BalanceType::Booked, money(amount))]);
    Entry::booked(
        id(),
        account(),
        Sequence::FIRST,
        Time::from_ms(1_790_000_001_000),
        booking,
        balances,
    )
}

#[test]
fn each_kind_round_trips() {
    let time = Time::from_ms(5);
    let czk = "CZK".parse().unwrap();
    let device = "01a0c450-6c00-7163-abc3-c77164feda3f".parse().unwrap();
    let customer = "692".parse().unwrap();
    let opened = (&AccountKind::Current, "Household", czk);
    let entries = [
        booked(0, None),
        booked(i64::MIN, Some("pension".to_owned())),
        Entry::account_opened(
            id(),
            account(),
            Sequence::FIRST,
            time,
            opened,
            Balances::new(),
        ),
        Entry::holder_added(
            id(),
            account(),
            Sequence::FIRST.next(),
            time,
            &customer,
            &Role::Owner,
        ),
        Entry::holder_removed(id(), account(), Sequence::FIRST.next(), time, &customer),
        of_hold(EntryKind::HoldPlaced),
        of_hold(EntryKind::HoldReleased),
        Entry::device_added(id(), time, device),
        Entry::device_removed(id(), time, device),
        of_passkey(EntryKind::PasskeyAdded),
        of_passkey(EntryKind::PasskeyRemoved),
        about_customer(EntryKind::OrderPending),
        about_customer(EntryKind::OrderExecuted),
        about_customer(EntryKind::OrderRefused),
        about_customer(EntryKind::OrderCancelled),
        about_customer(EntryKind::PayeeAdded),
        about_customer(EntryKind::PayeeRemoved),
        about_customer(EntryKind::StandingCreated),
        about_customer(EntryKind::StandingEnded),
    ];
    let kinds = [
        EntryKind::Booked,
        EntryKind::Booked,
        EntryKind::AccountOpened,
        EntryKind::HolderAdded,
        EntryKind::HolderRemoved,
        EntryKind::HoldPlaced,
        EntryKind::HoldReleased,
        EntryKind::DeviceAdded,
        EntryKind::DeviceRemoved,
        EntryKind::PasskeyAdded,
        EntryKind::PasskeyRemoved,
        EntryKind::OrderPending,
        EntryKind::OrderExecuted,
        EntryKind::OrderRefused,
        EntryKind::OrderCancelled,
        EntryKind::PayeeAdded,
        EntryKind::PayeeRemoved,
        EntryKind::StandingCreated,
        EntryKind::StandingEnded,
    ];
    assert_eq!(entries.len(), kinds.len());
    for (entry, kind) in entries.into_iter().zip(kinds) {
        assert_eq!(entry.kind, kind);
        assert!(!matches!(entry.kind, EntryKind::Other(_)));
        assert_eq!(Entry::parse(&entry.encode()), Ok(entry));
    }
}

fn of_passkey(kind: EntryKind) -> Entry {
    let (time, passkey) = (Time::from_ms(5), PasskeyId::of(b"credential"));
    let device = DeviceId::at(time, [1; 10]);
    let change = AccessChange {
        passkey: Some(passkey),
        device: Some(device),
        ..AccessChange::new(kind)
    };
    let entry = Entry::of_access(id(), time, &change);
    assert_eq!(entry.argument("passkey"), Some("4mW29WRgGh_o3EJ4XNGKhg"));
    assert_eq!(entry.argument("device"), Some(device.to_string().as_str()));
    entry
}

fn of_hold(kind: EntryKind) -> Entry {
    let balances = Balances::from([(BalanceType::Available, money(95))]);
    let (sequence, time) = (Sequence::FIRST, Time::from_ms(5));
    Entry::of_hold(id(), kind, account(), sequence, time, (money(5), balances))
}

fn about_customer(kind: EntryKind) -> Entry {
    let arguments = [(
        "intent".into(),
        "01a0c450-6fe8-74e2-9e25-541f3e5ed89d".into(),
    )];
    let customer = "692".parse().unwrap();
    let entry = Entry::of_customer(
        id(),
        kind,
        &customer,
        Sequence::FIRST,
        Time::from_ms(5),
        arguments.into(),
    );
    assert_eq!(entry.subject.as_ref().unwrap().0.as_str(), "customer:692");
    entry
}

/// A booked entry that an order made.
fn ordered() -> Entry {
    let mut entry = booked(-5, None);
    let booking = entry.booking.as_mut().unwrap();
    booking.order = Some("01a0c450-6fe8-74e2-9e25-541f3e5ed89d".to_owned());
    booking.bank_reference = Some("R-1".to_owned());
    entry
}

#[test]
fn the_customer_who_ordered_alone_gets_the_order() {
    let (one, other) = ("692".parse().unwrap(), "693".parse().unwrap());
    let event = Event {
        entry: ordered(),
        holders: vec![(one, Role::Owner), (other, Role::Authorised)],
        incarnation: Some(Incarnation::new([3; 16])),
        ordered_by: Some("692".parse().unwrap()),
    };
    assert_eq!(Event::parse(&event.encode()), Ok(event.clone()));
    let (one, other) = (
        event.entry_of(&event.holders[0].0),
        event.entry_of(&event.holders[1].0),
    );
    assert_eq!(*one, event.entry);
    let booking = other.booking.as_ref().unwrap();
    assert_eq!(
        (booking.order.as_deref(), booking.bank_reference.as_deref()),
        (None, Some("R-1"))
    );
    let keys = |entry: &Entry| match Value::from(entry) {
        Value::Map(map) => [28, 29].map(|key| map.contains_key(&Key::Unsigned(key))),
        _ => panic!("an entry is a map"),
    };
    assert_eq!((keys(&one), keys(&other)), ([true, true], [false, true]));
}

#[test]
fn an_order_in_an_event_comes_with_the_customer_who_ordered() {
    let without = |entry, ordered_by| Event {
        entry,
        holders: Vec::new(),
        incarnation: None,
        ordered_by,
    };
    for event in [
        without(ordered(), None),
        without(booked(1, None), Some("692".parse().unwrap())),
    ] {
        let error = Event::parse(&event.encode()).unwrap_err();
        assert_eq!(error.reason(), "wrong_shape");
    }
}

#[test]
fn keys_of_a_later_version_are_kept() {
    let mut entry = booked(1, None);
    entry.kind = EntryKind::Other("card.replaced".to_owned());
    entry.version = 7;
    entry.other = Map::from([
        (Key::Unsigned(12), Value::from("later")),
        (Key::from("even"), Value::Array(vec![Value::Null])),
    ]);
    assert_eq!(Entry::parse(&entry.encode()), Ok(entry));
}

fn refused(change: impl FnOnce(&mut Map)) -> ParseError {
    let Value::Map(mut map) = Value::from(&booked(1, None)) else {
        panic!("an entry is a map")
    };
    change(&mut map);
    Entry::parse(&protocol::cbor::encode(&Value::Map(map))).unwrap_err()
}

#[test]
fn an_entry_that_lacks_or_bends_a_key_is_refused() {
    for key in [0, 1, 2, 3, 4, 5, 6, 20, 21, 22, 23, 24] {
        let error = refused(|map| drop(map.remove(&Key::Unsigned(key))));
        assert_eq!(error.reason(), "key_missing", "without {key}");
    }
    for key in (0..=11).chain(20..=29).filter(|key| ![3, 4].contains(key)) {
        let error = refused(|map| drop(map.insert(Key::Unsigned(key), Value::Null)));
        assert_eq!(error.reason(), "wrong_shape", "null as {key}");
    }
    let empty = refused(|map| drop(map.insert(Key::Unsigned(7), Value::Map(Map::new()))));
    assert_eq!(empty.reason(), "wrong_shape");
    let subject_alone = refused(|map| drop(map.insert(Key::Unsigned(4), Value::Null)));
    assert_eq!(subject_alone.reason(), "wrong_shape");
    let sequence_zero = refused(|map| drop(map.insert(Key::Unsigned(4), Value::Unsigned(0))));
    assert_eq!(sequence_zero.reason(), "wrong_shape");
    let no_such_day = refused(|map| drop(map.insert(Key::Unsigned(22), Value::from("1993-02-30"))));
    assert_eq!(no_such_day.reason(), "wrong_shape");
    let holders = refused(|map| drop(map.insert(Key::Unsigned(40), Value::Array(Vec::new()))));
    assert_eq!(
        holders.reason(),
        "wrong_shape",
        "an entry must not contain the other holders"
    );
    let incarnation = refused(|map| drop(map.insert(Key::Unsigned(41), Value::Bytes(vec![3; 16]))));
    assert_eq!(incarnation.reason(), "wrong_shape");
    let ordered_by = refused(|map| drop(map.insert(Key::Unsigned(42), Value::from("692"))));
    assert_eq!(ordered_by.reason(), "wrong_shape");
}

#[test]
fn an_event_is_an_entry_with_its_holders() {
    let event = Event {
        entry: booked(90_000, None),
        holders: vec![
            ("692".parse().unwrap(), Role::Owner),
            ("693".parse().unwrap(), Role::Authorised),
        ],
        incarnation: Some(Incarnation::new([3; 16])),
        ordered_by: None,
    };
    assert_eq!(Event::parse(&event.encode()), Ok(event.clone()));
    let from_before = Event {
        incarnation: None,
        ..event.clone()
    };
    assert_eq!(Event::parse(&from_before.encode()), Ok(from_before));
    assert!(
        Event::parse(&event.entry.encode()).is_err(),
        "an event without holders"
    );
    let made_by_notification = Event {
        entry: Entry::of_notification(id(), EntryKind::DeviceAdded, Time::from_ms(1)),
        holders: Vec::new(),
        incarnation: None,
        ordered_by: None,
    };
    assert!(
        Event::parse(&made_by_notification.encode()).is_err(),
        "an event without a subject"
    );
}

proptest! {
    #[test]
    fn any_amount_and_text_comes_back(amount in any::<i64>(), purpose in prop::option::of(".{0,40}")) {
        let entry = booked(amount, purpose);
        prop_assert_eq!(Entry::parse(&entry.encode()), Ok(entry));
    }

    #[test]
    fn anything_else_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(entry) = Entry::parse(&bytes) {
            prop_assert_eq!(entry.encode(), bytes);
        }
    }
}
