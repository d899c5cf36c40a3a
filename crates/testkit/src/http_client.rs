//! A real HTTP client.

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder};
use std::net::IpAddr;
use std::sync::Once;

static PROVIDER: Once = Once::new();

/// The beginnings of a client for servers on this machine.
pub fn http_client_builder() -> ClientBuilder {
    PROVIDER.call_once(|| {
        // A test of the same process may have installed the same provider.
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
    Client::builder().no_proxy()
}

/// A client for servers on this machine.
#[must_use]
pub fn http_client() -> Client {
    http_client_builder().build().unwrap()
}

/// A client for servers on this machine that is shown where a redirect leads, and does not follow it.
#[must_use]
pub fn http_client_without_redirects() -> Client {
    http_client_builder()
        .redirect(Policy::none())
        .build()
        .unwrap()
}

/// A client for servers on this machine that connects from `address`, which is one of this machine's.
#[must_use]
pub fn http_client_from(address: IpAddr) -> Client {
    http_client_builder()
        .local_address(address)
        .build()
        .unwrap()
}

/// A client that trusts only one certificate, in PEM.
#[must_use]
pub fn http_client_trusting(certificate: &[u8]) -> Client {
    let certificate = Certificate::from_pem(certificate).unwrap();
    http_client_builder()
        .tls_certs_only([certificate])
        .build()
        .unwrap()
}
