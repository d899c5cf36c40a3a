//! Settings.

use crate::errors::Failure;
use token::TOKEN_CHANNELS_MAX;
use types::ChannelId;

/// A day in milliseconds.
const DAY_MS: u64 = 86_400_000;

/// How ciam issues codes and tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `iss` of the tokens: the bank's public URL.
    pub issuer: String,
    /// `aud` of the tokens: one text that all edges of the deployment share.
    pub audience: String,
    /// Lifetime of a channel token in milliseconds, varied by up to a tenth.
    pub token_lifetime_ms: u64,
    /// How long a new token key is in the JWKS before it signs, in milliseconds. Longer than edges cache a JWKS.
    pub token_key_lead_ms: u64,
    /// Interval between two token keys, in milliseconds.
    pub token_key_rotation_ms: u64,
    /// How long a key for device statements signs, in milliseconds; at most 90 days.
    pub statement_key_lifetime_ms: u64,
    /// How long before its end a key's successor is made, so that the root can list it, in milliseconds.
    pub statement_key_lead_ms: u64,
    /// Validity of an activation code, in milliseconds.
    pub code_lifetime_ms: u64,
    /// Number of wrong codes after which a customer's open codes become invalid.
    pub code_tries_max: u32,
    /// The bank's global channels, at most 15. Each device's token contains them beside the customer's channel.
    pub global_channels: Vec<ChannelId>,
    /// Interval between two attempts of a failed rekey or grant, in milliseconds.
    pub retry_interval_ms: u64,
}

impl Settings {
    /// The defaults for the bank at `issuer`: tokens of 30 days, codes of a day and five tries.
    #[must_use]
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: "passbook".into(),
            token_lifetime_ms: 30 * DAY_MS,
            token_key_lead_ms: 10 * 60_000,
            token_key_rotation_ms: 30 * DAY_MS,
            statement_key_lifetime_ms: 90 * DAY_MS,
            statement_key_lead_ms: 30 * DAY_MS,
            code_lifetime_ms: DAY_MS,
            code_tries_max: 100,
            global_channels: Vec::new(),
            retry_interval_ms: 1000,
        }
    }

    /// Refuses invalid settings by name.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let refuse = |key, problem| Err(Failure::Settings { key, problem });
        if self.global_channels.len() >= TOKEN_CHANNELS_MAX {
            return refuse("global_channels", "a token opens at most 16 channels");
        }
        if self.token_lifetime_ms < 1000 {
            return refuse(
                "token_lifetime_ms",
                "a token must be valid for at least a second",
            );
        }
        if self.token_key_lead_ms >= self.token_key_rotation_ms {
            return refuse("token_key_lead_ms", "a key must sign before its successor");
        }
        if self.statement_key_lead_ms >= self.statement_key_lifetime_ms {
            return refuse("statement_key_lead_ms", "longer than the key's life");
        }
        if self.code_tries_max == 0 {
            return refuse("code_tries_max", "at least one try is needed");
        }
        if self.retry_interval_ms == 0 {
            return refuse("retry_interval_ms", "the interval must not be 0");
        }
        Ok(())
    }

    /// The longest lifetime of a channel token.
    pub(crate) const fn token_lifetime_max_ms(&self) -> u64 {
        self.token_lifetime_ms
            .saturating_add(self.token_lifetime_ms / 10)
    }
}
