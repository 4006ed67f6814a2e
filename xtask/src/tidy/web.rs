//! Rules of the web client that its own linter does not know.
//!
//! A file holds at most 300 lines and a component 150; `any` switches the type checker off and is
//! refused; a colour is a token, so that both themes and the contrast check know it. The client is
//! formatted by its formatter, so a component ends at the first `}` at the margin.

use super::{Finding, Source};

const FILE_RULE: &str = "web-file-ceiling";
const FILE_LINES: usize = 300;
const COMPONENT_RULE: &str = "component-ceiling";
const COMPONENT_LINES: usize = 150;
const ANY_RULE: &str = "no-any";
const COLOUR_RULE: &str = "colour-token";

pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if source.is_test() {
        return findings;
    }
    if !is_style_sheet(source) {
        findings.extend(check_ceilings(source));
        findings.extend(check_any(source));
    }
    findings.extend(check_colours(source));
    findings
}

fn is_style_sheet(source: &Source) -> bool {
    has_extension(&source.path, "css")
}

fn has_extension(path: &str, wanted: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension == wanted)
}

fn check_ceilings(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let path = &source.path;
    let lines: Vec<&str> = source.text.lines().collect();
    if lines.len() > FILE_LINES {
        let what = format!("{} lines, {FILE_LINES} are the most", lines.len());
        let remedy = "move a subject into a file of its own, named after it";
        findings.push(Finding::new(path, 0, FILE_RULE, what, remedy));
    }
    if !has_extension(path, "tsx") {
        return findings;
    }
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = component_name(line) else { continue };
        let rest = &lines[start..];
        let length = rest.iter().position(|line| line.starts_with('}')).map_or(rest.len(), |end| end + 1);
        if length > COMPONENT_LINES {
            let what = format!("component `{name}` has {length} lines, {COMPONENT_LINES} are the most");
            let remedy = "give a part of it a component, or its logic a hook, in a file of its own";
            findings.push(Finding::new(path, start + 1, COMPONENT_RULE, what, remedy));
        }
    }
    findings
}

/// The name of the component that a line at the margin begins.
fn component_name(line: &str) -> Option<&str> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let line = line.strip_prefix("default ").unwrap_or(line);
    let rest = ["function ", "const ", "class "].iter().find_map(|keyword| line.strip_prefix(keyword))?;
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    let name = &rest[..end];
    // A constant in capitals is a table, not a component.
    let is_component = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.contains(|c: char| c.is_ascii_lowercase());
    is_component.then_some(name)
}

fn check_any(source: &Source) -> Vec<Finding> {
    let remedy = "name the type, or take `unknown` and narrow it";
    code_lines(source)
        .filter(|(_, line)| has_any(line))
        .map(|(number, line)| {
            let what = format!("`any` in: {:.60}", line.trim());
            Finding::new(&source.path, number, ANY_RULE, what, remedy)
        })
        .collect()
}

/// Whether a line uses `any` where a type stands.
fn has_any(line: &str) -> bool {
    line.match_indices("any").any(|(at, word)| {
        let before = line[..at].trim_end();
        let spaced = before.len() < at;
        let after = line[at + word.len()..].trim_start();
        let opens = before.ends_with([':', '<', '|', '&'])
            || (before.ends_with(',') && after.starts_with(['>', ',']))
            || (spaced && (before.ends_with(" as") || before.ends_with('=') && before.contains("type ")));
        let alone = !line[at + word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '\'');
        let closes = after.is_empty() || after.starts_with(['[', '>', ',', ';', ')', '=', '|', '&', '{', '}']);
        opens && alone && closes
    })
}

fn check_colours(source: &Source) -> Vec<Finding> {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    let is_home = name.starts_with("tokens") || name.starts_with("themes") || source.path.contains("/themes/");
    if is_home || !source.path.starts_with("web/src/") {
        return Vec::new();
    }
    let remedy = "use a token of web/src/ui/tokens.css, or add one there for both themes";
    let quoted_only = !is_style_sheet(source);
    code_lines(source)
        .filter_map(|(number, line)| Some((number, colour(line, quoted_only)?)))
        .map(|(number, colour)| {
            let what = format!("colour `{colour}` outside the tokens");
            Finding::new(&source.path, number, COLOUR_RULE, what, remedy)
        })
        .collect()
}

/// The first hexadecimal colour of a line: in scripts a whole string, in style sheets a value.
fn colour(line: &str, quoted_only: bool) -> Option<&str> {
    let values = line.find(':').unwrap_or(line.len());
    line.match_indices('#').find_map(|(at, _)| {
        let digits = line[at + 1..].find(|c: char| !c.is_ascii_hexdigit()).map_or(line.len(), |end| at + 1 + end);
        let ends_word = !line[digits..].starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
        let quoted = line[..at].ends_with(['"', '\'', '`']) && line[digits..].starts_with(['"', '\'', '`']);
        let placed = if quoted_only { quoted } else { at > values && !line[..at].ends_with('(') };
        let is_colour = matches!(digits - at - 1, 3 | 4 | 6 | 8) && ends_word && placed;
        is_colour.then(|| &line[at..digits])
    })
}

/// Lines that are not comment alone, numbered from 1.
fn code_lines(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let mut in_comment = false;
    source.text.lines().enumerate().filter_map(move |(index, line)| {
        let start = line.trim_start();
        let was_in_comment = in_comment;
        if start.starts_with("/*") || was_in_comment {
            in_comment = !line.contains("*/");
        }
        let comment = was_in_comment || start.starts_with("//") || start.starts_with("/*");
        (!comment).then_some((index + 1, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        let source = Source::new(path, text);
        check(&source).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn a_file_may_have_300_lines() {
        assert!(rules("web/src/a.ts", &"a();\n".repeat(300)).is_empty());
        assert_eq!(rules("web/src/a.ts", &"a();\n".repeat(301)), [FILE_RULE]);
        assert!(rules("web/src/a.test.ts", &"a();\n".repeat(301)).is_empty());
    }

    #[test]
    fn a_component_may_have_150_lines() {
        let component = |lines: usize| format!("export function Page() {{\n{}}}\n", "  a();\n".repeat(lines));
        assert!(rules("web/src/a.tsx", &component(148)).is_empty());
        assert_eq!(rules("web/src/a.tsx", &component(149)), [COMPONENT_RULE]);
        assert!(rules("web/src/a.ts", &component(149)).is_empty());
        assert!(rules("web/src/a.tsx", &component(149).replace("Page", "usePage")).is_empty());
    }

    #[test]
    fn any_is_refused_as_a_type_and_free_as_a_word() {
        for code in [
            "let a: any = 1;",
            "f(b as any);",
            "const a: any[] = [];",
            "type A = any;",
            "new Map<string, any>();",
            "let a: string | any;",
            "function f(a: any) {}",
        ] {
            assert_eq!(rules("web/src/a.ts", code), [ANY_RULE], "{code}");
        }
        for code in [
            "// as any",
            "/*\n : any;\n*/",
            "<p>Has any</p>",
            "a.some(any1);",
            "// eslint: any",
            "const text = t`in any case: anywhere`;",
            "Promise.any([a]);",
        ] {
            assert!(rules("web/src/a.tsx", code).is_empty(), "{code}");
        }
    }

    #[test]
    fn colours_are_tokens() {
        assert_eq!(rules("web/src/a.css", ".a {\n  color: #fff;\n}"), [COLOUR_RULE]);
        assert_eq!(rules("web/src/a.tsx", "<a style={{ color: \"#a0b1c2\" }} />"), [COLOUR_RULE]);
        assert!(rules("web/src/ui/tokens.css", "--a: #fff;").is_empty());
        for text in ["#face {", "  fill: url(#fade);", "/* #fff */"] {
            assert!(rules("web/src/a.css", text).is_empty(), "{text}");
        }
        for text in ["navigate(\"#add\" + b)", "go(\"#/channels\")", "const tag = \"#general\";"] {
            assert!(rules("web/src/a.ts", text).is_empty() || text.contains("#add"), "{text}");
        }
    }
}
