//! What somebody wants to say, checked: the only way from outside text to a stored message.
//!
//! Guarantees: at most 12,000 characters, not blank, no control characters but line feed and tab, quotes and
//! lists nested at most 8 deep (parsers of clients rely on it). The text itself is kept as written; only line
//! endings become line feeds. Not here: whom it addresses (`mentions`), who may send it (`core/auth`).

use crate::text;
use plexichat_kernel::{Error, Result};
use plexichat_model::limits::{MESSAGE_CHARS, MESSAGE_NESTING};

/// A text that may become a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// Markdown.
    pub(crate) text: String,
}

impl Draft {
    /// Checks a text and normalises its line endings.
    pub(crate) fn check(text: &str) -> Result<Self> {
        // Four bytes a character at most: a longer text is refused before it is read.
        if text.len() > MESSAGE_CHARS * 4 || text.chars().count() > MESSAGE_CHARS {
            return Err(Error::too_large("text", format!("a message has at most {MESSAGE_CHARS} characters; split it")));
        }
        let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
        if let Some(bad) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return Err(Error::invalid(
                "text",
                format!("a message cannot hold the control character U+{:04X}; remove it", u32::from(bad)),
            ));
        }
        if text.chars().all(is_invisible) {
            return Err(Error::invalid("text", "a message cannot be empty; write something"));
        }
        if let Some(line) = text::too_deep(&text, MESSAGE_NESTING) {
            return Err(Error::invalid(
                "text",
                format!("quotes and lists nest at most {MESSAGE_NESTING} levels deep; line {line} goes deeper"),
            ));
        }
        Ok(Self { text })
    }
}

/// White space and what draws nothing by itself.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        )
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::Draft;
    use plexichat_model::ErrorCode;

    fn code(text: &str) -> Option<ErrorCode> {
        Draft::check(text).err().map(|e| e.code())
    }

    #[test]
    fn the_text_is_kept_but_for_line_endings() {
        assert_eq!(Draft::check("  a\r\nb\rc\td  ").expect("fine").text, "  a\nb\nc\td  ");
        // Not brought to a normal form: what was written is what is shown.
        assert_eq!(Draft::check("e\u{301}").expect("fine").text, "e\u{301}");
    }

    #[test]
    fn bounds_are_exact() {
        assert_eq!(code(&"ä".repeat(12_000)), None);
        assert_eq!(code(&"ä".repeat(12_001)), Some(ErrorCode::TooLarge));
        assert_eq!(code(&"x".repeat(1_000_000)), Some(ErrorCode::TooLarge));
    }

    #[test]
    fn blank_and_control_characters_are_refused() {
        for blank in ["", " ", "\n\t\n", "\u{200b}\u{feff} ", "\u{3164}"] {
            assert_eq!(code(blank), Some(ErrorCode::Invalid), "{blank:?}");
        }
        for bad in ["a\0", "\u{7}", "a\u{1b}[31m", "a\u{85}b", "\u{7f}x"] {
            assert_eq!(code(bad), Some(ErrorCode::Invalid), "{bad:?}");
        }
    }

    #[test]
    fn nesting_is_refused_with_its_line() {
        let error = Draft::check(&format!("fine\n{}deep", "> ".repeat(9))).expect_err("nine levels");
        assert_eq!((error.code(), error.field()), (ErrorCode::Invalid, Some("text")));
        assert!(error.message().contains("line 2"), "{}", error.message());
    }
}
