//! A SOAP client that nobody here wrote, by the WSDL alone. It needs Python and packages from a registry, so it runs by a
//! command of its own: `make soap-clients`.

use super::{PASSWORD, WithPasswords, serve, service};
use crate::orders::Rig;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Python and packages from a registry: make soap-clients"]
async fn zeep_works_from_the_wsdl_alone() {
    let rig = Rig::new().await;
    let customers = Arc::new(WithPasswords(rig.bank.clone()));
    let (origin, _) = serve(service(Arc::new(rig.bank.clone()), Some(customers))).await;
    let environment = std::env::var_os("SOAP_CLIENTS").unwrap();
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/soap-clients");
    let mut client = Command::new(Path::new(&environment).join("bin/python"));
    client.arg(scripts.join("zeep_client.py"));
    client.env("BANK", origin).env("PASSWORD", PASSWORD);
    assert!(client.status().unwrap().success());
}
