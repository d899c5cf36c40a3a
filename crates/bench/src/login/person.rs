//! A customer with a passkey, on each of some devices.

use crate::device::{Phone, answered, key};
use anyhow::Context as _;
use operator::{Operator, insist};
use protocol::http::{
    BeginSession, LoginOptions, PasskeyOptions, PasskeyRow, PasswordBegun, PasswordState,
    RefreshSession, RegisterPasskey, SessionBegun, SessionRefreshed, SetPassword,
};
use reqwest::{Client, Method, RequestBuilder};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use totp_rs::{Builder, Secret};
use types::{Clock, CustomerId};
use webauthn::{RelyingParty, SoftwarePasskey};

/// How people reach the bank.
pub(super) struct Bank {
    pub(super) client: Client,
    pub(super) url: String,
    pub(super) operator: Operator,
    pub(super) clock: Clock,
    /// A nonce for proofs, which the bank still accepts.
    pub(super) nonce: watch::Receiver<String>,
}

/// A customer.
pub(super) struct Person {
    pub(super) customer: CustomerId,
    pub(super) passkey: SoftwarePasskey,
    pub(super) phones: Vec<Phone>,
}

impl Bank {
    /// A passkey for this bank, with a new key.
    pub(super) fn passkey(&self, credential: [u8; 16]) -> anyhow::Result<SoftwarePasskey> {
        let party = RelyingParty::at(&self.url);
        Ok(SoftwarePasskey::new(key()?, credential, party))
    }

    /// A request of a device.
    pub(super) fn post(&self, phone: &Phone, path: &str) -> anyhow::Result<RequestBuilder> {
        phone.request(Method::POST, path, &self.nonce.borrow())
    }

    async fn ask<T: DeserializeOwned>(&self, phone: &Phone, path: &str) -> anyhow::Result<T> {
        answer(self.post(phone, path)?).await
    }

    /// Has `passkey` answer the challenge of a login.
    pub(super) async fn assertion(
        &self,
        phone: &Phone,
        passkey: &SoftwarePasskey,
    ) -> anyhow::Result<BeginSession> {
        let options: LoginOptions = self.ask(phone, "/v1/login/challenge").await?;
        let assertion = passkey.assert(options.challenge.as_ref())?;
        Ok(BeginSession {
            assertion: assertion.into(),
        })
    }

    /// Logs in.
    pub(super) async fn log_in(
        &self,
        person: &Person,
        phone: &Phone,
    ) -> anyhow::Result<SessionBegun> {
        let login = self.assertion(phone, &person.passkey).await?;
        answer(self.post(phone, "/v1/login")?.json(&login)).await
    }

    /// Sets a password for who has just logged in.
    pub(super) async fn set_password(
        &self,
        phone: &Phone,
        access_token: &str,
        password: &str,
    ) -> anyhow::Result<()> {
        let post = |path| {
            let nonce = self.nonce.borrow();
            phone.request_with(access_token, (Method::POST, path), &nonce)
        };
        let begun: PasswordBegun = answer(post("/v1/password/beginnings")?).await?;
        let app = Builder::new().with_secret(Secret::try_from_base32(&begun.secret)?);
        let code = app.build()?.generate((self.clock)().seconds());
        let body = SetPassword {
            enrolment: begun.enrolment,
            password: password.to_owned(),
            code: code.to_string(),
        };
        let _: PasswordState = answer(post("/v1/password")?.json(&body)).await?;
        Ok(())
    }

    /// Takes an access token.
    pub(super) async fn refresh(&self, phone: &Phone, refresh_token: &str) -> anyhow::Result<()> {
        let body = RefreshSession {
            refresh_token: refresh_token.to_owned(),
        };
        let request = self.post(phone, "/v1/sessions/refresh")?.json(&body);
        let _: SessionRefreshed = answer(request).await?;
        Ok(())
    }

    /// Enrols so many devices of a customer, and registers a passkey.
    pub(super) async fn join(
        &self,
        customer: CustomerId,
        devices: usize,
    ) -> anyhow::Result<Person> {
        let mut phones = Vec::with_capacity(devices);
        for _ in 0..devices {
            let issued = insist(|| self.operator.issue_code(&customer)).await?;
            phones.push(Phone::enrol(self.client.clone(), &self.url, &issued, &self.clock).await?);
        }
        let passkey = self.passkey(rand::random())?;
        let phone = phones.first().context("a customer has a device")?;
        let options: PasskeyOptions = self.ask(phone, "/v1/passkeys/challenge").await?;
        let made = passkey.register(options.challenge.as_ref())?;
        let body = RegisterPasskey {
            name: "passkey".to_owned(),
            transports: Vec::new(),
            client_data_json: made.client_data_json.into(),
            attestation_object: made.attestation_object.into(),
        };
        let request = self.post(phone, "/v1/passkeys")?.json(&body);
        let _: PasskeyRow = answer(request).await?;
        Ok(Person {
            customer,
            passkey,
            phones,
        })
    }
}

async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> anyhow::Result<T> {
    Ok(answered(request).await?.json().await?)
}
