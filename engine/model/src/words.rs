//! Enums that are words.

/// A word that is none of the words it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not one of{expected}")]
pub struct ParseWordError {
    found: String,
    expected: &'static str,
}

impl ParseWordError {
    /// `found`, and the words it should be one of: each in backticks, with a space before it.
    #[must_use]
    pub fn new(found: &str, expected: &'static str) -> Self {
        Self { found: found.into(), expected }
    }
}

/// An enum whose variants are words: `ALL` of them, each `as_str`, shown as it is written and read from it.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every one, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::ParseWordError;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    found => Err($crate::ParseWordError::new(found, concat!($(" `", $word, "`"),+))),
                }
            }
        }
    };
}
