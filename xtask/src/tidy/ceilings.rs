//! Ceilings on the size of Rust files and functions.
//!
//! A file holds at most 500 lines and a function 60 lines of code, tests apart. What grows past
//! that has two subjects; a page that one can read whole is where mistakes are seen.

use super::Finding;
use super::rust::RustFile;

const FILE_RULE: &str = "file-ceiling";
const FILE_LINES: usize = 500;
const FUNCTION_RULE: &str = "function-ceiling";
const FUNCTION_LINES: usize = 60;

pub(crate) fn check(file: &RustFile) -> Vec<Finding> {
    if file.is_test() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let path = &file.source.path;
    let lines = file.lines_without_tests();
    if lines > FILE_LINES {
        let what = format!("{lines} lines without tests, {FILE_LINES} are the most");
        let remedy = "move a subject into a file of its own, named after it";
        findings.push(Finding::new(path, 0, FILE_RULE, what, remedy));
    }
    for function in &file.functions {
        if function.lines > FUNCTION_LINES {
            let what =
                format!("function `{}` has {} lines of code, {FUNCTION_LINES} are the most", function.name, function.lines);
            let remedy = "give a step of it a name and a function of its own";
            findings.push(Finding::new(path, function.line, FUNCTION_RULE, what, remedy));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::{Source, rust};
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<Finding> {
        check(&rust::read(&Source::new(path, text)).expect("valid"))
    }

    #[test]
    fn a_file_may_have_500_lines() {
        let line = "const A: u8 = 1;\n";
        assert!(findings("crates/a/src/a.rs", &line.repeat(500)).is_empty());
        let found = findings("crates/a/src/a.rs", &line.repeat(501));
        assert_eq!(found[0].rule, FILE_RULE);
    }

    #[test]
    fn tests_do_not_count() {
        let inline = format!("const A: u8 = 1;\n#[cfg(test)]\nmod tests {{\n{}}}\n", "const B: u8 = 1;\n".repeat(600));
        assert!(findings("crates/a/src/a.rs", &inline).is_empty());
        assert!(findings("crates/a/tests/it/a.rs", &"const A: u8 = 1;\n".repeat(600)).is_empty());
    }

    #[test]
    fn a_function_may_have_60_lines_of_code() {
        let function = |lines: usize| {
            let body = "    let _ = 1;\n\n    // why\n".repeat(lines);
            format!("impl A {{\nfn long(\n    a: u8,\n) {{\n{body}}}\n}}\n")
        };
        assert!(findings("crates/a/src/a.rs", &function(60)).is_empty());
        let found = findings("crates/a/src/a.rs", &function(61));
        assert_eq!(found[0].rule, FUNCTION_RULE);
        assert_eq!(found[0].line, 2);
        assert!(found[0].what.contains("`long`"));
    }
}
