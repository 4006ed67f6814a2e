//! Typed 64-bit ids. Strings in JSON (JavaScript loses integers above 2^53), integers in SQL.
//!
//! An id sorts by time of creation only roughly and across nodes not at all: order comes from journal
//! versions and channel numbers, never from ids.

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError;

impl std::fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an id is a positive decimal number below 2^63, without leading zeros")
    }
}

impl std::error::Error for ParseIdError {}

/// What [`parse`] takes, as a regular expression without anchors: 1 to 2^63 - 1. An id has one spelling, so that a text
/// that names it can be compared.
pub const PATTERN: &str = "(?:[1-9][0-9]{0,17}|[1-8][0-9]{18}|9[01][0-9]{17}|92[01][0-9]{16}|922[0-2][0-9]{15}|\
    9223[0-2][0-9]{14}|92233[0-6][0-9]{13}|922337[01][0-9]{12}|92233720[0-2][0-9]{10}|922337203[0-5][0-9]{9}|\
    9223372036[0-7][0-9]{8}|92233720368[0-4][0-9]{7}|922337203685[0-3][0-9]{6}|9223372036854[0-6][0-9]{5}|\
    92233720368547[0-6][0-9]{4}|922337203685477[0-4][0-9]{3}|9223372036854775[0-7][0-9]{2}|922337203685477580[0-7])";

/// Reads an id, a number of a message or a cursor made of one.
pub fn parse(text: &str) -> Result<i64, ParseIdError> {
    if text.is_empty() || text.len() > 19 || text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ParseIdError);
    }
    text.parse::<i64>().ok().filter(|id| *id > 0).ok_or(ParseIdError)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// The number as it is stored.
            pub const fn get(self) -> i64 { self.0 }
        }

        impl From<i64> for $name {
            fn from(id: i64) -> Self { Self(id) }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self { id.0 }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::ParseIdError;
            fn from_str(text: &str) -> Result<Self, Self::Err> { $crate::id::parse(text).map(Self) }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str(itoa::Buffer::new().format(self.0)) }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(d)?;
                $crate::id::parse(&text).map(Self).map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(format!("^{}$", $crate::id::PATTERN)))
                    .description(Some("64-bit id as a decimal string"))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
        }
    )*};
}

/// Defines `message::Nonce` with the same text form as an id.
macro_rules! nonce_type {
    () => {
        crate::id::ids! {
            /// Retry key of a send: a positive 63-bit number chosen by the client, ideally time-sortable and random.
            Nonce;
        }
    };
}
pub(crate) use {ids, nonce_type};

ids! {
    /// An account.
    UserId;
    /// A workspace.
    WorkspaceId;
    /// A channel, a direct or a group conversation.
    ChannelId;
    /// A message.
    MessageId;
    /// A signed-in session (one token).
    SessionId;
    /// An invitation link.
    InvitationId;
    /// A background job.
    JobId;
    /// A task on keys.
    KeyTaskId;
    /// A node that joined.
    KeyNodeId;
    /// An invitation of a node.
    NodeInvitationId;
    /// A recovery kit.
    RecoveryKitId;
}

#[cfg(test)]
mod tests {
    use super::UserId;

    #[test]
    fn ids_are_strings_in_json() {
        let id = UserId(9_007_199_254_740_993);
        assert_eq!(serde_json::to_string(&id).expect("serialises"), "\"9007199254740993\"");
        assert_eq!(serde_json::from_str::<UserId>("\"9007199254740993\"").expect("parses"), id);
    }

    #[test]
    fn bad_ids_are_refused() {
        for bad in ["", "0", "07", "-1", "+1", " 1", "1e3", "99999999999999999999", "9223372036854775808"] {
            assert!(bad.parse::<UserId>().is_err(), "{bad:?} was accepted");
        }
    }
}
