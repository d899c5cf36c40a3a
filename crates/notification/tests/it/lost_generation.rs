//! Bank, notification and broker are restored to a state before a channel's restart: only a device knows the
//! generation.

use crate::phone::Phone;
use crate::world::World;
use channel_log::ChannelLog as _;
use envelope::{Head, Judgement};
use notification::Notification;
use protocol::http::Report;
use types::{Generation, Number, Position, Time};

fn generation(number: u64) -> Generation {
    Generation::new(number).unwrap()
}

/// The report of a device in a generation of which it has no message.
fn report(phone: &Phone, generation: Generation) -> Report {
    Report {
        generation,
        number: Number::ZERO,
        hash: Head::start(phone.channel, generation).hash,
        time: Time::from_ms(0),
        signature: None,
        ..phone.report()
    }
}

async fn one_device(world: &World) -> (Notification, Phone) {
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    world.post_many("a", 3).await;
    let mut one = world.enrolled(&notification, "1").await;
    let running = world.run(&notification);
    world.relay().await;
    crate::world::until("the first message", async || {
        one.sync(world.broker()).await;
        one.head.number > Number::ZERO
    })
    .await;
    running.stop().await;
    (notification, one)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_in_a_generation_that_every_server_lost_causes_a_later_one() {
    let mut world = World::new(1).await;
    let (notification, mut one) = one_device(&world).await;
    drop(notification);
    let (backup, copy) = (world.back_up_broker().await, world.back_up_notification());
    let notification = world.open().await;
    let running = world.run(&notification);
    world.post_many("a", 2).await;
    world.relay().await;
    world.until_read(&mut one, "a", 7).await;
    running.stop().await;
    drop(notification);
    // The first loss: the broker trimmed messages that notification lacks. The device starts generation 2, and reads
    // nothing in it.
    let through = Position::new(one.generation(), one.head.number.previous().unwrap());
    world.broker_log.trim(one.channel, through).await.unwrap();
    let lost = copy.with_extension("lost.sqlite");
    crate::engine::copy(&copy, &lost);
    let notification = world.open_at(&lost).await;
    notification.compare_now().await.unwrap();
    assert_eq!(one.judge(&notification).await, Judgement::Restarted);
    one.snapshot(&notification).await;
    assert_eq!(
        (one.generation(), one.head.number),
        (generation(2), Number::ZERO)
    );
    drop(notification);
    // The second loss: only the device knows generation 2.
    world.advance(1_000);
    world.restore_broker(&backup).await;
    let notification = world.open_at(&copy).await;
    notification.compare_now().await.unwrap();
    assert_eq!(notification.counters().restarts, 0);
    for _ in 0..2 {
        let report = report(&one, one.generation());
        notification
            .report(one.channel, one.device, report)
            .await
            .unwrap();
        assert_eq!(notification.counters().restarts, 1, "once");
    }
    assert_eq!(one.judge(&notification).await, Judgement::Restarted);
    assert_eq!(one.snapshot(&notification).await[0].0.sequence.get(), 7);
    assert_eq!(one.generation(), generation(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unproven_generation_counts_up_to_16_ahead() {
    let world = World::new(1).await;
    let (notification, mut one) = one_device(&world).await;
    for (claimed, restarts, counts) in [(18, 0, 1), (17, 1, 18), (35, 1, 18), (34, 2, 35)] {
        let report = report(&one, generation(claimed));
        notification
            .report(one.channel, one.device, report)
            .await
            .unwrap();
        assert_eq!(notification.counters().restarts, restarts, "{claimed}");
        let stands = one.checkpoint(&notification).await.generation;
        assert_eq!(stands, generation(counts), "{claimed}");
    }
}
