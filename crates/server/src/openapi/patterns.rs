//! Regular expressions of what people type, as ECMA-262 with Unicode, for the document.
//!
//! Each says what the check of the same name accepts: `core/auth/src/accounts/check.rs` for people, `messaging/src/names.rs`
//! for names and topics, `messaging/src/draft.rs` for messages, `messaging/src/reactions.rs` for emoji.

use plexichat_model::id;

/// Control characters (Unicode category Cc).
const CONTROL: &str = r"\u0000-\u001f\u007f-\u009f";
/// Control characters but tab, line feed, vertical tab, form feed, carriage return and next line.
const CONTROL_BUT_SPACE: &str = r"\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f";
/// White space that is no control character.
const SPACE: &str = r"\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";
/// White space that is one.
const CONTROL_SPACE: &str = r"\u0009-\u000d\u0085";
/// What a name may not hold besides control characters.
const UNNAMEABLE: &str = r"\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\u200b";
/// What a display name may not hold besides control characters.
const DECEPTIVE: &str =
    "\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\u{E0000}-\u{E007F}";
/// What draws nothing by itself, besides white space and control characters.
const INVISIBLE: &str = "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\
    \\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\u{E0000}-\u{E0FFF}";
const ASCII_PUNCTUATION: &str = r"!-\/:-@\[-`{-~";

/// Text of characters outside of `bad`, one of them outside of `empty` too.
fn somewhere(bad: &str, empty: &str) -> String {
    format!("^[^{bad}]*[^{bad}{empty}][^{bad}]*$")
}

/// Name of a workspace or channel: one line, not blank.
pub(super) fn name() -> String {
    somewhere(&format!("{CONTROL}{UNNAMEABLE}"), SPACE)
}

/// Topic or description: lines, perhaps none.
pub(super) fn topic() -> String {
    format!(r"^[^{CONTROL_BUT_LINE}{UNNAMEABLE}]*$")
}

/// Control characters but line feed.
const CONTROL_BUT_LINE: &str = r"\u0000-\u0009\u000b-\u001f\u007f-\u009f";

pub(super) fn display_name() -> String {
    somewhere(&format!("{CONTROL_BUT_SPACE}{DECEPTIVE}"), &format!("{CONTROL_SPACE}{SPACE}{ASCII_PUNCTUATION}"))
}

/// Text of a message: not blank, no control characters but tab and line ends.
pub(super) fn message() -> String {
    let bad = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f";
    somewhere(bad, &format!("{CONTROL_SPACE}{SPACE}{INVISIBLE}"))
}

/// A handle as it may be typed; it is stored in lower case and without the `@`.
pub(super) const HANDLE: &str = "^@?[A-Za-z0-9][A-Za-z0-9._-]{0,30}[A-Za-z0-9_-]$";

/// An e-mail address, or nothing.
pub(super) fn email() -> String {
    let local = format!(r#"[^{CONTROL}{SPACE}<>",;()@]{{1,64}}"#);
    let end = format!(r"[^{CONTROL}{SPACE}!-\/:-@\[-`{{-~]");
    let within = format!(r"[^{CONTROL}{SPACE}!-,.\/:-@\[-`{{-~]");
    let label = format!("{end}(?:{within}*{end})?");
    format!(r"^(?:{local}@(?:{label}\.)+{label})?$")
}

/// What is typed at sign-in: a handle or an address.
pub(super) fn login() -> String {
    somewhere(CONTROL, &format!("{SPACE}@"))
}

/// Code of a link: 256 bits in base64url.
pub(super) const CODE: &str = "^[A-Za-z0-9_-]{43}$";

/// Name of a device.
pub(super) fn device() -> String {
    format!("^[^{CONTROL}]*$")
}

/// Text that no database refuses.
pub(super) const NO_NUL: &str = r"^[^\u0000]*$";

/// An id, also as the cursor of a page.
pub(super) fn id() -> String {
    format!("^{}$", id::PATTERN)
}

/// Ids separated by commas.
pub(super) fn ids(most: usize) -> String {
    format!("^{0}(?:,{0}){{0,{1}}}$", id::PATTERN, most - 1)
}

/// One emoji, or a name between colons. Joined pictures (families, professions) consist of pictures of the newer blocks.
pub(super) fn emoji() -> String {
    let picture = "\u{1f000}-\u{1f1e5}\u{1f200}-\u{1faff}\\u2600-\\u27bf\\u2194-\\u2199\\u21a9\\u21aa\\u231a\\u231b\\u2328\\u23cf\
        \\u23e9-\\u23f3\\u23f8-\\u23fa\\u25aa\\u25ab\\u25b6\\u25c0\\u25fb-\\u25fe\\u2b05-\\u2b07\\u2b1b\\u2b1c\\u2b50\\u2b55\
        \\u2934\\u2935\\u00a9\\u00ae\\u203c\\u2049\\u2122\\u2139\\u24c2\\u3030\\u303d\\u3297\\u3299";
    let joined = "\u{1f300}-\u{1f3fa}\u{1f400}-\u{1f53d}\u{1f546}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f90c}-\u{1f93a}\\u2640\\u2642\\u2695\
        \\u2696\\u26a7\\u2708\\u2764";
    let dressed = "\\ufe0f?[\u{1f3fb}-\u{1f3ff}]?\\ufe0f?";
    let flags = "\u{1f1e6}-\u{1f1ff}";
    let region = "\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,6}\u{e007f}";
    format!(
        "^(?::[a-z0-9_+-]{{1,62}}:|[0-9#*]\\ufe0f?\\u20e3|[{flags}]{{2}}|{region}|[{picture}]{dressed}|[{joined}]{dressed}(?:\\u200d[{joined}]{dressed}){{1,3}})$"
    )
}
