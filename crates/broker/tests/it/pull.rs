//! Pulling: each answer, in JSON and in CBOR.

use crate::rig::{Rig, Server, at, channel, is_message};
use channel_log::ChannelLog as _;
use protocol::http::PullAnswer;
use testkit::devices::TestDevice;
use types::{Generation, Number, Position};

async fn pull(
    server: &Server,
    device: &TestDevice,
    after: Position,
    limit: Option<usize>,
) -> PullAnswer {
    let limit = limit.map_or(String::new(), |limit| format!("&limit={limit}"));
    let path = format!("/v1/channels/{}/messages?after={after}{limit}", channel(1));
    let json = server.get(device, &path, None).await;
    assert_eq!(
        (json.status().as_u16(), &json.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    let json: PullAnswer = serde_json::from_slice(&json.bytes().await.unwrap()).unwrap();
    let cbor = server.get(device, &path, Some("application/cbor")).await;
    assert_eq!(cbor.headers()["content-type"], "application/cbor");
    let cbor = PullAnswer::parse_cbor(&cbor.bytes().await.unwrap()).unwrap();
    assert_eq!(json, cbor, "both forms have the same content");
    json
}

fn numbers(answer: &PullAnswer) -> Vec<u64> {
    let PullAnswer::Messages { messages, .. } = answer else {
        panic!("{answer:?}")
    };
    let number = |bytes: &bytes::Bytes| {
        let number = protocol::Message::parse(bytes.clone()).unwrap().number;
        assert!(is_message(bytes, channel(1), number));
        number.get()
    };
    messages.iter().map(number).collect()
}

#[tokio::test]
async fn messages_come_in_order_up_to_the_limit() {
    let rig = Rig::new().await;
    rig.filled(channel(1), 250).await;
    let (server, device) = (rig.serve().await, rig.issuer.device(&[channel(1)]));
    assert_eq!(
        numbers(&pull(&server, &device, at(0), Some(2)).await),
        [1, 2]
    );
    assert_eq!(numbers(&pull(&server, &device, at(249), None).await), [250]);
    let at_most: Vec<u64> = (1..=200).collect();
    assert_eq!(
        numbers(&pull(&server, &device, at(0), Some(100_000)).await),
        at_most
    );
    assert_eq!(numbers(&pull(&server, &device, at(0), None).await), at_most);
    let none = PullAnswer::Messages {
        generation: Generation::FIRST,
        newest: Number::new(250).unwrap(),
        messages: vec![],
    };
    assert_eq!(pull(&server, &device, at(250), None).await, none);
}

#[tokio::test]
async fn large_messages_make_a_short_answer() {
    let rig = Rig::new().await;
    let mut writer = rig.filled(channel(1), 0).await;
    for _ in 0..40 {
        let large = writer.next(60_000);
        rig.broker.publish(large).await.unwrap();
    }
    let (server, device) = (rig.serve().await, rig.issuer.device(&[channel(1)]));
    let mut after = 0;
    while after < 40 {
        let came = numbers(&pull(&server, &device, at(after), None).await);
        assert!(
            (1..=18).contains(&came.len()),
            "{} messages of 60,000 bytes",
            came.len()
        );
        assert_eq!(came[0], after + 1);
        after = *came.last().unwrap();
    }
}

#[tokio::test]
async fn a_reader_that_cannot_continue_gets_the_reason() {
    let rig = Rig::new().await;
    let (server, device) = (rig.serve().await, rig.issuer.device(&[channel(1)]));
    let generation = Generation::FIRST;
    let ahead = |newest| PullAnswer::Ahead {
        generation,
        newest: Number::new(newest).unwrap(),
    };
    assert_eq!(
        pull(&server, &device, at(0), None).await,
        ahead(0),
        "a channel that is to be restored"
    );
    rig.filled(channel(1), 5).await;
    assert_eq!(pull(&server, &device, at(6), None).await, ahead(5));
    let later = Position::new(generation.next(), Number::ZERO);
    assert_eq!(pull(&server, &device, later, None).await, ahead(5));
    rig.log.trim(channel(1), at(3)).await.unwrap();
    let trimmed = PullAnswer::Trimmed {
        generation,
        oldest: Number::new(4).unwrap(),
    };
    assert_eq!(pull(&server, &device, at(2), None).await, trimmed);
    assert_eq!(numbers(&pull(&server, &device, at(3), None).await), [4, 5]);
    rig.broker
        .restart(channel(1), generation.next())
        .await
        .unwrap();
    let restarted = PullAnswer::Generation {
        generation: generation.next(),
    };
    assert_eq!(pull(&server, &device, at(5), None).await, restarted);
}
