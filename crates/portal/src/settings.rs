//! What the person chose for the app in this browser.

use crate::texts::Language;
use serde::{Deserialize, Serialize};

/// The settings. They are no secret; the page stores them beside the passbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The language.
    pub language: Language,
    /// The colours.
    pub theme: Theme,
    /// The size of text.
    pub text_size: TextSize,
    /// Whether amounts are hidden until the person asks for them.
    pub amounts_hidden: bool,
    /// After how many minutes without use the passbook is locked.
    pub lock_after_minutes: u32,
}

/// The colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the browser has them.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// Black and white, with strong borders.
    Contrast,
}

/// The size of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSize {
    /// As the browser has it.
    Normal,
    /// A quarter larger.
    Large,
    /// Half as large again.
    Larger,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::English,
            theme: Theme::System,
            text_size: TextSize::Normal,
            amounts_hidden: false,
            lock_after_minutes: 5,
        }
    }
}

impl Settings {
    /// After how many milliseconds without use the passbook is locked.
    #[must_use]
    pub fn lock_after_ms(&self) -> u64 {
        u64::from(self.lock_after_minutes) * 60_000
    }
}

impl Theme {
    /// The value of the page's attribute `data-theme`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
        }
    }
}

impl TextSize {
    /// The value of the page's attribute `data-text`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Large => "large",
            Self::Larger => "larger",
        }
    }
}
