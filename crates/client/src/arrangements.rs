//! What the customer has arranged with the bank: payees, standing orders, and orders that the bank will execute later.

use crate::records::{self, Rest};
use crate::seal::SealedError;
use envelope::Section;
use order::Order;
use protocol::cbor::{self, FromValue as _, Key, Map, Value};
use protocol::cbor_array;
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{AccountId, Money, Sequence};

/// The sections of a snapshot that have arrangements.
pub(crate) const SECTIONS: [Section; 3] = [Section::Payee, Section::Standing, Section::Order];

/// One payee, standing order or pending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrangement {
    pub(crate) section: Section,
    pub(crate) id: String,
    /// The arguments of the entry that made it.
    pub(crate) arguments: Map,
    /// The sequence of the customer's newest event about it.
    pub(crate) sequence: Sequence,
    /// The number of the last snapshot that contained it, as this device counts snapshots.
    pub(crate) stated: u64,
    /// Whether it ended. It is kept while a snapshot in progress may be older than its end.
    pub(crate) ended: bool,
    /// Whether a pending order was executed, so that its booking is under way.
    pub(crate) executed: bool,
    /// Whether a pending order's booking has arrived.
    pub(crate) booked: bool,
    pub(crate) rest: Rest,
}

impl Arrangement {
    pub(crate) fn new(section: Section, id: &str, arguments: Map, sequence: Sequence) -> Self {
        Self {
            section,
            id: id.to_owned(),
            arguments,
            sequence,
            stated: 0,
            ended: false,
            executed: false,
            booked: false,
            rest: Rest::default(),
        }
    }

    /// The order that made it, if this version understands it.
    pub(crate) fn order(&self) -> Option<Order> {
        let order = self.arguments.get(&Key::from("order"))?;
        Order::from_value(order.clone()).ok()
    }

    /// The text argument with this name.
    pub(crate) fn argument(&self, name: &str) -> Option<&str> {
        self.arguments
            .get(&Key::from(name))
            .and_then(Value::as_text)
    }

    /// Whether it is an order that debits the account.
    pub(crate) fn debits(&self, account: Option<&AccountId>) -> bool {
        let order = self.order();
        let debit = order.as_ref().and_then(Order::debit_account);
        debit.is_some() && debit == account.map(AccountId::as_str)
    }

    /// Whether the bank holds its amount on the account, so that the available balance is without it.
    pub(crate) fn is_held(&self) -> bool {
        self.arguments.contains_key(&Key::from("held"))
    }

    /// What a pending order costs beside its amount.
    pub(crate) fn fee(&self) -> Option<Money> {
        let fee = self.arguments.get(&Key::from("fee"))?;
        Money::from_value(fee.clone()).ok()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let known = cbor_array![
            1,
            self.section.as_str(),
            self.id.as_str(),
            self.arguments.clone(),
            self.sequence,
            self.stated,
            self.ended,
            self.executed,
            self.booked,
        ];
        cbor::encode(&self.rest.after(known))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = records::fields(bytes)?;
        let section: String = fields.take()?;
        Ok(Self {
            section: Section::of(&section).ok_or(SealedError::Shape)?,
            id: fields.take()?,
            arguments: fields.take()?,
            sequence: fields.take()?,
            stated: fields.take()?,
            ended: fields.take()?,
            executed: fields.take()?,
            booked: fields.take()?,
            rest: Rest::of(fields),
        })
    }
}

type ById = Arc<BTreeMap<String, Arc<Arrangement>>>;

/// All arrangements, by section and id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrangements {
    payees: ById,
    standing: ById,
    orders: ById,
}

impl Arrangements {
    fn of(&self, section: Section) -> &ById {
        match section {
            Section::Payee => &self.payees,
            Section::Standing => &self.standing,
            _ => &self.orders,
        }
    }

    fn of_mut(&mut self, section: Section) -> &mut BTreeMap<String, Arc<Arrangement>> {
        Arc::make_mut(match section {
            Section::Payee => &mut self.payees,
            Section::Standing => &mut self.standing,
            _ => &mut self.orders,
        })
    }

    /// The arrangement with this id, even if it has ended.
    pub(crate) fn get(&self, section: Section, id: &str) -> Option<&Arrangement> {
        self.of(section).get(id).map(|arrangement| &**arrangement)
    }

    pub(crate) fn insert(&mut self, arrangement: Arrangement) {
        let id = arrangement.id.clone();
        let section = self.of_mut(arrangement.section);
        section.insert(id, Arc::new(arrangement));
    }

    pub(crate) fn remove(&mut self, section: Section, id: &str) {
        self.of_mut(section).remove(id);
    }

    /// All of a section, ordered by id, even those that have ended.
    pub(crate) fn all(&self, section: Section) -> impl Iterator<Item = &Arrangement> {
        self.of(section).values().map(|arrangement| &**arrangement)
    }

    /// Those that have not ended, ordered by id.
    pub(crate) fn current(&self, section: Section) -> impl Iterator<Item = &Arrangement> {
        self.all(section).filter(|arrangement| !arrangement.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::tests::newer;

    #[test]
    fn an_arrangement_is_read_back_with_what_a_newer_version_added() {
        let arguments = Map::from([(Key::from("payee"), Value::from("p1"))]);
        let mut arrangement = Arrangement::new(Section::Payee, "p1", arguments, Sequence::ZERO);
        arrangement.stated = 3;
        arrangement.booked = true;
        let bytes = newer(&arrangement.encode());
        let read = Arrangement::decode(&bytes).unwrap();
        assert_eq!(read.encode(), bytes);
        arrangement.rest = read.rest.clone();
        assert_eq!(read, arrangement);
        assert_eq!(Arrangement::decode(&[0x81, 0x02]), Err(SealedError::Shape));
    }
}
