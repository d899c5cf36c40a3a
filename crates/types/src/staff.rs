//! People of the bank: their roles, what they do, and what the bank's policies are asked about it.

use crate::{CustomerId, DeviceId, StaffId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The word is none of those that are listed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{word}` is none of {listed}")]
pub struct UnknownWord {
    word: String,
    listed: String,
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word as it is sent, stored and written in policies.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                let found = Self::ALL.iter().copied().find(|one| one.as_str() == word);
                found.ok_or_else(|| UnknownWord {
                    word: word.to_owned(),
                    listed: [$($word),*].join(", "),
                })
            }
        }

        impl TryFrom<String> for $name {
            type Error = UnknownWord;
            fn try_from(word: String) -> Result<Self, UnknownWord> {
                word.parse()
            }
        }

        impl From<$name> for String {
            fn from(one: $name) -> String {
                one.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(
    /// A role of somebody of the bank. The bank's policies say what each role may do.
    StaffRole {
        /// Serves customers.
        CustomerService = "customer_service",
        /// Carries out what moves access.
        Operations = "operations",
        /// Watches over access, and takes it away.
        Security = "security",
        /// Reads what was done.
        Auditor = "auditor",
        /// Makes and ends the accounts of the staff.
        Administrator = "administrator",
    }
);

words!(
    /// What somebody of the bank does.
    StaffAction {
        /// Looks at a customer.
        Look = "look",
        /// Reads the audit records about a customer.
        ReadAudit = "read_audit",
        /// Lists the staff.
        ListStaff = "list_staff",
        /// Issues an activation code for a device of a customer.
        IssueCode = "issue_code",
        /// Has a customer's refused logins forgotten.
        Unlock = "unlock",
        /// Ends the stop of a customer who stopped everything.
        Resume = "resume",
        /// Revokes a device.
        Revoke = "revoke",
        /// Revokes all devices of a customer, and stops their orders.
        RevokeAll = "revoke_all",
        /// Raises the bank's limit of a day for a customer.
        RaiseLimit = "raise_limit",
        /// Erases a customer.
        Erase = "erase",
        /// Announces a call to a customer.
        AnnounceCall = "announce_call",
        /// Ends the announcement of a call.
        EndCall = "end_call",
        /// Makes a member of the staff.
        AddStaff = "add_staff",
        /// Gives a member other roles.
        SetRoles = "set_roles",
        /// Ends a member's access.
        DisableStaff = "disable_staff",
        /// Gives a member a new activation code, for another passkey.
        ReissueStaff = "reissue_staff",
    }
);

/// What is acted upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StaffSubject {
    /// A customer.
    Customer {
        /// The customer's number.
        customer: CustomerId,
        /// Whether the customer has, or had, a device.
        was_enrolled: bool,
    },
    /// A device of a customer.
    Device(DeviceId),
    /// The bank: its staff.
    Bank,
}

/// How many people an act takes, and which of them is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eyes {
    /// The person does it, and nobody else looks.
    Alone,
    /// The person proposes it to a second one.
    Proposing,
    /// The person is the second one.
    Approving,
}

/// What the bank's policies are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffQuestion<'a> {
    /// Who acts.
    pub staff: StaffId,
    /// Their roles.
    pub roles: &'a [StaffRole],
    /// What they do.
    pub action: StaffAction,
    /// To whom.
    pub subject: &'a StaffSubject,
    /// Alone, or as one of two.
    pub eyes: Eyes,
    /// Whether somebody else who could approve has ever been active. It is asked for what is done to the staff: the first
    /// administrator has to act alone.
    pub has_second: bool,
}
