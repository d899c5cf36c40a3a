//! A backup while the services run. Parts are copied in this order: broker, notification, pub/sub, ciam, gateway,
//! risk, core bank, vault.
//! No part of the copy is then older than a part that it fed, and the vault has every key that a copied row names.

use super::Services;
use crate::backup::{Manifest, copy_file, create_directory, ensure_empty};
use anyhow::{Context as _, bail, ensure};
use audit::Act;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use database::Location;
use http_edge::{Json, Rejection};
use operator::DataDirectory;
use protocol::http::{BackupMade, MakeBackup};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::Instrument as _;
use types::ErrorCode;

/// `POST /v1/operator/backups`. The caller protects it with the operator's token.
pub(super) fn routes(services: Arc<Services>) -> Router {
    Router::new()
        .route("/v1/operator/backups", post(make))
        .with_state(services)
}

async fn make(
    State(services): State<Arc<Services>>,
    Json(asked): Json<MakeBackup>,
) -> Result<Json<BackupMade>, Rejection> {
    // Continues if the caller disconnects, because half a backup is useless.
    let work = async move {
        let Ok(_turn) = services.backing_up.try_lock() else {
            return Err(ErrorCode::BackupRunning.into());
        };
        let vault = asked.vault.map(PathBuf::from);
        let made = services.back_up(Path::new(&asked.directory), vault.as_deref());
        made.await.map_err(|error| {
            tracing::error!("a backup failed: {error:#}");
            Rejection::new(ErrorCode::BackupFailed).with_detail(format!("{error:#}"))
        })
    };
    tokio::spawn(work.in_current_span())
        .await
        .unwrap_or_else(|_| Err(ErrorCode::Internal.into()))
        .map(Json)
}

impl Services {
    async fn back_up(&self, to: &Path, vault: Option<&Path>) -> anyhow::Result<BackupMade> {
        ensure!(
            to.is_absolute() && vault.is_none_or(Path::is_absolute),
            "the paths have to be absolute: the servers have another working directory"
        );
        let server = self
            .directory
            .databases()
            .into_iter()
            .find(|(_, at)| matches!(at, Location::Server(_)));
        ensure!(
            server.is_none(),
            "the databases are on a PostgreSQL server: back them up with its own tools, notification's first and the core bank's last"
        );
        ensure_empty(to)?;
        if let Some(vault) = vault {
            ensure!(!vault.exists(), "{} is there already", vault.display());
            ensure!(
                !vault.starts_with(to),
                "the vault's copy has to lie apart from the backup: with both, everything can be read"
            );
        }
        create_directory(to)?;
        let (from, copy) = (&self.directory, DataDirectory::at(to));
        let [messages, queue] = &self.logs;
        messages.copy_to(copy.broker()).await?;
        self.copy_database(from.notification_database(), copy.notification())
            .await?;
        queue.copy_to(copy.pubsub()).await?;
        self.copy_database(from.ciam_database(), copy.ciam())
            .await?;
        self.copy_database(from.gateway_database(), copy.gateway())
            .await?;
        self.copy_database(from.risk_database(), copy.risk())
            .await?;
        if self.sandbox.is_some() {
            self.copy_database(from.bank_database(), copy.bank())
                .await?;
        }
        if self.messages.is_some() {
            self.copy_database(from.messages_database(), copy.messages())
                .await?;
        }
        let act = Act::new((self.clock)(), "operator", "backup.made").with(
            "vault",
            if vault.is_some() {
                "copied"
            } else {
                "left out"
            },
        );
        let vault = vault.map(|vault| (from.vault(), vault.to_owned()));
        let identity = |log: PathBuf| log.join(DataDirectory::LOG_IDENTITY);
        let small = [
            (from.deployment(), copy.deployment()),
            (identity(from.broker()), identity(copy.broker())),
            (identity(from.pubsub()), identity(copy.pubsub())),
        ];
        let (to, made) = (to.to_owned(), (self.clock)());
        let deployment = from.clone();
        let finish = move || {
            for (from, to) in small.into_iter().chain(vault) {
                copy_file(&from, &to)?;
            }
            let deployment = crate::deployment::identity(&deployment)?;
            let manifest = Manifest::of(&to, deployment, made)?;
            manifest.write(&to)?;
            anyhow::Ok(manifest)
        };
        let manifest = tokio::task::spawn_blocking(finish).await??;
        self.stated.notification.record(act).await?;
        Ok(BackupMade {
            files: u64::try_from(manifest.files.len())?,
            bytes: manifest.files.values().map(|file| file.bytes).sum(),
        })
    }

    async fn copy_database(&self, from: Location, to: PathBuf) -> anyhow::Result<()> {
        let Location::File(from) = from else {
            bail!("{from} is not a file");
        };
        let copied = tokio::task::spawn_blocking(move || {
            database::copy(&from, &to).with_context(|| format!("copying {}", from.display()))
        });
        copied.await?
    }
}
