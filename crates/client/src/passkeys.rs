//! The registration of a passkey.

use crate::bank::{Bank, Call};
use crate::errand::{Asking, By};
use crate::error::SyncError;
use crate::keys::Keys as _;
use crate::pass::Pass;
use crate::platform::Platform;
use crate::transport::Method;
use protocol::http::{PasskeyOptions, PasskeyRow, RegisterPasskey};
use protocol::json;

impl<P: Platform> Bank<P> {
    /// Has a passkey made and registers it under `name`. [`SyncError::NotLoggedIn`] before anything is made if the customer
    /// has others and nobody is logged in: the bank would not take it, and the person would be left with a passkey that is of
    /// no use.
    pub(crate) async fn register_passkey(
        &self,
        pass: &mut Pass,
        name: &str,
    ) -> Result<PasskeyRow, SyncError> {
        let call = Call::create("/v1/passkeys/challenge", &pass.channel);
        let options: PasskeyOptions = self.json(call).await?;
        let by = match pass.access(self).await? {
            Some(_) => By::Person,
            None if options.exclude.is_empty() => By::Device,
            None => return Err(SyncError::NotLoggedIn),
        };
        let made = self.keys.make_passkey(&options).await?;
        let request = RegisterPasskey {
            name: name.to_owned(),
            transports: Vec::new(),
            client_data_json: made.client_data_json.into(),
            attestation_object: made.attestation_object.into(),
        };
        let body = Some(serde_json::to_vec(&request));
        let (method, path) = (Method::Post, "/v1/passkeys");
        let asking = Asking {
            by,
            method,
            path,
            body,
        };
        let answer = self.ask(pass, asking).await?;
        json::from_slice(&answer).map_err(|_| SyncError::Answer)
    }
}
