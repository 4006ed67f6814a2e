//! How entries are spelled, and what is shown of them.

use plexichat_audit::{Action, Entry, canonical, shown};
use serde_json::json;

#[test]
fn json_has_one_spelling() {
    // Sorting and escapes after the examples of RFC 8785, 3.2.2 and 3.2.3.
    let value = json!({"b": [1, true, null], "a": "\u{20ac}$\u{f}\nA'B\"\\\"/", "\u{20ac}": 0, "\r": 1});
    assert_eq!(
        canonical(&value).as_deref(),
        Some("{\"\\r\":1,\"a\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\"/\",\"b\":[1,true,null],\"\u{20ac}\":0}")
    );
    assert_eq!(canonical(&json!(1.5)), None);
    assert_eq!(canonical(&json!(1_u64 << 53)), None, "two spellings in a double");
}

#[test]
fn another_spelling_of_an_entry_is_refused() {
    let body =
        r#"{"action":"channel.archive","actor":{"account":"7","kind":"session"},"id":"1","outcome":"done","time_ms":1,"v":1}"#;
    let entry = Entry::parse(body).expect("canonical");
    assert_eq!((entry.actor_id(), entry.body().expect("spelled")), (7, body.to_owned()));
    for other in [
        body.replace(":1,", ": 1,"),
        body.replace("\"v\":1", "\"v\":2"),
        body.replace("\"v\":1", "\"v\":1,\"x\":1"),
        body.replace("channel", "\\u0063hannel"),
        body.replace("{\"action\"", "{\"action\":\"a.b\",\"action\""),
    ] {
        assert!(Entry::parse(&other).is_err(), "{other}");
    }
}

#[test]
fn control_characters_are_shown_escaped() {
    assert_eq!(shown("a\u{1b}[31mb\u{7f}\u{9b}c\u{202e}d\n"), "a\\u{1b}[31mb\\u{7f}\\u{9b}c\\u{202e}d\\u{a}");
    assert_eq!(shown("Zoë 👩‍🚀 שלום"), "Zoë 👩‍🚀 שלום");
}

#[test]
fn every_action_is_in_the_reference() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../docs/reference/audit.md");
    let text = std::fs::read_to_string(path).expect("the reference is there");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `") && line.contains('.')).collect();
    for action in Action::ALL {
        let row = format!("| `{action}` | {} |", action.about().trim());
        assert!(rows.contains(&row.as_str()), "docs/reference/audit.md lacks {row}");
        assert_eq!(Action::from_name(action.as_str()), Some(*action), "names are unique");
    }
    assert_eq!(rows.len(), Action::ALL.len());
}
