//! Implements ciam's port to the outside provider that logs people in.

use super::to_others::ToOthers;
use async_trait::async_trait;
use ciam::ports::{Documents, LoginProvider, PortError};
use reqwest::header::CONTENT_TYPE;

/// The provider, over HTTP.
pub(super) struct Provider(ToOthers);

impl Default for Provider {
    fn default() -> Self {
        Self(ToOthers::new("the login provider"))
    }
}

#[async_trait]
impl Documents for Provider {
    async fn read(&self, url: &str) -> Result<Vec<u8>, PortError> {
        self.0.read(url).await
    }
}

#[async_trait]
impl LoginProvider for Provider {
    async fn post(
        &self,
        url: &str,
        basic: Option<(&str, &str)>,
        form: String,
    ) -> Result<(u16, Vec<u8>), PortError> {
        let request = self.0.client().await?.post(url).body(form);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match basic {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        };
        let (status, body) = self.0.ask(request).await?;
        Ok((status.as_u16(), body))
    }
}
