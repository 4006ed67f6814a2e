//! The texts of `--help`, all of them, so that a change is seen.

use std::fmt::Write as _;

fn write_help(out: &mut String, command: &mut clap::Command) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let _ = write!(out, "━━━ {name}\n{}\n\n", help.trim_end());
    let inner: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    for name in inner.iter().filter(|name| *name != "help") {
        write_help(out, command.find_subcommand_mut(name).expect("is one of its own"));
    }
}

#[test]
fn every_command_explains_itself() {
    let mut root = plexichat::cli::command().term_width(100);
    root.build();
    let mut out = String::new();
    write_help(&mut out, &mut root);
    insta::assert_snapshot!(out);
}

#[test]
fn help_is_an_answer_and_nonsense_is_not() {
    let place = super::place::Place::new();
    for wanted in ["--help", "help", "--version"] {
        assert!(place.run(&[wanted]).ended(0).out.to_lowercase().contains("plexichat"));
    }
    assert!(place.run(&["srve"]).ended(2).err.contains("serve"));
    assert!(place.run(&[]).ended(2).err.contains("Usage"));
}

#[test]
fn shells_get_their_completions() {
    let place = super::place::Place::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.run(&["completions", shell]).ended(0).out.contains("plexichat"));
    }
}
