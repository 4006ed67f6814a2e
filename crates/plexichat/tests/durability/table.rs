//! The table of failures names a test for every row, and each of them is there.

use std::path::Path;

#[test]
fn every_failure_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let table = std::fs::read_to_string(root.join("docs/reference/failures.md")).expect("the table is there");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 20, "{} rows", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [fault, what, tests] = cells.as_slice() else { panic!("not three cells: {row}") };
        assert!(!what.trim().is_empty(), "{fault}: nothing is said about what happens");
        let tests: Vec<&str> = tests.split('`').filter(|part| part.contains("::")).collect();
        assert!(!tests.is_empty(), "{fault}: no test");
        for test in tests {
            let (file, name) = test.split_once("::").expect("file::test");
            let text = std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{fault}: {file}: {error}"));
            assert!(text.contains(&format!("fn {name}(")), "{fault}: {file} has no {name}");
        }
    }
}
