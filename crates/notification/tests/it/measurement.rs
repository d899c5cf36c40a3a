//! Events a second: `cargo test -p notification --release --test it -- --ignored --nocapture`.

use crate::world::{World, until};
use notification::Settings;
use std::time::Instant;

const CUSTOMERS: usize = 2_000;
const EVENTS: usize = 40_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn events_per_second() {
    let mut world = World::new(4).await;
    world.settings = Settings::default();
    let notification = world.open().await;
    let started = Instant::now();
    for index in 0..CUSTOMERS {
        let customer = format!("{index}");
        world.customer(&customer).await;
        world.account(&format!("a{index}"), &[&customer]).await;
    }
    println!("loaded: {:?}", started.elapsed());
    let started = Instant::now();
    let enrolled = (0..CUSTOMERS).map(|index| {
        let (world, notification) = (&world, &notification);
        async move { world.enrolled(notification, &format!("{index}")).await }
    });
    let mut phones = futures_util::future::join_all(enrolled).await;
    println!("{CUSTOMERS} grants: {:?}", started.elapsed());
    world.relay().await;
    let started = Instant::now();
    let posts = (0..EVENTS).map(|index| {
        let world = &world;
        async move {
            let account = format!("a{}", index % CUSTOMERS);
            world.post(&account, &format!("t{index}")).await;
        }
    });
    let posts = futures_util::stream::iter(posts);
    futures_util::StreamExt::for_each_concurrent(posts, 256, |post| post).await;
    println!("{EVENTS} posts: {:?}", started.elapsed());
    let started = Instant::now();
    world.relay().await;
    println!("relayed: {:?}", started.elapsed());
    let started = Instant::now();
    let running = world.run(&notification);
    let entries = u64::try_from(EVENTS).unwrap();
    until("the numbering", async || {
        notification.counters().entries == entries
    })
    .await;
    let numbered = started.elapsed();
    until("the publishing", async || notification.is_published()).await;
    let published = started.elapsed();
    running.stop().await;
    let per_second = u128::from(entries) * 1_000 / published.as_millis();
    println!("numbered in {numbered:?}, published in {published:?}: {per_second} events a second");
    let phone = &mut phones[7];
    phone.sync(world.broker()).await;
    assert_eq!(phone.sequences("a7").len(), EVENTS / CUSTOMERS);
}

/// Entries of the long history.
const LONG: i64 = 2_000_000;

/// The most memory that this process had, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse::<u64>().unwrap() / 1_024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn snapshots_of_an_account_with_two_million_entries() {
    let world = World::new(1).await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    world.post("a", "first").await;
    fill(&world, LONG);
    let notification = world.open().await;
    let mut one = world.enrolled(&notification, "1").await;
    println!("before: {} MiB", peak_mib());
    for what in ["the first snapshot", "the next"] {
        let started = Instant::now();
        one.ask_snapshot(&notification).await.unwrap();
        println!("{what}: {:?}, {} MiB", started.elapsed(), peak_mib());
    }
    let taken = one.ask_snapshot(&notification).await.unwrap();
    let items = one.items(&notification, &taken).await;
    let pages = items[1].1.history().unwrap().pages;
    let (started, mut page, mut bytes, mut answers) = (Instant::now(), 1, 0, 0);
    while page <= pages {
        let asked = (items[1].0, "a", page);
        let answer = one.pages(&notification, &taken, asked).await.unwrap();
        page += u64::try_from(answer.len()).unwrap();
        bytes += answer.iter().map(Vec::len).sum::<usize>();
        answers += 1;
    }
    let mib = bytes >> 20;
    println!(
        "{pages} pages, {mib} MiB in {answers} answers: {:?}, {} MiB",
        started.elapsed(),
        peak_mib()
    );
}

/// Writes that many booked entries into the bank's tables, as copies of the account's first.
fn fill(world: &World, entries: i64) {
    let path = world.directory.path().join("bank.sqlite");
    let mut database = rusqlite::Connection::open(path).unwrap();
    let select = "SELECT sequence, bytes FROM event WHERE number = 1";
    let (first, bytes): (i64, Vec<u8>) = database
        .query_row(select, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let event = protocol::Event::parse(&bytes).unwrap();
    let transaction = database.transaction().unwrap();
    {
        let insert =
            "INSERT INTO event (subject, sequence, number, bytes) VALUES ('account:a', ?1, ?2, ?3)";
        let mut insert = transaction.prepare(insert).unwrap();
        for number in 2..=entries {
            let (mut event, sequence) = (event.clone(), first + number - 1);
            let (subject, of) = event.entry.subject.as_mut().unwrap();
            assert_eq!(subject.as_str(), "account:a");
            *of = types::Sequence::new(u64::try_from(sequence).unwrap()).unwrap();
            event.entry.id = format!("e{number}").parse().unwrap();
            let booking = event.entry.booking.as_mut().unwrap();
            booking.number = u64::try_from(number).unwrap();
            booking.transaction = format!("t{number}").parse().unwrap();
            let values = rusqlite::params![sequence, number, event.encode()];
            insert.execute(values).unwrap();
        }
    }
    let update = "UPDATE account SET transactions = ?1, sequence = ?2,
        place = (SELECT MAX(place) FROM event) WHERE id = 'a'";
    let values = rusqlite::params![entries, first + entries - 1];
    transaction.execute(update, values).unwrap();
    transaction.commit().unwrap();
}

/// `SUBJECTS=1000000 cargo test -p notification --release --test it -- --ignored --nocapture changed_subjects`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn changed_subjects_without_an_enrolled_holder_are_compared() {
    let subjects = std::env::var("SUBJECTS").map_or(100_000, |text| text.parse().unwrap());
    let world = World::new(1).await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let notification = world.open().await;
    let one = world.enrolled(&notification, "1").await;
    let started = Instant::now();
    fill_subjects(&world, subjects);
    println!(
        "{subjects} subjects, each with a holder of its own: {:?}",
        started.elapsed()
    );
    let asked = world
        .bank
        .questions
        .load(std::sync::atomic::Ordering::SeqCst);
    let started = Instant::now();
    notification.compare_now().await.unwrap();
    println!(
        "compared: {:?}, {} MiB at most",
        started.elapsed(),
        peak_mib()
    );
    let now_asked = world
        .bank
        .questions
        .load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(now_asked, asked, "none was requested separately");
    assert_eq!(one.sequences("a"), Vec::<u64>::new());
}

/// Writes that many accounts into the bank's tables, each with its own customer and the event that made the customer a
/// holder.
fn fill_subjects(world: &World, subjects: u64) {
    let path = world.directory.path().join("bank.sqlite");
    let mut database = rusqlite::Connection::open(path).unwrap();
    let select = "SELECT bytes FROM event WHERE subject = 'account:a' AND sequence = 2";
    let bytes: Vec<u8> = database.query_row(select, [], |row| row.get(0)).unwrap();
    let mut event = protocol::Event::parse(&bytes).unwrap();
    let transaction = database.transaction().unwrap();
    {
        let mut insert_event = transaction
            .prepare("INSERT INTO event (subject, sequence, bytes) VALUES (?1, 2, ?2)")
            .unwrap();
        let mut insert_account = transaction
            .prepare(
                "INSERT INTO account (id, kind, name, currency, opened, floor, booked, transactions, sequence, place)
                 SELECT ?1, kind, name, currency, opened, floor, booked, transactions, 2, ?2
                 FROM account WHERE id = 'a'",
            )
            .unwrap();
        for number in 0..subjects {
            let account = format!("n{number}");
            let subject = types::SubjectId::from(&account.parse::<types::AccountId>().unwrap());
            event.entry.subject.as_mut().unwrap().0 = subject.clone();
            event.holders[0].0 = format!("c{number}").parse().unwrap();
            insert_event
                .execute(rusqlite::params![subject.as_str(), event.encode()])
                .unwrap();
            let place = transaction.last_insert_rowid();
            insert_account
                .execute(rusqlite::params![account, place])
                .unwrap();
        }
    }
    transaction.commit().unwrap();
}
