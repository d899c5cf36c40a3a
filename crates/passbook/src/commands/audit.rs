//! `passbook audit verify`: the hash chains of the audit records.

use super::operate::configuration_on;
use crate::cli::Check;
use anyhow::Context as _;
use serde::Serialize;
use terminal::{json_line, line};
use types::Hash;

/// One service's chain, verified up to its head. With a stored earlier head, one can check that the chain still
/// contains it.
#[derive(Serialize)]
struct Chain {
    service: &'static str,
    records: u64,
    head: Hash,
}

#[derive(Serialize)]
struct Verified {
    intact: bool,
    records: u64,
    chains: Vec<Chain>,
}

/// Verifies the audit chain of each service. Names the first broken record. Servers may run meanwhile.
pub(crate) fn audit_verify(arguments: &Check) -> anyhow::Result<()> {
    let config = configuration_on(&arguments.bank, arguments.database.as_ref())?;
    let directory = config.directory()?;
    let mut chains = Vec::new();
    for (service, location) in directory.audited() {
        let head = database::audit_chain::verify(&location)
            .with_context(|| format!("the audit records of {service} in {location}"))?;
        chains.push(Chain {
            service,
            records: head.number,
            head: head.hash,
        });
    }
    if arguments.json {
        return json_line(&Verified {
            intact: true,
            records: chains.iter().map(|chain| chain.records).sum(),
            chains,
        });
    }
    for chain in &chains {
        line(format_args!(
            "{}: {} audit records, intact; the newest hash is {}",
            chain.service, chain.records, chain.head
        ))?;
    }
    Ok(())
}
