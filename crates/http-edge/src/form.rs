//! The bodies of forms.

use crate::Rejection;
use crate::whole_body::whole_body;
use axum::extract::{FromRequest, Request};

/// The body of a request that says that it is a form, for a route that reads it by itself.
#[derive(Debug, Clone)]
pub struct FormBytes(pub Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for FormBytes {
    type Rejection = Rejection;

    async fn from_request(request: Request, _: &S) -> Result<Self, Rejection> {
        let media_type = "application/x-www-form-urlencoded";
        Ok(Self(whole_body(request, media_type).await?))
    }
}
