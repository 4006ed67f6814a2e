//! Why something was refused.

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal. It carries no byte of what was refused, so it may be shown and logged.
///
/// That a tag does not fit says only that: a wrong key, another row and a flipped bit read the same,
/// because telling them apart would answer questions of somebody who is guessing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not one of ours, or it is cut off; the text says which part.
    #[error("this is no sealed data: {0}")]
    Malformed(&'static str),
    /// It begins with a version that this program does not know.
    #[error("this was sealed by a newer version (format {0}); update to open it")]
    UnknownFormat(u8),
    /// Wrong key, wrong place or changed bytes.
    #[error("this does not open: the key is another one, it belongs elsewhere, or it was changed")]
    Refused,
    /// An envelope for others.
    #[error("this envelope was not sealed for this key")]
    NotARecipient,
    /// An envelope that had to be signed is not.
    #[error("this envelope is not signed, and it has to be")]
    NotSigned,
    /// An envelope names another signer than the one it has to be from.
    #[error("this envelope is signed with another key than the one it has to be from")]
    SignedByAnother,
    /// More than the format can hold; the text names the bound.
    #[error("this is too much: {0}")]
    TooLarge(&'static str),
}
