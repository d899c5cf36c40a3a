//! `passbook ca`: the bank's own certificate authority for its services.

use crate::cli::{CaInit, CaIssue};
use http_edge::ServiceName;
use operator::authority;
use serde_json::json;
use terminal::{json_line, line, program, quoted};
use types::Clock;

/// Makes an authority.
pub(crate) fn ca_init(arguments: &CaInit, clock: &Clock) -> anyhow::Result<()> {
    let certificate = authority::make(&arguments.directory, clock)?;
    if arguments.json {
        return json_line(&json!({ "certificate": certificate }));
    }
    line(format_args!(
        "Made an authority: {}. Issue certificates with `{} ca issue NODE --role ROLE --authority {} --to DIRECTORY`.",
        certificate.display(),
        program(),
        quoted(&arguments.directory),
    ))
}

/// Issues a certificate.
pub(crate) fn ca_issue(arguments: &CaIssue, clock: &Clock) -> anyhow::Result<()> {
    let names = arguments.roles.iter().map(|role| {
        let name = format!("passbook://{}/{}", role.0.as_str(), arguments.node);
        Ok(name.parse::<ServiceName>()?)
    });
    let names = names.collect::<anyhow::Result<Vec<_>>>()?;
    let files = authority::issue(&arguments.authority, &names, &arguments.to, clock)?;
    if arguments.json {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        return json_line(&json!({ "certificate": files.certificate, "names": names }));
    }
    line(format_args!(
        "Issued {} for {}.",
        files.certificate.display(),
        names
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    ))
}
