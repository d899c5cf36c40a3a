//! New accounts: a code, then a session key and a passkey.

use super::errors::StaffError;
use crate::audit_log::Act;
use crate::bank_actor::BankActor;
use crate::ceremonies::ChallengeFor;
use crate::challenge_lifetime::LIFETIME_MS;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::passkeys::ALGORITHMS;
use crate::random::random;
use crate::store::staff::{self, Activated, StaffRow};
use crate::store::used_once;
use database::Transaction;
use envelope::ActivationCode;
use http_edge::PresentedProof;
use protocol::http::{ActivateStaff, BeginActivation, PasskeyOptions, StaffCode, StaffMember};
use protocol::{cbor, cbor_array};
use types::{PasskeyId, StaffId, StaffRole, Time, text};
use vault::MacKey;
use webauthn::Attestation;
use zeroize::Zeroizing;

const NAME_CHARACTERS_MAX: usize = 64;

/// The path of an activation's second request. The first one's follows from it.
pub(crate) const ACTIVATION: &str = "/v1/staff/activation";
pub(crate) const ACTIVATION_CHALLENGE: &str = "/v1/staff/activation/challenge";

/// A code for a member that is not stored yet.
#[derive(Clone)]
pub(super) struct DrawnStaffCode {
    pub(super) mac: [u8; 32],
    pub(super) expires: Time,
    code: ActivationCode,
}

impl DrawnStaffCode {
    /// What its receiver gets.
    pub(super) fn of(&self, staff: StaffId) -> StaffCode {
        StaffCode {
            staff,
            code: self.code.expose().to_owned(),
            expires: self.expires,
        }
    }
}

impl Ciam {
    /// Makes the bank's first administrator, in place of one who has not activated their account. Refused as soon as one has,
    /// whatever became of them.
    pub async fn make_first_administrator(&self, name: &str) -> Result<StaffCode, StaffError> {
        check_name(name)?;
        let code = self.draw_staff_code().await?;
        let (ciam, name) = (self.clone(), self.seal_staff_name(name)?);
        let staff = StaffId::new(random()?);
        let answer = code.of(staff);
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), StaffError> {
                    if staff::staffed(tx).await?.is_some() {
                        return Err(StaffError::StaffExists);
                    }
                    staff::delete_never_active(tx).await?;
                    let member = (
                        staff,
                        name.as_slice(),
                        [StaffRole::Administrator].as_slice(),
                    );
                    ciam.add_member(tx, member, &code, &BankActor::OPERATOR)
                        .await?;
                    Ok(())
                },
            )
            .await?;
        Ok(answer)
    }

    /// Whether the operator's token acts on customers: until the bank's first administrator is active.
    pub async fn operator_acts(&self) -> Result<bool, Failure> {
        let staffed = self
            .inner
            .database
            .read(async move |tx: &mut Transaction<'_>| staff::staffed(tx).await)
            .await?;
        Ok(staffed.is_none())
    }

    pub(super) async fn add_member(
        &self,
        tx: &mut Transaction<'_>,
        (staff, name, roles): (StaffId, &[u8], &[StaffRole]),
        code: &DrawnStaffCode,
        by: &BankActor,
    ) -> Result<(), StaffError> {
        let now = self.now();
        staff::insert(tx, (staff, name, roles), (code.mac, code.expires), now).await?;
        let act = Act::StaffAdded {
            staff,
            roles: roles.to_vec(),
            by: by.clone(),
        };
        Ok(self.record(tx, &act).await?)
    }

    /// The options with which a member has a passkey made, for the session key that proves the request.
    pub(crate) async fn activation_options(
        &self,
        proof: &PresentedProof,
        request: &BeginActivation,
    ) -> Result<PasskeyOptions, StaffError> {
        let key = self.staff_key(ACTIVATION_CHALLENGE, proof)?;
        let (code, now) = (self.staff_code_mac(&request.code).await?, self.now());
        let member = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    Ok(staff::find_by_code(tx, (code, now)).await?)
                },
            )
            .await?;
        let member = member.ok_or(StaffError::CodeInvalid)?;
        let handle = cbor_array![
            "passbook staff handle",
            1,
            member.staff.as_bytes().as_slice()
        ];
        let handle = cbor::encode(&handle);
        let handle = self.inner.vault.mac(MacKey::PairwiseSubject, &handle).await;
        let what = ChallengeFor::StaffActivation;
        Ok(PasskeyOptions {
            challenge: self.inner.ceremonies.give(what, key, now)?.into(),
            relying_party: self.passkey_party(),
            user: handle.map_err(Failure::from)?.to_vec().into(),
            user_name: self.open_staff_name(&member.name)?,
            algorithms: ALGORITHMS.to_vec(),
            exclude: Vec::new(),
            timeout_ms: LIFETIME_MS,
        })
    }

    /// Activates an account: the code is used up, and the session key that proves the request and the new passkey are the
    /// member's.
    pub(crate) async fn activate_staff(
        &self,
        proof: &PresentedProof,
        request: ActivateStaff,
    ) -> Result<StaffMember, StaffError> {
        let key = self.staff_key(ACTIVATION, proof)?;
        let (code, now) = (self.staff_code_mac(&request.code).await?, self.now());
        let made = Attestation {
            client_data_json: request.client_data_json.0,
            attestation_object: request.attestation_object.0,
        };
        let challenge = made.claimed_challenge().unwrap_or_default();
        let purpose = (ChallengeFor::StaffActivation, key);
        let ends = self.inner.ceremonies.end_of(&challenge, purpose, now);
        let ends = ends.ok_or(StaffError::ChallengeUnknown)?;
        let registered = made.verify(&challenge, &self.inner.settings.relying_party);
        let registered = registered.map_err(StaffError::NotVerified)?;
        let active = Activated {
            session_key: key,
            passkey: PasskeyId::of(&registered.credential),
            cose_key: registered.key.clone(),
            backup_eligible: registered.backup.eligible,
            at: now,
        };
        let verdict = registered.verdict.to_string();
        let ciam = self.clone();
        let member = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let member = staff::find_by_code(tx, (code, now)).await?;
                    let member = member.ok_or(StaffError::CodeInvalid)?;
                    if !used_once::use_up(tx, &challenge, (ends, now)).await? {
                        return Err(StaffError::ChallengeUnknown);
                    }
                    let members = staff::all(tx).await?;
                    let is_taken = |other: &Activated| {
                        other.session_key == active.session_key || other.passkey == active.passkey
                    };
                    if members
                        .iter()
                        .filter_map(|row| row.active.as_ref())
                        .any(is_taken)
                    {
                        return Err(StaffError::Conflict);
                    }
                    staff::activate(tx, member.staff, &active).await?;
                    if member.is_administrator() && staff::staffed(tx).await?.is_none() {
                        staff::set_staffed(tx, Some(now)).await?;
                    }
                    let act = Act::StaffActivated {
                        staff: member.staff,
                        passkey: active.passkey,
                        verdict: verdict.clone(),
                    };
                    ciam.record(tx, &act).await?;
                    Ok(StaffRow {
                        active: Some(active.clone()),
                        ..member
                    })
                },
            )
            .await?;
        Ok(self.shown_member(&member)?)
    }

    pub(super) async fn draw_staff_code(&self) -> Result<DrawnStaffCode, Failure> {
        let code = ActivationCode::from_random(&random()?);
        Ok(DrawnStaffCode {
            mac: self.mac_of_staff_code(&code).await?,
            expires: self.now().plus_ms(self.inner.settings.code_lifetime_ms),
            code,
        })
    }

    /// The stored form of a code that somebody typed.
    async fn staff_code_mac(&self, typed: &str) -> Result<[u8; 32], StaffError> {
        let code: ActivationCode = typed.parse().map_err(|_| StaffError::CodeInvalid)?;
        Ok(self.mac_of_staff_code(&code).await?)
    }

    async fn mac_of_staff_code(&self, code: &ActivationCode) -> Result<[u8; 32], Failure> {
        let data = Zeroizing::new(cbor::encode(&cbor_array![
            "passbook staff code",
            1,
            code.expose()
        ]));
        Ok(*self.inner.vault.mac(MacKey::ActivationCode, &data).await?)
    }

    pub(super) fn shown_member(&self, row: &StaffRow) -> Result<StaffMember, Failure> {
        Ok(StaffMember {
            staff: row.staff,
            name: self.open_staff_name(&row.name)?,
            roles: row.roles.clone(),
            made: row.made,
            activated: row.active.as_ref().map(|active| active.at),
            disabled: row.disabled,
        })
    }
}

pub(super) fn check_name(name: &str) -> Result<(), StaffError> {
    let characters = name.chars().count();
    if (1..=NAME_CHARACTERS_MAX).contains(&characters) && text::check(name).is_ok() {
        return Ok(());
    }
    let wrong = "a name has 1 to 64 characters that are what they look like";
    Err(StaffError::Malformed(wrong))
}
