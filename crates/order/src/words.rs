//! Lists of words. In a closed list a reader refuses a word that it does not know; in an open one it accepts each word.

/// Whether it may be a word of an open list: 1 to 64 small letters, digits and underscores.
pub(crate) fn is_open_word(word: &str) -> bool {
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    (1..=64).contains(&word.len()) && word.bytes().all(fits)
}

macro_rules! closed_words {
    ($(#[$meta:meta])* $name:ident, $unknown:expr, { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// All of them, in the order of `docs/protocol.md`.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as it is sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::OrderError;
            fn from_str(word: &str) -> Result<Self, $crate::OrderError> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($unknown),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use closed_words;
