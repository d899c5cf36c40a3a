use super::{CHANNELS_MAX, MESSAGES_MAX, Outbox};
use crate::numbering::message::Numbered;
use bytes::Bytes;
use types::{ChannelId, Generation, Number};

const CHANNEL: ChannelId = ChannelId::new([7; 16]);

fn number(number: usize) -> Number {
    Number::new(number.try_into().unwrap()).unwrap()
}

fn numbered(numbers: std::ops::RangeInclusive<usize>) -> Vec<Numbered> {
    let message = |at| Numbered {
        number: number(at),
        bytes: Bytes::new(),
    };
    numbers.map(message).collect()
}

fn numbers(outbox: &Outbox) -> Vec<u64> {
    let work = outbox.take(1).pop().unwrap();
    let messages = work.messages.iter();
    messages.map(|message| message.number.get()).collect()
}

#[test]
fn messages_beyond_the_capacity_are_published_from_the_tables() {
    let outbox = Outbox::default();
    let newest = MESSAGES_MAX + 1_000;
    let sent = Some(Number::ZERO);
    outbox.offer(CHANNEL, Generation::FIRST, sent, numbered(1..=newest));
    let mut sent = 0;
    let mut from_the_tables = 0;
    while let Some(work) = outbox.take(1).pop() {
        assert_eq!(work.sent, Some(number(sent)));
        // If memory contains nothing, the publisher reads a page of the tables.
        let page = 64.min(newest - sent);
        from_the_tables += usize::from(work.messages.is_empty());
        sent += if work.messages.is_empty() {
            page
        } else {
            work.messages.len()
        };
        outbox.done(CHANNEL, Generation::FIRST, Some(number(sent)), false);
    }
    assert_eq!(sent, newest);
    assert!(from_the_tables > 0 && outbox.is_idle());
}

#[test]
fn only_messages_directly_after_the_last_sent_come_from_memory() {
    let outbox = Outbox::default();
    // According to the tables, another process's messages 1 to 3 were not published.
    outbox.offer(
        CHANNEL,
        Generation::FIRST,
        Some(Number::ZERO),
        numbered(4..=5),
    );
    assert_eq!(numbers(&outbox), [0_u64; 0]);
    outbox.done(CHANNEL, Generation::FIRST, Some(number(3)), false);
    assert_eq!(numbers(&outbox), [4, 5]);
    outbox.offer(CHANNEL, Generation::FIRST, Some(number(3)), numbered(6..=6));
    assert!(outbox.take(1).is_empty(), "the channel is being sent");
    outbox.done(CHANNEL, Generation::FIRST, Some(number(5)), false);
    assert_eq!(numbers(&outbox), [6]);
    outbox.rewind(CHANNEL, Generation::FIRST);
    outbox.done(CHANNEL, Generation::FIRST, None, true);
    assert_eq!(outbox.take(1).pop().unwrap().sent, None, "the tables know");
}

#[test]
fn a_later_generation_drops_the_earlier_one() {
    let outbox = Outbox::default();
    outbox.offer(
        CHANNEL,
        Generation::FIRST,
        Some(Number::ZERO),
        numbered(1..=3),
    );
    let next = Generation::FIRST.next();
    outbox.offer(CHANNEL, next, Some(Number::ZERO), numbered(1..=1));
    outbox.offer(CHANNEL, Generation::FIRST, None, numbered(4..=4));
    let work = outbox.take(1).pop().unwrap();
    assert_eq!((work.generation, work.messages.len()), (next, 1));
    outbox.done(CHANNEL, next, Some(number(1)), false);
    assert!(outbox.is_idle());
}

#[test]
fn a_dormant_channel_costs_nothing_and_channels_beyond_the_capacity_are_left_to_the_tables() {
    let outbox = Outbox::default();
    for index in 0..=CHANNELS_MAX {
        let mut id = [0; 16];
        let [.., a, b, c] = &mut id;
        let [.., high, middle, low] = index.to_be_bytes();
        (*a, *b, *c) = (high, middle, low);
        outbox.mark(ChannelId::new(id), Generation::FIRST);
    }
    assert!(outbox.overflowed() && !outbox.overflowed());
    for work in outbox.take(CHANNELS_MAX) {
        outbox.done(work.channel, work.generation, Some(number(1)), false);
    }
    assert!(outbox.is_idle());
    assert_eq!(outbox.unwritten().len(), CHANNELS_MAX);
    outbox.forget_idle();
    assert!(outbox.state().channels.is_empty());
}

#[test]
fn numbers_sent_in_an_earlier_generation_do_not_count_in_a_later_one() {
    let outbox = Outbox::default();
    let next = Generation::FIRST.next();
    outbox.offer(
        CHANNEL,
        Generation::FIRST,
        Some(Number::ZERO),
        numbered(1..=2),
    );
    assert_eq!(outbox.take(1).len(), 1);
    // While the messages are under way, the channel is restarted, and a clone of the service takes its new messages.
    outbox.offer(CHANNEL, next, Some(Number::ZERO), numbered(1..=9));
    outbox.done(CHANNEL, Generation::FIRST, Some(number(2)), false);
    assert_eq!(numbers(&outbox), (1..=9).collect::<Vec<u64>>());
    outbox.done(CHANNEL, next, Some(number(9)), false);
    assert!(outbox.take(1).is_empty());
    outbox.done(CHANNEL, Generation::FIRST, Some(number(2)), false);
    assert!(outbox.take(1).is_empty(), "there is nothing more to send");
    assert!(outbox.is_idle());
}
