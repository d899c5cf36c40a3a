//! Trimming, and new generations.

use super::{
    Fixture, append, append_one, assert_records, at, channel, fill, generation, number, read_all,
};
use crate::{Append, AppendError, ChannelHead, LogChannelKind, LogError, Read, ReadLimit};
use types::{Generation, Position};

/// A reader before the oldest stored record gets that record's number. Number and hash of the newest record stay known.
pub async fn trimmed_records_are_gone_and_their_head_stays(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let one = channel(1);
    fill(&*log, one, 1..=10).await;
    fill(&*log, channel(2), 1..=10).await;
    let newest = log.head(one).await.unwrap();
    let read = async |after: u64| {
        log.read(one, at(after), ReadLimit::default())
            .await
            .unwrap()
    };
    // Trimming to the same or an earlier position changes nothing.
    for (through, oldest) in [(0, 1), (4, 5), (4, 5), (2, 5), (9, 10), (10, 11), (10, 11)] {
        log.trim(one, at(through)).await.unwrap();
        for after in 0..oldest - 1 {
            let oldest = number(oldest);
            assert_eq!(read(after).await, Read::Trimmed { oldest, newest });
        }
        let kept = read_all(&*log, one, at(oldest - 1)).await;
        assert_records(&kept, one, oldest..=10);
        assert_eq!(log.head(one).await, Ok(newest));
    }
    append_one(&*log, append(one, 11)).await.unwrap();
    assert_records(&read_all(&*log, one, at(10)).await, one, 11..=11);
    let untouched = read_all(&*log, channel(2), at(0)).await;
    assert_records(&untouched, channel(2), 1..=10);
    fixture.close().await;
}

/// Records that do not exist yet cannot be trimmed.
pub async fn a_trim_beyond_the_newest_is_refused(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    fill(&*log, channel, 1..=3).await;
    let newest = log.head(channel).await.unwrap();
    for beyond in [at(4), Position::new(generation(2), number(0))] {
        let refused = log.trim(channel, beyond).await;
        assert_eq!(refused, Err(LogError::BeyondNewest { newest }));
    }
    assert_records(&read_all(&*log, channel, at(0)).await, channel, 1..=3);
    fixture.close().await;
}

/// The next generation starts without records. Any generation other than the next or the current is refused.
pub async fn a_new_generation_is_empty(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    fill(&*log, channel, 1..=5).await;
    log.trim(channel, at(2)).await.unwrap();
    let newest = log.head(channel).await.unwrap();
    let refused = log.restart(channel, generation(3)).await;
    assert_eq!(refused, Err(LogError::Generation { newest }));
    assert_eq!(log.restart(channel, Generation::FIRST).await, Ok(newest));
    assert_records(&read_all(&*log, channel, at(2)).await, channel, 3..=5);

    let second = ChannelHead::empty(LogChannelKind::Customer, generation(2));
    assert_eq!(log.restart(channel, generation(2)).await, Ok(second));
    assert_eq!(log.restart(channel, generation(2)).await, Ok(second));
    let refused = log.restart(channel, Generation::FIRST).await;
    assert_eq!(refused, Err(LogError::Generation { newest: second }));
    let refused = append_one(&*log, append(channel, 6)).await;
    assert_eq!(refused, Err(AppendError::Generation { newest: second }));
    let records = (1..=3).map(|n| Append {
        generation: generation(2),
        ..append(channel, n)
    });
    for answer in log.append(records.collect()).await {
        answer.unwrap();
    }
    let start = Position::new(generation(2), number(0));
    assert_records(&read_all(&*log, channel, start).await, channel, 1..=3);
    // A repeated restart, with records in the generation, returns the generation's position.
    let newest = log.head(channel).await;
    assert_eq!(log.restart(channel, generation(2)).await, newest);
    fixture.close().await;
}
