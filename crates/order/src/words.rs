//! Closed lists of words: a reader refuses a word that it does not know.

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
