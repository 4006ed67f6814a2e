//! What handles, display names and e-mail addresses may look like. Pure.

use plexichat_kernel::{Error, Result};
use plexichat_model::{ErrorCode, limits};
use unicode_normalization::UnicodeNormalization as _;

/// Handles that mean something else after `@`, or would let somebody pose as the instance.
const RESERVED: &[&str] = &["all", "channel", "everyone", "here", "owners", "admins", "members", "guests", "plexichat", "system"];

/// Longest e-mail address (RFC 5321), and longest form of it that is compared.
const EMAIL_CHARS: usize = 254;

/// A text as names are compared: compatibility characters unified, lower case.
pub fn folded(text: &str) -> String {
    // Folding can bring up characters that normalise again (`İ`): the second pass makes it stable.
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// A handle as it is stored: 2–32 of `a-z 0-9 . _ -`, beginning with a letter or digit.
pub(crate) fn handle(text: &str) -> Result<String> {
    let handle = folded(text.trim().trim_start_matches('@'));
    let length = handle.chars().count();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let begins = handle.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    // A full stop at the end would be taken for the end of a sentence after a mention.
    if !(2..=limits::HANDLE_CHARS).contains(&length) || !handle.chars().all(allowed) || !begins || handle.ends_with('.') {
        return Err(Error::invalid(
            "handle",
            format!(
                "a handle has 2 to {} of a-z, 0-9, full stop, underscore and hyphen, begins with a letter or digit and does not end with a full stop",
                limits::HANDLE_CHARS
            ),
        ));
    }
    if RESERVED.contains(&handle.as_str()) {
        let message = "this handle is reserved; choose another";
        return Err(Error::conflict(ErrorCode::NameTaken, message).with_field("handle"));
    }
    Ok(handle)
}

/// A display name as it is stored: trimmed, runs of spaces joined, 1–80 characters, none of them invisible.
pub(crate) fn display_name(text: &str) -> Result<String> {
    let name: String = text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    if !(1..=limits::DISPLAY_NAME_CHARS).contains(&length) {
        return Err(Error::invalid("display_name", format!("a display name has 1 to {} characters", limits::DISPLAY_NAME_CHARS)));
    }
    if let Some(bad) = name.chars().find(|c| is_deceptive(*c)) {
        return Err(Error::invalid(
            "display_name",
            format!("a display name has no control or invisible characters (found U+{:04X})", u32::from(bad)),
        ));
    }
    if name.chars().all(|c| c.is_ascii_punctuation() || c == ' ') {
        return Err(Error::invalid("display_name", "a display name has at least one letter, digit or symbol"));
    }
    Ok(name)
}

/// Control characters, and what is invisible or turns the direction of text. Joiners stay: scripts and emoji need them.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// An e-mail address as it is stored; `None` for an empty text. The check is light on purpose: only a delivered
/// message proves an address.
pub(crate) fn email(text: &str) -> Result<Option<String>> {
    let address = text.trim();
    if address.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::invalid("email", "this is no e-mail address, such as name@example.org");
    let (local, domain) = address.rsplit_once('@').ok_or_else(wrong)?;
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>' | '"' | ',' | ';' | '(' | ')' | '@');
    let labels = domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let fits = address.chars().count() <= EMAIL_CHARS && folded(address).chars().count() <= EMAIL_CHARS;
    let parted = (1..=64).contains(&local.chars().count()) && domain.contains('.') && labels;
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-') || (!c.is_ascii() && plain(c));
    if !fits || !parted || !local.chars().all(plain) || !domain.chars().all(named) {
        return Err(wrong());
    }
    Ok(Some(address.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn handles_are_folded_and_checked() {
        assert_eq!(handle(" @Alice.B ").expect("valid"), "alice.b");
        assert_eq!(handle("ＡＬＩＣＥ").expect("full width"), "alice");
        for bad in ["", "a", "-ab", ".ab", "ab.", "a b", "a/b", "ünal", "everyone", "@here", &"x".repeat(33), "a\u{200B}b"] {
            assert!(handle(bad).is_err(), "{bad:?} was accepted");
        }
        assert!(handle(&"x".repeat(32)).is_ok());
    }

    #[test]
    fn display_names_are_trimmed_and_visible() {
        assert_eq!(display_name("  Ada \t Lovelace ").expect("valid"), "Ada Lovelace");
        assert!(display_name("👩\u{200D}💻").is_ok());
        assert!(display_name("李小龙").is_ok());
        for bad in ["", "   ", "a\u{202E}b", "a\u{0}b", "\u{200B}", "...", ". .", &"x".repeat(81)] {
            assert!(display_name(bad).is_err(), "{bad:?} was accepted");
        }
        assert!(display_name(&"é".repeat(80)).is_ok());
    }

    #[test]
    fn emails_are_checked_lightly() {
        assert_eq!(email("").expect("none"), None);
        assert_eq!(email(" Ada@Example.org ").expect("valid").as_deref(), Some("Ada@Example.org"));
        assert!(email("ünal@exämple.de").is_ok());
        for bad in
            ["ada", "ada@", "@example.org", "a da@example.org", "ada@example", "ada@-x.org", "a@b@c.org", "a@x..org", "a\n@x.org"]
        {
            assert!(email(bad).is_err(), "{bad:?} was accepted");
        }
    }

    proptest! {
        #[test]
        fn folding_is_stable(text in "\\PC{0,40}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once.clone());
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = (handle(&text), display_name(&text), email(&text));
        }

        #[test]
        fn a_stored_handle_is_its_own_folding(text in "[a-zA-Z0-9][a-zA-Z0-9._-]{0,30}[a-zA-Z0-9]") {
            if let Ok(handle) = handle(&text) {
                prop_assert_eq!(folded(&handle), handle.clone());
            }
        }
    }
}
