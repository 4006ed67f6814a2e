//! What must not be written: credentials, and characters that would forge lines.
//!
//! A field whose name speaks of a credential loses its whole value. Inside other texts (a message,
//! the `Debug` of a struct, the address of a database) what follows such a name, `Bearer` or a user
//! in an address is masked. Control characters are escaped, so that no input can write a line of
//! its own or steer a terminal. Texts are cut at a bound.

use std::borrow::Cow;
use std::fmt;

use tracing::field::{Field, Visit};

/// What stands in the place of a credential.
pub(super) const MASK: &str = "[redacted]";

/// Longest text of one field, in bytes.
const LONGEST: usize = 16 * 1024;

/// Parts of names that speak of a credential, lower-case, without separators.
const NAMES: [&str; 15] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "token",
    "secret",
    "authorization",
    "cookie",
    "credential",
    "apikey",
    "privatekey",
    "signingkey",
    "sessionkey",
    "csrf",
    "nonce",
];

/// Whether a field of this name holds a credential.
pub(super) fn is_sensitive(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    NAMES.iter().any(|part| plain.contains(part))
}

/// A value fit to be written.
pub(super) enum Value<'a> {
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(Cow<'a, str>),
}

/// Gives each field of an event or a span to `write`, without what must not be written.
pub(super) struct Redacting<F>(pub(super) F);

impl<F: FnMut(&'static str, Value<'_>)> Redacting<F> {
    fn give(&mut self, field: &Field, value: Value<'_>) {
        let value = if is_sensitive(field.name()) { Value::Text(MASK.into()) } else { value };
        (self.0)(field.name(), value);
    }
}

impl<F: FnMut(&'static str, Value<'_>)> Visit for Redacting<F> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.give(field, Value::Bool(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.give(field, Value::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.give(field, Value::Unsigned(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.give(field, Value::Float(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.give(field, Value::Text(clean(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A sensitive value is not even formatted.
        if is_sensitive(field.name()) {
            return self.give(field, Value::Text(MASK.into()));
        }
        let mut text = Bounded(String::new());
        // An error only says that the bound is reached; what fits has been written.
        let _cut = fmt::Write::write_fmt(&mut text, format_args!("{value:?}"));
        self.give(field, Value::Text(Cow::Owned(clean(&text.0).into_owned())));
    }
}

/// Takes text up to [`LONGEST`] and then refuses more, so that a huge value is not even built.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = LONGEST.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
        self.0.push('…');
        Err(fmt::Error)
    }
}

/// `text` without credentials, control characters and what is beyond the bound.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let text = if text.len() > LONGEST + '…'.len_utf8() {
        Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(LONGEST)]))
    } else {
        Cow::Borrowed(text)
    };
    let text = mask(text);
    if text.chars().any(must_escape) { Cow::Owned(escape(&text)) } else { text }
}

/// Control characters, and the ones that reorder or hide text on a terminal.
fn must_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if must_escape(c) { escaped.extend(c.escape_default()) } else { escaped.push(c) }
    }
    escaped
}

/// Masks what follows `name:`, `name=`, `Bearer` and `scheme://user:`.
fn mask(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains([':', '=']) && !contains_ignoring_case(&text, "bearer ") {
        return text;
    }
    let mut masked = String::new();
    let mut copied = 0;
    while let Some((from, to)) = next_credential(&text, copied) {
        masked.push_str(&text[copied..from]);
        masked.push_str(MASK);
        copied = to;
    }
    if copied == 0 {
        return text;
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

fn contains_ignoring_case(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// Where the next credential at or after `start` begins and ends.
fn next_credential(text: &str, start: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    (start..bytes.len()).find_map(|at| {
        let from = match bytes[at] {
            b':' if bytes[at + 1..].starts_with(b"//") => return password_of_address(text, at + 3),
            b':' | b'=' if is_sensitive(word_before(text, at)) => at + 1,
            b' ' if word_before(text, at).eq_ignore_ascii_case("bearer") => at,
            _ => return None,
        };
        value_after(text, from)
    })
}

/// The word that ends before `at`, quotes and spaces between them left out.
fn word_before(text: &str, at: usize) -> &str {
    // A longer name is no name, and looking further back again and again would cost.
    let near = &text[text.floor_char_boundary(at.saturating_sub(72))..at];
    let near = near.trim_end_matches(['"', '\'', '\\', ' ']);
    near.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).next().unwrap_or_default()
}

/// The value that begins after blanks at `from`: quoted, or up to a delimiter.
fn value_after(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = &text[from..];
    let mut start = from + (rest.len() - rest.trim_start_matches([' ', '\\']).len());
    // `Some("…")`, `Bearer …` and `Basic …` are looked into.
    for wrapper in ["Some(", "Bearer ", "bearer ", "Basic ", "basic "] {
        if text[start..].starts_with(wrapper) {
            start += wrapper.len();
        }
    }
    let value = &text[start..];
    let length = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => closing(value, quote),
        _ => value.find([' ', ',', ';', ')', '}', ']', '&', '"', '\n']).unwrap_or(value.len()),
    };
    let is_masked = value.starts_with(MASK) || matches!(&value[..length], "None" | "***");
    (length > 0 && !is_masked).then_some((start, start + length))
}

/// The length of a text in quotes, with both of them; an escaped quote does not end it.
fn closing(value: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, c) in value.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return index + 1,
            _ => {}
        }
    }
    value.len()
}

/// The password in `user:password@host`, which begins at `from`.
fn password_of_address(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = &text[from..];
    let end = rest.find(['/', '?', '#', ' ', '"', '\'', ',', ')']).unwrap_or(rest.len());
    let at = rest[..end].rfind('@')?;
    let colon = rest[..at].find(':')?;
    let password = &rest[colon + 1..at];
    (!password.is_empty() && password != "***" && password != MASK).then_some((from + colon + 1, from + at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_credentials_are_known() {
        for name in
            ["password", "new_password", "Authorization", "set-cookie", "session_token", "apiKey", "client_secret", "nonce"]
        {
            assert!(is_sensitive(name), "{name}");
        }
        for name in ["user", "channel_id", "message", "pass", "key", "count"] {
            assert!(!is_sensitive(name), "{name}");
        }
    }

    #[test]
    fn credentials_inside_texts_are_masked() {
        for text in [
            "Login { name: \"ann\", password: \"hunter2\" }",
            "Login { password: Some(\"hun\\\"ter2 hunter2\") }",
            "{\"token\":\"hunter2\"}",
            "{\\\"token\\\":\\\"hunter2\\\"}",
            "GET /x?access_token=hunter2&a=1",
            "authorization: Bearer hunter2",
            "sent bearer hunter2 to",
            "cookie=hunter2; path=/",
            "cannot reach postgres://ann:hunter2@host/db",
            "cannot reach postgres://ann:p@hunter2@host/db",
            "secret=hunter2",
            "password=a token=hunter2",
        ] {
            let clean = clean(text);
            assert!(!clean.contains("hunter2") && clean.contains(MASK), "{text} became {clean}");
        }
    }

    #[test]
    fn ordinary_texts_stay() {
        for text in [
            "listening on http://127.0.0.1:8420/",
            "at 12:30: done",
            "Some(3), x=4",
            "password: None",
            "the token is wrong",
            "postgres://ann@host/db",
            "Grüße: 你好",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn lines_cannot_be_forged() {
        assert_eq!(clean("a\nERROR forged\x1b[2J\u{202e}"), "a\\nERROR forged\\u{1b}[2J\\u{202e}");
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "é".repeat(LONGEST);
        assert!(clean(&long).len() <= LONGEST + 3);
        let mut bounded = Bounded(String::new());
        assert!(fmt::Write::write_str(&mut bounded, &long).is_err());
        assert!(bounded.0.len() <= LONGEST + 3);
    }

    proptest! {
        #[test]
        fn any_text_can_be_cleaned(text in "(\\PC|[:=@/\"' \\\\,]|token|bearer |Some\\(|password|://){0,40}") {
            let cleaned = clean(&text).into_owned();
            prop_assert!(!cleaned.chars().any(must_escape));
        }

        #[test]
        fn a_password_never_survives(
            name in "(password|api_key|Set-Cookie|TOKEN)", separator in "(: |=|=\"|: \"|:Some\\(\")", value in "[a-z0-9]{6,20}",
        ) {
            let text = format!("before {name}{separator}{value}");
            prop_assert!(!clean(&text).contains(&value));
        }
    }
}
