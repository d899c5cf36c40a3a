//! What gateway asks about the risk of an order, and what it is answered.

use super::PortError;
use async_trait::async_trait;
use order::{Order, RiskReason};
use std::net::IpAddr;
use types::{CustomerId, DeviceForm, DeviceId, DeviceVerdict, IntentId, Money, Time};

/// An order that passed every check before this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The order's id.
    pub intent: IntentId,
    /// Who orders.
    pub customer: CustomerId,
    /// From which device.
    pub device: CandidateDevice,
    /// What is ordered.
    pub order: Order,
    /// What leaves the customer's accounts, in the currency of the limits. `None` if the order moves nothing out of them.
    pub moves: Option<Money>,
    /// When gateway received the order.
    pub received: Time,
    /// When the device's session began: its token was issued then.
    pub session: Time,
    /// Where the request came from, if the edge knows it.
    pub address: Option<IpAddr>,
    /// What the customer did before.
    pub history: History,
}

/// The device that signed an order, as ciam states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateDevice {
    /// Its id.
    pub id: DeviceId,
    /// Whether it is an app or a browser.
    pub form: DeviceForm,
    /// When it was enrolled.
    pub enrolled: Time,
    /// The verdict on its attestation.
    pub verdict: DeviceVerdict,
}

/// What a customer ordered before. Orders that were refused or cancelled, and transfers between own accounts, do not
/// count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The earlier orders to the payee. `None` if the order moves nothing.
    pub payee: Option<PayeeHistory>,
    /// The customer's orders in the 24 hours before.
    pub day: Activity,
    /// Those of them that came from the same device.
    pub day_of_device: Activity,
}

/// A customer's earlier orders to one payee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayeeHistory {
    /// When gateway received the first of them. `None` if there is none.
    pub first: Option<Time>,
    /// What they moved together.
    pub moved: Money,
}

/// How much was ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// The number of orders.
    pub orders: u64,
    /// What they moved together.
    pub moved: Money,
}

/// What becomes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The core bank gets it.
    Approve,
    /// The core bank gets it when the person has approved it a second time, with what is needed.
    Challenge(Needs),
    /// It is refused.
    Decline,
}

/// What answers a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// The device signs the challenge.
    Signature,
    /// The person logs in on the device after the order came, and the device signs the challenge.
    SignatureAndLogin,
}

/// The answer, with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// What becomes of the order.
    pub verdict: Verdict,
    /// Why. The audit record has them, and the device gets those of a challenge and of a refusal.
    pub reasons: Vec<RiskReason>,
}

/// Judges the risk of orders.
#[async_trait]
pub trait Risk: Send + Sync {
    /// Judges an order that moves money out of the customer's accounts or adds a payee. It is asked before the order is
    /// stored, and may be asked about the same order again: another order to the payee came in between, or an earlier
    /// request was not answered. If this fails, nothing is stored, and the device sends the order again.
    async fn assess(&self, candidate: &Candidate) -> Result<Assessment, PortError>;

    /// What a new payee may get in the cooling-off time without a challenge, in minor units of the limits' currency. Devices
    /// get it ahead and show it before an order is signed. `None` if it cannot be known ahead.
    fn unchallenged_to_new_payee(&self) -> Option<i64> {
        None
    }

    /// What an order may move without a login, in minor units of the limits' currency. Devices get it ahead, too.
    fn without_login(&self) -> Option<i64> {
        None
    }
}
