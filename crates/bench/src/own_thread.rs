//! Work on a thread of its own, so that its processor time can be told from other work's.

use anyhow::Context as _;
use tokio::sync::oneshot;

/// Work that runs.
pub(crate) struct OwnThread<T>(oneshot::Receiver<anyhow::Result<T>>);

impl<T: Send + 'static> OwnThread<T> {
    /// Starts `work` on a thread of that name, with a runtime of its own.
    pub(crate) fn start<F>(
        name: &str,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> anyhow::Result<Self>
    where
        F: Future<Output = anyhow::Result<T>>,
    {
        let (done, result) = oneshot::channel();
        let thread = std::thread::Builder::new().name(name.to_owned());
        thread.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let worked = runtime
                .map_err(anyhow::Error::from)
                .and_then(|runtime| runtime.block_on(work()));
            // Nobody waits for it if the measurement was ended.
            let _ = done.send(worked);
        })?;
        Ok(Self(result))
    }

    /// Waits until the work is done.
    pub(crate) async fn result(self) -> anyhow::Result<T> {
        self.0.await.context("a thread panicked")?
    }
}
