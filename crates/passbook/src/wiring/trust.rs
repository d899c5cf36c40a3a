//! The root's ceremony: the root signs a trust list of the services' keys. In development the root's key is in the vault's
//! file; a bank's root signs offline.

use anyhow::Context as _;
use ciam::Ciam;
use envelope::{Sign1, TrustList, TrustedKey};
use notification::Notification;
use types::Time;
use vault::Vault;

const DAY_MS: u64 = 86_400_000;

/// How long a trust list is valid for new signatures.
const LIFETIME_MS: u64 = 90 * DAY_MS;

/// A list that is valid for less than this is replaced.
const RENEWED_BEFORE_MS: u64 = 30 * DAY_MS;

/// If the current trust list lacks a key or expires soon, has the root sign a new one and passes it to notification.
pub(crate) async fn ensure_trust(
    vault: &dyn Vault,
    notification: &Notification,
    ciam: &Ciam,
    now: Time,
) -> anyhow::Result<()> {
    let keys = listed_keys(notification, ciam);
    let roots = vault.roots().await?;
    let held = notification
        .trust()
        .ok()
        .map(|bytes| TrustList::stored(&bytes, &roots))
        .transpose()
        .context("the stored trust list is not signed by the root")?;
    let serves =
        |list: &TrustList| list.keys() == keys && list.expires() >= now.plus_ms(RENEWED_BEFORE_MS);
    if held.as_ref().is_some_and(serves) {
        return Ok(());
    }
    let version = held.map_or(1, |list| list.version() + 1);
    let payload = TrustList::payload(version, now, now.plus_ms(LIFETIME_MS), &keys);
    let [root, _successor] = roots;
    let signature = vault
        .sign_as_root(&Sign1::to_be_signed(root.kid(), &payload))
        .await?;
    let list = Sign1::assemble_embedded(root.kid(), &payload, &signature);
    notification.install_trust(&list).await?;
    Ok(())
}

fn listed_keys(notification: &Notification, ciam: &Ciam) -> Vec<TrustedKey> {
    let keys = [notification.signing_keys(), ciam.signing_keys()];
    keys.concat()
}
