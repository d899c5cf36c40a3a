//! A database of the schema's second version, whose events have subjects without prefixes, opens and goes on.

use crate::{location, order};
use core_bank::{CoreBank as _, HeadsCursor};
use database::{Database, DatabaseError, Migration, Transaction, params};
use protocol::{Booking, Entry, Event};
use sandbox_bank::SandboxBank;
use std::sync::Arc;
use types::{
    AccountId, AccountKind, BalanceType, Balances, CustomerId, EventId, Money, Role, Sequence,
    SubjectId, Time,
};

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "customers, accounts, books, events",
        sql: include_str!("../../src/schema.sql"),
        postgres: Some(include_str!("../../src/schema.postgres.sql")),
    },
    Migration {
        version: 2,
        name: "incarnation",
        sql: include_str!("../../src/incarnation.sql"),
        postgres: Some(""),
    },
];

fn sequence(number: u64) -> Sequence {
    Sequence::new(number).unwrap()
}

/// Account 20 of customer 2: opened, held, and one booked transaction of 700.
fn events() -> [(Event, Option<i64>); 3] {
    let account: AccountId = "20".parse().unwrap();
    let customer: CustomerId = "2".parse().unwrap();
    let id = |number: u64| -> EventId { format!("former {number}").parse().unwrap() };
    let time = Time::from_ms(5);
    let amount = Money::new(700, crate::czk());
    let balances = Balances::from([(BalanceType::Booked, amount)]);
    let terms = (&AccountKind::Current, "Account 20", crate::czk());
    let booking = Booking {
        transaction: "t1".parse().unwrap(),
        number: 1,
        date: "1993-01-01".parse().unwrap(),
        amount,
        operation: "cash_deposit".to_owned(),
        purpose: None,
        counterparty_bank: None,
        counterparty_account: None,
        order: None,
        bank_reference: None,
    };
    let (one, two, three) = (sequence(1), sequence(2), sequence(3));
    let of = || account.clone();
    let entries = [
        Entry::account_opened(id(1), of(), one, time, terms, Balances::new()),
        Entry::holder_added(id(2), of(), two, time, &customer, &Role::Owner),
        Entry::booked(id(3), of(), three, time, booking, balances),
    ];
    let event = |(entry, number)| {
        let holders = vec![(customer.clone(), Role::Owner)];
        let event = Event {
            entry,
            holders,
            incarnation: None,
            ordered_by: None,
        };
        (event, number)
    };
    let [opened, held, booked] = entries;
    [(opened, None), (held, None), (booked, Some(1))].map(event)
}

async fn write(database: &Database) {
    let work = async move |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
        tx.execute("INSERT INTO customer (id, name) VALUES ('2', NULL)", &[])
            .await?;
        let account = "INSERT INTO account
            (id, kind, name, currency, opened, floor, booked, transactions, sequence, place)
            VALUES ('20', 'current', 'Account 20', 'CZK', NULL, NULL, 700, 1, 3, 3)";
        tx.execute(account, &[]).await?;
        let holder = "INSERT INTO holder (account, customer, role) VALUES ('20', '2', 'owner')";
        tx.execute(holder, &[]).await?;
        let own = "INSERT INTO own_account (currency, id, total) VALUES ('CZK', 'own-CZK', $1)";
        tx.execute(own, params![(-700_i128).to_be_bytes()]).await?;
        for (place, (event, number)) in (1_i64..).zip(events()) {
            let insert = "INSERT INTO event (place, subject, sequence, number, bytes)
                VALUES ($1, '20', $2, $3, $4)";
            let values = params![place, event.subject().unwrap().1, number, event.encode()];
            tx.execute(insert, values).await?;
        }
        Ok(())
    };
    database.write(work).await.unwrap();
}

#[tokio::test]
async fn a_database_from_before_orders_opens_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.sqlite");
    let database = Database::open(location(&path), MIGRATIONS).unwrap();
    write(&database).await;
    database.close().await;

    let clock = Arc::new(|| Time::from_ms(7));
    let bank = SandboxBank::open(location(&path), clock).unwrap();
    bank.trial_balance().await.unwrap();
    let subject = crate::subject("20");
    let bare: SubjectId = "20".parse().unwrap();
    let expected = events().map(|(event, _)| event.entry);
    for asked in [&subject, &bare] {
        let read = bank.events_after(asked, Sequence::ZERO, 9).await.unwrap();
        let read: Vec<_> = read.into_iter().map(|event| event.entry).collect();
        assert_eq!(read, expected);
    }
    let heads = bank.heads(HeadsCursor::START, 9).await.unwrap();
    assert_eq!(heads.subjects.len(), 1);
    let head = &heads.subjects[0];
    assert_eq!((&head.subject, head.sequence), (&subject, sequence(3)));
    let history = bank.history(&"20".parse().unwrap(), 0, 9, 9).await.unwrap();
    assert_eq!(history.entries, &expected[2..]);

    let booked = bank.post(order("t2", "20", 5)).await.unwrap();
    assert_eq!((booked.sequence, booked.number), (sequence(4), 2));
    let customer: CustomerId = "2".parse().unwrap();
    let snapshot = bank.snapshot(&customer).await.unwrap();
    assert_eq!(snapshot.sequence, Sequence::ZERO);
    assert_eq!(snapshot.accounts[0].booked_entries, 2);
    let heads = bank.heads(heads.next, 9).await.unwrap();
    assert_eq!(heads.subjects.len(), 1);
}
