//! The audit records of ciam's actions.

use crate::bank_actor::{BankActor, RevokedBy, staff_actor};
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::CustomerIndex;
use crate::store::code::MadeBy;
use audit::Subject;
use database::{Transaction, audit_chain};
use types::{
    ClientId, DeviceId, GrantId, Kid, Money, PasskeyId, ProposalId, SessionId, StaffAction,
    StaffId, StaffRole, Time, base64url,
};

/// An action of ciam. Customers are named by their blind index, because records are stored in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// A code was made.
    CodeIssued {
        customer: CustomerIndex,
        by: MadeBy,
        expires: Time,
    },
    /// A device gave a code which another device made, and waits for approval.
    DeviceWaits {
        customer: CustomerIndex,
        device: DeviceId,
    },
    /// A device of the customer answered for one that waits: it may enrol, or is refused.
    WaitingAnswered {
        customer: CustomerIndex,
        device: DeviceId,
        by: DeviceId,
        answer: &'static str,
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
        verdict: String,
    },
    /// A device got a channel token.
    TokenIssued {
        device: DeviceId,
        occasion: Occasion,
        token: String,
        expires: Time,
    },
    /// A device was revoked.
    DeviceRevoked {
        device: DeviceId,
        revocation: u64,
        by: RevokedBy,
    },
    /// Everything of a customer was stopped.
    CustomerStopped {
        customer: CustomerIndex,
        by: RevokedBy,
        devices: u64,
    },
    /// The bank raised the limit of a customer's day.
    LimitRaised {
        customer: CustomerIndex,
        day: Money,
        until: Time,
        by: BankActor,
    },
    /// The bank ended a customer's stop.
    CustomerResumed {
        customer: CustomerIndex,
        by: BankActor,
    },
    /// Somebody of the bank announced a call to a customer.
    CallAnnounced {
        customer: CustomerIndex,
        desk: String,
        by: BankActor,
    },
    /// The announcement of a call was ended.
    CallEnded {
        customer: CustomerIndex,
        by: BankActor,
    },
    /// notification numbered the rekey for a revocation.
    Rekeyed { device: DeviceId, revocation: u64 },
    /// A customer's data was erased.
    CustomerErased {
        customer: CustomerIndex,
        by: BankActor,
    },
    /// A device registered a passkey.
    PasskeyAdded {
        customer: CustomerIndex,
        device: DeviceId,
        passkey: PasskeyId,
        verdict: String,
    },
    /// A device's registration of a passkey failed a check.
    PasskeyRefused {
        device: DeviceId,
        reason: &'static str,
    },
    /// A passkey got another name.
    PasskeyRenamed {
        customer: CustomerIndex,
        device: DeviceId,
        passkey: PasskeyId,
    },
    /// A passkey was removed.
    PasskeyRemoved {
        customer: CustomerIndex,
        device: DeviceId,
        passkey: PasskeyId,
    },
    /// A new password failed a check.
    PasswordRefused {
        device: DeviceId,
        reason: &'static str,
    },
    /// A password was set or removed.
    PasswordChanged {
        customer: CustomerIndex,
        device: DeviceId,
        set: bool,
    },
    /// A person logged in.
    LoggedIn {
        customer: CustomerIndex,
        device: DeviceId,
        /// `None` if it was by password.
        passkey: Option<PasskeyId>,
        session: SessionId,
        /// Why the customer should look at it.
        unusual: Option<String>,
    },
    /// A person logged in at the outside provider.
    LoggedInAtProvider {
        customer: CustomerIndex,
        device: DeviceId,
        session: SessionId,
    },
    /// A session ended because its login did at the outside provider.
    LoggedOutAtProvider {
        customer: CustomerIndex,
        device: DeviceId,
        session: SessionId,
    },
    /// A login at the outside provider did not give a new device a code.
    ProviderCodeRefused { reason: &'static str },
    /// A login was refused.
    LoginRefused {
        customer: CustomerIndex,
        device: DeviceId,
        reason: &'static str,
    },
    /// A person asked for a one-time code. It was sent if the password was right.
    CodeAsked {
        customer: CustomerIndex,
        device: DeviceId,
        sent: bool,
    },
    /// A person logged in at the plain pages.
    PlainLoggedIn {
        customer: CustomerIndex,
        session: SessionId,
    },
    /// A login at the plain pages was refused. Nobody may have that customer number.
    PlainLoginRefused {
        customer: CustomerIndex,
        reason: &'static str,
    },
    /// Somebody asked for a one-time code at the plain pages. It was sent if the password was right.
    PlainCodeAsked { customer: CustomerIndex, sent: bool },
    /// A person left the plain pages.
    PlainSessionEnded {
        customer: CustomerIndex,
        session: SessionId,
    },
    /// A person ended a session.
    SessionEnded {
        customer: CustomerIndex,
        device: DeviceId,
        session: SessionId,
    },
    /// A person logged in for a client, at the OpenID provider's page.
    ClientLogin {
        customer: CustomerIndex,
        client: ClientId,
        passkey: PasskeyId,
    },
    /// A login for a client was refused.
    ClientLoginRefused {
        client: ClientId,
        reason: &'static str,
    },
    /// A person allowed a client something.
    ConsentGiven {
        customer: CustomerIndex,
        client: ClientId,
        scopes: String,
    },
    /// A person withdrew what they had allowed a client.
    ConsentWithdrawn {
        customer: CustomerIndex,
        device: DeviceId,
        client: ClientId,
    },
    /// A client redeemed a code.
    CodeRedeemed {
        customer: CustomerIndex,
        client: ClientId,
        grant: GrantId,
    },
    /// A client sent a code again, and the grant that came of it ended.
    CodeReused {
        customer: CustomerIndex,
        client: ClientId,
        grant: GrantId,
    },
    /// A client gave a grant back.
    GrantRevoked {
        customer: CustomerIndex,
        client: ClientId,
        grant: GrantId,
    },
    /// The bank had a customer's refused logins forgotten.
    LoginsUnlocked {
        customer: CustomerIndex,
        by: BankActor,
    },
    /// The account of a member of the staff was made.
    StaffAdded {
        staff: StaffId,
        roles: Vec<StaffRole>,
        by: BankActor,
    },
    /// A member of the staff has other roles, no access any more, or a new code.
    StaffChanged {
        staff: StaffId,
        what: &'static str,
        roles: Option<Vec<StaffRole>>,
        by: BankActor,
    },
    /// A member activated their account.
    StaffActivated {
        staff: StaffId,
        passkey: PasskeyId,
        verdict: String,
    },
    /// A member logged in.
    StaffLoggedIn { staff: StaffId, session: SessionId },
    /// A member's login was refused.
    StaffLoginRefused {
        staff: StaffId,
        reason: &'static str,
    },
    /// The policies forbade a member something.
    StaffForbidden {
        staff: StaffId,
        action: StaffAction,
        customer: Option<CustomerIndex>,
    },
    /// A member looked at a customer.
    CustomerLookedAt {
        staff: StaffId,
        action: StaffAction,
        customer: CustomerIndex,
        reason: String,
    },
    /// A member proposed an act to a second person.
    Proposed {
        staff: StaffId,
        proposal: ProposalId,
        action: StaffAction,
        customer: Option<CustomerIndex>,
        reason: String,
    },
    /// A second person answered.
    ProposalAnswered {
        staff: StaffId,
        proposal: ProposalId,
        customer: Option<CustomerIndex>,
        approved: bool,
        reason: String,
    },
    /// A key was made.
    KeyMade {
        kid: Kid,
        purpose: &'static str,
        from: Time,
    },
    /// A key with nothing left to sign or verify was destroyed.
    KeyDestroyed { kid: Kid },
}

/// The outside provider's name as an actor.
const PROVIDER: &str = "login provider";

/// Who acts at the plain pages, where no device does.
const PLAIN_PAGES: &str = "plain pages";

impl MadeBy {
    fn act(&self, now: Time, action: &str) -> audit::Act {
        match self {
            Self::Bank(by) => by.act(now, action),
            Self::Device(device) => audit::Act::new(now, &device.to_string(), action),
            Self::Provider { .. } => audit::Act::new(now, PROVIDER, action),
        }
    }
}

impl RevokedBy {
    fn act(&self, now: Time, action: &str) -> audit::Act {
        match self {
            Self::Bank(by) => by.act(now, action),
            Self::Device(device) => audit::Act::new(now, &device.to_string(), action),
        }
    }
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
        let member = |staff: &StaffId| Subject::new("staff", staff);
        let by_staff = |staff: &StaffId, action| act(&staff_actor(*staff), action);
        let about_any = |act: audit::Act, index: &Option<CustomerIndex>| match index {
            Some(index) => act.about(customer(index)),
            None => act,
        };
        let words = |roles: &[StaffRole]| {
            let words: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
            words.join(" ")
        };
        // No client's id can be another actor's name.
        let by_client = |client: &ClientId, action| act(&format!("client:{client}"), action);
        let of_grant = |client: &ClientId, action, (index, grant): (_, &GrantId)| {
            let act = by_client(client, action).about(customer(index));
            act.with("grant", grant)
        };
        match self {
            Self::CodeIssued {
                customer: index,
                by,
                expires,
            } => by
                .act(now, "activation_code.issued")
                .about(customer(index))
                .with("expires", expires.ms()),
            Self::DeviceWaits {
                customer: index,
                device: id,
            } => act(&id.to_string(), "device.waits")
                .about(customer(index))
                .about(device(id)),
            Self::WaitingAnswered {
                customer: index,
                device: id,
                by,
                answer,
            } => act(&by.to_string(), "device.answered")
                .about(customer(index))
                .about(device(id))
                .with("answer", answer),
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
                verdict,
            } => act(&id.to_string(), "device.enrolled")
                .about(customer(index))
                .about(device(id))
                .with("statement", statement)
                .with("verdict", verdict),
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
                by,
            } => by
                .act(now, "device.revoked")
                .about(device(id))
                .with("revocation", revocation),
            Self::CustomerStopped {
                customer: index,
                by,
                devices,
            } => {
                let act = by.act(now, "customer.stopped").about(customer(index));
                let act = match by {
                    RevokedBy::Device(id) => act.about(device(id)),
                    RevokedBy::Bank(_) => act,
                };
                act.with("devices", devices)
            }
            Self::LimitRaised {
                customer: index,
                day,
                until,
                by,
            } => by
                .act(now, "limit.raised")
                .about(customer(index))
                .with("day", day)
                .with("until", until.ms()),
            Self::CustomerResumed {
                customer: index,
                by,
            } => by.act(now, "customer.resumed").about(customer(index)),
            Self::CallAnnounced {
                customer: index,
                desk,
                by,
            } => by
                .act(now, "call.announced")
                .about(customer(index))
                .with("desk", desk),
            Self::CallEnded {
                customer: index,
                by,
            } => by.act(now, "call.ended").about(customer(index)),
            Self::Rekeyed {
                device: id,
                revocation,
            } => act("ciam", "device.shut_out")
                .about(device(id))
                .with("revocation", revocation),
            Self::CustomerErased {
                customer: index,
                by,
            } => by.act(now, "customer.erased").about(customer(index)),
            Self::PasskeyAdded {
                customer: index,
                device: id,
                passkey,
                verdict,
            } => act(&id.to_string(), "passkey.added")
                .about(customer(index))
                .about(Subject::new("passkey", passkey))
                .with("attestation", verdict),
            Self::PasskeyRefused { device: id, reason } => {
                act(&id.to_string(), "passkey.refused").with("reason", reason)
            }
            Self::PasskeyRenamed {
                customer: index,
                device: id,
                passkey,
            } => act(&id.to_string(), "passkey.renamed")
                .about(customer(index))
                .about(Subject::new("passkey", passkey)),
            Self::PasskeyRemoved {
                customer: index,
                device: id,
                passkey,
            } => act(&id.to_string(), "passkey.removed")
                .about(customer(index))
                .about(Subject::new("passkey", passkey)),
            Self::LoggedIn {
                customer: index,
                device: id,
                passkey,
                session,
                unusual,
            } => {
                let act = act(&id.to_string(), "login.accepted").about(customer(index));
                let act = match passkey {
                    Some(passkey) => act.about(Subject::new("passkey", passkey)),
                    None => act,
                };
                let act = act.with("session", session);
                match unusual {
                    Some(reasons) => act.with("unusual", reasons),
                    None => act,
                }
            }
            Self::PasswordRefused { device: id, reason } => {
                act(&id.to_string(), "password.refused").with("reason", reason)
            }
            Self::PasswordChanged {
                customer: index,
                device: id,
                set,
            } => {
                let action = match set {
                    true => "password.set",
                    false => "password.removed",
                };
                act(&id.to_string(), action).about(customer(index))
            }
            Self::LoggedInAtProvider {
                customer: index,
                device: id,
                session,
            } => act(&id.to_string(), "login.accepted")
                .about(customer(index))
                .with("session", session)
                .with("by", PROVIDER),
            Self::LoggedOutAtProvider {
                customer: index,
                device: id,
                session,
            } => act(PROVIDER, "session.ended")
                .about(customer(index))
                .with("device", id)
                .with("session", session),
            Self::ProviderCodeRefused { reason } => {
                act(PROVIDER, "activation_code.refused").with("reason", reason)
            }
            Self::LoginRefused {
                customer: index,
                device: id,
                reason,
            } => act(&id.to_string(), "login.refused")
                .about(customer(index))
                .with("reason", reason),
            Self::CodeAsked {
                customer: index,
                device: id,
                sent,
            } => act(&id.to_string(), "login.code_asked")
                .about(customer(index))
                .with("sent", if *sent { "yes" } else { "no" }),
            Self::PlainLoggedIn {
                customer: index,
                session,
            } => act(PLAIN_PAGES, "login.accepted")
                .about(customer(index))
                .with("session", session),
            Self::PlainLoginRefused {
                customer: index,
                reason,
            } => act(PLAIN_PAGES, "login.refused")
                .about(customer(index))
                .with("reason", reason),
            Self::PlainCodeAsked {
                customer: index,
                sent,
            } => act(PLAIN_PAGES, "login.code_asked")
                .about(customer(index))
                .with("sent", if *sent { "yes" } else { "no" }),
            Self::PlainSessionEnded {
                customer: index,
                session,
            } => act(PLAIN_PAGES, "session.ended")
                .about(customer(index))
                .with("session", session),
            Self::SessionEnded {
                customer: index,
                device: id,
                session,
            } => act(&id.to_string(), "session.ended")
                .about(customer(index))
                .with("session", session),
            Self::ClientLogin {
                customer: index,
                client,
                passkey,
            } => by_client(client, "client_login.accepted")
                .about(customer(index))
                .about(Subject::new("passkey", passkey)),
            Self::ClientLoginRefused { client, reason } => {
                by_client(client, "client_login.refused").with("reason", reason)
            }
            Self::ConsentGiven {
                customer: index,
                client,
                scopes,
            } => by_client(client, "consent.given")
                .about(customer(index))
                .with("scopes", scopes),
            Self::ConsentWithdrawn {
                customer: index,
                device: id,
                client,
            } => act(&id.to_string(), "consent.withdrawn")
                .about(customer(index))
                .about(Subject::new("client", client)),
            Self::CodeRedeemed {
                customer: index,
                client,
                grant,
            } => of_grant(client, "code.redeemed", (index, grant)),
            Self::CodeReused {
                customer: index,
                client,
                grant,
            } => of_grant(client, "code.reused", (index, grant)),
            Self::GrantRevoked {
                customer: index,
                client,
                grant,
            } => of_grant(client, "grant.revoked", (index, grant)),
            Self::LoginsUnlocked {
                customer: index,
                by,
            } => by.act(now, "login.unlocked").about(customer(index)),
            Self::StaffAdded { staff, roles, by } => by
                .act(now, "staff.added")
                .about(member(staff))
                .with("roles", words(roles)),
            Self::StaffChanged {
                staff,
                what,
                roles,
                by,
            } => {
                let act = by.act(now, &format!("staff.{what}")).about(member(staff));
                match roles {
                    Some(roles) => act.with("roles", words(roles)),
                    None => act,
                }
            }
            Self::StaffActivated {
                staff,
                passkey,
                verdict,
            } => by_staff(staff, "staff.activated")
                .about(Subject::new("passkey", passkey))
                .with("attestation", verdict),
            Self::StaffLoggedIn { staff, session } => {
                by_staff(staff, "staff_login.accepted").with("session", session)
            }
            Self::StaffLoginRefused { staff, reason } => {
                by_staff(staff, "staff_login.refused").with("reason", reason)
            }
            Self::StaffForbidden {
                staff,
                action,
                customer: index,
            } => about_any(by_staff(staff, "staff.forbidden"), index).with("action", action),
            Self::CustomerLookedAt {
                staff,
                action,
                customer: index,
                reason,
            } => by_staff(staff, "customer.looked_at")
                .about(customer(index))
                .with("action", action)
                .with("reason", reason),
            Self::Proposed {
                staff,
                proposal,
                action,
                customer: index,
                reason,
            } => about_any(by_staff(staff, "proposal.made"), index)
                .about(Subject::new("proposal", proposal))
                .with("action", action)
                .with("reason", reason),
            Self::ProposalAnswered {
                staff,
                proposal,
                customer: index,
                approved,
                reason,
            } => {
                let action = match approved {
                    true => "proposal.approved",
                    false => "proposal.refused",
                };
                about_any(by_staff(staff, action), index)
                    .about(Subject::new("proposal", proposal))
                    .with("reason", reason)
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

    /// Writes the record of `act`, which changed nothing else.
    pub(crate) async fn record_alone(&self, act: Act) -> Result<(), Failure> {
        let ciam = self.clone();
        self.inner
            .database
            .write(async move |tx: &mut Transaction<'_>| ciam.record(tx, &act).await)
            .await
    }
}
