//! `passbook keys`: the vault's key-encryption keys.

use super::operate::operator_of;
use crate::cli::Listing;
use crate::may_be_done::{MayBeDone, asked, this_command};
use protocol::http::{RewrapKeys, RewrappedKeys};
use std::time::Duration;
use terminal::{json_line, line};

/// Wrapping millions of keys takes minutes.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// Makes a new key-encryption key, if requested, and wraps all keys under the newest.
pub(crate) async fn keys(arguments: &Listing, rotate: bool) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.place)?;
    let body = RewrapKeys { rotate };
    let answer = operator.send_patiently("keys", &body, PATIENCE).await;
    let rewrapped: RewrappedKeys = asked(answer, || {
        let what = "the keys may be wrapped, all or in part";
        if rotate {
            MayBeDone::new(format!("{what}; `passbook keys rewrap` finishes it"))
        } else {
            MayBeDone::new(what).with_line(this_command(&[]))
        }
    })?;
    if arguments.json {
        return json_line(&rewrapped);
    }
    line(format_args!(
        "Everything is wrapped under key-encryption key {}; {} message keys were wrapped again. Older key-encryption keys stay \
         for the backups that need them.",
        rewrapped.key, rewrapped.message_keys
    ))
}
