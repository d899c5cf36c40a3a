//! The identity of a deployment: 16 random bytes that every part of its data directory contains. A part that is
//! missing, emptied, or of another deployment is therefore detected.
//!
//! The file `deployment` is written before anything else in a new directory, and again when all parts exist: it then
//! names the vault. Databases have the identity in a table, logs in the file `identity`. A directory of a version
//! without identities gets them once, if all of its parts exist. A directory of a version with fewer parts gets the
//! others at its next start.

use anyhow::{Context as _, bail, ensure};
use client_native::replace_file;
use database::Location;
use operator::DataDirectory;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use types::base64url;
use vault::{FileVault, MacKey, Vault as _};

/// The version of the file `deployment`. It says which parts exist: gateway's database came with version 2,
/// risk's with version 3.
const VERSION: u32 = 3;
const WITH_GATEWAY: u32 = 2;
const WITH_RISK: u32 = 3;

/// The version of the file `identity` of a log.
const LOG_VERSION: u32 = 1;

/// The file `deployment`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeploymentFile {
    version: u32,
    /// base64url of 16 bytes.
    deployment: String,
    /// base64url of the vault's MAC over the 16 bytes. Null until all parts were made.
    vault: Option<String>,
}

/// The file `identity` of a log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogIdentity {
    version: u32,
    /// base64url of 16 bytes.
    deployment: String,
    part: String,
}

/// The identity of a data directory, and the progress of its creation.
#[derive(Debug)]
pub(crate) struct Deployment {
    id: [u8; 16],
    state: State,
    /// The version that wrote the file, and so the parts that must exist.
    version: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Nothing exists.
    New,
    /// Some parts may exist: a first start did not finish.
    Unfinished,
    /// All parts exist, of a version without identities.
    Unnamed,
    /// All parts exist and name the deployment. The vault has this MAC.
    Whole(String),
}

impl Deployment {
    /// The deployment of `directory`. Refuses a directory in which a part is missing, empty, or of another deployment,
    /// and names the part. Changes nothing.
    pub(crate) fn of(directory: &DataDirectory) -> anyhow::Result<Self> {
        let Some(file) = read_file(directory)? else {
            return Self::without_file(directory);
        };
        let id = id(&file.deployment).with_context(|| malformed(&directory.deployment()))?;
        let deployment = Self {
            id,
            state: file.vault.map_or(State::Unfinished, State::Whole),
            version: file.version,
        };
        for part in Part::all(directory) {
            deployment.check_part(&part)?;
        }
        Ok(deployment)
    }

    /// A directory without the file `deployment`: either nothing was made in it yet, or a version without identities
    /// made all of it.
    fn without_file(directory: &DataDirectory) -> anyhow::Result<Self> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).context("the system's random source failed")?;
        let parts = Part::all(directory);
        let mut there = Vec::new();
        for part in &parts {
            if part.exists()? {
                there.push(part);
            }
        }
        if !directory.vault().exists() && there.is_empty() {
            let (state, version) = (State::New, VERSION);
            return Ok(Self { id, state, version });
        }
        for part in there {
            if !part.is_empty()? && part.identity()?.is_some() {
                bail!(missing(directory.deployment().display()));
            }
        }
        ensure!(
            directory.vault().exists(),
            missing(directory.vault().display())
        );
        let version = 1;
        for part in parts.iter().filter(|part| part.since <= version) {
            ensure!(part.exists()?, missing(&part.location));
            ensure!(!part.is_empty()?, emptied(&part.location));
        }
        let state = State::Unnamed;
        Ok(Self { id, state, version })
    }

    fn check_part(&self, part: &Part) -> anyhow::Result<()> {
        let location = &part.location;
        // A start that was interrupted may have made a part that is new in this version.
        let whole = matches!(self.state, State::Whole(_)) && part.since <= self.version;
        let exists = part.exists()?;
        if !whole && (!exists || part.is_empty()?) {
            return Ok(());
        }
        ensure!(exists, missing(location));
        ensure!(!part.is_empty()?, emptied(location));
        match part.identity()? {
            Some((id, _)) if id != self.id => bail!(
                "{location} belongs to another deployment: put back the one of this data directory"
            ),
            Some((_, name)) if name != part.name => {
                bail!(
                    "{location} is another part of the deployment, {name}: put back the right one"
                )
            }
            None if whole => bail!(
                "{location} has no identity, unlike the other parts here: put back the one of this data \
                 directory, or restore the whole data directory from a backup"
            ),
            _ => Ok(()),
        }
    }

    /// Whether nothing was made yet, or a first start did not finish.
    pub(crate) fn is_unfinished(&self) -> bool {
        matches!(self.state, State::New | State::Unfinished)
    }

    /// Opens the vault, which is created together with the deployment. Refuses a vault that is missing, damaged, or of
    /// another deployment. In a new directory the file `deployment` is written first, which distinguishes an unfinished
    /// start from missing parts.
    pub(crate) async fn open_vault(&self, directory: &DataDirectory) -> anyhow::Result<FileVault> {
        let path = directory.vault();
        if self.state == State::New {
            self.write(directory, None)?;
        }
        if !self.is_unfinished() {
            ensure!(path.exists(), missing(path.display()));
        }
        let named = || format!("the vault {}: restore it from its backup", path.display());
        let vault = FileVault::open_or_create(&path).with_context(named)?;
        vault.check().with_context(named)?;
        let mac = self.mac(&vault).await.with_context(named)?;
        match &self.state {
            State::Whole(expected) if *expected != mac => bail!(
                "{} belongs to another deployment: put back the one of this data directory, since nothing here \
                 opens without its keys",
                path.display()
            ),
            _ => Ok(vault),
        }
    }

    /// Stores the identity in every part, once all of them are open.
    pub(crate) async fn name_parts(
        &self,
        directory: &DataDirectory,
        vault: &FileVault,
    ) -> anyhow::Result<()> {
        if matches!(self.state, State::Whole(_)) && self.version == VERSION {
            return Ok(());
        }
        if self.state == State::Unnamed {
            self.write(directory, None)?;
        }
        for part in Part::all(directory) {
            part.identify(self.id)?;
        }
        self.write(directory, Some(self.mac(vault).await?))
    }

    async fn mac(&self, vault: &FileVault) -> anyhow::Result<String> {
        let mac = vault.mac(MacKey::Deployment, &self.id).await?;
        Ok(base64url::encode(mac.as_slice()))
    }

    fn write(&self, directory: &DataDirectory, vault: Option<String>) -> anyhow::Result<()> {
        let file = DeploymentFile {
            version: VERSION,
            deployment: base64url::encode(&self.id),
            vault,
        };
        write_json(&directory.deployment(), &file)
    }
}

/// The identity of a complete deployment as in its file: base64url.
pub(crate) fn identity(directory: &DataDirectory) -> anyhow::Result<String> {
    let file = read_file(directory)?.with_context(|| missing(directory.deployment().display()))?;
    Ok(file.deployment)
}

/// A part of the deployment with its own copy of the identity.
struct Part {
    name: &'static str,
    location: PartLocation,
    /// The version of the file `deployment` from which on the part exists.
    since: u32,
}

enum PartLocation {
    Log(PathBuf),
    Database(Location),
}

impl fmt::Display for PartLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log(path) => path.display().fmt(f),
            Self::Database(location) => location.fmt(f),
        }
    }
}

impl Part {
    fn all(directory: &DataDirectory) -> Vec<Self> {
        let logs = directory.logs().into_iter().map(|(name, path)| Self {
            name,
            location: PartLocation::Log(path),
            since: 1,
        });
        let databases = directory.databases().into_iter();
        let databases = databases.map(|(name, location)| Self {
            name,
            location: PartLocation::Database(location),
            since: match name {
                "gateway" => WITH_GATEWAY,
                "risk" => WITH_RISK,
                _ => 1,
            },
        });
        logs.chain(databases).collect()
    }

    fn exists(&self) -> anyhow::Result<bool> {
        match &self.location {
            PartLocation::Log(path) => Ok(path.exists()),
            PartLocation::Database(location) => {
                database::exists(location).with_context(|| self.unreadable())
            }
        }
    }

    /// Whether opening it would create an empty one.
    fn is_empty(&self) -> anyhow::Result<bool> {
        let used = |location| database::is_used(location).with_context(|| self.unreadable());
        Ok(match &self.location {
            PartLocation::Log(path) => !log_embedded::is_begun(path),
            // SQLite opens an empty file as a new database, and discards its write-ahead log.
            PartLocation::Database(Location::File(path)) if std::fs::metadata(path)?.len() == 0 => {
                true
            }
            PartLocation::Database(location) => !used(location)?,
        })
    }

    fn identity(&self) -> anyhow::Result<Option<([u8; 16], String)>> {
        match &self.location {
            PartLocation::Log(path) => {
                let path = path.join(DataDirectory::LOG_IDENTITY);
                let Some(identity) = read_json::<LogIdentity>(&path)? else {
                    return Ok(None);
                };
                let id = id(&identity.deployment).with_context(|| malformed(&path))?;
                Ok(Some((id, identity.part)))
            }
            PartLocation::Database(location) => {
                let identity = database::identity(location).with_context(|| self.unreadable())?;
                Ok(identity.map(|identity| (identity.deployment, identity.part)))
            }
        }
    }

    fn identify(&self, deployment: [u8; 16]) -> anyhow::Result<()> {
        let part = self.name.to_owned();
        match &self.location {
            PartLocation::Log(path) => write_json(
                &path.join(DataDirectory::LOG_IDENTITY),
                &LogIdentity {
                    version: LOG_VERSION,
                    deployment: base64url::encode(&deployment),
                    part,
                },
            ),
            PartLocation::Database(location) => {
                let identity = database::Identity { deployment, part };
                database::identify(location, &identity).with_context(|| self.unreadable())
            }
        }
    }

    fn unreadable(&self) -> String {
        format!("the database of {} in {}", self.name, self.location)
    }
}

fn read_file(directory: &DataDirectory) -> anyhow::Result<Option<DeploymentFile>> {
    let path = directory.deployment();
    let file: Option<DeploymentFile> = read_json(&path)?;
    ensure!(
        file.as_ref()
            .is_none_or(|file| (1..=VERSION).contains(&file.version)),
        malformed(&path)
    );
    Ok(file)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<T>> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let value = protocol::json::from_slice(&bytes).with_context(|| malformed(path))?;
            Ok(Some(value))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn write_json(path: &Path, value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    replace_file(path, &text).with_context(|| format!("{} cannot be written", path.display()))
}

fn id(text: &str) -> anyhow::Result<[u8; 16]> {
    let bytes = base64url::decode(text)?;
    let length = bytes.len();
    <[u8; 16]>::try_from(bytes).map_err(|_| anyhow::anyhow!("{length} bytes instead of 16"))
}

fn missing(part: impl fmt::Display) -> String {
    format!("{part} is missing: put it back, or restore the whole data directory from a backup")
}

fn emptied(part: impl fmt::Display) -> String {
    format!(
        "{part} is empty: put back what was in it, or restore the whole data directory from a backup"
    )
}

fn malformed(path: &Path) -> String {
    format!(
        "{} is empty, truncated or malformed: restore it from a backup",
        path.display()
    )
}
