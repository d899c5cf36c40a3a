//! The process's limit of file handles.

use rustix::process::{Resource, Rlimit};

/// Raises this process's limit of file handles to what the system lets it have: a connection takes one.
pub fn allow_file_handles() {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = rustix::process::setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of file handles stays where it is");
    }
}
