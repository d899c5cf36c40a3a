//! The arguments of the commands that order.

use clap::{Args, Subcommand, ValueEnum};
use order::Scheme;
use std::path::PathBuf;

/// The device that orders.
#[derive(Debug, Clone, Args)]
pub(crate) struct OrderingDevice {
    /// Directory of the device's store and keys.
    #[arg(long, global = true, value_name = "DIR", default_value = "device")]
    pub(crate) dir: PathBuf,
    /// Use no network. An order is signed and waits; `passbook orders send` or `passbook device` sends it.
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// Print JSON objects, one a line. Without --yes nothing is signed: the review is printed.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Sign without asking, for scripts.
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// Language of the text that is signed, and of what is said of orders.
    #[arg(long, global = true, value_enum, default_value_t = Language::En, value_name = "LANGUAGE")]
    pub(crate) language: Language,
    /// How many seconds to wait for the outcome after the order was sent.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) wait: u64,
}

/// A language of the shown text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    En,
    Th,
}

/// How a creditor is identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemeName {
    /// An account at this bank.
    Account,
    /// An account at another bank of the country; needs --bank and --name.
    Domestic,
    /// An IBAN; needs --name.
    Iban,
    /// An account abroad; needs --bank with a BIC, and --name.
    Swift,
    /// `mobile:`, `national:` or `ewallet:` and digits.
    Proxy,
    /// A biller; needs --bill.
    Biller,
}

impl From<SchemeName> for Scheme {
    fn from(name: SchemeName) -> Self {
        match name {
            SchemeName::Account => Self::Account,
            SchemeName::Domestic => Self::Domestic,
            SchemeName::Iban => Self::Iban,
            SchemeName::Swift => Self::Swift,
            SchemeName::Proxy => Self::Proxy,
            SchemeName::Biller => Self::Biller,
        }
    }
}

/// Who gets the money.
#[derive(Debug, Clone, Args)]
pub(crate) struct CreditorArguments {
    /// Account number, IBAN, proxy (`mobile:0812345678`), or a biller's id.
    #[arg(value_name = "TO", required_unless_present = "payee")]
    pub(crate) to: Option<String>,
    /// A payee of the customer's list, by its id, instead of TO.
    #[arg(long, value_name = "ID", conflicts_with_all = ["to", "scheme", "bank", "name", "bill"])]
    pub(crate) payee: Option<String>,
    /// What TO is. Without it: a biller with --bill, an IBAN or a proxy if it looks like one, with --bank an account there, else
    /// an account at this bank.
    #[arg(long, value_enum, value_name = "SCHEME")]
    pub(crate) scheme: Option<SchemeName>,
    /// The creditor's bank: a BIC, or the country's bank code.
    #[arg(long, value_name = "BANK")]
    pub(crate) bank: Option<String>,
    /// The creditor's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// A reference of the bill; up to three times.
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) bill: Vec<String>,
}

/// What is paid.
#[derive(Debug, Clone, Args)]
pub(crate) struct Payment {
    /// Amount with at most its currency's decimals, in the account's currency or followed by it ("12.50", "12.50 EUR").
    pub(crate) amount: String,
    #[command(flatten)]
    pub(crate) creditor: CreditorArguments,
    /// The account that pays. Without it, the customer's only account.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) from: Option<String>,
    /// The text that the creditor reads, at most 140 characters.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reference: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Pay {
    #[command(flatten)]
    pub(crate) payment: Payment,
    /// The day of execution (YYYY-MM-DD). Without it, at once.
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Option<String>,
    #[command(flatten)]
    pub(crate) device: OrderingDevice,
}

#[derive(Debug, Args)]
pub(crate) struct Orders {
    #[command(subcommand)]
    pub(crate) action: Option<OrdersAction>,
    #[command(flatten)]
    pub(crate) device: OrderingDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrdersAction {
    /// List this device's orders, the newest first, the pending orders of other devices, and what can be ordered offline.
    List,
    /// Send the orders that wait, ask about those whose answer was lost, and fetch vouchers.
    Send,
    /// Approve an order again, because the bank asks for it: shows its text and why, and signs once more.
    Approve {
        /// The order's id, as `passbook orders` shows it.
        intent: String,
    },
    /// Cancel an order that is not executed yet.
    Cancel {
        /// The order's id, as `passbook orders` shows it.
        intent: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Initiations {
    #[command(subcommand)]
    pub(crate) action: Option<InitiationsAction>,
    #[command(flatten)]
    pub(crate) device: OrderingDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InitiationsAction {
    /// List what waits, the oldest first.
    List,
    /// Approve a payment: order exactly what the app prepared.
    Approve {
        /// The payment's id, as `passbook initiations` shows it.
        initiation: String,
        /// The account that pays, if the app named none and the customer has several.
        #[arg(long, value_name = "ACCOUNT")]
        from: Option<String>,
    },
    /// Decline a payment: the app learns that it is not made.
    Decline {
        /// The payment's id, as `passbook initiations` shows it.
        initiation: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Payees {
    #[command(subcommand)]
    pub(crate) action: Option<PayeesAction>,
    #[command(flatten)]
    pub(crate) device: OrderingDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PayeesAction {
    /// List the customer's payees.
    List,
    /// Add a payee.
    Add {
        #[command(flatten)]
        creditor: CreditorArguments,
        /// The customer's own name for the payee, at most 70 characters.
        #[arg(long, value_name = "NAME")]
        own_name: Option<String>,
    },
    /// Remove a payee.
    Remove {
        /// The payee's id, as `passbook payees` shows it.
        payee: String,
    },
    /// Ask the bank whether an account belongs to the name given with --name.
    Check {
        #[command(flatten)]
        creditor: CreditorArguments,
    },
}

/// How often a standing order pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FrequencyName {
    Week,
    Month,
    Quarter,
    Year,
}

#[derive(Debug, Args)]
pub(crate) struct Standing {
    #[command(subcommand)]
    pub(crate) action: Option<StandingAction>,
    #[command(flatten)]
    pub(crate) device: OrderingDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StandingAction {
    /// List the customer's standing orders.
    List,
    /// Create a standing order.
    Create(Box<StandingCreate>),
    /// End a standing order.
    End {
        /// The standing order's id, as `passbook standing` shows it.
        standing: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StandingCreate {
    #[command(flatten)]
    pub(crate) payment: Payment,
    /// How often it pays.
    #[arg(long, value_enum, value_name = "FREQUENCY")]
    pub(crate) every: FrequencyName,
    /// The day of the first payment (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub(crate) first: String,
    /// The last day on which it may pay (YYYY-MM-DD). Without it, it pays until it is ended.
    #[arg(long, value_name = "DATE")]
    pub(crate) last: Option<String>,
}
