//! SQL has one kind of home: a `store`, a measured `hot` file, or the database crate.
//!
//! Everything else calls a verb of the store. That is what lets one test prepare every statement on
//! every engine, and what keeps a permission from being forgotten beside a query.

use super::Finding;
use super::rust::RustFile;

const RULE: &str = "sql-in-store";
const REMEDY: &str = "move the statement into the feature's store (store.rs, store/ or hot.rs) and call it";

/// Endings of the calls that take SQL as text.
const RAW: [&str; 8] = [
    "Statement::from_string",
    "Statement::from_sql_and_values",
    "execute_unprepared",
    "from_raw_sql",
    "sqlx::query",
    "sqlx::query_as",
    "sqlx::query_scalar",
    "sqlx::raw_sql",
];

pub(crate) fn check(file: &RustFile) -> Vec<Finding> {
    let path = &file.source.path;
    if file.is_test() || is_home(path) {
        return Vec::new();
    }
    let calls = file
        .mentions
        .iter()
        .filter(|mention| RAW.iter().any(|end| mention.path.ends_with(end)))
        .map(|mention| (mention.line, format!("`{}` takes SQL", mention.path)));
    let texts = file
        .strings
        .iter()
        .filter(|text| is_sql(&text.value))
        .map(|text| (text.line, format!("SQL in a string: {:.40}", text.value.trim())));
    calls.chain(texts).map(|(line, what)| Finding::new(path, line, RULE, what, REMEDY)).collect()
}

fn is_home(path: &str) -> bool {
    let stem = path.rsplit('/').next().unwrap_or(path);
    path.starts_with("crates/core/database/")
        || path.starts_with("crates/testkit/")
        || path.contains("/store/")
        || path.contains("/hot/")
        || stem == "store.rs"
        || stem == "hot.rs"
}

/// Whether a text is a statement; prose that begins with "select" or "update" is not.
fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(first) = words.first() else {
        return false;
    };
    let keyword = first.to_ascii_lowercase();
    if *first != keyword && *first != keyword.to_ascii_uppercase() {
        return false; // "Select a channel": a sentence
    }
    let has = |wanted: &str| words.iter().any(|word| word.eq_ignore_ascii_case(wanted));
    let second = |wanted: &str| words.get(1).is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    match keyword.as_str() {
        "select" => has("from") && select_reads_a_table(&words),
        "insert" => second("into") && (has("values") || has("select") || text.contains('(')),
        "update" => words.get(2).is_some_and(|word| word.eq_ignore_ascii_case("set")),
        "delete" => second("from") && words.len() <= 3 || second("from") && has("where"),
        "with" => text.contains(" as (") || text.contains(" AS ("),
        _ => false,
    }
}

/// After the table's name a statement ends or goes on with a clause; a sentence goes on with words.
fn select_reads_a_table(words: &[&str]) -> bool {
    const CLAUSES: [&str; 14] =
        ["where", "join", "inner", "left", "cross", "order", "group", "limit", "for", "union", "as", "having", "offset", "on"];
    let Some(from) = words.iter().position(|word| word.eq_ignore_ascii_case("from")) else {
        return false;
    };
    match (words.get(from + 1), words.get(from + 2)) {
        (None, _) => true, // put together by `format!`
        (Some(table), None) => !table.ends_with('.'),
        (Some(table), Some(next)) => {
            table.ends_with([',', ')'])
                || table.starts_with('(')
                || CLAUSES.iter().any(|clause| clause.eq_ignore_ascii_case(next))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Source, rust};
    use super::*;

    fn findings(path: &str, body: &str) -> usize {
        let text = format!("/// select a from b\nfn a() {{ {body}; }}");
        check(&rust::read(&Source::new(path, &text)).expect("valid")).len()
    }

    #[test]
    fn statements_stand_in_stores_alone() {
        let body = "db.run(\"select id from messages where id = ?\")";
        for home in [
            "crates/features/messaging/src/store.rs",
            "crates/features/messaging/src/store/hot.rs",
            "crates/features/messaging/src/store/pages.rs",
            "crates/core/database/src/dialect.rs",
            "crates/features/messaging/tests/it/main.rs",
        ] {
            assert_eq!(findings(home, body), 0, "{home}");
        }
        assert_eq!(findings("crates/features/messaging/src/send.rs", body), 1);
    }

    #[test]
    fn calls_that_take_sql_are_seen_whatever_the_text() {
        let body = "sea_orm::Statement::from_string(backend, text)";
        assert_eq!(findings("crates/server/src/a.rs", body), 1);
    }

    #[test]
    fn statements_are_told_from_sentences() {
        for sql in [
            "select 1 from a",
            "SELECT a, b FROM c ORDER BY a",
            "insert into a (b) values (?)",
            "update a set b = 1",
            "delete from a where b = 1",
            "DELETE FROM a",
            "with recent as (select a from b) select * from recent",
            "\n   select a\n   from b\n   where c = 1",
        ] {
            assert!(is_sql(sql), "{sql}");
        }
        for prose in [
            "Select a channel from the list.",
            "select a channel from the list on the left",
            "update the settings, then set a password",
            "delete from your device what you do not need",
            "insert a link",
            "",
        ] {
            assert!(!is_sql(prose), "{prose}");
        }
    }
}
