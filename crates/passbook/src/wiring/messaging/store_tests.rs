//! The queue's tables, on SQLite and on PostgreSQL.

use super::store::MessageStore;
use database::{Location, Transaction, params};
use messaging::{Address, Contact, End, Language, Letter, MessageId, QueuedMessage, Way};
use testkit::postgres::{PostgresServer, unused_schema};
use types::Time;

const FAR: Time = Time::from_ms(1_000_000);

fn message(byte: u8, (due, expires): (u64, u64)) -> QueuedMessage {
    QueuedMessage {
        id: MessageId::new([byte; 16]),
        kind: "login_code".to_owned(),
        letter: Letter {
            to: Address::Mail("ann@home.example".parse().unwrap()),
            subject: "รหัส".to_owned(),
            text: "12345678".to_owned(),
        },
        quiet_hours: Some("22:00-07:00".parse().unwrap()),
        tries: 0,
        due: Time::from_ms(due),
        expires: Time::from_ms(expires),
    }
}

/// What is in the column of letters.
async fn letters(store: &MessageStore) -> Vec<Option<Vec<u8>>> {
    let work = async move |tx: &mut Transaction<'_>| -> Result<_, database::DatabaseError> {
        let rows = tx
            .query("SELECT letter FROM message ORDER BY id", params![])
            .await?;
        rows.iter().map(|row| row.get("letter")).collect()
    };
    store.database().read(work).await.unwrap()
}

async fn is_a_durable_bounded_queue(location: Location) {
    let store = MessageStore::open(location.clone(), &[7; 32]).unwrap();
    let (first, second) = (message(1, (10, 900)), message(2, (10, 800)));
    assert!(store.put(&first, 2).await.unwrap());
    assert!(store.put(&second, 2).await.unwrap());
    assert!(!store.put(&message(3, (10, 900)), 2).await.unwrap());
    assert!(letters(&store).await.iter().flatten().all(|letter| {
        !letter.windows(3).any(|three| three == b"ann")
            && !letter.windows(8).any(|eight| eight == b"12345678")
    }));

    let now = Time::from_ms(10);
    let take = async |way, now| store.take(way, (now, Time::from_ms(100)), 9).await.unwrap();
    assert_eq!(store.next_due(Way::Mail).await.unwrap(), Some(now));
    assert_eq!(store.next_due(Way::Sms).await.unwrap(), None);
    assert!(take(Way::Mail, Time::from_ms(9)).await.is_empty());
    assert!(take(Way::Sms, now).await.is_empty());
    let taken = take(Way::Mail, now).await;
    let as_taken = |message: &QueuedMessage| QueuedMessage {
        tries: 1,
        due: Time::from_ms(100),
        ..message.clone()
    };
    // What expires first goes first, and nobody else gets it.
    assert_eq!(taken, [as_taken(&second), as_taken(&first)]);
    assert!(take(Way::Mail, Time::from_ms(99)).await.is_empty());

    store.postpone(first.id, Time::from_ms(50)).await.unwrap();
    let handed = End::Handed(Some("reference".to_owned()));
    store
        .end(second.id, &handed, Time::from_ms(60))
        .await
        .unwrap();
    store.database().close().await;
    let store = MessageStore::open(location, &[7; 32]).unwrap();
    assert_eq!(letters(&store).await.iter().flatten().count(), 1);
    assert!(store.put(&message(3, (10, 900)), 2).await.unwrap());
    let again = store
        .take(Way::Mail, (Time::from_ms(50), FAR), 1)
        .await
        .unwrap();
    assert_eq!(again[0].id, first.id);
    assert_eq!(again[0].tries, 2);

    assert!(store.report("reference", true).await.unwrap());
    assert!(!store.report("another", true).await.unwrap());
    store.forget(Time::from_ms(60)).await.unwrap();
    assert_eq!(letters(&store).await.len(), 3);
    store.forget(Time::from_ms(61)).await.unwrap();
    assert_eq!(letters(&store).await.len(), 2);
    store.database().close().await;
}

async fn knows_how_customers_are_reached(location: Location) {
    let store = MessageStore::open(location, &[7; 32]).unwrap();
    let (ann, bob) = ("1001".parse().unwrap(), "1002".parse().unwrap());
    let contact = |language| Contact {
        language,
        mobile: Some("+66812345678".parse().unwrap()),
        mail: None,
        notices: Some(Way::Sms),
        quiet_hours: Some("12:00-13:00".parse().unwrap()),
    };
    assert_eq!(store.contact(&ann).await.unwrap(), None);
    for language in [Language::Th, Language::En] {
        let contact = contact(language);
        store.put_contact(&ann, Some(&contact)).await.unwrap();
        assert_eq!(store.contact(&ann).await.unwrap(), Some(contact));
    }
    assert_eq!(store.contact(&bob).await.unwrap(), None);
    store.put_contact(&ann, None).await.unwrap();
    assert_eq!(store.contact(&ann).await.unwrap(), None);
    store.database().close().await;
}

#[tokio::test]
async fn on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let location = || Location::from(directory.path().join("messages.sqlite"));
    is_a_durable_bounded_queue(location()).await;
    knows_how_customers_are_reached(location()).await;
}

#[tokio::test]
async fn on_postgresql() {
    let url = PostgresServer::shared().url().parse().unwrap();
    let location = || Location::schema(&url, &unused_schema());
    is_a_durable_bounded_queue(location()).await;
    knows_how_customers_are_reached(location()).await;
}
