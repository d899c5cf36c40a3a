//! `passbook check`: the configuration and, if no server runs, the data directory.

use super::operate::configuration_on;
use crate::cli::Check;
use crate::deployment::Deployment;
use anyhow::Context as _;
use database::Location;
use log_embedded::OpenError;
use operator::DataDirectory;
use serde::Serialize;
use std::path::PathBuf;
use terminal::{json_line, line};

#[derive(Serialize)]
struct Checked {
    ok: bool,
    data_directory: PathBuf,
    /// Whether a server runs on the data directory, which is then not checked.
    in_use: bool,
    /// The verified parts. Empty if the data directory is in use or does not exist yet.
    verified: Vec<String>,
}

/// Checks everything that a start relies on, and changes nothing.
pub(crate) async fn check(arguments: &Check) -> anyhow::Result<()> {
    let config = configuration_on(&arguments.bank, arguments.database.as_ref())?;
    if let Some(tls) = config.tls() {
        tls.check()?;
    }
    let directory = config.directory()?;
    let state = look_at(&directory).await?;
    if arguments.json {
        return json_line(&Checked {
            ok: true,
            data_directory: config.data_directory,
            in_use: matches!(state, State::InUse),
            verified: match state {
                State::Whole(verified) => verified,
                State::Absent | State::InUse => Vec::new(),
            },
        });
    }
    line(format_args!("The configuration is valid."))?;
    let path = directory.path().display();
    match state {
        State::Absent => line(format_args!(
            "The data directory {path} does not exist yet, or is not finished; `passbook serve` creates it."
        )),
        State::InUse => line(format_args!(
            "A server runs on {path}: stop it to check the data directory, too."
        )),
        State::Whole(verified) => verified
            .into_iter()
            .try_for_each(|what| line(format_args!("  {what}: valid"))),
    }
}

/// The state of an undamaged data directory.
pub(super) enum State {
    /// Nothing was made yet, or a first start did not finish.
    Absent,
    InUse,
    /// The verified parts.
    Whole(Vec<String>),
}

pub(super) async fn look_at(directory: &DataDirectory) -> anyhow::Result<State> {
    if !directory.path().exists() {
        return Ok(State::Absent);
    }
    let Some(_lock) = directory.lock()? else {
        return Ok(State::InUse);
    };
    let deployment = Deployment::of(directory)?;
    directory.check_operator_token()?;
    if deployment.is_unfinished() {
        return Ok(State::Absent);
    }
    deployment.open_vault(directory).await?;
    let mut verified = vec!["vault: the keys".to_owned()];
    for (name, path) in directory.logs() {
        let log = match log_embedded::check(&path) {
            Ok(log) => log,
            Err(OpenError::InUse { .. }) => return Ok(State::InUse),
            Err(error) => return Err(anyhow::Error::from(error).context(format!("the {name} log"))),
        };
        verified.push(format!(
            "{name} log: {} groups in the write-ahead log, {} records in {} segments",
            log.groups, log.segment_records, log.segments
        ));
    }
    let mut databases = directory.databases().to_vec();
    let messages = directory.messages_database();
    if database::exists(&messages)? {
        databases.push(("messages", messages));
    }
    for (service, location) in databases {
        database::check(&location)
            .with_context(|| format!("the database of {service} in {location}"))?;
        let read = match location {
            Location::File(_) => "every page and index",
            Location::Server(_) => "every row",
        };
        verified.push(format!("{service} database: {read}"));
    }
    for (service, location) in directory.audited() {
        let head = database::audit_chain::verify(&location)
            .with_context(|| format!("the audit records of {service}"))?;
        verified.push(format!("{service} audit: {} records", head.number));
    }
    Ok(State::Whole(verified))
}
