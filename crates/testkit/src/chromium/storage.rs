//! What a page's origin keeps on the device.

use crate::chromium::page::Page;
use serde_json::json;

/// Every text that can be read in IndexedDB, caches, the origin's storage and its cookies: keys, values, addresses, and bytes
/// taken as UTF-8 and as UTF-16.
const READ: &str = include_str!("storage.js");

impl Page {
    /// Sets how many bytes an origin may store. `None` is as many as ever.
    pub async fn set_quota(&self, origin: &str, bytes: Option<u64>) {
        let mut quota = json!({"origin": origin});
        if let Some(bytes) = bytes {
            quota["quotaSize"] = json!(bytes);
        }
        let set = self.call("Storage.overrideQuotaForOrigin", quota).await;
        set.unwrap();
    }

    /// Removes what an origin has in databases and caches, with its service worker, as a browser does that needs room.
    pub async fn empty(&self, origin: &str) {
        let kinds = "indexeddb,cache_storage,service_workers";
        let all = json!({"origin": origin, "storageTypes": kinds});
        let emptied = self.call("Storage.clearDataForOrigin", all).await;
        emptied.unwrap();
    }

    /// What anybody with the device can read of what the page's origin keeps on it.
    pub async fn legible(&self) -> Vec<String> {
        let read = self.evaluate(READ).await.unwrap();
        let texts = read.as_array().unwrap().iter();
        texts
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    }
}
