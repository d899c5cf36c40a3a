//! `passbook attestation root`: a root for development.

use crate::cli::DevelopmentRoot;
use crate::development_attestation::make_root;
use serde_json::json;
use terminal::{json_line, line, program};
use types::{Clock, hex};

/// Makes the root and prints what to configure.
pub(crate) fn attestation_root(arguments: &DevelopmentRoot, clock: &Clock) -> anyhow::Result<()> {
    let certificate = make_root(&arguments.directory, clock)?;
    let (package, digest) = attestation::DevelopmentRoot::app();
    let digest = hex::encode(digest.as_bytes());
    if arguments.json {
        return json_line(
            &json!({ "certificate": certificate, "package": package, "digest": digest }),
        );
    }
    let certificate = certificate.display();
    line(format_args!(
        "Made a root for development. It attests keys in software: whoever has the directory attests what they like.\n\
         Configure it with:\n\n    \
         [attestation.android]\n    roots = [\"{certificate}\"]\n    \
         apps = [{{ package = \"{package}\", digests = [\"{digest}\"] }}]\n\n\
         and enrol a device with `{} enrol … --attested-by {}`.",
        program(),
        arguments.directory.display()
    ))
}
