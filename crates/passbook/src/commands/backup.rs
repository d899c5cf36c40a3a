//! `passbook backup` and `restore`.

use super::check::{State, look_at};
use super::operate::{configuration, operator_of};
use crate::backup::{Manifest, copy_file, ensure_empty};
use crate::cli::{Backup, Restore};
use crate::may_be_done::{MayBeDone, asked};
use anyhow::{Context as _, ensure};
use operator::DataDirectory;
use protocol::http::{BackupMade, MakeBackup};
use sandbox_bank::SandboxBank;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use terminal::{json_line, line};
use types::{Clock, Incarnation, Time};

/// A backup takes as long as the disk needs. This limit only ends a hanging request.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// Makes the running servers create a backup.
pub(crate) async fn backup(arguments: &Backup) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.place)?;
    let body = MakeBackup {
        directory: absolute(&arguments.directory)?,
        vault: arguments.vault.as_deref().map(absolute).transpose()?,
    };
    let answer = operator.send_patiently("backups", &body, PATIENCE).await;
    let made: BackupMade = asked(answer, || {
        MayBeDone::new(format!(
            "the backup may be made: it is finished if {}/backup.json is there",
            body.directory
        ))
    })?;
    if arguments.json {
        return json_line(&made);
    }
    line(format_args!(
        "{} files with {} bytes are in {}.",
        made.files, made.bytes, body.directory
    ))?;
    match &body.vault {
        Some(vault) => line(format_args!(
            "The vault's keys are in {vault}: keep them apart from the backup."
        )),
        None => line(format_args!(
            "The vault's keys are not in it: without a copy of vault.json nobody can read it."
        )),
    }
}

/// The servers have another working directory and need an absolute path.
fn absolute(path: &Path) -> anyhow::Result<String> {
    let absolute = std::path::absolute(path)?;
    let text = absolute.into_os_string().into_string();
    text.map_err(|path| anyhow::anyhow!("{} is not text", path.display()))
}

#[derive(Serialize)]
struct Restored {
    data_directory: PathBuf,
    made: Time,
    files: usize,
    incarnation: Incarnation,
    verified: Vec<String>,
}

/// Restores a backup into a new data directory, verifies it, and begins a new incarnation of the books.
pub(crate) async fn restore(arguments: &Restore, clock: Clock) -> anyhow::Result<()> {
    let config = configuration(&arguments.place)?;
    ensure!(
        config.database.url.is_none(),
        "a backup is restored into files: leave out the database's url"
    );
    let from = &arguments.backup;
    let manifest = Manifest::read(from)?;
    ensure_empty(&config.data_directory)?;
    let directory = DataDirectory::create(&config.data_directory)?;
    let incarnation = {
        let lock = directory.lock()?;
        ensure!(lock.is_some(), "{} is in use", directory.path().display());
        put_back(&manifest, from, &arguments.vault, &directory)?;
        let bank = SandboxBank::open(directory.bank_database(), clock)?;
        let incarnation = bank.reopen().await?;
        bank.close().await;
        incarnation
    };
    let State::Whole(verified) = look_at(&directory).await? else {
        anyhow::bail!("{} is not complete", directory.path().display());
    };
    let files = manifest.files.len();
    if arguments.json {
        return json_line(&Restored {
            data_directory: config.data_directory,
            made: manifest.made,
            files,
            incarnation,
            verified,
        });
    }
    line(format_args!(
        "Restored {files} files. The books have a new incarnation: at the next start every channel is compared with them, and \
         `passbook channel list` says which ones they contradict."
    ))
}

/// The file `deployment` is written last, because a data directory without it is refused.
fn put_back(
    manifest: &Manifest,
    from: &Path,
    vault: &Path,
    directory: &DataDirectory,
) -> anyhow::Result<()> {
    let deployment = directory.deployment();
    let deployment = deployment.file_name().and_then(|name| name.to_str());
    let deployment = deployment.context("the deployment's file has no name")?;
    let others = manifest.files.keys().filter(|name| *name != deployment);
    let unfinished = || {
        format!(
            "{} is only partly restored: remove it before the next attempt",
            directory.path().display()
        )
    };
    for name in others {
        manifest
            .copy(from, directory.path(), name)
            .with_context(unfinished)?;
    }
    copy_file(vault, &directory.vault()).with_context(unfinished)?;
    manifest
        .copy(from, directory.path(), deployment)
        .with_context(unfinished)?;
    let identity = crate::deployment::identity(directory)?;
    ensure!(
        identity == manifest.deployment,
        "the backup is of deployment {}, and its file says {identity}",
        manifest.deployment
    );
    Ok(())
}
