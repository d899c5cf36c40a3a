//! The parameters of a client's request (RFC 6749, 3.1 and appendix B).

use super::errors::{OauthError, Refusal};
use std::fmt;

/// Maximum number of parameters. No request of a client has half as many.
const PARAMETERS_MAX: usize = 64;

/// The parameters of a request, each once. One without a value counts as missing.
pub struct Form(Vec<(String, String)>);

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").finish_non_exhaustive()
    }
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            let is_repeated = parameters.iter().any(|(other, _)| *other == name);
            if is_repeated || parameters.len() >= PARAMETERS_MAX {
                let detail = "a parameter is repeated, or there are too many";
                return Err(OauthError::InvalidRequest.because(detail));
            }
            parameters.push((name.into_owned(), value.into_owned()));
        }
        parameters.retain(|(_, value)| !value.is_empty());
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value of a parameter; a refusal that says `missing` if there is none.
    pub(crate) fn need(&self, name: &str, missing: &'static str) -> Result<&str, Refusal> {
        let refusal = OauthError::InvalidRequest.because(missing);
        self.get(name).ok_or(refusal)
    }
}
