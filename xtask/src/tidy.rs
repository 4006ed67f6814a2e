//! The rules of the house as a program.
//!
//! Every rule answers with findings: where, which rule, what is wrong and how to mend it. A finding
//! is silenced only by an entry of `xtask/tidy.toml` that names the rule, the file and a reason; an
//! entry that silences nothing is itself a finding, so the list cannot outlive its causes.
//! What the compiler or clippy can check is not here (see clippy.toml), except the single homes:
//! clippy knows that a call is forbidden, but not where its one home is.

use std::process::ExitCode;
use std::thread;

mod allow;
mod arrows;
mod ceilings;
mod deny;
mod documents;
mod finding;
mod homes;
mod names;
mod rust;
mod source;
mod spdx;
mod sql;
mod style;
mod web;

use finding::Finding;
use source::{Kind, Source};

/// Checks the repository that holds the working directory and prints what it finds.
///
/// With `fast`, only the files about to be committed are read and cargo is not asked.
pub(crate) fn run(fast: bool) -> anyhow::Result<ExitCode> {
    let root = source::root()?;
    let allowed = allow::read(&root.join("xtask/tidy.toml"))?;
    let sources = source::collect(&root, fast)?;
    let mut findings = check_all(&sources);
    if !fast {
        match deny::check(&root) {
            Ok(found) => findings.extend(found),
            Err(error) => {
                let remedy = "the foreign crates could not be checked: mend this first";
                findings.push(Finding::new("Cargo.toml", 0, "syntax", format!("{error:#}"), remedy));
            }
        }
        findings.extend(documents::check_links(&root, &sources));
    }
    let mut findings = allowed.apply(findings, !fast);
    findings.sort();
    findings.dedup();
    for finding in &findings {
        println!("{finding}\n");
    }
    if findings.is_empty() {
        println!("tidy: {} files, every rule holds", sources.len());
        return Ok(ExitCode::SUCCESS);
    }
    println!("tidy: {} in {} files read", plural(findings.len()), sources.len());
    Ok(ExitCode::FAILURE)
}

/// Checks every file, spread over the cores: reading Rust takes most of the time.
fn check_all(sources: &[Source]) -> Vec<Finding> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = sources.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> =
            sources.chunks(share).map(|part| scope.spawn(move || part.iter().flat_map(check_one).collect::<Vec<_>>())).collect();
        parts.into_iter().flat_map(|part| part.join().expect("a rule does not panic")).collect()
    })
}

fn check_one(source: &Source) -> Vec<Finding> {
    let mut findings = names::check(source);
    match source.kind {
        Kind::Rust => findings.extend(check_rust(source)),
        Kind::Web => findings.extend(web::check(source)),
        Kind::Manifest => findings.extend(arrows::check(source)),
        Kind::Text => {}
    }
    findings
}

fn check_rust(source: &Source) -> Vec<Finding> {
    let file = match rust::read(source) {
        Ok(file) => file,
        Err(finding) => return vec![finding],
    };
    let mut findings = ceilings::check(&file);
    findings.extend(homes::check(&file));
    findings.extend(sql::check(&file));
    findings.extend(style::check(&file));
    findings
}

fn plural(count: usize) -> String {
    if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") }
}
