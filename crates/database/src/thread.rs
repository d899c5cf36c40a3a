//! The threads of a database.

use crate::DatabaseError;
use std::sync::Arc;
use std::thread::Builder;

/// Starts a thread with a name that profiles and figures by thread show, as `ciam-writer`.
pub(crate) fn spawn(
    database: &str,
    role: &str,
    run: impl FnOnce() + Send + 'static,
) -> Result<(), DatabaseError> {
    let started = Builder::new().name(format!("{database}-{role}")).spawn(run);
    let failed = |cause| DatabaseError::Open {
        database: database.to_owned(),
        cause: Arc::new(cause),
    };
    started.map(drop).map_err(failed)
}
