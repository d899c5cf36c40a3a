//! The audit records of ciam's actions.

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::CustomerIndex;
use audit::Subject;
use database::{Transaction, audit_chain};
use types::{DeviceId, Kid, Time, base64url};

/// An action of ciam. Customers are named by their blind index, because records are stored in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// The operator requested a code.
    CodeIssued {
        customer: CustomerIndex,
        expires: Time,
    },
    /// A device tried a wrong code while a valid one existed.
    WrongCode {
        customer: CustomerIndex,
        device: DeviceId,
    },
    /// A device was enrolled, and its statement was made.
    DeviceEnrolled {
        customer: CustomerIndex,
        device: DeviceId,
        statement: u64,
    },
    /// A device got a channel token.
    TokenIssued {
        device: DeviceId,
        occasion: Occasion,
        token: String,
        expires: Time,
    },
    /// The operator revoked a device.
    DeviceRevoked { device: DeviceId, revocation: u64 },
    /// notification numbered the rekey for a revocation.
    Rekeyed { device: DeviceId, revocation: u64 },
    /// A customer's data was erased.
    CustomerErased { customer: CustomerIndex },
    /// A key was made.
    KeyMade {
        kid: Kid,
        purpose: &'static str,
        from: Time,
    },
    /// A key with nothing left to sign or verify was destroyed.
    KeyDestroyed { kid: Kid },
}

/// The reason for issuing a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    Enrolment,
    Renewal,
}

impl Act {
    fn record(&self, now: Time) -> audit::Act {
        let act = |actor: &str, action| audit::Act::new(now, actor, action);
        let customer = |index: &CustomerIndex| Subject::new("customer", base64url::encode(index));
        let device = |device: &DeviceId| Subject::new("device", device);
        match self {
            Self::CodeIssued {
                customer: index,
                expires,
            } => act("operator", "activation_code.issued")
                .about(customer(index))
                .with("expires", expires.ms()),
            Self::WrongCode {
                customer: index,
                device: id,
            } => act(&id.to_string(), "activation_code.wrong")
                .about(customer(index))
                .about(device(id)),
            Self::DeviceEnrolled {
                customer: index,
                device: id,
                statement,
            } => act(&id.to_string(), "device.enrolled")
                .about(customer(index))
                .about(device(id))
                .with("statement", statement),
            Self::TokenIssued {
                device: id,
                occasion,
                token,
                expires,
            } => {
                let issued = match occasion {
                    Occasion::Enrolment => act("ciam", "channel_token.issued"),
                    Occasion::Renewal => act(&id.to_string(), "channel_token.renewed"),
                };
                issued
                    .about(device(id))
                    .with("token", token)
                    .with("expires", expires.ms())
            }
            Self::DeviceRevoked {
                device: id,
                revocation,
            } => act("operator", "device.revoked")
                .about(device(id))
                .with("revocation", revocation),
            Self::Rekeyed {
                device: id,
                revocation,
            } => act("ciam", "device.shut_out")
                .about(device(id))
                .with("revocation", revocation),
            Self::CustomerErased { customer: index } => {
                act("operator", "customer.erased").about(customer(index))
            }
            Self::KeyMade { kid, purpose, from } => act("ciam", "signing_key.made")
                .about(Subject::new("key", kid))
                .with("purpose", purpose)
                .with("from", from.ms()),
            Self::KeyDestroyed { kid } => {
                act("ciam", "signing_key.destroyed").about(Subject::new("key", kid))
            }
        }
    }
}

impl Ciam {
    /// Writes the record of `act`, in the transaction of the action.
    pub(crate) async fn record(&self, tx: &mut Transaction<'_>, act: &Act) -> Result<(), Failure> {
        Ok(audit_chain::record(tx, &act.record(self.now())).await?)
    }
}
