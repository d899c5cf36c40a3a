//! The arguments of the bank's own certificate authority.

use crate::config::RoleName;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Ca {
    /// Make an authority for the certificates of services.
    ///
    /// Whoever has the directory makes services of the bank. Keep it off the servers.
    Init(CaInit),
    /// Issue a certificate for the services of one node.
    ///
    /// Give the directory to the node as `[services] directory`. Example:
    ///
    /// passbook ca issue app-1 --role ciam --role gateway --authority ca --to app-service
    Issue(CaIssue),
}

#[derive(Debug, Args)]
pub(crate) struct CaInit {
    /// Directory of the authority's key and certificate; it must not exist.
    pub(crate) directory: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CaIssue {
    /// Name of the node: letters, digits, hyphens and dots.
    pub(crate) node: String,
    /// A role of the node's services. Repeat it for several.
    #[arg(long = "role", required = true, value_name = "ROLE")]
    pub(crate) roles: Vec<RoleName>,
    /// Directory of the authority.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) authority: PathBuf,
    /// Directory of the certificate and its key; it must not exist.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) to: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
