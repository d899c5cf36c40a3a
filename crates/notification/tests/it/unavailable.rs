//! A broker whose log is unavailable, or does not say what it stored.

use crate::ports::Faults;
use crate::world::{World, messages, range, until};
use channel_log::conformance::faults::{Fault, Faulty};

#[tokio::test(flavor = "multi_thread")]
async fn messages_wait_while_the_brokers_log_is_unavailable_and_are_stored_once() {
    use Fault::{Lost, Refused, Unanswered};
    let mut world = World::new(2).await;
    let faulty = Faulty::new(world.broker_log.clone());
    world.messages = messages(faulty.clone(), Faults::none());
    let notification = world.open().await;
    for customer in ["1", "2"] {
        world.customer(customer).await;
    }
    world.account("a", &["1", "2"]).await;
    let mut phones = [
        world.enrolled(&notification, "1").await,
        world.enrolled(&notification, "2").await,
    ];
    let running = world.run(&notification);
    until("the first messages", async || notification.is_published()).await;

    faulty.go_away();
    world.post_many("a", 30).await;
    world.relay().await;
    until("the numbering", async || {
        notification.counters().entries == 60
    })
    .await;
    let asked = faulty.failures() + 4;
    until("the broker is asked again", async || {
        faulty.failures() >= asked
    })
    .await;
    faulty.heal();
    faulty.plan([Unanswered, Lost, Refused, Unanswered, Refused, Lost]);
    world.post_many("a", 30).await;
    world.relay().await;
    for phone in &mut phones {
        world.until_read(phone, "a", 63).await;
        assert_eq!(phone.sequences("a"), range(4, 63));
    }
    running.stop().await;
    assert_eq!(notification.counters().restarts, 0);
    assert_eq!(notification.counters().entries, 120);
}
