//! Changes what the customer has arranged with the bank: by entries about the customer, and by snapshots.

use crate::arrangements::{Arrangement, SECTIONS};
use crate::error::SyncError;
use crate::known::Arranged;
use crate::names;
use crate::stage::Stage;
use crate::store::Store;
use envelope::{Item, ItemState, Section};
use order::Order;
use protocol::cbor::{FromValue as _, Key};
use protocol::{Booking, Entry, EntryKind};
use types::Sequence;

impl<S: Store> Stage<'_, S> {
    /// The effect of an entry on the arrangements. Entries that the last snapshot contains have none.
    pub(crate) fn arrange(&mut self, entry: &Entry) -> Result<(), SyncError> {
        if let Some(booking) = &entry.booking {
            return self.arrangement_booked(entry, booking);
        }
        let (section, argument) = match entry.kind {
            EntryKind::PayeeAdded | EntryKind::PayeeRemoved => (Section::Payee, "payee"),
            EntryKind::StandingCreated | EntryKind::StandingEnded => {
                (Section::Standing, "standing")
            }
            EntryKind::OrderPending
            | EntryKind::OrderExecuted
            | EntryKind::OrderRefused
            | EntryKind::OrderCancelled => (Section::Order, "intent"),
            _ => return Ok(()),
        };
        let contained = self.books.known.arranged.map(|arranged| arranged.sequence);
        let (Some(sequence), Some(id)) = (self.customers(entry), entry.argument(argument)) else {
            return Ok(());
        };
        let known = self.books.arrangements.get(section, id);
        let newest = contained.max(known.map(|known| known.sequence));
        if newest.is_some_and(|newest| sequence <= newest) {
            return Ok(());
        }
        match entry.kind {
            EntryKind::PayeeAdded | EntryKind::StandingCreated | EntryKind::OrderPending => {
                let booked = known.is_some_and(|known| known.booked);
                let arguments = entry.arguments.clone();
                let arrangement = Arrangement::new(section, id, arguments, sequence);
                self.put_arrangement(Arrangement {
                    stated: self.books.known.stated,
                    booked,
                    ..arrangement
                })
            }
            EntryKind::OrderExecuted => match known.cloned() {
                Some(known) if !known.booked && !self.includes_booking(&known, entry) => self
                    .put_arrangement(Arrangement {
                        executed: true,
                        sequence,
                        ..known
                    }),
                known => self.end_arrangement(known, sequence),
            },
            _ => {
                let known = known.cloned();
                self.end_arrangement(known, sequence)
            }
        }
    }

    /// Whether the balances include the booking of the executed order: events of the account and of the customer arrive
    /// in any order, and the booking may have been before the order was known. No booking arrives of an account that the
    /// customer does not hold.
    fn includes_booking(&self, order: &Arrangement, executed: &Entry) -> bool {
        let booked = executed.arguments.get(&Key::from("booked")).cloned();
        let Some(booked) = booked.and_then(|booked| Sequence::from_value(booked).ok()) else {
            return false;
        };
        let order = order.order();
        let debit = order.as_ref().and_then(Order::debit_account);
        let book = debit.and_then(|debit| self.books.accounts.get(&debit.parse().ok()?));
        book.is_none_or(|book| booked <= book.sequence)
    }

    /// A booking on the account that a pending order debits has arrived: its amount is in the balances. The payment of a
    /// standing order is known by the bank's reference.
    fn arrangement_booked(&mut self, entry: &Entry, booking: &Booking) -> Result<(), SyncError> {
        let Some(order) = &booking.order else {
            return Ok(());
        };
        let mut orders = self.books.arrangements.all(Section::Order);
        let known = orders.find(|known| {
            let reference = known.argument("bank_reference");
            let named = known.id == *order
                || (reference.is_some() && reference == booking.bank_reference.as_deref());
            named && known.debits(entry.account.as_ref())
        });
        let known = known.cloned();
        drop(orders);
        match known {
            Some(known) if known.executed => {
                let sequence = known.sequence;
                self.end_arrangement(Some(known), sequence)
            }
            Some(known) => self.put_arrangement(Arrangement {
                booked: true,
                ..known
            }),
            None => Ok(()),
        }
    }

    /// Ends an arrangement. While a snapshot is in progress, the end is kept, because the snapshot may be older.
    fn end_arrangement(
        &mut self,
        known: Option<Arrangement>,
        sequence: Sequence,
    ) -> Result<(), SyncError> {
        let Some(known) = known else {
            return Ok(());
        };
        if self.books.taking.is_none() {
            self.drop_arrangement(known.section, &known.id);
            return Ok(());
        }
        self.put_arrangement(Arrangement {
            ended: true,
            sequence,
            ..known
        })
    }

    /// Adopts a payee, standing order or pending order from a snapshot.
    pub(crate) fn adopt_arrangement(
        &mut self,
        item: Item,
        other_books: bool,
    ) -> Result<(), SyncError> {
        let section = item.section();
        let (ItemState::Payee(arguments)
        | ItemState::Standing(arguments)
        | ItemState::Order(arguments)) = item.state
        else {
            return Ok(());
        };
        let known = self.books.arrangements.get(section, &item.id);
        let known = known.filter(|_| !other_books);
        if known.is_some_and(|known| known.sequence > item.sequence) {
            return Ok(());
        }
        let booked = known.is_some_and(|known| known.booked);
        self.put_arrangement(Arrangement {
            stated: self.books.known.stated,
            booked,
            ..Arrangement::new(section, &item.id, arguments, item.sequence)
        })
    }

    /// Removes arrangements that are not in the adopted snapshot of that sequence, at most `limit`. Returns whether any
    /// were left.
    pub(crate) fn drop_unstated(
        &mut self,
        (contained, other_books): (Sequence, bool),
        limit: usize,
    ) -> bool {
        let stated = self.books.known.stated;
        let left = |one: &&Arrangement| match other_books {
            true => one.stated != stated,
            false => one.sequence <= contained && (one.stated != stated || one.ended),
        };
        let all = SECTIONS.map(|section| self.books.arrangements.all(section));
        let left: Vec<(Section, String)> = all
            .into_iter()
            .flatten()
            .filter(left)
            .map(|one| (one.section, one.id.clone()))
            .take(limit)
            .collect();
        for (section, id) in &left {
            self.drop_arrangement(*section, id);
        }
        !left.is_empty()
    }

    /// Records that the arrangements are those of the newest snapshot, which contains the customer's events up to
    /// `sequence`.
    pub(crate) fn customer_is_stated(&mut self, sequence: Sequence) {
        let known = &mut self.books.known;
        known.customer = known.customer.max(sequence);
        let stated = known.stated;
        known.arranged = Some(Arranged { stated, sequence });
        self.changed_known = true;
    }

    fn put_arrangement(&mut self, arrangement: Arrangement) -> Result<(), SyncError> {
        let name = names::arrangement(arrangement.section, self.key, &arrangement.id);
        self.put(name, &arrangement.encode())?;
        self.books.arrangements.insert(arrangement);
        Ok(())
    }

    fn drop_arrangement(&mut self, section: Section, id: &str) {
        self.batch.delete(names::arrangement(section, self.key, id));
        self.books.arrangements.remove(section, id);
    }
}
