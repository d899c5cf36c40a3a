//! Settings.

use crate::errors::Failure;
use crate::openid::OpenIdSettings;
use crate::outside::ProviderSettings;
use crate::password_rules::RefusedPasswords;
use crate::staff::StaffSettings;
use attestation::Verifiers;
use protocol::http::CodeBy;
use token::TOKEN_CHANNELS_MAX;
use types::ChannelId;
use webauthn::RelyingParty;

/// Why the bank has no clients of its own beside an outside provider: a passkey would log people in there, past the provider.
pub const CLIENTS_ASK_THE_PROVIDER: &str =
    "where an outside provider logs people in, the bank's other apps are its clients";

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
    /// The bank as the customers' passkeys know it.
    pub relying_party: RelyingParty,
    /// Logins, and what they begin.
    pub login: LoginSettings,
    /// The bank's other apps, and what they may ask people for.
    pub openid: OpenIdSettings,
    /// What the bank accepts of attestations. What is not accepted leaves a device with the verdict `none`.
    pub attestation: Verifiers,
    /// The outside OpenID provider that logs people in. `None`: ciam does, with passkeys.
    pub provider: Option<ProviderSettings>,
    /// The bank's staff.
    pub staff: StaffSettings,
}

/// How people log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSettings {
    /// Lifetime of an access token, in milliseconds.
    pub access_token_ms: u64,
    /// How long a session lasts after its login, in milliseconds.
    pub session_ms: u64,
    /// How long ago a login may be for adding or removing a passkey, in milliseconds.
    pub recent_ms: u64,
    /// Number of refused logins after which a device is locked. As many are forgotten in a day, evenly.
    pub refused_max: u32,
    /// Number of refused logins after which a prefix of addresses is locked. As many are forgotten in a day, evenly.
    pub refused_of_prefix_max: u32,
    /// How long the first lock lasts, in milliseconds. Each further refusal doubles it.
    pub lock_ms: u64,
    /// How long a lock lasts at most, in milliseconds.
    pub lock_ms_max: u64,
    /// Maximum number of passkeys of a customer.
    pub passkeys_max: usize,
    /// Passwords that are refused, beside those that always are.
    pub refused_passwords: RefusedPasswords,
    /// How the bank sends one-time codes to people whose authenticator app is not at hand. Empty: it sends none.
    pub codes_by: Vec<CodeBy>,
}

impl Default for LoginSettings {
    /// Access tokens of 5 minutes, sessions of 90 days, 10 minutes for changing passkeys; three refusals lock for a
    /// minute.
    fn default() -> Self {
        Self {
            access_token_ms: 5 * 60_000,
            session_ms: 90 * DAY_MS,
            recent_ms: 10 * 60_000,
            refused_max: 3,
            refused_of_prefix_max: 100,
            lock_ms: 60_000,
            lock_ms_max: 3_600_000,
            passkeys_max: 16,
            refused_passwords: RefusedPasswords::default(),
            codes_by: Vec::new(),
        }
    }
}

impl Settings {
    /// The defaults for the bank at `issuer`: tokens of 30 days, codes of a day and five tries.
    #[must_use]
    pub fn new(issuer: impl Into<String>) -> Self {
        let issuer = issuer.into();
        Self {
            relying_party: RelyingParty::at(&issuer),
            issuer,
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
            login: LoginSettings::default(),
            openid: OpenIdSettings::default(),
            attestation: Verifiers::default(),
            provider: None,
            staff: StaffSettings::default(),
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
        let login = &self.login;
        if login.access_token_ms < 1000 || login.session_ms < login.access_token_ms {
            return refuse(
                "login.access_token_ms",
                "an access token is valid for at least a second, and a session for as long",
            );
        }
        if login.refused_max == 0 || login.refused_of_prefix_max == 0 {
            return refuse("login.refused_max", "at least one login may be refused");
        }
        if login.passkeys_max == 0 {
            return refuse("login.passkeys_max", "at least one passkey is needed");
        }
        if self.staff.session_ms < 1000 || self.staff.proposal_ms < 1000 {
            return refuse("staff", "sessions and proposals last at least a second");
        }
        if let Err(problem) = self.openid.check() {
            return refuse("openid.clients", problem);
        }
        if let Some(provider) = &self.provider {
            if let Err((_, problem)) = provider.check() {
                return refuse("provider", problem);
            }
            if !self.openid.clients.is_empty() {
                return refuse("openid.clients", CLIENTS_ASK_THE_PROVIDER);
            }
        }
        Ok(())
    }

    /// The longest lifetime of a channel token.
    pub(crate) const fn token_lifetime_max_ms(&self) -> u64 {
        self.token_lifetime_ms
            .saturating_add(self.token_lifetime_ms / 10)
    }
}
