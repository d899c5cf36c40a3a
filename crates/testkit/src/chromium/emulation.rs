//! Other devices than this machine: slower, smaller, with other preferences; and what a page looks like on them.

use crate::chromium::page::Page;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use std::path::Path;

/// How a page is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The viewport in CSS pixels.
    pub size: (u32, u32),
    /// Whether it is a phone, with its kind of viewport and touch.
    pub phone: bool,
    /// The person's language, such as `th-TH`.
    pub language: &'static str,
    /// Media features that differ from the usual ones, such as `("prefers-color-scheme", "dark")`.
    pub features: &'static [(&'static str, &'static str)],
}

impl Page {
    /// Makes the page look so, from its next visit on.
    pub async fn look(&self, look: Look) {
        let (width, height) = look.size;
        let scale = if look.phone { 2 } else { 1 };
        let features: Vec<Json> = look
            .features
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        let agent = self.evaluate("navigator.userAgent").await.unwrap();
        for (method, params) in [
            (
                "Emulation.setDeviceMetricsOverride",
                json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": look.phone}),
            ),
            (
                "Emulation.setTouchEmulationEnabled",
                json!({"enabled": look.phone}),
            ),
            (
                "Emulation.setEmulatedMedia",
                json!({"media": "screen", "features": features}),
            ),
            (
                "Emulation.setLocaleOverride",
                json!({"locale": look.language}),
            ),
            (
                "Emulation.setUserAgentOverride",
                json!({"userAgent": agent, "acceptLanguage": look.language}),
            ),
        ] {
            self.call(method, params).await.unwrap();
        }
    }

    /// Slows the page's processor down by this factor.
    pub async fn slow_down(&self, factor: u32) {
        let rate = json!({"rate": factor});
        self.call("Emulation.setCPUThrottlingRate", rate)
            .await
            .unwrap();
    }

    /// Writes the whole page as a PNG, also what is below the window's edge.
    pub async fn screenshot(&self, file: &Path) {
        // The window becomes as high as the page, so that what stands at its edges stays there.
        let size = "(() => {
            const { scrollHeight } = document.documentElement;
            const mobile = navigator.maxTouchPoints > 0;
            return { height: Math.max(scrollHeight, innerHeight), width: innerWidth, deviceScaleFactor: devicePixelRatio, mobile };
        })()";
        let mut window = self.evaluate(size).await.unwrap();
        let before = self.evaluate("innerHeight").await.unwrap();
        self.call("Emulation.setDeviceMetricsOverride", window.clone())
            .await
            .unwrap();
        self.painted().await;
        let taken = self.call("Page.captureScreenshot", json!({"format": "png"}));
        let taken = taken.await.unwrap();
        window["height"] = before;
        self.call("Emulation.setDeviceMetricsOverride", window)
            .await
            .unwrap();
        let png = STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, png).unwrap();
    }
}
