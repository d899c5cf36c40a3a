//! What a page asks of the core.

use crate::model::{Draft, Failure, Lock, Unlocked};
use protocol::http::{PayeeCheckRequest, SetBrake, SetPassword};
use serde::{Deserialize, Serialize};
use types::{AccountId, BusinessDate, ClientId, DeviceId, IntentId, PasskeyId, SessionId};

/// A question with its number, which its reply has, too.
#[derive(Debug, Serialize, Deserialize)]
pub struct Question {
    /// The number.
    pub id: u32,
    /// What is asked.
    pub ask: Ask,
}

/// The answer to a question: JSON of the type that the question names.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reply {
    /// The question's number.
    pub id: u32,
    /// The answer.
    pub answer: Result<String, Failure>,
}

/// A question. Each says which type answers it. `language` is the order's locale: `en` or `th`.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Enrols this browser for the customer; answered by [`Unlocked`], the key that [`Ask::LockWith`] locks.
    Enrol {
        /// The customer number.
        customer: String,
        /// The activation code with the root's fingerprint.
        code: String,
    },
    /// Locks the storage key, in place of an earlier lock; answered by `()`. A password takes about a second.
    LockWith {
        /// The storage key.
        key: Unlocked,
        /// What releases it from then on.
        lock: Lock,
    },
    /// Releases the storage key; answered by [`Unlocked`]. A password takes about a second.
    Unlock(Lock),
    /// Opens the passbook; answered by [`Home`](crate::model::Home).
    Open {
        /// The storage key.
        key: Unlocked,
        /// The language of the bank's words.
        language: String,
    },
    /// Forgets everything that was opened; answered by `()`.
    Lock,
    /// All accounts after one, at most 256; answered by [`Account`](crate::model::Account)s.
    Accounts(Option<AccountId>),
    /// A window of the entries of an account, or of those that belong to no account, newest first; answered by
    /// [`EntryPage`](crate::model::EntryPage).
    Entries {
        /// The account.
        account: Option<AccountId>,
        /// Words that an entry must contain, or an amount; empty for all.
        search: String,
        /// The index of the first entry wanted.
        from: usize,
        /// How many are wanted, at most 256.
        count: usize,
    },
    /// The months of an account, the oldest first; answered by [`Month`](crate::model::Month)s.
    Months(AccountId),
    /// All transactions of an account whose business date is in the month that begins then, the oldest first; answered by
    /// [`Entry`](crate::model::Entry)s.
    Statement {
        /// The account.
        account: AccountId,
        /// The first day of the month.
        first: BusinessDate,
    },
    /// One entry by its id; answered by an optional [`Entry`](crate::model::Entry).
    Entry(String),
    /// This device; answered by [`Device`](crate::model::Device).
    Device,
    /// Reviews a draft; answered by [`Review`](crate::model::Review), whose id [`Ask::Submit`] takes.
    Compose {
        /// What the person typed.
        draft: Box<Draft>,
        /// The language of the text to sign.
        language: String,
    },
    /// Signs the reviewed order with that id, for which the person's passkey is asked; answered by
    /// [`Order`](crate::model::Order).
    Submit {
        /// The review's id.
        intent: String,
        /// The language of the bank's words.
        language: String,
    },
    /// Approves an order a second time; answered by [`Order`](crate::model::Order).
    Approve {
        /// The order.
        intent: String,
        /// The language of the bank's words.
        language: String,
    },
    /// Sends what waits, now; answered by `()`.
    SendOrders,
    /// The orders of this device, newest first; answered by [`Order`](crate::model::Order)s.
    Orders {
        /// The language of the bank's words.
        language: String,
    },
    /// What the bank executes later; answered by [`PendingOrder`](crate::model::PendingOrder)s.
    PendingOrders {
        /// The language of the bank's words.
        language: String,
    },
    /// The payments that other apps prepared; answered by [`Initiation`](crate::model::Initiation)s.
    Initiations,
    /// The payees; answered by [`Payee`](crate::model::Payee)s.
    Payees,
    /// The standing orders; answered by [`StandingOrder`](crate::model::StandingOrder)s.
    StandingOrders {
        /// The language of the bank's words.
        language: String,
    },
    /// What can be ordered without a network; answered by [`Allowance`](crate::model::Allowance).
    Allowance,
    /// The limits and brakes as this device knows them; answered by optional `OrderLimits`.
    KnownLimits,
    /// The limits and brakes as the bank has them now; answered by `OrderLimits`.
    Limits,
    /// Sets or ends a brake; answered by `OrderLimits`.
    SetBrake(SetBrake),
    /// To whom an account belongs; answered by `PayeeCheckAnswer`.
    CheckPayee(PayeeCheckRequest),
    /// Logs the person in with their passkey; answered by `()`.
    LogIn,
    /// What the person does at the bank beside orders.
    Person(PersonAsk),
}

/// What the person does at the bank beside orders. Most need a login; the answer is then the failure `not_logged_in`.
#[derive(Debug, Serialize, Deserialize)]
pub enum PersonAsk {
    /// The passkeys; answered by `PasskeyRow`s.
    Passkeys,
    /// Makes and registers a passkey under that name; answered by `PasskeyRow`.
    AddPasskey(String),
    /// Removes one; answered by `()`.
    RemovePasskey(PasskeyId),
    /// The devices; answered by `OwnDevice`s.
    Devices,
    /// Removes one; answered by `()`.
    RemoveDevice(DeviceId),
    /// A code for a new device; answered by `IssuedCode`.
    MakeCode,
    /// The devices that wait for an answer; answered by `WaitingDevice`s.
    WaitingDevices,
    /// Approves the waiting device with the number that it shows, or refuses it; answered by `bool`.
    AnswerWaiting(DeviceId, Option<String>),
    /// Declines a payment that another app prepared; answered by `()`.
    Decline(IntentId),
    /// Whether the customer has a password; answered by `PasswordState`.
    Password,
    /// A new secret for an authenticator app; answered by `PasswordBegun`.
    BeginPassword,
    /// Sets the password; answered by `PasswordState`.
    SetPassword(SetPassword),
    /// Removes it; answered by `PasswordState`.
    RemovePassword,
    /// The sessions; answered by `SessionsAnswer`.
    Sessions,
    /// Ends one; answered by `()`.
    EndSession(SessionId),
    /// What other apps may know; answered by `ConsentRow`s.
    Consents,
    /// Withdraws a consent; answered by `()`.
    WithdrawConsent(ClientId),
    /// Whether the bank is calling; answered by `CallsAnswer`.
    Calls,
    /// The kill switch; answered by `()`.
    StopEverything,
}

impl Ask {
    /// Whether it can only be answered once the passbook is open.
    #[must_use]
    pub const fn needs_the_passbook(&self) -> bool {
        !matches!(
            self,
            Self::Enrol { .. }
                | Self::LockWith { .. }
                | Self::Unlock(_)
                | Self::Open { .. }
                | Self::Lock
        )
    }
}
