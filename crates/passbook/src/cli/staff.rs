//! The arguments of the commands of the bank's staff.

use super::BankLocation;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use types::StaffRole;

#[derive(Debug, Args)]
pub(crate) struct Staff {
    #[command(subcommand)]
    pub(crate) action: StaffAction,
    #[command(flatten)]
    pub(crate) desk: Desk,
}

/// The machine of a member of the staff.
#[derive(Debug, Clone, Args)]
pub(crate) struct Desk {
    /// Directory of the member's session key, passkey and session. Only its owner can read it.
    #[arg(long, global = true, value_name = "DIR", default_value = "staff")]
    pub(crate) dir: PathBuf,
    /// Print JSON objects, one a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// Why, for the audit record.
#[derive(Debug, Clone, Args)]
pub(crate) struct Why {
    /// Why, for the audit record.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct OnCustomer {
    /// Customer number.
    pub(crate) customer: String,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Args)]
pub(crate) struct OnMember {
    /// The member's id, as `passbook staff list` shows it.
    #[arg(allow_hyphen_values = true)]
    pub(crate) staff: String,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Args)]
pub(crate) struct OnProposal {
    /// The proposal's id, as `passbook staff proposals` shows it.
    #[arg(allow_hyphen_values = true)]
    pub(crate) proposal: String,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Args)]
pub(crate) struct Roles {
    /// A role: customer_service, operations, security, auditor or administrator. May be repeated.
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub(crate) roles: Vec<StaffRole>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StaffAction {
    /// Make the bank's first administrator, with the operator's token of the data directory.
    ///
    /// Prints a code for `passbook staff activate`. Once an administrator has activated their account, the operator's token
    /// acts on no customer, and this command is refused.
    First {
        /// Their name.
        name: String,
        #[command(flatten)]
        bank: BankLocation,
    },
    /// Let `first` make an administrator again, after the bank has lost all of them. The servers have to be stopped.
    Reopen {
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        bank: BankLocation,
    },
    /// Activate an account on this machine: makes a session key and a passkey, which replace the code.
    Activate {
        /// The code.
        code: String,
        /// The bank's public URL, at which the passkey is good.
        #[arg(long, value_name = "URL", default_value = "http://localhost:8480")]
        bank: String,
        /// The URL of the operator's listener, perhaps at the end of a tunnel to the servers' machine.
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8481")]
        at: String,
    },
    /// Log in with the passkey.
    Login,
    /// End the session.
    Logout,
    /// Make a member of the staff. The code is for them.
    Add {
        /// Their name.
        name: String,
        #[command(flatten)]
        roles: Roles,
        #[command(flatten)]
        why: Why,
    },
    /// Give a member other roles, in place of all that they have.
    Roles {
        #[command(flatten)]
        member: OnMember,
        #[command(flatten)]
        roles: Roles,
    },
    /// End a member's access and their session, at once.
    Disable(OnMember),
    /// Give a member who lost their passkey or their machine a new code. What they had ends.
    Reissue(OnMember),
    /// List the staff.
    List,
    /// Look at a customer: devices, passkeys, sessions, locks. The look is recorded.
    Customer(OnCustomer),
    /// Read the audit records about a customer. That is recorded, too.
    Audit {
        #[command(flatten)]
        customer: OnCustomer,
        /// Only records before this number.
        #[arg(long, value_name = "NUMBER")]
        before: Option<u64>,
    },
    /// Issue an activation code with which a customer enrols one device.
    Code(OnCustomer),
    /// Forget the refused logins of a customer's devices, so that the next login is judged.
    Unlock(OnCustomer),
    /// Let a customer who stopped everything order and enrol devices again. Closed devices stay closed.
    Resume(OnCustomer),
    /// Revoke a device.
    Revoke {
        /// The device's id.
        device: String,
        #[command(flatten)]
        why: Why,
    },
    /// Revoke all devices of a customer, end their sessions and stop their orders, as their own kill switch does.
    RevokeAll(OnCustomer),
    /// Raise the limit of a customer's day above the bank's, for some days.
    RaiseLimit {
        #[command(flatten)]
        customer: OnCustomer,
        /// The most that may leave the customer's accounts in 24 hours, such as "500000 CZK".
        #[arg(long, value_name = "AMOUNT")]
        day: String,
        /// For how many days it holds, at most 30.
        #[arg(long, value_parser = clap::value_parser!(u8).range(1..=30))]
        days: u8,
    },
    /// Destroy a customer's message keys and revoke their devices: nobody can read their entries any more.
    Erase(OnCustomer),
    /// Announce a call of the bank: the customer's devices say that it is the bank.
    Call {
        #[command(flatten)]
        customer: OnCustomer,
        /// Who calls, as the customer knows it.
        #[arg(long, value_name = "TEXT")]
        desk: String,
        /// How long the announcement holds, at most 60 minutes.
        #[arg(long, default_value_t = 15)]
        minutes: u32,
    },
    /// End the announcement of a call.
    CallEnded(OnCustomer),
    /// List the acts that wait for a second person, and those that you proposed with what became of them.
    Proposals,
    /// Approve what somebody else proposed. It is done with the answer.
    Approve(OnProposal),
    /// Refuse what somebody else proposed, or withdraw what you proposed.
    Refuse(OnProposal),
}
