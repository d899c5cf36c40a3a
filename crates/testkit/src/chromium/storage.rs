//! What a page's origin keeps on the device.

use crate::chromium::page::Page;

/// Every text that can be read in IndexedDB, caches, the origin's storage and its cookies: keys, values, addresses, and bytes
/// taken as UTF-8 and as UTF-16.
const READ: &str = include_str!("storage.js");

impl Page {
    /// What anybody with the device can read of what the page's origin keeps on it.
    pub async fn legible(&self) -> Vec<String> {
        let read = self.evaluate(READ).await.unwrap();
        let texts = read.as_array().unwrap().iter();
        texts
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    }
}
