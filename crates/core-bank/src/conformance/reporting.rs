//! What the customer, and nobody else, learns.

use super::{Fixture, events, placing, transfer};
use crate::{HEADS_MAX, HeadsCursor, OrderState, entry_hash};
use order::{Outcome, Reason};
use protocol::EntryKind;
use types::{Role, Sequence, SubjectId};

/// Events about a customer have a sequence of their own, the customer as the only holder, and a head.
pub async fn each_state_is_reported_to_the_customer_alone(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let start = bank
        .heads(HeadsCursor::START, HEADS_MAX)
        .await
        .unwrap()
        .newest;
    for number in 0..3 {
        let units = if number == 1 { 5_000 } else { 1 };
        let fields = transfer(&books, units, &books.foreign);
        bank.place(placing(&books.customer, number, fields))
            .await
            .unwrap();
    }
    let subject = SubjectId::from(&books.customer);
    let events_of_customer = events(&*bank, &subject).await;
    for (sequence, event) in (1..).zip(&events_of_customer) {
        let expected = (&subject, Sequence::new(sequence).unwrap());
        assert_eq!(event.subject().unwrap(), expected);
        assert_eq!(event.holders, [(books.customer.clone(), Role::Owner)]);
        let entry = &event.entry;
        let outcome = Outcome::from_entry(&entry.kind, &entry.arguments);
        outcome.expect("only outcomes were to be reported").unwrap();
    }
    let newest = events_of_customer.last().unwrap();
    let heads = bank.heads(start, HEADS_MAX).await.unwrap();
    let head = heads.subjects.iter().find(|head| head.subject == subject);
    let head = head.expect("the customer changed");
    assert_eq!(head.sequence, newest.subject().unwrap().1);
    assert_eq!(head.hash, entry_hash(&newest.entry));
    assert_eq!(head.holders, std::slice::from_ref(&books.customer));
    let other = events(&*bank, &SubjectId::from(&books.other)).await;
    assert!(other.is_empty(), "{other:?}");
    fixture.close().await;
}

/// The debit names the order. The credit of another customer does not, nor does any history.
pub async fn booked_entries_name_the_order_for_who_ordered(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let order = placing(&books.customer, 1, transfer(&books, 1, &books.foreign));
    let state = bank.place(order.clone()).await.unwrap();
    let OrderState::Executed { bank_reference, .. } = state else {
        panic!("{state:?}")
    };
    let newest = async |account| {
        events(&*bank, &SubjectId::from(account))
            .await
            .pop()
            .unwrap()
    };
    let debit = newest(&books.account).await;
    assert_eq!(debit.entry.kind, EntryKind::Booked);
    assert_eq!(debit.ordered_by, Some(books.customer.clone()));
    let booking = debit.entry.booking.unwrap();
    assert_eq!(booking.order, Some(order.intent.to_string()));
    assert_eq!(booking.bank_reference, bank_reference);
    let credit = newest(&books.foreign).await;
    assert_eq!(credit.ordered_by, None);
    let booking = credit.entry.booking.unwrap();
    assert_eq!(
        (booking.order, booking.bank_reference),
        (None, bank_reference)
    );
    for account in [&books.account, &books.foreign] {
        let history = bank.history(account, 0, 100, 100).await.unwrap();
        let mut bookings = history
            .entries
            .iter()
            .filter_map(|entry| entry.booking.as_ref());
        assert!(bookings.all(|booking| booking.order.is_none()), "{account}");
    }
    fixture.close().await;
}

/// A pending order is in the snapshot with the arguments of the event that reported it, and leaves it when it is done.
pub async fn snapshots_agree_with_the_events(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let mut fields = transfer(&books, 1, &books.second);
    fields.execution_date = fixture.today().plus_days(2);
    let order = placing(&books.customer, 1, fields);
    bank.place(order.clone()).await.unwrap();
    let subject = SubjectId::from(&books.customer);
    let event = events(&*bank, &subject).await.pop().unwrap();
    let snapshot = bank.snapshot(&books.customer).await.unwrap();
    assert_eq!(snapshot.sequence, event.subject().unwrap().1);
    assert_eq!(snapshot.hash, entry_hash(&event.entry));
    assert_eq!(snapshot.orders.len(), 1);
    assert_eq!(snapshot.orders[0].id, order.intent.to_string());
    assert_eq!(snapshot.orders[0].arguments, event.entry.arguments);
    fixture.pass_days(2).await;
    let snapshot = bank.snapshot(&books.customer).await.unwrap();
    assert!(snapshot.orders.is_empty());
    fixture.close().await;
}

/// Nobody pays from an account that they do not hold, and roles say so before.
pub async fn only_what_the_customer_holds_pays(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let role = bank.role(&books.customer, &books.account).await.unwrap();
    assert_eq!(role, Some(Role::Owner));
    assert_eq!(
        bank.role(&books.customer, &books.foreign).await.unwrap(),
        None
    );
    let mut fields = transfer(&books, 1, &books.account);
    fields.debit_account = Some(books.foreign.to_string());
    let stolen = bank
        .place(placing(&books.customer, 1, fields))
        .await
        .unwrap();
    assert_eq!(stolen, OrderState::Refused(Reason::AccountUnknown));
    fixture.close().await;
}
