//! Where the provider's routes are.

pub(crate) const CONFIGURATION: &str = "/.well-known/openid-configuration";
pub(crate) const SERVER_METADATA: &str = "/.well-known/oauth-authorization-server";
pub(crate) const JWKS: &str = "/.well-known/jwks.json";
pub(crate) const PUSH: &str = "/openid/par";
pub(crate) const AUTHORIZE: &str = "/openid/authorize";
pub(crate) const SCRIPT: &str = "/openid/page.js";
pub(crate) const STYLE: &str = "/openid/page.css";
pub(crate) const CHALLENGE: &str = "/openid/login/challenge";
pub(crate) const LOGIN: &str = "/openid/login";
pub(crate) const CONSENT: &str = "/openid/consent";
pub(crate) const TOKEN: &str = "/openid/token";
pub(crate) const USERINFO: &str = "/openid/userinfo";
pub(crate) const INTROSPECTION: &str = "/openid/introspection";
pub(crate) const REVOCATION: &str = "/openid/revocation";
