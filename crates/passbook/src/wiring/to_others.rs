//! The way to servers of others, over HTTP.

use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::sync::OnceCell;

/// A client that follows no redirect and uses no proxy. It is made with the first request, because most banks never need it.
#[derive(Default)]
pub(super) struct ToOthers(OnceCell<Client>);

impl ToOthers {
    pub(super) async fn client(&self) -> reqwest::Result<&Client> {
        let build = async || {
            Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .build()
        };
        self.0.get_or_try_init(build).await
    }
}
