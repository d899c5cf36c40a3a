//! Wraps message keys again after the vault's key-encryption key was rotated.

use super::message::context;
use crate::store::{acts, message_key};
use crate::{Failure, Notification};
use audit::Act;

/// Maximum keys wrapped again in one transaction.
const AT_ONCE: usize = 256;

impl Notification {
    /// Wraps every message key that is wrapped under an older key-encryption key again under the newest, with an audit
    /// record for each page. Returns the number of keys. After an interruption, the next call continues.
    pub async fn rewrap_message_keys(&self) -> Result<u64, Failure> {
        let newest = self.vault.newest().await?;
        let (mut rewrapped, mut last) = (0, None);
        loop {
            let page = self
                .database
                .read(async move |tx| {
                    let page = message_key::wrapped_otherwise(tx, newest, last, AT_ONCE);
                    Ok::<_, Failure>(page.await?)
                })
                .await?;
            let Some((channel, epoch, _)) = page.last() else {
                return Ok(rewrapped);
            };
            last = Some((*channel, *epoch));
            let mut anew = Vec::with_capacity(page.len());
            for (channel, epoch, wrapped) in page {
                let context = context(channel, epoch);
                let secret = self.vault.unwrap(&context, &wrapped).await?;
                let wrapped_anew = self.vault.wrap(&context, &secret).await?;
                anew.push(((channel, epoch), wrapped.key, wrapped_anew));
            }
            let act = Act::new(self.now(), crate::ACTOR, "message_keys.rewrapped");
            let act = act.with("key_encryption_key", newest);
            rewrapped += self
                .database
                .write(async move |tx| {
                    let mut kept: u64 = 0;
                    for (at, before, wrapped) in &anew {
                        let set = message_key::set_wrapped(tx, *at, *before, wrapped);
                        kept += u64::from(set.await?);
                    }
                    acts::record(tx, &act.clone().with("keys", kept)).await?;
                    Ok::<_, Failure>(kept)
                })
                .await?;
        }
    }
}
