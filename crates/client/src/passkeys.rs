//! The registration of a passkey.

use crate::bank::{Bank, Call};
use crate::error::SyncError;
use crate::keys::Keys as _;
use crate::pass::Pass;
use crate::platform::Platform;
use protocol::http::{PasskeyOptions, PasskeyRow, RegisterPasskey};

impl<P: Platform> Bank<P> {
    /// Has a passkey made and registers it under `name`.
    pub(crate) async fn register_passkey(
        &self,
        pass: &mut Pass,
        name: &str,
    ) -> Result<PasskeyRow, SyncError> {
        let channel = pass.channel.clone();
        let call = Call::create("/v1/passkeys/challenge", &channel);
        let options: PasskeyOptions = self.json(call).await?;
        let made = self.keys.make_passkey(&options).await?;
        let request = RegisterPasskey {
            name: name.to_owned(),
            transports: Vec::new(),
            client_data_json: made.client_data_json.into(),
            attestation_object: made.attestation_object.into(),
        };
        let access = pass.access(self).await?;
        let call = Call::post("/v1/passkeys", &request, access.or(Some(&channel)))?;
        self.json(call).await
    }
}
