//! What a verifier finds, as a word of the verdict.

/// What a verifier finds in an attestation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// The bank did not configure this format.
    NotConfigured,
    /// The format is unknown.
    UnknownFormat,
    /// The attestation is larger than any real one.
    TooLarge,
    /// The attestation is not of its format.
    Malformed,
    /// The challenge is not the bank's, or too old.
    ChallengeUnknown,
    /// The attestation answers another challenge, or names other keys.
    AnotherChallenge,
    /// The attested key is not a key of the device.
    AnotherKey,
    /// Another app than the bank's made it.
    AnotherApp,
    /// A certificate cannot be read, or the chain is too long.
    CertificateInvalid,
    /// A certificate is not valid at this time.
    CertificateExpired,
    /// The maker revoked a certificate.
    CertificateRevoked,
    /// A certificate was signed with an algorithm that is not accepted, or its signature is wrong.
    SignatureInvalid,
    /// A certificate was issued by one that may not issue it.
    IssuerInvalid,
    /// The chain ends at no root of the configuration.
    UntrustedRoot,
    /// Another certificate than the key's has Android's description of a key.
    DescriptionMisplaced,
    /// The key was not made by the hardware that keeps it.
    KeyImported,
    /// The key may not sign.
    PurposeMissing,
    /// Only the session key is attested, and not the key that approves orders.
    ApprovalKeyMissing,
    /// The key is kept in software.
    Software,
    /// The key is kept in the processor's trusted environment.
    TrustedEnvironment,
    /// The key is kept in a security chip.
    Strongbox,
    /// The bootloader is unlocked.
    BootloaderUnlocked,
    /// The system that was started is not the maker's.
    BootUnverified,
    /// Apple's environment for development made it.
    Development,
    /// The key of App Attest was used before.
    CounterNotZero,
    /// The identifier of the key of App Attest is not the key's.
    AnotherCredential,
    /// The token cannot be decrypted.
    NotDecrypted,
    /// The token was made before the challenge, or in the future.
    TokenStale,
    /// Google Play does not know this build of the app.
    AppUnrecognised,
    /// Google Play did not install the app for this account.
    NotLicensed,
    /// The device passes none of Google's checks.
    DeviceUnrecognised,
    /// The device passes Google's check without a proof by its hardware.
    DeviceIntegrity,
    /// The device passes Google's check with a proof by its hardware.
    StrongIntegrity,
}

impl Finding {
    /// The word in the verdict.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::UnknownFormat => "unknown_format",
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::ChallengeUnknown => "challenge_unknown",
            Self::AnotherChallenge => "another_challenge",
            Self::AnotherKey => "another_key",
            Self::AnotherApp => "another_app",
            Self::CertificateInvalid => "certificate_invalid",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateRevoked => "certificate_revoked",
            Self::SignatureInvalid => "signature_invalid",
            Self::IssuerInvalid => "issuer_invalid",
            Self::UntrustedRoot => "untrusted_root",
            Self::DescriptionMisplaced => "description_misplaced",
            Self::KeyImported => "key_imported",
            Self::PurposeMissing => "purpose_missing",
            Self::ApprovalKeyMissing => "approval_key_missing",
            Self::Software => "software",
            Self::TrustedEnvironment => "trusted_environment",
            Self::Strongbox => "strongbox",
            Self::BootloaderUnlocked => "bootloader_unlocked",
            Self::BootUnverified => "boot_unverified",
            Self::Development => "development",
            Self::CounterNotZero => "counter_not_zero",
            Self::AnotherCredential => "another_credential",
            Self::NotDecrypted => "not_decrypted",
            Self::TokenStale => "token_stale",
            Self::AppUnrecognised => "app_unrecognised",
            Self::NotLicensed => "not_licensed",
            Self::DeviceUnrecognised => "device_unrecognised",
            Self::DeviceIntegrity => "device_integrity",
            Self::StrongIntegrity => "strong_integrity",
        }
    }
}
