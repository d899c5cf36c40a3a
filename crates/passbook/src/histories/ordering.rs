//! Orders in a history: the core bank gets them as from another device of the customer.

use super::beginnings::{account_id, customer_id};
use super::history::History;
use super::plan::{Ordered, Step};
use core_bank::{CoreBank as _, Placing};
use order::{Creditor, Frequency, Order, OrderFields, OrderKind, Schedule, Scheme};
use types::{AccountId, BusinessDate, Currency, CustomerId, DeviceId, IntentId, Money};

impl History {
    /// Gives an order to the core bank, which may refuse it.
    pub(super) fn order(&mut self, step: &Step) {
        let Step::Order {
            customer,
            account,
            to,
            ordered,
        } = step
        else {
            return;
        };
        self.start();
        let customer = customer_id(*customer);
        let bank = self.world.servers().services.sandbox().clone();
        let today = bank.now().1;
        let fields = match ordered {
            Ordered::Cancel => match self.last_payment(&customer) {
                Some(target) => OrderFields {
                    target: Some(target.intent.to_string()),
                    kind: OrderKind::Cancel,
                    execution_date: None,
                    reference: None,
                    ..target.order.fields().clone()
                },
                None => return,
            },
            _ => payment(&account_id(*account), &account_id(*to), *ordered, today),
        };
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.seed.to_be_bytes());
        random[8..].copy_from_slice(&u16::try_from(self.placed.len()).unwrap().to_be_bytes());
        let placing = Placing {
            customer,
            device: DeviceId::at(self.world.now(), random),
            intent: IntentId::at(self.world.now(), random),
            order: Order::new(fields).unwrap(),
            created: self.world.now(),
        };
        self.placed.push(placing.clone());
        let placed = self.world.servers().block_on(bank.place(placing));
        placed.expect("the core bank answers");
    }

    fn last_payment(&self, customer: &CustomerId) -> Option<&Placing> {
        let of = |placing: &&Placing| {
            placing.customer == *customer && placing.order.kind() == OrderKind::Transfer
        };
        self.placed.iter().rev().find(of)
    }

    /// Moves the core bank's clock: what becomes due on the way is executed.
    pub(super) fn pass_at_the_bank(&mut self, ms: u64) {
        self.start();
        let bank = self.world.servers().services.sandbox().clone();
        let passed = self.world.servers().block_on(bank.advance_clock(ms));
        passed.expect("the core bank's clock moves");
    }
}

fn payment(from: &AccountId, to: &AccountId, ordered: Ordered, today: BusinessDate) -> OrderFields {
    let creditor = match ordered {
        Ordered::Away => Creditor {
            bank: Some("0800".to_owned()),
            name: Some("Nobody".to_owned()),
            ..Creditor::new(Scheme::Domestic, "123".to_owned())
        },
        _ => Creditor::new(Scheme::Account, to.to_string()),
    };
    let day = |days| today.plus_days(days).expect("a day of this century");
    let mut fields = OrderFields {
        debit_account: Some(from.to_string()),
        amount: Some(Money::new(1_000, Currency::CZK)),
        creditor: Some(creditor),
        ..OrderFields::new(OrderKind::Transfer)
    };
    match ordered {
        Ordered::Dated => fields.execution_date = Some(day(2)),
        Ordered::Weekly => {
            fields.kind = OrderKind::Standing;
            fields.schedule = Some(Schedule {
                frequency: Frequency::Week,
                first: day(1),
                last: Some(day(15)),
            });
        }
        Ordered::Here | Ordered::Away | Ordered::Cancel => {}
    }
    fields
}
