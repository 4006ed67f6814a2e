//! Reads Markdown just far enough: how deep it nests, and where it names people.
//!
//! Both run on untrusted text in linear time. They err on the safe side: [`too_deep`] also counts inside
//! fenced code (a reader may disagree about what is a fence), [`names`] skips whatever may be code or a link.
//! Not here: rendering, which is the client's.

use std::collections::HashMap;

/// Number (from 1) of the first line whose quotes and lists nest deeper than `limit`.
pub(crate) fn too_deep(text: &str, limit: usize) -> Option<usize> {
    // Columns at which the content of the open list items starts.
    let mut lists: Vec<usize> = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        // Quote marks count as columns: lists within quotes nest by the column behind the marks.
        let inner = indent_of(line, true);
        lists.retain(|column| *column <= inner);
        let (mut quotes, mut column, mut rest) = (0, indent_of(line, false), line.trim_start_matches([' ', '\t']));
        while !is_rule(rest) {
            if let Some(after) = rest.strip_prefix('>') {
                quotes += 1;
                column += 1;
                rest = after;
            } else if let Some(width) = marker_width(rest) {
                column += width;
                lists.push(column);
                rest = &rest[width..];
            } else {
                break;
            }
            if quotes + lists.len() > limit {
                return Some(index + 1);
            }
            let trimmed = rest.trim_start_matches([' ', '\t']);
            column += rest.len() - trimmed.len();
            rest = trimmed;
        }
    }
    None
}

/// Column of the first visible character, behind quote marks if asked; a tab goes to the next multiple of four.
fn indent_of(line: &str, behind_quotes: bool) -> usize {
    let mut column = 0;
    for c in line.chars() {
        match c {
            ' ' => column += 1,
            '>' if behind_quotes => column += 1,
            '\t' => column += 4 - column % 4,
            _ => break,
        }
    }
    column
}

/// `- - -`, `***`, `___`: a line across, not a list.
fn is_rule(rest: &str) -> bool {
    let mut marks = rest.chars().filter(|c| !matches!(c, ' ' | '\t'));
    let Some(first @ ('-' | '*' | '_')) = marks.next() else { return false };
    let mut count = 1;
    marks.all(|c| {
        count += 1;
        c == first
    }) && count >= 3
}

/// Bytes of a list marker (`-`, `*`, `+`, `1.`, `1)`) that starts an item here.
fn marker_width(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let width = match bytes.first()? {
        b'-' | b'*' | b'+' => 1,
        b'0'..=b'9' => {
            let digits = bytes.iter().take(10).take_while(|b| b.is_ascii_digit()).count();
            (digits <= 9 && matches!(bytes.get(digits), Some(b'.' | b')'))).then_some(digits + 1)?
        }
        _ => return None,
    };
    matches!(bytes.get(width), None | Some(b' ' | b'\t')).then_some(width)
}

/// The names written after an `@`, in order, outside of code and links. A name is 2–32 of `a-z 0-9 . _ -` in any
/// case; punctuation at its end is kept, the reader decides whether it belongs to the name.
pub(crate) fn names(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    if text.contains('@') {
        for region in regions(text) {
            inline(region, &mut found);
        }
    }
    found
}

/// Runs of lines between blank lines, without fenced and indented code.
fn regions(text: &str) -> Vec<&str> {
    let mut regions = Vec::new();
    let mut fence: Option<(u8, usize)> = None;
    let (mut start, mut at) = (None, 0);
    let (mut in_list, mut blank_before) = (false, true);
    for line in text.split_inclusive('\n') {
        let (from, to) = (at, at + line.len());
        at = to;
        let content = line.trim_start_matches([' ', '\t', '>']).trim_end();
        let blank = content.is_empty();
        let marks = fence_marks(content);
        let code = match (fence, marks) {
            (Some((mark, length)), Some((m, n, closes))) if m == mark && n >= length && closes => {
                fence = None;
                true
            }
            (Some(_), _) => true,
            (None, Some((mark, length, _))) => {
                fence = Some((mark, length));
                true
            }
            (None, None) => !blank && !in_list && blank_before && indent_of(line, false) >= 4,
        };
        if marker_width(content).is_some() {
            in_list = true;
        } else if !blank && indent_of(line, false) == 0 {
            in_list = false;
        }
        if code || blank {
            if let Some(start) = start.take() {
                regions.push(&text[start..from]);
            }
            // Indented code goes on line after line.
            blank_before = true;
        } else {
            start.get_or_insert(from);
            blank_before = false;
        }
    }
    if let Some(start) = start {
        regions.push(&text[start..]);
    }
    regions
}

/// Mark, length and whether nothing follows, if the line is a fence.
fn fence_marks(content: &str) -> Option<(u8, usize, bool)> {
    let mark = *content.as_bytes().first()?;
    if !matches!(mark, b'`' | b'~') {
        return None;
    }
    let length = content.bytes().take_while(|b| *b == mark).count();
    let info = &content[length..];
    (length >= 3 && !(mark == b'`' && info.contains('`'))).then_some((mark, length, info.trim().is_empty()))
}

/// Where spans that are skipped end, by where they begin.
fn skips(region: &str) -> HashMap<usize, usize> {
    let bytes = region.as_bytes();
    let mut skips = HashMap::new();
    let mut open: Vec<usize> = Vec::new();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'`' => {
                let length = bytes[at..].iter().take_while(|b| **b == b'`').count();
                runs.push((at, length));
                at += length - 1;
            }
            b'[' => open.push(at),
            b']' => {
                if let Some(from) = open.pop()
                    && let Some(end) = target_end(region, at + 1)
                {
                    skips.insert(from, end);
                }
            }
            _ => {}
        }
        at += 1;
    }
    // A run of backticks is closed by the next run of the same length.
    let mut later: HashMap<usize, usize> = HashMap::new();
    for (at, length) in runs.into_iter().rev() {
        if let Some(close) = later.insert(length, at) {
            skips.insert(at, close + length);
        }
    }
    skips
}

/// End of `(target)` or `[reference]` right after a link's text. Targets longer than this are no links.
fn target_end(region: &str, at: usize) -> Option<usize> {
    const LONGEST: usize = 2048;
    let bytes = region.as_bytes();
    let close = match bytes.get(at)? {
        b'(' => b')',
        b'[' => b']',
        _ => return None,
    };
    let end = bytes[at..].iter().take(LONGEST).position(|b| *b == close || *b == b'\n')?;
    (bytes[at + end] == close).then_some(at + end + 1)
}

fn inline<'a>(region: &'a str, found: &mut Vec<&'a str>) {
    let skips = skips(region);
    let mut before = ' ';
    let mut at = 0;
    while let Some(c) = region[at..].chars().next() {
        let mut next = at + c.len_utf8();
        match c {
            '\\' => {
                let escaped = region[next..].chars().next();
                next += escaped.map_or(0, char::len_utf8);
            }
            '`' | '[' if skips.contains_key(&at) => next = skips[&at],
            '`' => next = at + region[at..].bytes().take_while(|b| *b == b'`').count(),
            '<' => next = autolink_end(region, at).unwrap_or(next),
            '@' if starts_name(before) => {
                let length = region[next..].bytes().take_while(|b| is_name_byte(*b)).count();
                if (2..=40).contains(&length) {
                    found.push(&region[next..next + length]);
                }
                next += length;
            }
            _ if !before.is_alphanumeric() && starts_address(&region[at..]) => {
                next = region[at..].find(|c: char| c.is_whitespace() || c == '<').map_or(region.len(), |n| at + n);
            }
            _ => {}
        }
        before = region[..next].chars().next_back().unwrap_or(' ');
        at = next;
    }
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')
}

/// `a@b` is an address, `@@a` and `/@a` belong to something else.
fn starts_name(before: char) -> bool {
    !(before.is_alphanumeric() || matches!(before, '@' | '/' | '_' | '.' | '-' | '+'))
}

fn starts_address(rest: &str) -> bool {
    ["http://", "https://", "www."]
        .iter()
        .any(|p| rest.len() >= p.len() && rest.as_bytes()[..p.len()].eq_ignore_ascii_case(p.as_bytes()))
}

/// End of `<https://…>` or `<mailto:…>`.
fn autolink_end(region: &str, at: usize) -> Option<usize> {
    const LONGEST: usize = 2048;
    let inside = region.as_bytes().get(at + 1..)?;
    let scheme = inside.iter().take(32).take_while(|b| b.is_ascii_alphanumeric()).count();
    if scheme < 2 || inside.get(scheme) != Some(&b':') {
        return None;
    }
    let end = inside.iter().take(LONGEST).position(|b| matches!(b, b'>' | b' ' | b'\n' | b'\t'))?;
    (inside[end] == b'>').then_some(at + 1 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::{names, too_deep};

    #[test]
    fn depth_of_quotes_and_lists() {
        let nested = |depth: usize| (0..depth).map(|n| format!("{}- item", "  ".repeat(n))).collect::<Vec<_>>().join("\n");
        let quoted_lists = (0..10).map(|n| format!("> {}- item", "  ".repeat(n))).collect::<Vec<_>>().join("\n");
        for (text, line) in [
            ("> ".repeat(8) + "x", None),
            ("> ".repeat(9) + "x", Some(1)),
            (">".repeat(4_000), Some(1)),
            ("- ".repeat(8) + "x", None),
            ("- ".repeat(9) + "x", Some(1)),
            (quoted_lists, Some(8)),
            ("1. - 2) * + > > > x".to_owned(), None),
            ("1. - 2) * + > > > > x".to_owned(), Some(1)),
            (nested(8), None),
            (nested(9), Some(9)),
            (format!("{}\n- a new list\n  - again", nested(8)), None),
            ("- - - - - - - - - - -".to_owned(), None),
            ("----------------".to_owned(), None),
            ("a-b-c > d > e > f > g > h > i > j > k".to_owned(), None),
            ("```\nplain code\n```".to_owned(), None),
            ("**bold** and *more*".to_owned(), None),
        ] {
            assert_eq!(too_deep(&text, 8), line, "{:?}", &text[..text.len().min(60)]);
        }
    }

    #[test]
    fn names_stand_outside_of_code_and_links() {
        for (text, expected) in [
            ("@ada hello", vec!["ada"]),
            ("hello @ada, @Bob. and (@carl)", vec!["ada", "Bob.", "carl"]),
            ("mail ada@example.org or a.@b", vec![]),
            ("`@ada` and ``x ` @bob`` @carl", vec!["carl"]),
            ("an ` open one @ada", vec!["ada"]),
            ("```\n@ada\n```\n@bob", vec!["bob"]),
            ("~~~ rust\n@ada\n~~~\n", vec![]),
            ("```\n@ada", vec![]),
            ("> ```\n> @ada\n> ```\n> @bob", vec!["bob"]),
            ("    @ada\n\n@bob", vec!["bob"]),
            ("text\n    @ada", vec!["ada"]),
            ("[@ada](https://x.example/@bob) @carl", vec!["carl"]),
            ("[@ada] @carl", vec!["ada", "carl"]),
            ("https://x.example/@ada www.y.example/@b2 <https://z/@cc> @dd", vec!["dd"]),
            ("\\@ada \\\\@bob", vec!["bob"]),
            ("@x @@ada @", vec![]),
            ("grüße an @ada!", vec!["ada"]),
            ("日本語 @ada", vec!["ada"]),
            ("- @ada\n- **@bob**\n1. _@carl", vec!["ada", "bob"]),
        ] {
            assert_eq!(names(text), expected, "{text:?}");
        }
    }

    #[test]
    fn hostile_texts_take_linear_time() {
        for text in
            ["[".repeat(12_000), "`".repeat(11_999) + " ", "[](".repeat(4_000), "` `` ".repeat(2_400), "<a:".repeat(4_000)]
        {
            assert!(names(&(text.clone() + " @ada")).len() <= 1);
            assert_eq!(too_deep(&text, 8), None);
        }
    }
}
