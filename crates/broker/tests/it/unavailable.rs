//! An unavailable log: devices stay connected, requests get 503 with a retry time, and nothing is lost.

use crate::rig::{Rig, at, channel, in_time};
use broker::{Broker, PublishError, ReadError};
use channel_log::ChannelLog;
use channel_log::conformance::faults::{Fault, Faulty};
use protocol::http::Problem;
use protocol::live::{Asked, Frame};
use std::sync::Arc;
use std::time::Duration;
use testkit::devices::TestDevice;
use types::ErrorCode;

/// A rig whose broker uses a log with injected faults.
async fn rig() -> (Rig, Arc<Faulty>) {
    let mut rig = Rig::new().await;
    let log: Arc<dyn ChannelLog> = rig.log.clone();
    let faulty = Faulty::new(log);
    rig.broker = Broker::new(Arc::<Faulty>::clone(&faulty));
    (rig, faulty)
}

async fn assert_unavailable(server: &crate::rig::Server, device: &TestDevice, path: &str) {
    let refused = server.get(device, path, None).await;
    assert_eq!(refused.status(), 503, "{path}");
    let wait = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(wait.parse::<u64>().unwrap() > 0, "{wait}");
    let problem: Problem = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
    assert_eq!(problem.error_code(), Some(ErrorCode::Unavailable), "{path}");
}

#[tokio::test]
async fn devices_stay_connected_while_the_log_is_unavailable_and_get_later_messages() {
    let (rig, faulty) = rig().await;
    let mut writers = [
        rig.filled(channel(1), 2).await,
        rig.filled(channel(2), 0).await,
    ];
    let server = rig.serve().await;
    let device = rig.issuer.device(&[channel(1), channel(2)]);
    let after = [(channel(1), at(0)), (channel(2), at(0))];
    let mut stream = server.stream(&device, &after).await;
    stream.message(channel(1), 1).await;
    stream.message(channel(1), 2).await;
    stream.position(channel(1), 2).await;
    stream.position(channel(2), 0).await;

    faulty.go_away();
    // Both channels lost their registration, and each is requested repeatedly.
    in_time("the log is asked again", faulty.failed(8)).await;
    let messages = format!("/v1/channels/{}/messages?after=1.0", channel(1));
    assert_unavailable(&server, &device, &messages).await;
    let live = format!("/v1/live?after={}:1.0", channel(1));
    assert_unavailable(&server, &device, &live).await;
    let third = writers[0].next(200);
    let refused = rig.broker.publish(third.clone()).await;
    assert!(
        matches!(refused, Err(PublishError::Unavailable(_))),
        "{refused:?}"
    );
    let refused = rig.broker.head(channel(1)).await;
    assert!(
        matches!(refused, Err(ReadError::Unavailable(_))),
        "{refused:?}"
    );

    faulty.heal();
    rig.broker.publish(third).await.unwrap();
    stream.message(channel(1), 3).await;
    rig.publish(&mut writers[1]).await;
    stream.message(channel(2), 1).await;
}

/// The test controls the clock: a minute passes as soon as every task waits.
#[tokio::test]
async fn a_minute_without_the_log_costs_a_stream_a_few_reads() {
    let (rig, faulty) = rig().await;
    let mut writer = rig.filled(channel(1), 1).await;
    let asked = Asked::new(vec![(channel(1), at(1))]).unwrap();
    let mut live = rig.broker.live(asked);
    let sent = live.next().await.unwrap();
    assert!(matches!(sent[0].frame, Frame::Position { .. }), "{sent:?}");

    faulty.go_away();
    tokio::time::pause();
    let minute = tokio::time::timeout(Duration::from_secs(60), live.next()).await;
    assert!(minute.is_err(), "{minute:?}");
    let asked = faulty.failures();
    assert!(
        (25..=60).contains(&asked),
        "asked {asked} times in a minute"
    );

    // Another node published this message meanwhile.
    let through_another = Broker::new(rig.log.clone());
    through_another.publish(writer.next(200)).await.unwrap();
    faulty.heal();
    let sent = live.next().await.unwrap();
    let frames: Vec<_> = sent.iter().map(|sent| &sent.frame).collect();
    assert!(matches!(frames[..], [Frame::Message { .. }]), "{sent:?}");
    assert_eq!(sent[0].at, at(2));
    tokio::time::resume();
    rig.publish(&mut writer).await;
    let sent = live.next().await.unwrap();
    assert_eq!(sent[0].at, at(3));
}

#[tokio::test]
async fn publishing_the_same_bytes_again_settles_an_unknown_outcome() {
    let (rig, faulty) = rig().await;
    let mut writer = rig.filled(channel(1), 0).await;
    for fault in [Fault::Lost, Fault::Unanswered, Fault::Late] {
        let publications: Vec<_> = (0..3).map(|_| writer.next(200)).collect();
        faulty.plan([fault]);
        for answer in rig.broker.publish_many(publications.clone()).await {
            assert!(
                matches!(answer, Err(PublishError::OutcomeUnknown(_))),
                "{answer:?}"
            );
        }
        for answer in rig.broker.publish_many(publications).await {
            answer.unwrap();
        }
        faulty.deliver().await;
        let head = rig.broker.head(channel(1)).await.unwrap();
        assert_eq!(
            (head.position.number, head.hash),
            (writer.head.number, writer.head.hash)
        );
    }
}
