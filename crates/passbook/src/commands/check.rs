//! `passbook check`: the configuration and, while no server runs, the data directory.

use super::operate::configuration;
use crate::cli::Check;
use crate::data_directory::DataDirectory;
use crate::print::{json_line, line};
use anyhow::Context as _;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Serialize)]
struct Checked {
    ok: bool,
    data_directory: PathBuf,
    /// What was read and verified; empty where the data directory is not there yet.
    verified: Vec<String>,
}

/// Checks everything that a start would rely on, and changes nothing.
pub(crate) fn check(arguments: &Check) -> anyhow::Result<()> {
    let config = configuration(&arguments.place)?;
    let directory = DataDirectory::at(&config.data_directory);
    let mut verified = Vec::new();
    if directory.path().exists() {
        for (name, path) in directory.logs() {
            let log = log_embedded::check(&path).with_context(|| {
                format!("the {name} log; while `passbook serve` runs on it, nobody else opens it")
            })?;
            verified.push(format!(
                "{name} log: {} groups in the write-ahead log, {} records in {} segments",
                log.groups, log.segment_records, log.segments
            ));
        }
        for (service, path) in directory.databases() {
            database::check(&path)
                .with_context(|| format!("the database of {service} in {}", path.display()))?;
            verified.push(format!("{service} database: every page and index"));
        }
        for (service, path) in directory.audited() {
            let head = database::audit_chain::verify(&path)
                .with_context(|| format!("the audit records of {service}"))?;
            verified.push(format!("{service} audit: {} records", head.number));
        }
    }
    if arguments.json {
        return json_line(&Checked {
            ok: true,
            data_directory: config.data_directory,
            verified,
        });
    }
    line(format_args!("The configuration is good."))?;
    if verified.is_empty() {
        let path = config.data_directory.display();
        return line(format_args!(
            "{path} is not there yet; `passbook serve` creates it."
        ));
    }
    for what in verified {
        line(format_args!("  {what}: good"))?;
    }
    Ok(())
}
