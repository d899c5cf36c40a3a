//! Writes events to the outbox, in the transaction that commits the fact.

use crate::BankError;
use crate::account::{Account, holders};
use database::{Transaction, params};
use envelope::{PADDED_BYTES_MAX, PAGE_ENTRIES_MAX};
use protocol::cbor::Map;
use protocol::{Entry, EntryKind, Event};
use types::{CustomerId, EventId, Incarnation, Role, Sequence, SubjectId, Time};
use uuid::Builder;

/// Maximum size of an event's map in bytes: sealing accepts at most 256 KiB.
const EVENT_BYTES_MAX: usize = 254 * 1024;
const ENTRY_BYTES_MAX: usize = 48 * 1024;

/// Maximum size of a booked entry in bytes, so that a full page of history can be sealed.
const BOOKED_BYTES_MAX: usize = 1_300;
const _: () = assert!(BOOKED_BYTES_MAX * PAGE_ENTRIES_MAX + 16 <= PADDED_BYTES_MAX);

/// Whom an event of an account concerns beside its holders.
#[derive(Debug, Clone)]
pub(crate) enum Concerns {
    /// Nobody.
    Holders,
    /// A holder who has just been removed. They still get this event, which reports their removal.
    Leaving(CustomerId, Role),
    /// The customer who ordered the transaction. The entry names the order, if the customer is a holder.
    Ordered(CustomerId),
}

/// Takes the next sequence of `account`, adds the event that `make` returns for it to the outbox, and stores the
/// changed account.
pub(crate) async fn record(
    tx: &mut Transaction<'_>,
    account: &mut Account,
    time: Time,
    concerns: Concerns,
    make: impl FnOnce(&Account, EventId, Sequence) -> Result<Entry, BankError>,
) -> Result<Sequence, BankError> {
    account.sequence = account.sequence.next();
    let mut entry = make(account, event_id(time)?, account.sequence)?;
    let mut holders = holders(tx, &account.id).await?;
    let ordered_by = match concerns {
        Concerns::Holders => None,
        Concerns::Leaving(customer, role) => {
            holders.push((customer, role));
            holders.sort();
            None
        }
        Concerns::Ordered(customer) if holders.iter().any(|(holder, _)| *holder == customer) => {
            Some(customer)
        }
        Concerns::Ordered(_) => {
            entry = entry.without_order();
            None
        }
    };
    let event = Event {
        entry,
        holders,
        incarnation: None,
        ordered_by,
    };
    insert(tx, &event).await?;
    account.update(tx).await?;
    Ok(account.sequence)
}

/// Takes the next sequence of `customer`, adds an event about the customer to the outbox, and stores the sequence.
pub(crate) async fn record_of_customer(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
    time: Time,
    (kind, arguments): (EntryKind, Map),
) -> Result<(), BankError> {
    let select = "SELECT sequence FROM customer WHERE id = $1";
    let row = tx.query_optional(select, params![customer]).await?;
    let row = row.ok_or_else(|| BankError::CustomerUnknown(customer.clone()))?;
    let sequence = row.get::<Sequence>(0)?.next();
    let id = event_id(time)?;
    let event = Event {
        entry: Entry::of_customer(id, kind, customer, sequence, time, arguments),
        holders: vec![(customer.clone(), Role::Owner)],
        incarnation: None,
        ordered_by: None,
    };
    insert(tx, &event).await?;
    let update =
        "UPDATE customer SET sequence = $1, place = (SELECT MAX(place) FROM event) WHERE id = $2";
    tx.execute(update, params![sequence, customer]).await?;
    Ok(())
}

/// Adds an event to the outbox. Its incarnation is set when the event is read, because an event stays in the books of
/// later incarnations.
async fn insert(tx: &mut Transaction<'_>, event: &Event) -> Result<(), BankError> {
    check_size(&event.entry)?;
    let number = event.entry.booking.as_ref();
    let number = number
        .map(|booking| i64::try_from(booking.number))
        .transpose()
        .map_err(|_| BankError::Invalid("the account has too many transactions"))?;
    let bytes = event.encode();
    if bytes.len() > EVENT_BYTES_MAX {
        return Err(BankError::TooLarge(
            "the account has too many holders for an event",
        ));
    }
    // Whoever takes the same place at the same time is refused: places are in the order of commits, for the relay's sake.
    let insert = "INSERT INTO event (place, subject, sequence, number, bytes)
        VALUES ((SELECT COALESCE(MAX(place), 0) + 1 FROM event), $1, $2, $3, $4)";
    let (subject, sequence) = event.subject()?;
    tx.execute(insert, params![subject, sequence, number, bytes])
        .await?;
    Ok(())
}

/// Refuses an entry that is too large to be sealed.
pub(crate) fn check_size(entry: &Entry) -> Result<(), BankError> {
    let (bytes_max, problem) = match entry.booking {
        Some(_) => (
            BOOKED_BYTES_MAX,
            "the transaction's ids and texts are too long in all: its entry is at most 1,300 bytes",
        ),
        None => (ENTRY_BYTES_MAX, "the texts are too long in all"),
    };
    if entry.encode().len() > bytes_max {
        return Err(BankError::TooLarge(problem));
    }
    Ok(())
}

/// Parses a stored event as an event of this incarnation. An event from before subjects had prefixes gets its prefix.
pub(crate) fn read(bytes: &[u8], incarnation: Incarnation) -> Result<Event, BankError> {
    let mut event = Event::parse(bytes)?;
    event.incarnation = Some(incarnation);
    if let (Some((subject, _)), Some(account)) = (&mut event.entry.subject, &event.entry.account) {
        *subject = SubjectId::from(account);
    }
    Ok(event)
}

/// A UUIDv7. Pub/sub sees the ids of events, so they reveal nothing about the event.
pub(crate) fn event_id(time: Time) -> Result<EventId, BankError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|_| BankError::NoRandomness)?;
    let uuid = Builder::from_unix_timestamp_millis(time.ms(), &random).into_uuid();
    EventId::try_from(uuid.hyphenated().to_string())
        .map_err(|_| BankError::Invalid("an event's id is valid text"))
}

#[cfg(test)]
mod tests {
    use super::read;
    use protocol::{Entry, EntryKind, Event};
    use types::{Incarnation, Sequence, SubjectId, Time};

    #[test]
    fn an_event_from_before_subjects_had_prefixes_gets_a_prefix() {
        let sequence = Sequence::new(7).unwrap();
        let (id, time) = ("e".parse().unwrap(), Time::from_ms(1));
        let bare: SubjectId = "20".parse().unwrap();
        let entry = Entry {
            account: Some("20".parse().unwrap()),
            ..Entry::of_subject(id, EntryKind::AccountOpened, bare, sequence, time)
        };
        let event = Event {
            entry,
            holders: Vec::new(),
            incarnation: None,
            ordered_by: None,
        };
        let incarnation = Incarnation::new([1; 16]);
        let event = read(&event.encode(), incarnation).unwrap();
        assert_eq!(event.incarnation, Some(incarnation));
        let (subject, of) = event.subject().unwrap();
        assert_eq!((subject.as_str(), of), ("account:20", sequence));
    }
}
