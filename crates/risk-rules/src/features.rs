//! What is known of an order or a login when it is judged.

use crate::Country;
use serde::{Deserialize, Serialize};

/// The features of an order or a login. Expressions name them as they are serialized: `history.user_hour`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// What the person wants.
    pub transaction: Transaction,
    /// Who it is.
    pub user: User,
    /// With which device.
    pub device: Device,
    /// From where.
    pub location: Location,
    /// What happened before.
    pub history: History,
    /// The learned probability that it is a fraud, in thousandths. `None` without a model.
    pub learned: Option<u16>,
}

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A login.
    Login,
    /// A transfer.
    Transfer,
    /// A bill.
    Bill,
    /// A standing order.
    Standing,
    /// A new payee.
    PayeeAdd,
}

/// What the person wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    /// Its kind.
    pub kind: Kind,
    /// What leaves the customer's accounts, in minor units of the currency of the bank's limits. 0 if nothing does.
    pub amount: i64,
    /// The hour of the day at the bank, 0 to 23.
    pub hour: u8,
    /// The day of the week at the bank, 1, Monday, to 7.
    pub weekday: u8,
}

/// Who it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Whether the bank knows the customer.
    pub known: bool,
    /// Whether the customer is on the list of exceptions now.
    pub exception: bool,
}

/// With which device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Whether the bank knows the device.
    pub known: bool,
    /// Whether the device belongs to the customer.
    pub associated: bool,
    /// Whether the device looks as it did before. `None` if it was never seen.
    pub fingerprint_matches: Option<bool>,
    /// Minutes since its enrolment.
    pub age_minutes: u32,
    /// Customers whose orders came from it in 30 days, this one included.
    pub customers_month: u32,
    /// Orders that were denied on it in 30 days, of all customers.
    pub denied_month: u32,
    /// Orders of it that people found to be frauds, of all customers.
    pub frauds: u32,
}

/// A list of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressList {
    /// The bank trusts the address.
    Trusted,
    /// The bank does not.
    Untrusted,
}

/// Why it is not known where an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlocated {
    /// The edge did not say from which address the request came.
    NoAddress,
    /// The bank has no database of locations.
    NoDatabase,
    /// The database does not have the address.
    NotListed,
    /// The database failed.
    Failed,
    /// The database named a place that does not exist.
    FalsePlace,
}

/// From where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The bank's list that has the address.
    pub list: Option<AddressList>,
    /// The risk of the address by its prefix, 0 to 100, if the bank has listed one.
    pub address_risk: Option<u8>,
    /// The country.
    pub country: Option<Country>,
    /// Whether the country is on the bank's list of negative ones. `None` if the country is not known.
    pub negative_country: Option<bool>,
    /// The way from the customer's last place. `None` if one of the two is not known.
    pub hop: Option<Hop>,
    /// Why the place is not known. `None` if it is.
    pub unlocated: Option<Unlocated>,
}

/// The way between two places where a customer was one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// The great-circle distance in statute miles.
    pub miles: f64,
    /// The time between them, in minutes.
    pub minutes: f64,
}

/// What happened before. Orders that the bank refused count, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Earlier orders and logins of the customer in 10 minutes.
    pub user_ten_minutes: u32,
    /// In 60 minutes.
    pub user_hour: u32,
    /// In 24 hours.
    pub user_day: u32,
    /// In 7 days.
    pub user_week: u32,
    /// In 30 days.
    pub user_month: u32,
    /// Earlier orders and logins on the device in 60 minutes, of all customers.
    pub device_hour: u32,
    /// What the customer's earlier orders of 24 hours move, in minor units.
    pub moved_day: i64,
    /// Of 7 days.
    pub moved_week: i64,
    /// Of 30 days.
    pub moved_month: i64,
    /// Whether the customer has never ordered to this payee. Not for what has no payee.
    pub new_payee: Option<bool>,
    /// Other customers who paid the payee in 24 hours.
    pub payers_day: u32,
    /// Earlier orders of anybody to the payee in 24 hours.
    pub payee_day: u32,
    /// In 7 days.
    pub payee_week: u32,
    /// In 30 days.
    pub payee_month: u32,
    /// Orders to the payee that people found to be frauds.
    pub payee_frauds: u32,
    /// Whether the device has never ordered before.
    pub first_of_device: bool,
    /// Minutes since another customer's order paid into the account that pays now. `None` if none did in 24 hours.
    pub credited_minutes: Option<u32>,
}

impl Features {
    /// An order that nothing speaks against: a customer who pays a known payee with their own device, from home. Every
    /// feature has a value.
    #[must_use]
    pub fn example() -> Self {
        Self {
            transaction: Transaction {
                kind: Kind::Transfer,
                amount: 125_000,
                hour: 10,
                weekday: 2,
            },
            user: User {
                known: true,
                exception: false,
            },
            device: Device {
                known: true,
                associated: true,
                fingerprint_matches: Some(true),
                age_minutes: 500_000,
                customers_month: 1,
                denied_month: 0,
                frauds: 0,
            },
            location: Location {
                list: None,
                address_risk: Some(0),
                country: "TH".parse().ok(),
                negative_country: Some(false),
                hop: Some(Hop {
                    miles: 3.0,
                    minutes: 900.0,
                }),
                unlocated: None,
            },
            history: History {
                user_ten_minutes: 0,
                user_hour: 0,
                user_day: 1,
                user_week: 4,
                user_month: 20,
                device_hour: 0,
                moved_day: 50_000,
                moved_week: 300_000,
                moved_month: 2_000_000,
                new_payee: Some(false),
                payers_day: 0,
                payee_day: 0,
                payee_week: 1,
                payee_month: 3,
                payee_frauds: 0,
                first_of_device: false,
                credited_minutes: Some(1_000),
            },
            learned: Some(12),
        }
    }
}
