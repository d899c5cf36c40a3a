//! The arguments of attestations for development.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use types::VerdictLevel;

#[derive(Debug, Subcommand)]
pub(crate) enum Attestation {
    /// Make a root for development, and print what to configure.
    ///
    /// `passbook enrol --attested-by DIRECTORY` has it attest a device. Both are software: whoever has the directory attests what
    /// they like, so no bank with customers configures such a root.
    Root(DevelopmentRoot),
}

#[derive(Debug, Args)]
pub(crate) struct DevelopmentRoot {
    /// Directory of the root's key and certificate; it must not exist.
    pub(crate) directory: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a root for development attests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Claim {
    /// The truth: keys in software.
    Software,
    /// Hardware that is not there, to see what a bank does then.
    Hardware,
}

impl From<Claim> for VerdictLevel {
    fn from(claim: Claim) -> Self {
        match claim {
            Claim::Software => Self::Basic,
            Claim::Hardware => Self::Hardware,
        }
    }
}
