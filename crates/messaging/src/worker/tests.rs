//! When messages are handed over, held back and given up.

use crate::{
    Address, Alert, Carrier, Carriers, Contact, Contacts, End, Handed, Language, Letter, Message,
    MessageId, Messaging, Moved, Neighbours, NotSent, Queue, QueuedMessage, Recipient, SendError,
    Sent, Settings, Way,
};
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use types::{CustomerId, Money, PortError, Time, TimeZone};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// A queue in memory, and a carrier that answers as it is told; the clock is set by hand.
#[derive(Default)]
struct World {
    now: AtomicU64,
    messages: Mutex<Vec<(QueuedMessage, Option<End>)>>,
    contact: Mutex<Option<Contact>>,
    handed: Mutex<Vec<Letter>>,
    /// How often the carrier is away, and then whether it refuses.
    away: AtomicU64,
    refuses: Mutex<bool>,
}

#[async_trait]
impl Queue for World {
    async fn put(&self, message: &QueuedMessage, waiting_max: u64) -> Result<bool, PortError> {
        let mut messages = self.messages.lock().unwrap();
        let waiting = messages.iter().filter(|(_, end)| end.is_none()).count();
        let has_room = u64::try_from(waiting).unwrap() < waiting_max;
        if has_room {
            messages.push((message.clone(), None));
        }
        Ok(has_room)
    }

    async fn take(
        &self,
        way: Way,
        (now, until): (Time, Time),
        _limit: u32,
    ) -> Result<Vec<QueuedMessage>, PortError> {
        let mut taken = Vec::new();
        for (message, end) in &mut *self.messages.lock().unwrap() {
            if end.is_none() && message.due <= now && message.letter.to.way() == way {
                message.tries += 1;
                message.due = until;
                taken.push(message.clone());
            }
        }
        Ok(taken)
    }

    async fn next_due(&self, way: Way) -> Result<Option<Time>, PortError> {
        let messages = self.messages.lock().unwrap();
        let waiting = messages
            .iter()
            .filter(|(message, end)| end.is_none() && message.letter.to.way() == way);
        Ok(waiting.map(|(message, _)| message.due).min())
    }

    async fn postpone(&self, id: MessageId, due: Time) -> Result<(), PortError> {
        self.find(id, |(message, _)| message.due = due);
        Ok(())
    }

    async fn end(&self, id: MessageId, end: &End, _now: Time) -> Result<(), PortError> {
        self.find(id, |(_, ended)| *ended = Some(end.clone()));
        Ok(())
    }

    async fn report(&self, _reference: &str, _delivered: bool) -> Result<bool, PortError> {
        Ok(false)
    }

    async fn forget(&self, _time: Time) -> Result<(), PortError> {
        Ok(())
    }
}

#[async_trait]
impl Contacts for World {
    async fn contact(&self, _customer: &CustomerId) -> Result<Option<Contact>, PortError> {
        Ok(self.contact.lock().unwrap().clone())
    }
}

#[async_trait]
impl Carrier for World {
    async fn hand(&self, _id: MessageId, letter: &Letter, _now: Time) -> Result<Handed, NotSent> {
        if self.away.load(Ordering::Relaxed) > 0 {
            self.away.fetch_sub(1, Ordering::Relaxed);
            return Err(NotSent::not_now("it is away"));
        }
        if *self.refuses.lock().unwrap() {
            return Err(NotSent::never("no such number"));
        }
        self.handed.lock().unwrap().push(letter.clone());
        let reference = Some("7".to_owned());
        Ok(Handed { reference })
    }
}

impl World {
    /// At midnight UTC, with a customer who wants notices by SMS.
    fn new(quiet_hours: Option<&str>) -> (Arc<Self>, Messaging) {
        let world = Arc::new(Self::default());
        *world.contact.lock().unwrap() = Some(Contact {
            language: Language::En,
            mobile: Some("+66812345678".parse().unwrap()),
            mail: None,
            notices: Some(Way::Sms),
            quiet_hours: None,
        });
        let settings = Settings {
            waiting_max: 3,
            quiet_hours: quiet_hours.map(|hours| hours.parse().unwrap()),
            time_zone: TimeZone::UTC,
            amount_with_account: false,
        };
        let carriers = Carriers {
            sms: Some(world.clone()),
            mail: None,
        };
        let clock = world.clone();
        let neighbours = Neighbours {
            queue: world.clone(),
            contacts: world.clone(),
            clock: Arc::new(move || Time::from_ms(clock.now.load(Ordering::Relaxed))),
        };
        (
            world.clone(),
            Messaging::new(settings, carriers, neighbours),
        )
    }

    fn find(&self, id: MessageId, change: impl FnOnce(&mut (QueuedMessage, Option<End>))) {
        let mut messages = self.messages.lock().unwrap();
        change(
            messages
                .iter_mut()
                .find(|(message, _)| message.id == id)
                .unwrap(),
        );
    }

    fn pass_ms(&self, ms: u64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    fn handed(&self) -> usize {
        self.handed.lock().unwrap().len()
    }

    fn ends(&self) -> Vec<Option<End>> {
        let messages = self.messages.lock().unwrap();
        messages.iter().map(|(_, end)| end.clone()).collect()
    }
}

fn customer() -> CustomerId {
    "1001".parse().unwrap()
}

fn code() -> Message {
    Message::LoginCode("12345678".to_owned().into())
}

fn moved() -> Message {
    Message::Moved(Moved {
        account: "2001".parse().unwrap(),
        amount: Money::new(100, "THB".parse().unwrap()),
    })
}

/// Lets the worker do what is due. Returns when it looks again.
async fn work(messaging: &Messaging) -> Duration {
    messaging.worker(Way::Sms).unwrap().work().await.unwrap()
}

#[tokio::test]
async fn a_message_is_handed_again_after_pauses_that_double() {
    let (world, messaging) = World::new(None);
    world.away.store(3, Ordering::Relaxed);
    messaging
        .send(&customer(), Way::Sms, &code())
        .await
        .unwrap();
    for pause_ms in [2_000, 4_000, 8_000] {
        assert_eq!(work(&messaging).await, Duration::from_millis(pause_ms));
        world.pass_ms(pause_ms - 1);
        assert_eq!(work(&messaging).await, Duration::from_millis(1));
        assert_eq!(world.handed(), 0);
        world.pass_ms(1);
    }
    work(&messaging).await;
    assert_eq!(world.handed(), 1);
    assert_eq!(world.ends(), [Some(End::Handed(Some("7".to_owned())))]);
    work(&messaging).await;
    assert_eq!(world.handed(), 1);
}

#[tokio::test]
async fn a_message_that_is_refused_or_of_no_use_is_given_up() {
    let (world, messaging) = World::new(None);
    world.away.store(1, Ordering::Relaxed);
    messaging
        .send(&customer(), Way::Sms, &code())
        .await
        .unwrap();
    work(&messaging).await;
    world.pass_ms(5 * MINUTE_MS);
    work(&messaging).await;
    *world.refuses.lock().unwrap() = true;
    messaging
        .send(&customer(), Way::Sms, &code())
        .await
        .unwrap();
    work(&messaging).await;
    assert_eq!(world.handed(), 0);
    assert_eq!(world.ends(), [Some(End::Expired), Some(End::Refused)]);
}

#[tokio::test]
async fn quiet_hours_hold_back_all_but_codes_and_alerts() {
    let (world, messaging) = World::new(Some("22:00-07:00"));
    let alert = Alert {
        subject: "Layer 2 refused a package".to_owned(),
        text: String::new(),
    };
    let administrator = Recipient {
        address: Address::Sms("+420123456789".parse().unwrap()),
        language: Language::En,
    };
    messaging.notify(&customer(), &moved()).await.unwrap();
    messaging
        .send(&customer(), Way::Sms, &code())
        .await
        .unwrap();
    messaging.alert(&administrator, &alert).await.unwrap();
    work(&messaging).await;
    let texts = || -> Vec<String> {
        let handed = world.handed.lock().unwrap();
        handed.iter().map(|letter| letter.text.clone()).collect()
    };
    let urgent = texts();
    assert!(urgent[0].starts_with("12345678 ") && urgent[1] == alert.subject && urgent.len() == 2);
    world.pass_ms(7 * HOUR_MS - 1);
    assert_eq!(work(&messaging).await, Duration::from_millis(1));
    assert_eq!(world.handed(), 2);
    world.pass_ms(1);
    work(&messaging).await;
    assert_eq!(world.handed(), 3);
    assert!(texts()[2].contains("1.00 THB"));
}

#[tokio::test]
async fn a_retry_is_held_back_too_and_the_customers_own_hours_hold() {
    let (world, messaging) = World::new(Some("22:00-07:00"));
    let own = "12:00-13:00".parse().unwrap();
    world.contact.lock().unwrap().as_mut().unwrap().quiet_hours = Some(own);
    world.pass_ms(12 * HOUR_MS - 1_000);
    world.away.store(1, Ordering::Relaxed);
    messaging.notify(&customer(), &moved()).await.unwrap();
    work(&messaging).await;
    world.pass_ms(2_000);
    work(&messaging).await;
    assert_eq!(world.handed(), 0);
    world.pass_ms(HOUR_MS);
    work(&messaging).await;
    assert_eq!(world.handed(), 1);
    // The bank's hours are not this customer's.
    world.pass_ms(10 * HOUR_MS);
    messaging.notify(&customer(), &moved()).await.unwrap();
    work(&messaging).await;
    assert_eq!(world.handed(), 2);
}

#[tokio::test]
async fn nobody_is_written_to_who_cannot_or_will_not_be() {
    let (world, messaging) = World::new(None);
    let customer = customer();
    let send = async |way| messaging.send(&customer, way, &code()).await;
    assert_eq!(send(Way::Mail).await.unwrap(), Sent::NotWanted);
    world.contact.lock().unwrap().as_mut().unwrap().notices = None;
    assert_eq!(
        messaging.notify(&customer, &moved()).await.unwrap(),
        Sent::NotWanted
    );
    assert!(matches!(send(Way::Sms).await.unwrap(), Sent::Queued(_)));
    *world.contact.lock().unwrap() = None;
    assert_eq!(send(Way::Sms).await.unwrap(), Sent::NotWanted);
    let administrator = Recipient {
        address: Address::Mail("admin@bank.example".parse().unwrap()),
        language: Language::Th,
    };
    let alert = Alert {
        subject: String::new(),
        text: String::new(),
    };
    let refused = messaging.alert(&administrator, &alert).await;
    assert!(matches!(refused, Err(SendError::NoCarrier(Way::Mail))));
}

#[tokio::test]
async fn a_full_queue_refuses_and_drops_nothing() {
    let (world, messaging) = World::new(None);
    let customer = customer();
    let send = async || messaging.send(&customer, Way::Sms, &code()).await;
    for _ in 0..3 {
        send().await.unwrap();
    }
    assert!(matches!(send().await, Err(SendError::Full)));
    work(&messaging).await;
    assert_eq!(world.handed(), 3);
    send().await.unwrap();
}
