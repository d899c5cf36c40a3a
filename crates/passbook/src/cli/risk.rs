//! The arguments of the commands about risks.

use super::{BankLocation, Listing};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Risk {
    /// List the open cases: what was not let through, why, and what to ask the customer.
    Cases(Listing),
    /// Close a case with what somebody found out. A fraud counts against its device and payee from then on.
    Close(CloseCase),
    /// Explain a decision, by its id or by that of the order.
    Explain(ExplainDecision),
    /// The versions of the rules: draft, tested, active, retired.
    #[command(subcommand)]
    Rules(RiskRules),
    /// Judge the stored decisions again by a version of the rules. It then counts as tested.
    Backtest(BackTest),
    /// The lists of customers, addresses and countries.
    #[command(subcommand)]
    Lists(RiskListing),
}

#[derive(Debug, Args)]
pub(crate) struct CloseCase {
    /// The decision, as `passbook risk cases` shows it.
    #[arg(allow_hyphen_values = true)]
    pub(crate) decision: String,
    /// What was found out: `fraud` or `genuine`.
    pub(crate) outcome: String,
    #[command(flatten)]
    pub(crate) person: Person,
    /// What the customer said, for the next person.
    #[arg(long, default_value = "")]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

/// Who does it, for the audit record.
#[derive(Debug, Clone, Args)]
pub(crate) struct Person {
    /// Your name, for the audit record.
    #[arg(long = "by", value_name = "NAME")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainDecision {
    /// The decision's id, or the order's.
    #[arg(allow_hyphen_values = true)]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RiskRules {
    /// List the versions.
    List(Listing),
    /// Show the rules of a version as JSON, as a draft is written.
    Show(OfVersion),
    /// Store a draft from a file of JSON.
    Draft(DraftRules),
    /// Have a tested version decide. Another person than its author does it.
    Activate(StepOfVersion),
    /// Have a version decide again that decided before.
    Rollback(StepOfVersion),
    /// Have a version judge beside the active one, without effect.
    Shadow(StepOfVersion),
    /// End that.
    EndShadow(StepOfVersion),
}

#[derive(Debug, Args)]
pub(crate) struct OfVersion {
    /// The version.
    pub(crate) version: u32,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
}

#[derive(Debug, Args)]
pub(crate) struct DraftRules {
    /// The file.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) person: Person,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Debug, Args)]
pub(crate) struct StepOfVersion {
    /// The version.
    pub(crate) version: u32,
    #[command(flatten)]
    pub(crate) person: Person,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Debug, Args)]
pub(crate) struct BackTest {
    /// The version.
    pub(crate) version: u32,
    /// How many days of decisions.
    #[arg(long, default_value_t = 30)]
    pub(crate) days: u32,
    #[command(flatten)]
    pub(crate) person: Person,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RiskListing {
    /// Show the entries. Customers on the list of exceptions are not shown.
    Show(Listing),
    /// Add an entry, or change it.
    Add(AddEntry),
    /// Remove an entry.
    Remove(OfEntry),
}

#[derive(Debug, Args)]
pub(crate) struct OfEntry {
    /// `exception_user`, `trusted_address`, `untrusted_address`, `address_risk` or `negative_country`.
    pub(crate) list: String,
    /// A customer's number, a prefix such as 192.0.2.0/24, or a country's two letters.
    pub(crate) entry: String,
    #[command(flatten)]
    pub(crate) person: Person,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Debug, Args)]
pub(crate) struct AddEntry {
    #[command(flatten)]
    pub(crate) of: OfEntry,
    /// The risk of an address, 0 to 100.
    #[arg(long)]
    pub(crate) risk: Option<u8>,
    /// For how many hours it counts. Without it, until it is removed.
    #[arg(long)]
    pub(crate) hours: Option<u32>,
}
