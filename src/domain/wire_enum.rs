//! Enums whose values have one name each on the wire.

/// Defines an enum and the names of its values: for serde, the JSON schema, `as_str` and `Display`. With `listed`, the
/// enum also has the list of its values, `ALL`.
macro_rules! wire_enum {
    (listed $($definition:tt)+) => {
        wire_enum! { $($definition)+ }
        wire_enum! { @list $($definition)+ }
    };
    (@list $(#[$meta:meta])* pub enum $name:ident { $($(#[$attribute:meta])* $variant:ident = $text:literal,)+ }) => {
        impl $name {
            /// Every value.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];
        }
    };
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$attribute:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
        pub enum $name {
            $($(#[$attribute])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
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

pub(super) use wire_enum;
