//! The arguments of the security stack and of the server keys.

use super::{BankLocation, Listing};
use clap::{Args, Subcommand};
use std::net::IpAddr;

#[derive(Debug, Subcommand)]
pub(crate) enum Stack {
    /// List the server keys that are valid, by their hashes, the oldest first.
    Keys(Listing),
    /// Make a server key valid beside the one that is: what `passbook server-key new` or `show` printed, on standard input.
    AddKey(Listing),
    /// End the older of two valid keys.
    RetireKey(Listing),
    /// Show the newest packages that were stopped, with everything that is known of them.
    Exceptions(Listing),
    /// List the addresses that may not connect.
    Disallowed(Disallowed),
    /// Let an address connect again, after a named person has reviewed what it did.
    Release(ReleaseAddress),
}

#[derive(Debug, Args)]
pub(crate) struct Disallowed {
    /// Print a script for nft(8), which has the machine's firewall drop what comes from these addresses.
    ///
    /// It fills the set `passbook_disallowed` of the table `inet passbook`, in one transaction:
    ///
    /// passbook stack disallowed --nft | nft -f -
    #[arg(long, conflicts_with = "json")]
    pub(crate) nft: bool,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReleaseAddress {
    /// The address.
    pub(crate) address: IpAddr,
    /// The person who reviewed it.
    #[arg(long)]
    pub(crate) by: String,
    /// Why it may connect again.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) bank: BankLocation,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServerKey {
    /// Print what the bank adds of the key in use.
    Show(Listing),
    /// Make the next key, and print what the bank adds of it.
    New(Listing),
    /// Use the next key from now on. The bank must have added it.
    Use(Listing),
}
