//! The reference page of the command line, from the commands as clap knows them.
//!
//! Every visible command gets a section with its usage, arguments and options, in the order in which
//! `--help` shows them. Nothing is added by hand but the opening words.

use std::fmt::Write as _;

use clap::{Arg, Command};

const OPENING: &str = "# Command line

Written by `cargo run -p xtask -- codegen` from the commands in `crates/plexichat/src/cli/`.
`plexichat help COMMAND` prints the same.
";

pub(crate) fn page(mut root: Command) -> String {
    root.build();
    let mut out = String::from(OPENING);
    section(&mut out, &root);
    out
}

fn section(out: &mut String, command: &Command) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let _ = write!(out, "\n## `{name}`\n\n{}\n", about(command));
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim();
    let _ = write!(out, "\n```\n{usage}\n```\n");
    let (positional, options): (Vec<_>, Vec<_>) =
        command.get_arguments().filter(|arg| is_told(arg, command)).partition(|arg| arg.is_positional());
    table(out, "argument", &positional);
    table(out, "option", &options);
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help") {
        section(out, inner);
    }
}

fn about(command: &Command) -> String {
    let text = command.get_long_about().or_else(|| command.get_about());
    text.map(ToString::to_string).unwrap_or_default().trim().to_owned()
}

/// Whether an argument stands in the table: not hidden, and told once where it is declared.
fn is_told(arg: &Arg, command: &Command) -> bool {
    let everywhere = matches!(arg.get_id().as_str(), "help" | "version");
    let inherited = arg.is_global_set() && command.get_bin_name().is_some_and(|name| name.contains(' '));
    !arg.is_hide_set() && !everywhere && !inherited
}

fn table(out: &mut String, what: &str, arguments: &[&Arg]) {
    if arguments.is_empty() {
        return;
    }
    let _ = write!(out, "\n| {what} | meaning |\n|---|---|\n");
    for arg in arguments {
        let _ = writeln!(out, "| `{}` | {} |", spelled(arg).replace('|', "\\|"), meaning(arg).replace('|', "\\|"));
    }
}

fn spelled(arg: &Arg) -> String {
    let mut names: Vec<String> = Vec::new();
    names.extend(arg.get_short().map(|short| format!("-{short}")));
    names.extend(arg.get_long().map(|long| format!("--{long}")));
    let takes_value = arg.get_action().takes_values();
    let values: Vec<String> = arg.get_value_names().into_iter().flatten().map(|name| format!("<{name}>")).collect();
    let mut text = names.join(", ");
    if takes_value {
        let value = if values.is_empty() { format!("<{}>", arg.get_id().as_str().to_uppercase()) } else { values.join(" ") };
        text = if text.is_empty() { value } else { format!("{text} {value}") };
    }
    text
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut text = help.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.is_empty() && !text.ends_with('.') {
        text.push('.');
    }
    let values = arg.get_possible_values();
    let named: Vec<&str> =
        values.iter().filter(|value| !value.is_hide_set()).map(clap::builder::PossibleValue::get_name).collect();
    if arg.get_action().takes_values() && !named.is_empty() {
        let _ = write!(text, " One of `{}`.", named.join("`, `"));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        let _ = write!(text, " Default: `{}`.", defaults.join(" "));
    }
    if let Some(variable) = arg.get_env() {
        let _ = write!(text, " Variable: `{}`.", variable.to_string_lossy());
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_arguments_and_options_are_told() {
        let output = Arg::new("output").long("output").global(true).value_parser(["table", "json"]).default_value("table");
        let text = Arg::new("text").help("What to say");
        let secret = Arg::new("secret").long("secret").hide(true);
        let send = Command::new("send").about("Send a message").arg(text).arg(secret);
        let page = page(Command::new("plexichat").about("Team chat").arg(output).subcommand(send));
        for part in [
            "## `plexichat send`\n\nSend a message\n",
            "| `<TEXT>` | What to say. |",
            "| `--output <OUTPUT>` | One of `table`, `json`. Default: `table`. |",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(!page.contains("secret"));
        assert!(!page.contains("--help"));
        assert_eq!(page.matches("--output <OUTPUT>`").count(), 1);
    }
}
