//! The arguments of the kill switch.

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
