//! The service broker's server keys: the one in use, and the next one while the bank is told of it.

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use client_native::replace_file;
use envelope::ServerKey;
use http_edge::{Json, Rejection};
use operator::DataDirectory;
use protocol::http::ServerKeysAnswer;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use types::ErrorCode;

/// The keys, and the files with them. Only this user can read the files.
pub(super) struct ServerKeys {
    file: PathBuf,
    next_file: PathBuf,
    keys: Mutex<Keys>,
}

struct Keys {
    current: ServerKey,
    next: Option<ServerKey>,
}

impl ServerKeys {
    /// The keys of the data directory. The first one is made if there is none.
    pub(super) fn of(data: &DataDirectory) -> anyhow::Result<Self> {
        let file = data.path().join("server-key");
        let next_file = data.path().join("server-key.next");
        if !file.exists() {
            write(&file, &made()?)?;
        }
        let keys = Keys {
            current: read(&file)?,
            next: next_file.exists().then(|| read(&next_file)).transpose()?,
        };
        Ok(Self {
            file,
            next_file,
            keys: Mutex::new(keys),
        })
    }

    /// The key in use.
    pub(super) fn current(&self) -> ServerKey {
        self.keys().current.clone()
    }

    /// Makes the next key, or returns the one that was made and is not used yet.
    fn make_next(&self) -> anyhow::Result<()> {
        let mut keys = self.keys();
        if keys.next.is_none() {
            let next = made()?;
            write(&self.next_file, &next)?;
            keys.next = Some(next);
        }
        Ok(())
    }

    /// Uses the next key from now on. Returns whether there was one.
    fn use_next(&self) -> anyhow::Result<bool> {
        let mut keys = self.keys();
        let Some(next) = keys.next.clone() else {
            return Ok(false);
        };
        std::fs::rename(&self.next_file, &self.file)
            .with_context(|| format!("{} cannot be replaced", self.file.display()))?;
        keys.current = next;
        keys.next = None;
        Ok(true)
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self) -> ServerKeysAnswer {
        let keys = self.keys();
        let printed = |key: &ServerKey| security_stack::printed(&key.kept()).to_string();
        ServerKeysAnswer {
            current: printed(&keys.current),
            next: keys.next.as_ref().map(printed),
        }
    }
}

fn made() -> anyhow::Result<ServerKey> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).context("the system's random source failed")?;
    Ok(ServerKey::new(random))
}

fn write(path: &Path, key: &ServerKey) -> anyhow::Result<()> {
    let text = format!("{}\n", *key.expose());
    replace_file(path, text.as_bytes())
        .with_context(|| format!("{} cannot be written", path.display()))
}

fn read(path: &Path) -> anyhow::Result<ServerKey> {
    let malformed = || {
        format!(
            "{} is empty, truncated or malformed: restore it, or remove it and tell the bank the new key",
            path.display()
        )
    };
    let text = std::fs::read_to_string(path).with_context(malformed)?;
    text.trim_end().parse().with_context(malformed)
}

/// The operator's routes. The caller protects them with the operator's token.
pub(super) fn routes(keys: Arc<ServerKeys>) -> Router {
    Router::new()
        .route("/v1/operator/server-keys", get(shown))
        .route("/v1/operator/server-keys/next", post(next))
        .route("/v1/operator/server-keys/use", post(used))
        .with_state(keys)
}

async fn shown(State(keys): State<Arc<ServerKeys>>) -> Json<ServerKeysAnswer> {
    Json(keys.answer())
}

async fn next(State(keys): State<Arc<ServerKeys>>) -> Result<Json<ServerKeysAnswer>, Rejection> {
    keys.make_next().map_err(failed)?;
    Ok(Json(keys.answer()))
}

async fn used(State(keys): State<Arc<ServerKeys>>) -> Result<Json<ServerKeysAnswer>, Rejection> {
    if keys.use_next().map_err(failed)? {
        return Ok(Json(keys.answer()));
    }
    let detail =
        "there is no next key; make it with `passbook server-key new`, and add it at the bank";
    Err(Rejection::new(ErrorCode::DoorDecisionRefused).with_detail(detail))
}

fn failed(error: anyhow::Error) -> Rejection {
    tracing::error!("the server keys were not changed: {error:#}");
    ErrorCode::Internal.into()
}
