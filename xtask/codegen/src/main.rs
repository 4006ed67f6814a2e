//! Writes the files that are derived from the code: the API description, the TypeScript types of the
//! web client and the reference pages. Started by `cargo run -p xtask -- codegen`.
//!
//! A crate of its own because it links the whole server; `xtask tidy` must start in a moment. With
//! `--check` nothing is written and the files that are out of date are listed.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use utoipa::OpenApi as _;

mod cli;
mod errors;
mod gateway;
mod openapi;
mod schema;
mod typescript;

#[derive(Parser)]
#[command(about = "Writes the files that are derived from the code")]
struct Arguments {
    /// Write nothing; fail with the list of files that are out of date
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    write_or_check(Arguments::parse().check).unwrap_or_else(|error| {
        eprintln!("codegen: {error:#}");
        ExitCode::FAILURE
    })
}

fn write_or_check(check: bool) -> anyhow::Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut stale = 0;
    for (path, text) in files()? {
        let target = root.join(path);
        if std::fs::read_to_string(&target).is_ok_and(|present| present == text) {
            continue;
        }
        stale += 1;
        if check {
            println!("{path}: out of date");
        } else {
            let folder = target.parent().context("a file has a folder")?;
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&target, text))
                .with_context(|| format!("cannot write {path}"))?;
            println!("{path}: written");
        }
    }
    if check && stale > 0 {
        println!("codegen: {stale} out of date; run `cargo run -p xtask -- codegen` and commit the result");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Every generated file: path from the root, and what it should hold.
fn files() -> anyhow::Result<Vec<(&'static str, String)>> {
    let api = plexichat_server::openapi();
    let mut words = serde_json::to_value(gateway::Words::openapi())?;
    plexichat_server::bound(&mut words);
    let words = openapi::with_words(api.clone(), &words)?;
    Ok(vec![
        ("docs/reference/cli.md", cli::page(plexichat::cli::command())),
        ("docs/reference/configuration.md", plexichat_kernel::config::reference_markdown()),
        ("docs/reference/errors.md", errors::page()),
        ("docs/reference/gateway.md", gateway::page()?),
        ("docs/reference/openapi.json", openapi::text(&api)?),
        ("web/src/api/errors.gen.ts", errors::typescript()),
        ("web/src/api/schema.gen.ts", typescript::render(&words)?),
    ])
}
