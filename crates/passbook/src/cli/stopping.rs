//! The arguments of the kill switch, and of the command that undoes it.

use super::BankLocation;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct StopEverything {
    /// Directory of the device's store and keys.
    #[arg(long, value_name = "DIR", default_value = "device")]
    pub(crate) dir: PathBuf,
    /// Stop without asking.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CustomerResume {
    /// Customer number.
    pub(crate) customer: String,
    /// Why, for the audit record.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
