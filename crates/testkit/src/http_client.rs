//! A real HTTP client.

use std::sync::Once;

static PROVIDER: Once = Once::new();

/// A client for servers on this machine.
#[must_use]
pub fn http_client() -> reqwest::Client {
    PROVIDER.call_once(|| {
        rustls::crypto::aws_lc_rs::default_provider()
            .install_default()
            .expect("nothing else installs a provider in a test");
    });
    reqwest::Client::builder().no_proxy().build().unwrap()
}
