//! The workshop: programs that look after the repository and are never shipped.
//!
//! `cargo run -p xtask -- tidy` turns the rules of ARCHITECTURE.md into failures with a place, the
//! rule and the remedy; `codegen` writes what is derived from the code. It depends on no crate of
//! the product, so that it builds in seconds and the commit hook stays fast.

use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

mod tidy;

#[derive(Parser)]
#[command(about = "Looks after the PlexiChat repository")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check the rules of ARCHITECTURE.md
    Tidy {
        /// Only the files about to be committed (or changed), and nothing that asks cargo
        #[arg(long)]
        fast: bool,
    },
    /// Write the API document, the TypeScript types and the reference pages
    Codegen {
        /// Write nothing; fail with the list of files that are out of date
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Tidy { fast } => tidy::run(fast),
        Task::Codegen { check } => codegen(check),
    };
    result.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}

/// Runs the generator, which links the whole server and is therefore a program of its own.
fn codegen(check: bool) -> anyhow::Result<ExitCode> {
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "-p", "plexichat-codegen", "--"]);
    if check {
        cargo.arg("--check");
    }
    let status = cargo.status().context("cannot start cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
