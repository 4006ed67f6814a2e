//! What people may call things: one check for every name, topic and description.
//!
//! Guarantees: stored text is trimmed and NFC; names are one line of 1–80 characters without control or
//! direction-changing characters; two names that look alike after compatibility folding (NFKC, lower case)
//! have the same folded form, which the unique index compares. Handles and passwords are checked by `core/auth`.

use plexichat_kernel::{Error, Result};
use plexichat_model::limits;
use unicode_normalization::UnicodeNormalization as _;

/// Bound of the folded column; compatibility folding may lengthen a text up to 18 times.
const FOLDED_CHARS: usize = 320;

/// A checked name with the form that must be unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// As shown.
    pub(crate) text: String,
    /// As compared.
    pub(crate) folded: String,
}

/// Checks the name of a workspace or channel.
pub(crate) fn name(field: &'static str, input: &str) -> Result<Name> {
    let text: String = input.trim().nfc().collect();
    let chars = text.chars().count();
    if chars == 0 {
        return Err(Error::invalid(field, "a name is needed; give it 1 to 80 characters"));
    }
    if chars > limits::NAME_CHARS {
        return Err(Error::invalid(field, format!("this name has {chars} characters; shorten it to {}", limits::NAME_CHARS)));
    }
    if let Some(c) = text.chars().find(|c| forbidden(*c)) {
        let message = format!("a name is one line of visible text; remove the character U+{:04X}", u32::from(c));
        return Err(Error::invalid(field, message));
    }
    let folded = fold(&text);
    if folded.chars().count() > FOLDED_CHARS {
        return Err(Error::invalid(field, "this name is too long once its ligatures are spelled out; shorten it"));
    }
    Ok(Name { text, folded })
}

/// Checks a topic or description: several lines are fine, empty is fine.
pub(crate) fn topic(field: &'static str, input: &str) -> Result<String> {
    let text: String = input.trim().nfc().collect();
    let chars = text.chars().count();
    if chars > limits::TOPIC_CHARS {
        return Err(Error::invalid(field, format!("this text has {chars} characters; shorten it to {}", limits::TOPIC_CHARS)));
    }
    if let Some(c) = text.chars().find(|c| *c != '\n' && forbidden(*c)) {
        return Err(Error::invalid(field, format!("remove the invisible character U+{:04X}", u32::from(c))));
    }
    Ok(text)
}

/// The form in which two names that look alike are equal.
pub(crate) fn fold(text: &str) -> String {
    // Lower-casing may decompose (İ), so the text is normalised again afterwards.
    text.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// Control characters, line and paragraph separators, and what turns the direction of the text around it.
fn forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{200B}')
}

#[cfg(test)]
mod tests {
    use super::{fold, name, topic};

    #[test]
    fn names_are_trimmed_composed_and_folded() {
        let got = name("name", "  Cafe\u{301} ①  ").expect("a name");
        assert_eq!(got.text, "Café ①");
        assert_eq!(got.folded, "café 1");
        assert_eq!(fold("ＧＥＮＥＲＡＬ"), fold("general"));
    }

    #[test]
    fn scripts_and_symbols_are_names() {
        for good in ["x", "日本語", "تصميم", "🎉", "c++", "émigré-news", &"ä".repeat(80)] {
            assert!(name("name", good).is_ok(), "{good:?} was refused");
        }
    }

    #[test]
    fn what_nobody_can_read_is_no_name() {
        let long = "x".repeat(81);
        let ligatures = "\u{FDFA}".repeat(80);
        for bad in ["", "   ", "a\nb", "a\u{0}b", "\u{202E}evil", "a\u{200B}b", long.as_str(), ligatures.as_str()] {
            let error = name("name", bad).expect_err("refused");
            assert_eq!(error.field(), Some("name"), "{bad:?}");
        }
    }

    #[test]
    fn topics_may_have_lines() {
        assert_eq!(topic("topic", " one\ntwo ").expect("fine"), "one\ntwo");
        assert!(topic("topic", &"x".repeat(501)).is_err());
        assert!(topic("topic", "a\u{7}").is_err());
    }
}
