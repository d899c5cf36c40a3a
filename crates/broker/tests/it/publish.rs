//! The broker stores only a channel's next number. A stored message gets the stored answer.

use crate::rig::{Rig, Writer, at, channel, message, newest};
use broker::{Broker, Publication, PublishError, ReadError};
use bytes::Bytes;
use channel_log::{ChannelHead as Newest, Durability, Read, ReadLimit};
use protocol::{ChannelKind, MESSAGE_BYTES_MAX, MessageKind};
use std::sync::Arc;
use types::{Generation, Number};

async fn stored(broker: &Broker, publication: &Publication) -> Bytes {
    let number = protocol::Message::parse(publication.message.clone())
        .unwrap()
        .number;
    let before = types::Position::new(publication.generation, number.previous().unwrap());
    let limit = ReadLimit {
        records: 1,
        ..ReadLimit::default()
    };
    match broker
        .read(publication.channel, before, limit)
        .await
        .unwrap()
    {
        Read::Records { records, .. } => records[0].bytes.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_next_number_is_stored_durably_and_a_repetition_gets_the_same_answer() {
    let rig = Rig::new().await;
    let mut writer = rig.filled(channel(1), 0).await;
    let first = writer.next(300);
    let answer = rig.broker.publish(first.clone()).await.unwrap();
    assert_eq!(
        (answer.position, answer.durability),
        (at(1), Durability::Fsync)
    );
    let second = writer.next(300);
    rig.broker.publish(second.clone()).await.unwrap();
    for publication in [&first, &second, &first] {
        let again = rig.broker.publish(publication.clone()).await.unwrap();
        assert_eq!(again.durability, Durability::Fsync);
        assert_eq!(stored(&rig.broker, publication).await, publication.message);
    }
    let head = rig.broker.head(channel(1)).await.unwrap();
    assert_eq!((head.position, head.hash), (at(2), writer.head.hash));
}

#[tokio::test]
async fn the_same_head_with_a_new_signature_is_the_same_message_and_the_first_bytes_stay() {
    let rig = Rig::new().await;
    let writer = rig.filled(channel(1), 0).await;
    let first = message(
        &writer.head,
        MessageKind::Entry,
        Number::FIRST,
        200,
        "signed",
    );
    let again = message(
        &writer.head,
        MessageKind::Entry,
        Number::FIRST,
        200,
        "signed once more",
    );
    rig.broker.publish(first.clone()).await.unwrap();
    assert_eq!(rig.broker.publish(again).await.unwrap().position, at(1));
    assert_eq!(stored(&rig.broker, &first).await, first.message);
}

/// The next message without its body.
fn hole(head: &envelope::Head) -> Bytes {
    let next = message(head, MessageKind::Entry, head.number.next(), 200, "");
    let mut next = protocol::Message::parse(next.message).unwrap();
    next.body = protocol::Body::Hole(next.body.hash());
    next.encode().into()
}

#[tokio::test]
async fn anything_else_is_refused_with_the_newest() {
    let rig = Rig::new().await;
    let mut writer = rig.filled(channel(1), 2).await;
    let before = writer.head;
    rig.publish(&mut writer).await;
    let newest = newest(&rig.log, channel(1)).await;
    assert_eq!((newest.position, newest.hash), (at(3), writer.head.hash));

    let check = async |what: &str, publication: Publication, refusal: PublishError| {
        assert_eq!(
            rig.broker.publish(publication).await,
            Err(refusal),
            "{what}"
        );
        assert_eq!(self::newest(&rig.log, channel(1)).await, newest, "{what}");
    };
    let entry = MessageKind::Entry;
    let not_next = PublishError::NotNext { newest };
    let number = |number: u64| Number::new(number).unwrap();
    check(
        "a gap",
        message(&writer.head, entry, number(5), 200, ""),
        not_next.clone(),
    )
    .await;
    check(
        "other content, newest",
        message(&before, entry, number(3), 201, ""),
        not_next.clone(),
    )
    .await;
    check(
        "other content, older",
        message(&before, entry, number(1), 201, ""),
        not_next,
    )
    .await;
    let mut later = message(&writer.head, entry, number(4), 200, "");
    later.generation = Generation::FIRST.next();
    check(
        "another generation",
        later,
        PublishError::Generation { newest },
    )
    .await;
    let mut unknown = message(&writer.head, entry, number(4), 200, "");
    unknown.channel = channel(9);
    check("another channel", unknown, PublishError::ChannelUnknown).await;
    let announcement = message(&writer.head, MessageKind::Announcement, number(4), 200, "");
    check(
        "an announcement",
        announcement,
        PublishError::KindOfAnotherChannel,
    )
    .await;
    for (what, bytes) in [
        ("nothing", Bytes::new()),
        ("no message", Bytes::from_static(b"hello")),
        ("a hole", hole(&writer.head)),
        (
            "trailing bytes",
            [writer.next(200).message, Bytes::from_static(b"\0")]
                .concat()
                .into(),
        ),
        (
            "too large",
            message(&before, entry, number(4), MESSAGE_BYTES_MAX, "").message,
        ),
    ] {
        let publication = Publication {
            channel: channel(1),
            generation: Generation::FIRST,
            message: bytes,
        };
        let refused = rig.broker.publish(publication).await;
        assert!(
            matches!(refused, Err(PublishError::Malformed(_))),
            "{what}: {refused:?}"
        );
    }
    assert_eq!(self::newest(&rig.log, channel(1)).await, newest);
}

#[tokio::test]
async fn each_message_is_answered_and_a_refusal_stops_its_own_channel_alone() {
    let rig = Rig::new().await;
    let mut writers = [
        rig.filled(channel(1), 0).await,
        rig.filled(channel(2), 3).await,
    ];
    let mut publications: Vec<Publication> = (0..10)
        .flat_map(|_| [writers[0].next(100), writers[1].next(100)])
        .collect();
    // The third message of the second channel is lost on the way.
    publications.remove(5);
    let answers = rig.broker.publish_many(publications.clone()).await;
    assert_eq!(answers.len(), 19);
    for (publication, answer) in publications.iter().zip(&answers) {
        let number = protocol::Message::parse(publication.message.clone())
            .unwrap()
            .number;
        match answer {
            Ok(stored) => assert_eq!(stored.position.number, number),
            Err(refused) => {
                assert_eq!(publication.channel, channel(2));
                assert!(number > Number::new(6).unwrap());
                let PublishError::NotNext { .. } = refused else {
                    panic!("{refused:?}")
                };
            }
        }
    }
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 7);
    assert_eq!(newest(&rig.log, channel(1)).await.position, at(10));
    assert_eq!(newest(&rig.log, channel(2)).await.position, at(5));
    assert_eq!(rig.broker.publish_many(Vec::new()).await, []);
}

#[tokio::test]
async fn one_of_two_writers_with_different_messages_wins_each_number() {
    let rig = Rig::new().await;
    rig.filled(channel(1), 0).await;
    let brokers = [
        rig.broker.clone(),
        Broker::new(Arc::<log_embedded::EmbeddedLog>::clone(&rig.log)),
    ];
    let write = |broker: Broker, bytes: usize| {
        tokio::spawn(async move {
            let mut head = Writer::new(channel(1)).head;
            let mut won = 0;
            while head.number < Number::new(50).unwrap() {
                let next = message(&head, MessageKind::Entry, head.number.next(), bytes, "");
                let parsed = protocol::Message::parse(next.message.clone()).unwrap();
                match broker.publish(next).await {
                    Ok(_) => {
                        won += 1;
                        head = head.after(&parsed);
                    }
                    Err(PublishError::NotNext { newest }) => {
                        (head.number, head.hash) = (newest.position.number, newest.hash);
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            won
        })
    };
    let [one, other] = brokers;
    let (one, other) = (write(one, 100), write(other, 101));
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    let Newest { position, .. } = newest(&rig.log, channel(1)).await;
    assert_eq!(
        position.number.get(),
        one + other,
        "each number was won once"
    );
}

#[tokio::test]
async fn channels_are_opened_once_with_their_kind() {
    let rig = Rig::new().await;
    let opened = rig
        .broker
        .open(channel(1), ChannelKind::Global)
        .await
        .unwrap();
    assert_eq!(
        opened.hash,
        Writer::new(channel(1)).head.hash,
        "the chain's start"
    );
    let mut writer = Writer::new(channel(1));
    let entry = message(&writer.head, MessageKind::Entry, Number::FIRST, 100, "");
    assert_eq!(
        rig.broker.publish(entry).await,
        Err(PublishError::KindOfAnotherChannel)
    );
    writer.kind = MessageKind::Announcement;
    rig.publish(&mut writer).await;
    let found = rig
        .broker
        .open(channel(1), ChannelKind::Global)
        .await
        .unwrap();
    assert_eq!((found.position, found.hash), (at(1), writer.head.hash));
    let refused = rig.broker.open(channel(1), ChannelKind::Customer).await;
    assert_eq!(refused, Err(ReadError::KindDiffers));
}
