//! The command line: one file per command, and what they share.
//!
//! A command reads its arguments, calls the library or the API and prints; it decides nothing. What a person reads
//! goes to standard output, what went wrong to standard error, and the exit code ([`exit::Exit`]) says which kind of
//! failure it was. `--output json` prints the API's own views.

mod ask;
mod audit;
mod certs;
mod channel;
mod channel_members;
mod completions;
mod config;
mod context;
mod credentials;
mod doctor;
pub mod exit;
mod history;
mod invite;
mod keys;
mod login;
mod logout;
mod message;
mod migrate;
mod output;
mod paging;
mod resolve;
mod send;
mod serve;
mod session;
mod setup;
mod status;
mod tail;
mod thread;
mod timeline;
mod user;
mod workspace;

use clap::{CommandFactory as _, Parser, Subcommand};
use context::{Context, Globals};
use std::process::ExitCode;

/// PlexiChat: team chat that you run yourself. One program is the server, its administration and a client.
#[derive(Parser)]
#[command(name = "plexichat", version, max_term_width = 100, after_help = exit::HELP)]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = false)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// What can be done. Each command's own documentation is its help.
#[derive(Subcommand)]
enum Command {
    // The server
    Serve(serve::Serve),
    Setup(setup::Setup),
    Doctor(doctor::Doctor),
    #[command(subcommand)]
    Config(config::Config),
    Migrate(migrate::Migrate),
    #[command(subcommand)]
    Certs(certs::Certs),
    #[command(subcommand)]
    Keys(keys::Keys),
    // Administration
    #[command(subcommand)]
    User(user::User),
    #[command(subcommand)]
    Workspace(workspace::Workspace),
    #[command(subcommand)]
    Channel(channel::Channel),
    #[command(subcommand)]
    Invite(invite::Invite),
    Status(status::Status),
    #[command(subcommand)]
    Audit(audit::Audit),
    // Talking
    Login(login::Login),
    Logout(logout::Logout),
    #[command(subcommand)]
    Session(session::Session),
    Send(send::Send),
    #[command(subcommand)]
    Message(message::Message),
    #[command(subcommand)]
    Thread(thread::Thread),
    Tail(tail::Tail),
    History(history::History),
    Completions(completions::Completions),
}

/// The commands as clap knows them, for documents.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Does what the arguments of the process ask for.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { exit::Exit::Usage } else { exit::Exit::Ok };
            // A closed pipe is no reason to complain about help that nobody reads.
            let _ = error.print();
            return code.into();
        }
    };
    let context = Context::new(cli.globals);
    let outcome = runtime(&cli.command).map_err(anyhow::Error::from).and_then(|runtime| {
        let outcome = runtime.block_on(dispatch(cli.command, &context));
        // A worker that blocks must not keep the process alive.
        runtime.shutdown_timeout(std::time::Duration::from_secs(2));
        outcome
    });
    match outcome {
        Ok(()) => exit::Exit::Ok.into(),
        Err(error) => exit::report(&error, &context).into(),
    }
}

/// The server uses every processor; a command needs one.
fn runtime(command: &Command) -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = match command {
        Command::Serve(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    builder.enable_all().build()
}

async fn dispatch(command: Command, context: &Context) -> anyhow::Result<()> {
    match command {
        Command::Serve(command) => command.run(context).await,
        Command::Setup(command) => command.run(context).await,
        Command::Doctor(command) => command.run(context).await,
        Command::Config(command) => command.run(context),
        Command::Migrate(command) => command.run(context).await,
        Command::Certs(command) => command.run(context).await,
        Command::Keys(command) => command.run(context).await,
        Command::User(command) => command.run(context).await,
        Command::Workspace(command) => command.run(context).await,
        Command::Channel(command) => command.run(context).await,
        Command::Invite(command) => command.run(context).await,
        Command::Status(command) => command.run(context).await,
        Command::Audit(command) => command.run(context).await,
        Command::Login(command) => command.run(context).await,
        Command::Logout(command) => command.run(context).await,
        Command::Session(command) => command.run(context).await,
        Command::Send(command) => command.run(context).await,
        Command::Message(command) => command.run(context).await,
        Command::Thread(command) => command.run(context).await,
        Command::Tail(command) => command.run(context).await,
        Command::History(command) => command.run(context).await,
        Command::Completions(command) => command.run(context),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_commands_are_consistent() {
        super::command().debug_assert();
    }
}
