//! The bank's staff: members, logins, acts that one or two people do, and looks at customers.

use super::operator::{IssuedCode, Revoked};
use super::passkeys::LoginsUnlocked;
use super::repair::Erased;
use super::stopping::{CustomerResumed, EverythingStopped};
use super::{BankCall, CallEnded, PasskeyAssertion};
use crate::Base64UrlBytes;
use serde::{Deserialize, Serialize};
use types::{
    CustomerId, DeviceId, Money, PasskeyId, ProposalId, SessionId, StaffAction, StaffId, StaffRole,
    Time,
};

/// The body of `POST /v1/operator/administrators`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MakeFirstAdministrator {
    /// Their name, 1 to 64 characters.
    pub name: String,
}

/// A code with which a member of the staff activates their account once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffCode {
    /// The member.
    pub staff: StaffId,
    /// The code.
    pub code: String,
    /// The time at which it expires.
    pub expires: Time,
}

/// The body of `POST /v1/staff/activation/challenge`, which is answered with
/// [`PasskeyOptions`](super::PasskeyOptions).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeginActivation {
    /// The code.
    pub code: String,
}

/// The body of `POST /v1/staff/activation`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivateStaff {
    /// The code.
    pub code: String,
    /// The client data of the new passkey: the bytes of its JSON.
    pub client_data_json: Base64UrlBytes,
    /// Its attestation object.
    pub attestation_object: Base64UrlBytes,
}

/// A member of the staff, as the list has them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// The member.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// What they are.
    pub roles: Vec<StaffRole>,
    /// When the account was made.
    pub made: Time,
    /// When it was activated with the code that it has now or had last. `None` if a code waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activated: Option<Time>,
    /// When the member's access was ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Time>,
}

/// The answer to `GET /v1/staff/members`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMembers {
    /// The staff, the oldest accounts first.
    pub members: Vec<StaffMember>,
}

/// The body of `POST /v1/staff/login`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffLogin {
    /// The passkey's answer to the challenge.
    pub assertion: PasskeyAssertion,
}

/// The answer to `POST /v1/staff/login`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffSessionBegun {
    /// The session.
    pub session: SessionId,
    /// The secret that names it. It is worth nothing without the session key.
    pub token: String,
    /// When the session ends.
    pub expires: Time,
    /// Who logged in.
    pub member: StaffMember,
}

/// An act of the staff.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum StaffAct {
    /// Issues an activation code for a device of a customer.
    IssueCode {
        /// The customer.
        customer: CustomerId,
    },
    /// Has a customer's refused logins forgotten.
    Unlock {
        /// The customer.
        customer: CustomerId,
    },
    /// Ends the stop of a customer who stopped everything.
    Resume {
        /// The customer.
        customer: CustomerId,
    },
    /// Revokes a device.
    Revoke {
        /// The device.
        device: DeviceId,
    },
    /// Revokes all devices of a customer, ends their sessions and stops their orders, as the customer's own kill switch does.
    RevokeAll {
        /// The customer.
        customer: CustomerId,
    },
    /// Raises the bank's limit of a day's orders for a customer.
    RaiseLimit {
        /// The customer.
        customer: CustomerId,
        /// The limit, in the currency of the bank's limits and above the bank's own.
        day: Money,
        /// Until when, at most 30 days ahead.
        until: Time,
    },
    /// Erases a customer.
    Erase {
        /// The customer.
        customer: CustomerId,
    },
    /// Announces a call to a customer.
    AnnounceCall {
        /// The customer.
        customer: CustomerId,
        /// Who calls, as the customer knows it: 1 to 64 characters.
        desk: String,
        /// How long the announcement holds: 1 to 60 minutes.
        minutes: u32,
    },
    /// Ends the announcement of a call.
    EndCall {
        /// The customer.
        customer: CustomerId,
    },
    /// Makes a member of the staff.
    AddStaff {
        /// Their name, 1 to 64 characters.
        name: String,
        /// What they are.
        roles: Vec<StaffRole>,
    },
    /// Gives a member other roles.
    SetRoles {
        /// The member.
        staff: StaffId,
        /// All the roles that they have from then on.
        roles: Vec<StaffRole>,
    },
    /// Ends a member's access.
    DisableStaff {
        /// The member.
        staff: StaffId,
    },
    /// Gives a member a new activation code. Their passkey and their session end.
    ReissueStaff {
        /// The member.
        staff: StaffId,
    },
}

impl StaffAct {
    /// Its name in the policies.
    #[must_use]
    pub const fn action(&self) -> StaffAction {
        match self {
            Self::IssueCode { .. } => StaffAction::IssueCode,
            Self::Unlock { .. } => StaffAction::Unlock,
            Self::Resume { .. } => StaffAction::Resume,
            Self::Revoke { .. } => StaffAction::Revoke,
            Self::RevokeAll { .. } => StaffAction::RevokeAll,
            Self::RaiseLimit { .. } => StaffAction::RaiseLimit,
            Self::Erase { .. } => StaffAction::Erase,
            Self::AnnounceCall { .. } => StaffAction::AnnounceCall,
            Self::EndCall { .. } => StaffAction::EndCall,
            Self::AddStaff { .. } => StaffAction::AddStaff,
            Self::SetRoles { .. } => StaffAction::SetRoles,
            Self::DisableStaff { .. } => StaffAction::DisableStaff,
            Self::ReissueStaff { .. } => StaffAction::ReissueStaff,
        }
    }

    /// The customer whom it names.
    #[must_use]
    pub const fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::IssueCode { customer }
            | Self::Unlock { customer }
            | Self::Resume { customer }
            | Self::RevokeAll { customer }
            | Self::RaiseLimit { customer, .. }
            | Self::Erase { customer }
            | Self::AnnounceCall { customer, .. }
            | Self::EndCall { customer } => Some(customer),
            Self::Revoke { .. }
            | Self::AddStaff { .. }
            | Self::SetRoles { .. }
            | Self::DisableStaff { .. }
            | Self::ReissueStaff { .. } => None,
        }
    }
}

/// The body of `POST /v1/staff/acts`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoAct {
    /// What is done, or proposed if it takes two people.
    pub act: StaffAct,
    /// Why, for the audit record: 1 to 1,024 bytes.
    pub reason: String,
}

/// What an act brought about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ActOutcome {
    /// An activation code for a customer. Only who asked for it sees it.
    Code(IssuedCode),
    /// Refused logins were forgotten.
    Unlocked(LoginsUnlocked),
    /// A stop was ended.
    Resumed(CustomerResumed),
    /// A device was revoked.
    Revoked(Revoked),
    /// All devices of a customer were revoked.
    Stopped(EverythingStopped),
    /// The limit of a customer's day was raised.
    LimitRaised {
        /// The limit.
        day: Money,
        /// Until when.
        until: Time,
    },
    /// A customer was erased.
    Erased(Erased),
    /// A call was announced.
    CallAnnounced(BankCall),
    /// The announcement of a call was ended.
    CallEnded(CallEnded),
    /// An activation code for a member of the staff. Only who asked for it sees it.
    StaffCode(StaffCode),
    /// A member of the staff has other roles, or no access any more.
    StaffChanged {
        /// The member.
        staff: StaffId,
    },
    /// It was done; what it brought about is for whom asked for it.
    Done,
}

/// The answer to `POST /v1/staff/acts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ActAnswer {
    /// It was done.
    Done {
        /// What it brought about.
        outcome: ActOutcome,
    },
    /// It waits for a second person.
    Proposed {
        /// What the second person approves.
        proposal: ProposalId,
        /// Until when.
        expires: Time,
    },
}

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// It waits for a second person.
    Waiting,
    /// Somebody approved it, and it was done.
    Done,
    /// Somebody refused it.
    Refused,
    /// Nobody answered in time.
    Expired,
}

/// An act that somebody proposed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalRow {
    /// The proposal.
    pub proposal: ProposalId,
    /// What is proposed.
    pub act: StaffAct,
    /// Why.
    pub reason: String,
    /// Who proposed it.
    pub by: StaffId,
    /// Their name.
    pub by_name: String,
    /// When.
    pub made: Time,
    /// Until when it may be answered, and is shown.
    pub expires: Time,
    /// What became of it.
    pub state: ProposalState,
    /// Who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<StaffId>,
    /// The reason of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_reason: Option<String>,
    /// What it brought about. Only who proposed it sees a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ActOutcome>,
}

/// The answer to `GET /v1/staff/proposals`: the member's own, and those that the member may answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposals {
    /// The oldest first.
    pub proposals: Vec<ProposalRow>,
}

/// The body of `POST /v1/staff/approvals` and `POST /v1/staff/refusals`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerProposal {
    /// The proposal.
    pub proposal: ProposalId,
    /// Why, for the audit record: 1 to 1,024 bytes.
    pub reason: String,
}

/// The query of `GET /v1/staff/customers/{customer}`, and of the audit records about one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookReason {
    /// Why, for the audit record: 1 to 1,024 bytes.
    pub reason: String,
    /// For audit records: only those before this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// What ciam knows of a customer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerSeen {
    /// The customer.
    pub customer: CustomerId,
    /// When the customer stopped everything, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Time>,
    /// Until when logins are refused unheard, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_until: Option<Time>,
    /// Counts of refused logins that `unlock` would forget.
    pub refused_logins: usize,
    /// Whether the customer has a password.
    pub has_password: bool,
    /// All devices, the oldest first.
    pub devices: Vec<DeviceSeen>,
    /// The passkeys, the oldest first.
    pub passkeys: Vec<PasskeySeen>,
    /// The sessions, the oldest first.
    pub sessions: Vec<SessionSeen>,
}

/// A device of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSeen {
    /// The device.
    pub device: DeviceId,
    /// `app` or `browser`.
    pub form: String,
    /// When it was enrolled.
    pub enrolled: Time,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// A passkey of a customer. Its name is the customer's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeySeen {
    /// The passkey.
    pub passkey: PasskeyId,
    /// The device by which it was registered.
    pub device: DeviceId,
    /// When it was registered.
    pub registered: Time,
    /// When it last logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Time>,
}

/// A session of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSeen {
    /// The session.
    pub session: SessionId,
    /// Its device.
    pub device: DeviceId,
    /// When the login was.
    pub began: Time,
    /// When it ends.
    pub expires: Time,
}

/// The answer to `GET /v1/staff/customers/{customer}/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditTrail {
    /// Records about the customer and their devices, the newest first, at most 1,000.
    pub records: Vec<AuditRow>,
    /// Where the next request goes on, if there may be earlier ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// An audit record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Its number.
    pub number: u64,
    /// When it was written.
    pub time: Time,
    /// Who acted.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// The details, each with its name.
    pub details: std::collections::BTreeMap<String, String>,
}

redacted!(
    MakeFirstAdministrator,
    StaffCode,
    BeginActivation,
    ActivateStaff,
    StaffMember,
    StaffLogin,
    StaffSessionBegun,
    StaffAct,
    DoAct,
    ProposalRow,
    AnswerProposal,
    LookReason,
    CustomerSeen
);
