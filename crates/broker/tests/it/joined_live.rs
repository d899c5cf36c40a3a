//! History and live messages join: whatever is published and whatever is dropped meanwhile, nothing is missed or
//! repeated.

use crate::rig::{Rig, at, channel, in_time, is_message};
use broker::Publication;
use protocol::live::{Frame, LiveFrame};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::Arc;
use tokio::sync::watch;
use types::{ChannelId, Number};

const CHANNELS: u8 = 3;
const MESSAGES: u64 = 400;
const READERS: u64 = 6;

/// The average lag of the readers, so that at any time some read the history and some are live.
const BEHIND: u64 = 20;

/// Publishes all messages in runs of random lengths, switching between the channels.
async fn publish(rig: Arc<Rig>, seed: u64, mut read: watch::Receiver<u64>) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut writers = Vec::new();
    for byte in 1..=CHANNELS {
        writers.push(rig.filled(channel(byte), 0).await);
    }
    let last = Number::new(MESSAGES).unwrap();
    while writers.iter().any(|writer| writer.head.number < last) {
        let mut batch: Vec<Publication> = Vec::new();
        for writer in &mut writers {
            let run = random.random_range(0..9);
            let left = MESSAGES - writer.head.number.get();
            batch.extend((0..left.min(run)).map(|_| writer.next(random.random_range(60..2_000))));
        }
        for answer in rig.broker.publish_many(batch).await {
            answer.unwrap();
        }
        let published: u64 = writers.iter().map(|writer| writer.head.number.get()).sum();
        let enough = published.saturating_sub(BEHIND) * READERS;
        read.wait_for(|read| *read >= enough).await.unwrap();
    }
}

/// Follows all channels, drops the stream after a random number of frames, and reconnects from its own positions.
async fn follow(rig: Arc<Rig>, seed: u64, read: Arc<watch::Sender<u64>>) -> usize {
    let what = format!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let channels: Vec<ChannelId> = (1..=CHANNELS).map(channel).collect();
    let device = rig.issuer.device(&channels);
    let server = rig.serve().await;
    let mut committed: Vec<_> = channels.iter().map(|channel| (*channel, at(0))).collect();
    let mut connections = 0;
    while committed
        .iter()
        .any(|(_, position)| position.number.get() < MESSAGES)
    {
        let mut stream = server.stream(&device, &committed).await;
        connections += 1;
        for _ in 0..random.random_range(0..60) {
            if committed
                .iter()
                .all(|(_, position)| position.number.get() == MESSAGES)
            {
                break;
            }
            let LiveFrame { frame, at } = stream.next().await.expect("the stream ended");
            match frame {
                Frame::Message {
                    channel, message, ..
                } => {
                    let (_, position) =
                        committed.iter_mut().find(|(of, _)| *of == channel).unwrap();
                    let next = position.number.next();
                    assert!(
                        is_message(&message, channel, next),
                        "{what}: expected {next} of {channel}"
                    );
                    position.number = next;
                    read.send_modify(|read| *read += 1);
                }
                Frame::Position {
                    channel, number, ..
                } => {
                    let (_, position) = committed.iter().find(|(of, _)| *of == channel).unwrap();
                    assert_eq!(number, position.number, "{what}");
                }
                // Before the writer has opened its channels.
                Frame::Ahead { newest, .. } => assert_eq!(newest, Number::ZERO, "{what}"),
                other => panic!("{what}: {other:?}"),
            }
            assert_eq!(
                at.positions(),
                committed,
                "{what}: the id names the positions"
            );
        }
    }
    connections
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_that_reconnect_miss_nothing_and_see_nothing_twice() {
    let seed: u64 = std::env::var("PASSBOOK_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random);
    println!("PASSBOOK_SEED={seed}");
    let rig = Arc::new(Rig::new().await);
    let (read, reading) = watch::channel(0);
    let read = Arc::new(read);
    let follow = |reader| {
        follow(
            Arc::clone(&rig),
            seed.wrapping_add(reader),
            Arc::clone(&read),
        )
    };
    let readers: Vec<_> = (1..=READERS)
        .map(|reader| tokio::spawn(follow(reader)))
        .collect();
    let published = tokio::spawn(publish(Arc::clone(&rig), seed, reading));
    in_time("publishing", published).await.unwrap();
    let mut connections = 0;
    for reader in readers {
        connections += in_time("reading", reader).await.unwrap();
    }
    assert!(
        connections > 6 * 10,
        "the streams were dropped often: {connections}"
    );
}
