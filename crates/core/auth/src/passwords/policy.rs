//! Which passwords are accepted. Pure. Length counts, composition does not.

use super::common::COMMON;
use crate::accounts::folded;
use plexichat_kernel::{Error, Result};
use plexichat_model::{ErrorCode, limits};

/// Refuses what is too short, too long, among the most common ones, a single repeated character, or one of the
/// person's own `names`.
pub(crate) fn check(password: &str, names: &[&str], min_chars: u32) -> Result<()> {
    if password.len() > limits::PASSWORD_BYTES {
        return Err(Error::too_large("password", format!("a password has at most {} bytes", limits::PASSWORD_BYTES)));
    }
    let weak = |text: String| Err(Error::new(ErrorCode::PasswordTooWeak, text).with_field("password"));
    if password.chars().count() < usize::try_from(min_chars).unwrap_or(usize::MAX) {
        return weak(format!("choose a password of at least {min_chars} characters; several words are easy to remember"));
    }
    let plain = folded(password);
    // Common passwords are shorter than today's least length; people lengthen them by repeating or by digits.
    if COMMON.iter().any(|common| is_dressed(&plain, common) || is_repeated(&plain, common)) {
        return weak("this password is among the most common ones; choose another".to_owned());
    }
    let mut chars = plain.chars();
    let first = chars.next();
    if chars.all(|c| Some(c) == first) {
        return weak("this password is one character repeated; choose another".to_owned());
    }
    if names.iter().any(|name| folded(name) == plain) {
        return weak("this password is your own name or address; choose another".to_owned());
    }
    Ok(())
}

/// The common password, with nothing but digits and punctuation behind it.
fn is_dressed(text: &str, common: &str) -> bool {
    text.strip_prefix(common).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c.is_ascii_punctuation()))
}

fn is_repeated(text: &str, part: &str) -> bool {
    text.len() > part.len()
        && text.len().is_multiple_of(part.len())
        && text.as_bytes().chunks(part.len()).all(|c| c == part.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(password: &str) -> Option<ErrorCode> {
        check(password, &["alice.lovelace", "Ada Lovelace", "ada@example.org"], 10).err().map(|e| e.code())
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(code("ninechars"), Some(ErrorCode::PasswordTooWeak));
        assert_eq!(code("ten chars!"), None);
        assert_eq!(code("äöüäöüäöü"), Some(ErrorCode::PasswordTooWeak));
        assert_eq!(code("äöüßäöüßäö"), None);
        assert_eq!(code(&"ab".repeat(512)), None);
        assert_eq!(code(&"ab".repeat(513)), Some(ErrorCode::TooLarge));
    }

    #[test]
    fn common_ones_are_refused_however_they_are_dressed() {
        for bad in [
            "password1234",
            "Password!!!!",
            "qwertyuiop",
            "1q2w3e4r5t",
            "letmeinletmein",
            "1234567890",
            "aaaaaaaaaaaa",
            "PASSWORDPASSWORD",
        ] {
            assert_eq!(code(bad), Some(ErrorCode::PasswordTooWeak), "{bad:?} was accepted");
        }
    }

    #[test]
    fn own_names_are_refused() {
        for bad in ["Alice.Lovelace", "ada lovelace", "ADA@example.org"] {
            assert_eq!(code(bad), Some(ErrorCode::PasswordTooWeak), "{bad:?} was accepted");
        }
        assert_eq!(code("alice.lovelace and more"), None);
    }

    proptest! {
        #[test]
        fn no_common_password_passes(index in 0..COMMON.len(), tail in "[0-9]{0,4}") {
            let password = format!("{}{tail}", COMMON[index]);
            prop_assert!(check(&password, &[], 1).is_err());
        }
    }
}
