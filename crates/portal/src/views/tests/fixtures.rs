//! A customer with accounts, entries and orders, as the core would answer.

use crate::app::{App, Phase};
use crate::link::{Ask, PersonAsk};
use crate::model::*;
use futures_util::FutureExt as _;
use leptos::prelude::*;
use protocol::http::{
    BankCall, CallsAnswer, ConsentRow, OrderLimits, OwnBrake, OwnDevice, PasskeyRow, PasswordState,
    PlainSession, SessionRow, SessionsAnswer, WaitingDevice,
};
use serde::Serialize;
use std::rc::Rc;
use types::{Money, Time};

/// What must never be in an address.
pub(crate) const SECRETS: [&str; 4] = ["5000100023", "5000100031", "19-2000145399", "Jana"];

/// Names that are read from the right.
pub(crate) const RIGHT_TO_LEFT: [&str; 2] = ["דירה משותפת", "يوسف الأحمد"];

/// 2026-11-30T12:34:00Z
const NOW: Time = Time::from_ms(1_796_042_040_000);

/// A payment that another app prepared.
const INITIATION: &str = "0199c2a4-7b1e-7c3e-8ca3-a51d2c3b4a5f";

/// What the core knows.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) home: Option<Home>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) months: Vec<Month>,
    pub(crate) orders: Vec<Order>,
    pub(crate) pending: Vec<PendingOrder>,
    pub(crate) initiations: Vec<Initiation>,
    pub(crate) payees: Vec<Payee>,
    pub(crate) standing: Vec<StandingOrder>,
    pub(crate) connection: (Connection, Option<String>),
    pub(crate) fresh: Vec<String>,
    pub(crate) is_logged_in: bool,
}

fn czk(minor_units: i64) -> Amount {
    Amount {
        minor_units,
        currency: "CZK".parse().unwrap(),
    }
}

fn money(minor_units: i64) -> Money {
    czk(minor_units).into()
}

/// A transaction of the first account.
pub(crate) fn booked(id: &str, minor_units: i64, operation: &str, purpose: &str) -> Entry {
    let is_transfer = operation != "interest";
    Entry {
        id: id.to_owned(),
        kind: "booked".to_owned(),
        state: EntryState::Current,
        time: NOW.minus_ms(86_400_000),
        account: Some("5000100023".parse().unwrap()),
        date: Some("2026-11-29".parse().unwrap()),
        amount: Some(czk(minor_units)),
        balance: Some(czk(5_231_040)),
        operation: Some(operation.to_owned()),
        purpose: (!purpose.is_empty()).then(|| purpose.to_owned()),
        counterparty_bank: None,
        counterparty: is_transfer.then(|| "19-2000145399/0800".to_owned()),
        order: None,
        bank_reference: None,
        arguments: Vec::new(),
        fallback: None,
    }
}

fn event(id: &str, kind: &str, arguments: &[(&str, &str)]) -> Entry {
    let arguments = arguments
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Entry {
        kind: kind.to_owned(),
        account: None,
        date: None,
        amount: None,
        balance: None,
        operation: None,
        counterparty: None,
        arguments: arguments.collect(),
        ..booked(id, 0, "", "")
    }
}

/// An order in a state.
pub(crate) fn order(intent: &str, state: &str) -> Order {
    let draft = Draft {
        kind: "transfer".to_owned(),
        debit_account: Some("5000100023".parse().unwrap()),
        amount: Some(czk(125_000)),
        scheme: Some("domestic".to_owned()),
        identification: Some("19-2000145399".to_owned()),
        bank: Some("0800".to_owned()),
        name: Some("Jana Nováková".to_owned()),
        ..Draft::default()
    };
    Order {
        intent: intent.to_owned(),
        kind: "transfer".to_owned(),
        text: review().text,
        amount: Some(czk(125_000)),
        creditor: Some("Jana Nováková".to_owned()),
        state: state.to_owned(),
        message: match state {
            "refused" => "refused: There is not enough money in the account. Add money, or order a smaller amount.",
            "approval_needed" => "the bank asks you to approve it again: The payee is new, and the amount is large.",
            _ => "accepted by the bank",
        }
        .to_owned(),
        is_final: matches!(state, "done" | "refused" | "expired" | "cancelled"),
        fee: None,
        created: NOW.minus_ms(600_000),
        not_after: NOW.plus_ms(86_400_000),
        bank_reference: (state == "done").then(|| "B2026113000017".to_owned()),
        approve_until: (state == "approval_needed").then(|| NOW.plus_ms(600_000)),
        needs_login: false,
        again: draft,
    }
}

/// An order to review.
pub(crate) fn review() -> Review {
    Review {
        intent: "o9".to_owned(),
        text: "Transfer\nAmount: 1,250.00 CZK\nTo: Jana Nováková\nAccount: 19-2000145399\nBank: 0800\nFrom: 5000100023\n\
               Reference: rent for December"
            .to_owned(),
        fee: Some("Fee: 12.00 CZK".to_owned()),
        objections: vec![Objection {
            blocks: false,
            message: "The payee is not in your list. Check who it is.".to_owned(),
            loosens: None,
        }],
        can_be_signed: true,
    }
}

fn account(number: &str, name: &str, kind: &str, minor_units: i64) -> Account {
    Account {
        account: number.parse().unwrap(),
        name: name.to_owned(),
        kind: Some(kind.to_owned()),
        role: Some("owner".to_owned()),
        booked: Some(czk(minor_units)),
        available: None,
        pending: None,
        expected: None,
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let mut current = account("5000100023", "Everyday", "current", 5_231_040);
        current.pending = Some(czk(-125_000));
        current.expected = Some(czk(5_106_040));
        let savings = account("5000100031", "Rainy days", "savings", 124_000_000);
        let owed = account("5000100057", RIGHT_TO_LEFT[0], "loan", -250_000_000);
        let mut ordered = booked("e1", -125_000, "transfer_out", "rent for December");
        ordered.order = Some("o2".to_owned());
        ordered.date = Some("2026-11-30".parse().unwrap());
        let mut salary = booked("e2", 4_850_000, "transfer_in", "salary");
        salary.bank_reference = Some("B2026112900004".to_owned());
        let mut withdrawn = booked("e6", -9_900, "card_payment", "Café U Zeleného stromu");
        withdrawn.state = EntryState::Withdrawn;
        let entries = vec![
            ordered,
            salary,
            booked(
                "e3",
                -34_900,
                "card_payment",
                "A very long name of a shop that does not fit on a narrow screen",
            ),
            event(
                "e4",
                "device.added",
                &[("device", "0199c2a4-7b1e-7cc3-a3a5-1d2c3b4a5f60")],
            ),
            booked("e5", 1_250, "interest", "interest_credited"),
            withdrawn,
            event(
                "e7",
                "order.refused",
                &[("kind", "transfer"), ("reason", "insufficient_funds")],
            ),
        ];
        let month = |first: &str, money_in, money_out, balance| Month {
            first: first.parse().unwrap(),
            money_in: czk(money_in),
            money_out: czk(money_out),
            balance: Some(czk(balance)),
        };
        let months = vec![
            month("2026-06-01", 4_700_000, -3_900_000, 2_100_000),
            month("2026-07-01", 4_850_000, -5_200_000, 1_750_000),
            month("2026-08-01", 4_850_000, -3_100_000, 3_500_000),
            month("2026-09-01", 4_850_000, -4_300_000, 4_050_000),
            month("2026-10-01", 4_900_000, -4_000_000, 4_950_000),
            month("2026-11-01", 4_850_000, -4_568_960, 5_231_040),
        ];
        let orders = [
            "waiting_for_network",
            "approval_needed",
            "scheduled",
            "unknown_asking",
            "done",
            "refused",
        ];
        let orders = orders
            .iter()
            .zip(1..)
            .map(|(state, number): (_, u32)| order(&format!("o{number}"), state));
        let orders: Vec<Order> = orders.collect();
        let payee = |id: &str, name: &str| Payee {
            id: id.to_owned(),
            name: name.to_owned(),
            draft: order("o1", "done").again,
        };
        Self {
            home: Some(Home {
                accounts: vec![current, savings, owed],
                accounts_total: 3,
                newest: entries.clone(),
                waiting: orders.iter().filter(|order| !order.is_final).take(2).cloned().collect(),
                as_of: NOW,
                complete: true,
                left_out: false,
                discrepancy: None,
            }),
            entries,
            months,
            pending: vec![PendingOrder {
                id: "p1".to_owned(),
                text: Some("Bill payment\nAmount: 890.00 CZK\nBiller: 99900".to_owned()),
                date: Some("2026-12-05".parse().unwrap()),
            }],
            initiations: vec![Initiation {
                id: INITIATION.parse().unwrap(),
                app: "Household books".to_owned(),
                expires: NOW.plus_ms(86_400_000),
                creditor: Some("Jana Nováková".to_owned()),
                draft: Draft {
                    debit_account: None,
                    initiation: INITIATION.parse().ok(),
                    ..order("o1", "sent").again
                },
            }],
            payees: vec![payee("p1", "Jana Nováková"), payee("p2", RIGHT_TO_LEFT[1])],
            standing: vec![StandingOrder {
                id: "s1".to_owned(),
                text: "Standing order\nAmount: 12,000.00 CZK\nTo: Správa domu\nEvery: month from 2026-01-05".to_owned(),
                amount: Some(czk(1_200_000)),
                creditor: Some("Správa domu".to_owned()),
            }],
            orders,
            connection: (Connection::Live, None),
            fresh: Vec::new(),
            is_logged_in: true,
        }
    }

    /// The app whose core answers from this world.
    pub(crate) fn app(&self) -> App {
        let world = self.clone();
        let asking = move |ask| {
            let answer = world.answer(ask);
            async move { answer }.boxed_local()
        };
        let acting = |_| async { Ok(()) }.boxed_local();
        let app = App::new(Rc::new(asking), Rc::new(acting));
        app.phase.set(Phase::Open);
        app.home.set(self.home.clone());
        app.connection.set(self.connection.clone());
        app.fresh.set(self.fresh.clone());
        app
    }

    fn answer(&self, ask: Ask) -> Result<String, Failure> {
        match ask {
            Ask::Entries {
                from,
                count,
                search,
                ..
            } => {
                let found = self.entries.iter().filter(|entry| {
                    let purpose = entry.purpose.as_deref().unwrap_or_default();
                    purpose.contains(&search)
                });
                let found: Vec<Entry> = found.cloned().collect();
                let window = found.iter().skip(from).take(count).cloned().collect();
                json(&EntryPage {
                    total: found.len(),
                    from,
                    entries: window,
                })
            }
            Ask::Statement { .. } => json(&self.entries),
            Ask::Months(_) => json(&self.months),
            Ask::Entry(id) => json(&self.entries.iter().find(|entry| entry.id == id)),
            Ask::Device => json(&Device {
                device: device_id(),
                customer: "1001".parse().unwrap(),
            }),
            Ask::Orders { .. } => json(&self.orders),
            Ask::PendingOrders { .. } => json(&self.pending),
            Ask::Initiations => json(&self.initiations),
            Ask::Payees => json(&self.payees),
            Ask::StandingOrders { .. } => json(&self.standing),
            Ask::Allowance => json(&Allowance {
                orders: 3,
                each_max: vec![czk(1_000_000)],
                expires: Some(NOW.plus_ms(3 * 86_400_000)),
            }),
            Ask::KnownLimits => json(&Some(limits())),
            Ask::Limits => json(&limits()),
            Ask::Person(ask) if self.is_logged_in => person(ask),
            Ask::Person(_) => Err(Failure::new(
                "not_logged_in",
                "the fixture is not logged in",
            )),
            other => Err(Failure::new(
                "internal",
                format!("the fixture does not answer {other:?}"),
            )),
        }
    }
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::new("internal", error))
}

fn device_id() -> types::DeviceId {
    "0199c2a4-7b1e-7cc3-a3a5-1d2c3b4a5f60".parse().unwrap()
}

fn limits() -> OrderLimits {
    let brake = |brake: &str, limit| OwnBrake {
        brake: brake.to_owned(),
        limit,
        banks: None,
        since: NOW,
        loosens: None,
        then: None,
    };
    OrderLimits {
        day: money(20_000_000),
        day_left: money(18_750_000),
        new_payee: money(5_000_000),
        new_device_left: None,
        new_device_until: None,
        cooling_off_ms: 86_400_000,
        kinds: Vec::new(),
        approve_again_above: None,
        login_above: None,
        brakes: vec![
            brake("day", Some(money(10_000_000))),
            brake("new_payees", None),
        ],
    }
}

fn person(ask: PersonAsk) -> Result<String, Failure> {
    match ask {
        PersonAsk::Calls => json(&CallsAnswer {
            call: None::<BankCall>,
        }),
        PersonAsk::Devices => json(&[OwnDevice {
            device: device_id(),
            form: "browser".to_owned(),
            enrolled: NOW,
            current: true,
            verdict: "none".to_owned(),
        }]),
        PersonAsk::WaitingDevices => json(&[WaitingDevice {
            device: device_id(),
            form: "app".to_owned(),
            asked: NOW,
            expires: NOW,
        }]),
        PersonAsk::Passkeys => json(&[PasskeyRow {
            passkey: "AZnCpHsefMOjpR0sO0pfYQ".parse().unwrap(),
            name: "my phone".to_owned(),
            device: device_id(),
            registered: NOW,
            used: None,
            backup_eligible: true,
            backed_up: true,
            attestation: "none".to_owned(),
            transports: Vec::new(),
        }]),
        PersonAsk::Password => json(&PasswordState {
            set: Some(NOW),
            device: Some(device_id()),
        }),
        PersonAsk::Sessions => json(&SessionsAnswer {
            sessions: vec![SessionRow {
                session: "AZnCpHsefMOjpR0sO0pfYg".parse().unwrap(),
                device: device_id(),
                passkey: None,
                began: NOW,
                used: NOW,
                place: Some("Praha, Chromium".to_owned()),
                expires: NOW,
                current: true,
            }],
            plain: Some(PlainSession {
                session: "BZnCpHsefMOjpR0sO0pfYg".parse().unwrap(),
                began: NOW,
                used: NOW,
                place: Some("192.0.2.1".to_owned()),
                expires: NOW,
            }),
        }),
        PersonAsk::Consents => json(&Vec::<ConsentRow>::new()),
        other => Err(Failure::new(
            "internal",
            format!("the fixture does not answer {other:?}"),
        )),
    }
}
