//! The catalogue of error codes, as a page for people and as a table for the web client.
//!
//! Both come from the one table in `plexichat-model`; nothing is added by hand but the words on how
//! an error travels.

use std::fmt::Write as _;

use plexichat_model::ErrorCode;

pub(crate) fn page() -> String {
    let mut out = String::from(
        "# Errors\n\n\
         Written by `cargo run -p xtask -- codegen` from `crates/model/src/error.rs`.\n\n\
         An error is the same everywhere: a stable `code`, a text for a person, and the id of the request.\n\
         REST answers it as `application/problem+json` (RFC 9457) with the status below, the gateway as an\n\
         `error` frame with the same body, the command line as a text and an exit code. Programs branch on\n\
         `code`; the text may change. `field` names the wrong input, `retry_after_ms` the earliest sensible\n\
         retry.\n\n\
         | code | status | meaning |\n|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        let _ = writeln!(
            out,
            "| <a id=\"{code}\"></a>`{code}` | {} | {} |",
            code.status(),
            code.default_message().replace('|', "\\|")
        );
    }
    out
}

pub(crate) fn typescript() -> String {
    let mut out = String::from(
        "// Written by `cargo run -p xtask -- codegen` from the error table of the server. Do not edit.\n\n\
         /** HTTP status of every stable error code. */\nexport const errorStatus = {\n",
    );
    for code in ErrorCode::ALL {
        let _ = writeln!(out, "  {code}: {},", code.status());
    }
    out.push_str("} as const;\n\n/** A stable error code. */\nexport type KnownErrorCode = keyof typeof errorStatus;\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_in_both() {
        let (page, table) = (page(), typescript());
        for code in ErrorCode::ALL {
            assert!(page.contains(&format!("`{code}`")), "{code}");
            assert!(table.contains(&format!("  {code}: ")), "{code}");
        }
    }
}
