//! What is judged.

use risk_rules::Kind;
use std::net::IpAddr;
use types::{CustomerId, DeviceForm, DeviceId, DeviceVerdict, Time};

/// An order or a login, as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The order's or login's id: whatever is asked again under it counts once.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Who it is.
    pub customer: CustomerId,
    /// With which device.
    pub device: Device,
    /// What leaves the customer's accounts, in minor units of the limits' currency.
    pub amount: i64,
    /// The account that pays.
    pub debit_account: Option<String>,
    /// The payee: the scheme and the identification of an order's creditor.
    pub payee: Option<(String, String)>,
    /// Whether the customer never ordered to the payee. `None` if there is none.
    pub new_payee: Option<bool>,
    /// When it arrived.
    pub received: Time,
    /// Where it came from, if the edge knows it.
    pub address: Option<IpAddr>,
}

/// The device, as ciam states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What it is.
    pub form: DeviceForm,
    /// The verdict on its attestation.
    pub verdict: DeviceVerdict,
    /// When it was enrolled.
    pub enrolled: Time,
    /// Whether ciam enrolled it for this customer.
    pub is_customers: bool,
}
