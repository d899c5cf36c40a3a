//! The frames of a stream, of one channel and of many.

use crate::rig::{Rig, Writer, at, channel};
use channel_log::ChannelLog as _;
use futures_util::StreamExt as _;
use protocol::live::{Frame, KEEP_ALIVE};
use protocol::{ChannelKind, MessageKind};
use tower::ServiceExt as _;
use types::{Generation, Number, Position};

#[tokio::test]
async fn history_then_live_of_all_channels() {
    let rig = Rig::new().await;
    let mut writers = [
        rig.filled(channel(1), 3).await,
        rig.filled(channel(2), 0).await,
    ];
    let (server, device) = (
        rig.serve().await,
        rig.issuer.device(&[channel(1), channel(2)]),
    );
    let mut stream = server
        .stream(&device, &[(channel(1), at(1)), (channel(2), at(0))])
        .await;
    stream.message(channel(1), 2).await;
    stream.message(channel(1), 3).await;
    stream.position(channel(1), 3).await;
    stream.position(channel(2), 0).await;
    for (index, number) in [(1, 1), (0, 4), (1, 2), (1, 3)] {
        rig.publish(&mut writers[index]).await;
        stream.message(writers[index].head.channel, number).await;
    }
    rig.publish(&mut writers[0]).await;
    let last = stream.next().await.unwrap();
    assert_eq!(
        last.at.id(),
        "1.5,1.3",
        "an id is the positions in the order of the request"
    );
}

#[tokio::test]
async fn a_global_channel_is_read_like_any_other_of_the_token() {
    let rig = Rig::new().await;
    rig.broker
        .open(channel(3), ChannelKind::Global)
        .await
        .unwrap();
    let mut writer = Writer::new(channel(3));
    writer.kind = MessageKind::Announcement;
    rig.publish(&mut writer).await;
    let (server, device) = (rig.serve().await, rig.issuer.device(&[channel(3)]));
    let mut stream = server.stream(&device, &[(channel(3), at(0))]).await;
    stream.message(channel(3), 1).await;
    stream.position(channel(3), 1).await;
    rig.publish(&mut writer).await;
    stream.message(channel(3), 2).await;
}

#[tokio::test]
async fn a_reader_that_is_ahead_waits_and_continues_from_its_position() {
    let rig = Rig::new().await;
    let (server, device) = (rig.serve().await, rig.issuer.device(&[channel(1)]));
    let mut stream = server.stream(&device, &[(channel(1), at(2))]).await;
    let ahead = |newest| Frame::Ahead {
        channel: channel(1),
        generation: Generation::FIRST,
        newest: Number::new(newest).unwrap(),
    };
    assert_eq!(stream.frame().await, ahead(0));
    let mut writer = rig.filled(channel(1), 1).await;
    assert_eq!(stream.frame().await, ahead(1));
    rig.publish(&mut writer).await;
    stream.position(channel(1), 2).await;
    rig.publish(&mut writer).await;
    stream.message(channel(1), 3).await;
}

#[tokio::test]
async fn a_reader_that_cannot_continue_in_one_channel_continues_in_the_others() {
    let rig = Rig::new().await;
    let mut writer = rig.filled(channel(1), 1).await;
    for byte in [2, 3] {
        rig.filled(channel(byte), 5).await;
    }
    rig.log.trim(channel(2), at(3)).await.unwrap();
    let next = Generation::FIRST.next();
    rig.broker.restart(channel(3), next).await.unwrap();
    let channels = [channel(1), channel(2), channel(3)];
    let (server, device) = (rig.serve().await, rig.issuer.device(&channels));
    let mut stream = server
        .stream(&device, &channels.map(|channel| (channel, at(1))))
        .await;
    stream.position(channel(1), 1).await;
    let trimmed = Frame::Trimmed {
        channel: channel(2),
        generation: Generation::FIRST,
        oldest: Number::new(4).unwrap(),
    };
    assert_eq!(stream.frame().await, trimmed);
    let restarted = Frame::Generation {
        channel: channel(3),
        generation: next,
    };
    let told = stream.next().await.unwrap();
    assert_eq!(
        (told.frame, told.at.id()),
        (restarted, "1.1,1.1,1.1".into())
    );
    rig.publish(&mut writer).await;
    stream.message(channel(1), 2).await;

    let resumed = Position::new(next, Number::ZERO);
    let mut stream = server.stream(&device, &[(channel(3), resumed)]).await;
    let position = Frame::Position {
        channel: channel(3),
        generation: next,
        number: Number::ZERO,
    };
    assert_eq!(stream.frame().await, position);
}

#[tokio::test]
async fn a_restart_of_a_channel_appears_in_the_stream() {
    let rig = Rig::new().await;
    rig.filled(channel(1), 1).await;
    let (server, device) = (rig.serve().await, rig.issuer.device(&[channel(1)]));
    let mut stream = server.stream(&device, &[(channel(1), at(1))]).await;
    stream.position(channel(1), 1).await;
    let generation = Generation::FIRST.next();
    rig.broker.restart(channel(1), generation).await.unwrap();
    assert_eq!(
        stream.frame().await,
        Frame::Generation {
            channel: channel(1),
            generation
        }
    );
}

#[tokio::test]
async fn much_history_in_one_channel_does_not_delay_the_others() {
    let rig = Rig::new().await;
    let mut writer = rig.filled(channel(1), 0).await;
    let history = (0..1_000).map(|_| writer.next(1_000)).collect();
    for answer in rig.broker.publish_many(history).await {
        answer.unwrap();
    }
    rig.filled(channel(2), 1).await;
    let (server, device) = (
        rig.serve().await,
        rig.issuer.device(&[channel(1), channel(2)]),
    );
    let after = [(channel(1), at(0)), (channel(2), at(0))];
    let mut stream = server.stream(&device, &after).await;
    let mut before = 0;
    while *stream.frame().await.channel().unwrap() == channel(1) {
        before += 1;
    }
    assert!((1..200).contains(&before), "{before} messages came first");
}

#[tokio::test]
async fn a_quiet_stream_sends_a_comment_every_20_s() {
    let rig = Rig::new().await;
    rig.filled(channel(1), 0).await;
    let device = rig.issuer.device(&[channel(1)]);
    let path = format!("/v1/live?after={}:1.0", channel(1));
    let mut request = http::Request::get(&path);
    for (name, value) in device.headers("GET", &path, &rig.issuer.nonce()) {
        request = request.header(name, value);
    }
    let request = request.body(axum::body::Body::empty()).unwrap();
    let response = rig.router().oneshot(request).await.unwrap();
    let mut pieces = response.into_body().into_data_stream();
    let first = pieces.next().await.unwrap().unwrap();
    assert!(first.starts_with(b"event: position\n"), "{first:?}");
    tokio::time::pause();
    for _ in 0..3 {
        let begun = tokio::time::Instant::now();
        assert_eq!(pieces.next().await.unwrap().unwrap(), KEEP_ALIVE);
        assert_eq!(begun.elapsed().as_secs(), 20);
    }
}
