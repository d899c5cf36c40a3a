//! Opening and finding channels.

use super::{Fixture, append, append_one, at, channel, fill};
use crate::{AppendError, ChannelHead, LogChannelKind, LogError, ReadLimit};
use types::{Generation, Position};

/// The first open creates the channel. Later opens return its current state.
pub async fn a_channel_is_opened_once(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    let head = log.open(channel, LogChannelKind::Customer).await;
    assert_eq!(
        head,
        Ok(ChannelHead::empty(
            LogChannelKind::Customer,
            Generation::FIRST
        ))
    );
    let again = log.open(channel, LogChannelKind::Customer).await;
    assert_eq!(again, head);
    fill(&*log, channel, 1..=3).await;
    let found = log.open(channel, LogChannelKind::Customer).await.unwrap();
    assert_eq!(found, log.head(channel).await.unwrap());
    assert_eq!(found.position, at(3));
    let second = log.restart(channel, super::generation(2)).await.unwrap();
    let found = log.open(channel, LogChannelKind::Customer).await;
    assert_eq!(found, Ok(second));
    fixture.close().await;
}

/// A channel keeps the kind with which it was first opened.
pub async fn kinds_stay(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    for (n, kind) in (1..).zip(LogChannelKind::ALL) {
        let empty = ChannelHead::empty(kind, Generation::FIRST);
        assert_eq!(log.open(channel(n), kind).await, Ok(empty));
        assert_eq!(log.head(channel(n)).await, Ok(empty));
        for other in LogChannelKind::ALL
            .into_iter()
            .filter(|other| *other != kind)
        {
            let refused = log.open(channel(n), other).await;
            assert_eq!(refused, Err(LogError::KindDiffers { kind }));
        }
        assert_eq!(log.head(channel(n)).await, Ok(empty));
    }
    fixture.close().await;
}

/// Every request about a channel that nobody opened is refused as unknown.
pub async fn a_channel_that_nobody_opened_is_unknown(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    fill(&*log, channel(1), 1..=3).await;
    let nobodys = channel(2);
    let refused = append_one(&*log, append(nobodys, 1)).await;
    assert_eq!(refused, Err(AppendError::UnknownChannel));
    let unknown = LogError::UnknownChannel;
    let read = log
        .read(nobodys, Position::START, ReadLimit::default())
        .await;
    assert_eq!(read, Err(unknown.clone()));
    assert_eq!(log.head(nobodys).await, Err(unknown.clone()));
    assert_eq!(log.trim(nobodys, at(1)).await, Err(unknown.clone()));
    let restarted = log.restart(nobodys, super::generation(2)).await;
    assert_eq!(restarted, Err(unknown));
    fixture.close().await;
}
