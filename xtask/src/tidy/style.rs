//! Small rules about Rust files: they say what they are for, are finished, and hold no globals.
//!
//! A reader who opens a file learns from its first lines whether it is the one; nobody finds a mark
//! that promises work for later; and nothing is reached except through what compose.rs handed over.

use super::Finding;
use super::rust::RustFile;

const DOC_RULE: &str = "module-doc";
/// From so many lines on, a file opens with so many lines of `//!`.
const DOC_LINES: [(usize, usize); 2] = [(150, 3), (40, 1)];
const UNFINISHED_RULE: &str = "unfinished";
const GLOBAL_RULE: &str = "no-globals";
const GLOBALS: [&str; 8] = ["OnceLock", "LazyLock", "OnceCell", "LazyCell", "Lazy", "Mutex", "RwLock", "ArcSwap"];

/// Globals of a process that are none of ours: file, name. A PKCS#11 library is initialised once for a whole process
/// (PKCS #11 3.1, section 5.4), whoever asks.
const GIVEN_GLOBALS: [(&str, &str); 2] = [
    ("crates/core/security/keys/src/vault/pkcs11/call.rs", "LOADED"),
    // Secrets of a test are looked for in the log of its process, which is one as well.
    ("crates/testkit/src/server/canaries.rs", "KNOWN"),
];

pub(crate) fn check(file: &RustFile) -> Vec<Finding> {
    if file.is_test() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    findings.extend(check_doc(file));
    findings.extend(check_finished(file));
    for global in &file.statics {
        if GIVEN_GLOBALS.iter().any(|(path, name)| file.source.path.ends_with(path) && global.name == *name) {
            continue;
        }
        if let Some(kind) = global.types.iter().find(|name| GLOBALS.contains(&name.as_str())) {
            let what = format!("`{}` is a global {kind}", global.name);
            let remedy = "hold the value in a struct that compose.rs makes and hands over";
            findings.push(Finding::new(&file.source.path, global.line, GLOBAL_RULE, what, remedy));
        }
    }
    findings
}

fn check_doc(file: &RustFile) -> Option<Finding> {
    let lines = file.lines_without_tests();
    let (_, least) = DOC_LINES.into_iter().find(|(from, _)| lines > *from)?;
    if file.doc_lines >= least {
        return None;
    }
    let what = format!("{lines} lines open with {} of `//!`, {least} are the least", file.doc_lines);
    let remedy = "say what the module is for, what it guarantees and what is not here";
    Some(Finding::new(&file.source.path, 1, DOC_RULE, what, remedy))
}

fn check_finished(file: &RustFile) -> Vec<Finding> {
    let remedy = "finish it, or refuse the case with an error that says so";
    let path = &file.source.path;
    let calls = file
        .mentions
        .iter()
        .filter(|mention| matches!(mention.path.as_str(), "todo!" | "unimplemented!"))
        .map(|mention| (mention.line, mention.path.clone()));
    let marks = file.source.text.lines().enumerate().filter_map(|(index, line)| {
        let (_, comment) = line.split_once("//")?;
        let mark = MARKS.iter().find(|mark| comment.contains(**mark))?;
        Some((index + 1, (*mark).to_owned()))
    });
    calls.chain(marks).map(|(line, what)| Finding::new(path, line, UNFINISHED_RULE, format!("`{what}`"), remedy)).collect()
}

/// Written in two parts, so that this file does not find itself.
const MARKS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

#[cfg(test)]
mod tests {
    use super::super::{Source, rust};
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        let source = Source::new(path, text);
        let file = rust::read(&source).expect("valid");
        check(&file).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn a_module_says_what_it_is_for_the_longer_the_more() {
        let line = "const A: u8 = 1;\n";
        let rules_of = |docs: &str, lines: usize| rules("crates/a/src/a.rs", &format!("{docs}{}", line.repeat(lines)));
        assert_eq!(rules_of("", 41), [DOC_RULE]);
        assert!(rules_of("", 40).is_empty());
        assert!(rules_of("//! One.\n", 149).is_empty());
        assert_eq!(rules_of("//! One.\n//!\n//! Two.\n", 150), [DOC_RULE]);
        assert!(rules_of("//! One.\n//!\n//! Two.\n//! Three.\n", 150).is_empty());
        assert!(rules("crates/a/tests/it/a.rs", &line.repeat(200)).is_empty());
    }

    #[test]
    fn what_is_unfinished_is_refused() {
        assert_eq!(rules("crates/a/src/a.rs", "fn a() { todo!() }"), [UNFINISHED_RULE]);
        let mark = format!("fn a() {{}} // {} later", MARKS[0]);
        assert_eq!(rules("crates/a/src/a.rs", &mark), [UNFINISHED_RULE]);
    }

    #[test]
    fn globals_are_refused_and_constants_are_not() {
        let global = "static A: std::sync::OnceLock<u8> = std::sync::OnceLock::new();";
        assert_eq!(rules("crates/a/src/a.rs", global), [GLOBAL_RULE]);
        assert!(rules("crates/a/src/a.rs", "static A: &[u8] = &[1];").is_empty());
    }
}
