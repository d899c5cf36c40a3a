//! A payment that another app of the bank prepares, and the customer approves by ordering it.

use crate::{Order, OrderError, OrderFields, OrderKind, Scheme};
use protocol::cbor::Value;
use protocol::http::InitiatePayment;

/// A transfer or a bill, perhaps without the account that pays: then the customer chooses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initiation(OrderFields);

impl Initiation {
    /// Makes an initiation of fields that are an order once they have an account.
    pub fn new(fields: OrderFields) -> Result<Self, OrderError> {
        if !matches!(fields.kind, OrderKind::Transfer | OrderKind::Bill) {
            return Err(OrderError::UnknownKind);
        }
        let initiation = Self(fields);
        // The other rules are the same whichever account pays.
        Order::new(initiation.paid_from("any"))?;
        Ok(initiation)
    }

    /// The payment in an app's request. A creditor who is a biller makes it a bill.
    pub fn of_request(asked: &InitiatePayment) -> Result<Self, OrderError> {
        let creditor = &asked.creditor;
        let scheme: Scheme = creditor.scheme.parse()?;
        let kind = match scheme {
            Scheme::Biller => OrderKind::Bill,
            _ => OrderKind::Transfer,
        };
        Self::new(OrderFields {
            debit_account: asked.account.clone(),
            amount: Some(asked.amount),
            creditor: Some(creditor.clone().try_into()?),
            reference: asked.reference.clone(),
            execution_date: asked.execution_date,
            ..OrderFields::new(kind)
        })
    }

    /// The request for this payment.
    #[must_use]
    pub fn request(&self) -> InitiatePayment {
        let fields = self.0.clone();
        let (Some(amount), Some(creditor)) = (fields.amount, fields.creditor) else {
            unreachable!("a transfer and a bill have an amount and a creditor");
        };
        InitiatePayment {
            account: fields.debit_account,
            amount,
            creditor: creditor.into(),
            reference: fields.reference,
            execution_date: fields.execution_date,
        }
    }

    /// The fields of the order that approves it, if the customer pays from `account`. The account that the app named stays.
    #[must_use]
    pub fn paid_from(&self, account: &str) -> OrderFields {
        let named = self.0.debit_account.as_deref();
        OrderFields {
            debit_account: Some(named.unwrap_or(account).to_owned()),
            ..self.0.clone()
        }
    }

    /// Whether the order is this payment, and nothing else.
    #[must_use]
    pub fn is_ordered_by(&self, order: &Order) -> bool {
        let account = order.debit_account();
        account.is_some_and(|account| self.paid_from(account) == *order.fields())
    }

    /// Its fields.
    #[must_use]
    pub const fn fields(&self) -> &OrderFields {
        &self.0
    }

    /// Reads an initiation from its map, which is that of an order, and checks it.
    pub fn from_value(value: Value) -> Result<Self, OrderError> {
        Self::new(OrderFields::from_value(value)?)
    }

    /// The initiation as a CBOR map: that of an order, perhaps without the account that pays.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Creditor, Scheme};
    use types::{Currency, Money};

    fn fields(account: Option<&str>) -> OrderFields {
        OrderFields {
            debit_account: account.map(str::to_owned),
            amount: Some(Money::new(1_250, Currency::CZK)),
            creditor: Some(Creditor::new(Scheme::Account, "other")),
            reference: Some("invoice 7".into()),
            ..OrderFields::new(OrderKind::Transfer)
        }
    }

    #[test]
    fn only_the_payment_itself_approves_it() {
        let order = |fields| Order::new(fields).unwrap();
        let chosen = Initiation::new(fields(None)).unwrap();
        let named = Initiation::new(fields(Some("mine"))).unwrap();
        assert!(chosen.is_ordered_by(&order(fields(Some("mine")))));
        assert!(chosen.is_ordered_by(&order(fields(Some("mine, too")))));
        assert!(named.is_ordered_by(&order(fields(Some("mine")))));
        assert!(!named.is_ordered_by(&order(fields(Some("mine, too")))));
        let others = [
            OrderFields {
                amount: Some(Money::new(1_251, Currency::CZK)),
                ..fields(Some("mine"))
            },
            OrderFields {
                creditor: Some(Creditor::new(Scheme::Account, "another")),
                ..fields(Some("mine"))
            },
            OrderFields {
                reference: None,
                ..fields(Some("mine"))
            },
            OrderFields {
                execution_date: Some("2026-09-22".parse().unwrap()),
                ..fields(Some("mine"))
            },
        ];
        for other in others {
            assert!(!chosen.is_ordered_by(&order(other.clone())), "{other:?}");
        }
    }

    #[test]
    fn what_is_no_payment_is_not_initiated() {
        let check = |changed: OrderFields, expected: OrderError| {
            assert_eq!(Initiation::new(changed), Err(expected));
        };
        let none = OrderFields {
            amount: Some(Money::new(0, Currency::CZK)),
            ..fields(None)
        };
        check(none, OrderError::AmountNotPositive);
        let payee = OrderFields {
            kind: OrderKind::PayeeAdd,
            ..fields(None)
        };
        check(payee, OrderError::UnknownKind);
        let wrong = OrderFields {
            creditor: Some(Creditor::new(Scheme::Proxy, "nobody")),
            ..fields(None)
        };
        check(wrong, OrderError::NotAProxy);
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        for account in [None, Some("mine")] {
            let initiation = Initiation::new(fields(account)).unwrap();
            let request = initiation.request();
            assert_eq!(Initiation::of_request(&request), Ok(initiation.clone()));
            assert_eq!(
                Initiation::from_value(initiation.to_value()),
                Ok(initiation)
            );
        }
    }
}
