//! A passkey's assertion as it is posted.

use order::Assertion;
use protocol::http::PasskeyAssertion;

pub(crate) fn posted(assertion: &Assertion) -> PasskeyAssertion {
    PasskeyAssertion {
        credential: assertion.credential.clone().into(),
        authenticator_data: assertion.authenticator_data.clone().into(),
        client_data_json: assertion.client_data_json.clone().into(),
        signature: assertion.signature.clone().into(),
    }
}
