//! A stream ends with its token, with its device, when the node lacks current revocations, and with the node.

use crate::rig::{Rig, Writer, at, channel, in_time};
use protocol::http::Problem;
use protocol::live::{EndReason, Frame};
use protocol::{ChannelKind, MessageKind};
use types::ErrorCode;

const fn ended(reason: EndReason) -> Option<Frame> {
    Some(Frame::Ended { reason })
}

#[tokio::test]
async fn a_stream_announces_its_tokens_end_a_minute_before_and_ends_with_it() {
    let rig = Rig::new().await;
    let mut writer = rig.filled(channel(1), 1).await;
    let server = rig.serve().await;
    let in_a_minute = rig
        .issuer
        .device_until(&[channel(1)], rig.issuer.now().plus_ms(62_000));
    let mut stream = server.stream(&in_a_minute, &[(channel(1), at(0))]).await;
    stream.message(channel(1), 1).await;
    stream.position(channel(1), 1).await;
    assert_eq!(stream.frame().await, Frame::Expiring { seconds: 60 });
    rig.publish(&mut writer).await;
    stream.message(channel(1), 2).await;

    let soon = rig
        .issuer
        .device_until(&[channel(1)], rig.issuer.now().plus_ms(2_000));
    let mut stream = server.stream(&soon, &[(channel(1), at(2))]).await;
    let Frame::Expiring { seconds } = stream.frame().await else {
        panic!("expected the announcement")
    };
    assert!((1..=2).contains(&seconds), "{seconds}");
    stream.position(channel(1), 2).await;
    assert_eq!(stream.end().await, ended(EndReason::Expired));
    assert!(rig.issuer.now() >= soon.claims.expires, "it ended early");
    let path = format!("/v1/live?after={}:1.2", channel(1));
    let refused = server.get(&soon, &path, None).await;
    let problem: Problem = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
    assert_eq!(problem.error_code(), Some(ErrorCode::TokenExpired));
}

#[tokio::test]
async fn a_stream_ends_when_its_device_is_removed() {
    let rig = Rig::new().await;
    let mut writer = rig.filled(channel(1), 0).await;
    let server = rig.serve().await;
    let other = rig.issuer.device(&[channel(1)]);
    let mut others = server.stream(&other, &[(channel(1), at(0))]).await;
    others.position(channel(1), 0).await;
    for round in 0..5 {
        let removed = rig.issuer.device(&[channel(1)]);
        let mut stream = server
            .stream(&removed, &[(channel(1), writer.head.position())])
            .await;
        stream.position(channel(1), writer.head.number.get()).await;
        let reason = if round % 2 == 0 {
            rig.issuer.revoke(removed.id());
            EndReason::Revoked
        } else {
            rig.issuer.stop(removed.id());
            EndReason::CustomerStopped
        };
        assert_eq!(stream.end().await, ended(reason));
        // Later messages do not reach the device.
        rig.publish(&mut writer).await;
        let path = format!("/v1/channels/{}/messages?after=1.0", channel(1));
        assert_eq!(server.get(&removed, &path, None).await.status(), 401);
    }
    for number in 1..=5 {
        others.message(channel(1), number).await;
    }
}

#[tokio::test]
async fn without_current_revocations_no_stream_opens_and_private_streams_end() {
    let rig = Rig::new().await;
    rig.filled(channel(1), 0).await;
    rig.broker
        .open(channel(2), ChannelKind::Global)
        .await
        .unwrap();
    let mut announcer = Writer::new(channel(2));
    announcer.kind = MessageKind::Announcement;
    let server = rig.serve().await;
    let device = rig.issuer.device(&[channel(1), channel(2)]);
    let mut private = server
        .stream(&device, &[(channel(2), at(0)), (channel(1), at(0))])
        .await;
    let mut public = server.stream(&device, &[(channel(2), at(0))]).await;
    private.position(channel(2), 0).await;
    private.position(channel(1), 0).await;
    public.position(channel(2), 0).await;

    rig.issuer.set_answering(false);
    rig.issuer.advance(5_500);
    let path = format!("/v1/live?after={}:1.0", channel(1));
    let refused = server.get(&device, &path, None).await;
    assert_eq!(refused.status(), 503);
    let problem: Problem = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
    assert_eq!(problem.error_code(), Some(ErrorCode::RevocationsUnknown));
    rig.publish(&mut announcer).await;
    private.message(channel(2), 1).await;

    rig.issuer.advance(55_000);
    assert_eq!(private.end().await, ended(EndReason::Stopping));
    rig.publish(&mut announcer).await;
    public.message(channel(2), 1).await;
    public.message(channel(2), 2).await;
}

#[tokio::test]
async fn a_device_with_too_many_streams_loses_the_oldest() {
    let rig = Rig::new().await;
    rig.filled(channel(1), 0).await;
    let server = rig.serve().await;
    let device = rig.issuer.device(&[channel(1)]);
    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = server.stream(&device, &[(channel(1), at(0))]).await;
        stream.position(channel(1), 0).await;
        streams.push(stream);
    }
    assert_eq!(streams[0].end().await, ended(EndReason::Replaced));
    let mut writer = Writer::new(channel(1));
    rig.publish(&mut writer).await;
    for stream in &mut streams[1..] {
        stream.message(channel(1), 1).await;
    }
}

#[tokio::test]
async fn a_head_request_opens_no_stream_and_ends_none() {
    let rig = Rig::new().await;
    let mut writer = rig.filled(channel(1), 0).await;
    let server = rig.serve().await;
    let device = rig.issuer.device(&[channel(1)]);
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut stream = server.stream(&device, &[(channel(1), at(0))]).await;
        stream.position(channel(1), 0).await;
        streams.push(stream);
    }
    let path = format!("/v1/live?after={}:1.0", channel(1));
    for _ in 0..3 {
        let answer = server.head(&device, &path).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
    }
    rig.publish(&mut writer).await;
    for stream in &mut streams {
        stream.message(channel(1), 1).await;
    }
}

#[tokio::test]
async fn a_stream_ends_when_the_node_stops() {
    let rig = Rig::new().await;
    rig.filled(channel(1), 0).await;
    let server = rig.serve().await;
    let device = rig.issuer.device(&[channel(1)]);
    let mut stream = server.stream(&device, &[(channel(1), at(0))]).await;
    stream.position(channel(1), 0).await;
    rig.stop.send(true).unwrap();
    assert_eq!(stream.end().await, ended(EndReason::Stopping));
}

#[tokio::test]
async fn a_stream_ends_when_the_log_stops() {
    let rig = Rig::new().await;
    rig.filled(channel(1), 0).await;
    let server = rig.serve().await;
    let device = rig.issuer.device(&[channel(1)]);
    let mut stream = server.stream(&device, &[(channel(1), at(0))]).await;
    stream.position(channel(1), 0).await;
    in_time("closing the log", rig.log.close()).await;
    assert_eq!(stream.end().await, ended(EndReason::Stopping));
    let path = format!("/v1/channels/{}/messages?after=1.0", channel(1));
    let refused = server.get(&device, &path, None).await;
    let problem: Problem = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
    assert_eq!(problem.error_code(), Some(ErrorCode::Unavailable));
    assert!(problem.instance.is_some());
}
