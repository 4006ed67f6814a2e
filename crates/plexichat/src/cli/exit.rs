//! Exit codes, and how a failure is told.
//!
//! A script branches on the code, a person reads the text: what went wrong, where, and how to mend it. With
//! `--output json` the text is one JSON object on standard error with the API's stable error code.

use super::{
    context::Context,
    output::{self, Output},
};
use plexichat_client::ClientError;
use plexichat_kernel::{Error, config::Problems};
use plexichat_model::{ErrorCode, ErrorKind};
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// It failed for a reason that has no code of its own.
    Failure = 1,
    /// The arguments, the input or the configuration are wrong.
    Usage = 2,
    /// Not signed in, or not allowed.
    Forbidden = 3,
    /// There is no such thing.
    NotFound = 4,
    /// The server is not reached, cannot do it now, or asks to wait.
    Unavailable = 5,
    /// It does not fit the present state: a name is taken, a set-up is done already.
    Conflict = 6,
}

/// The end of `plexichat --help`.
pub(super) const HELP: &str = "\
Exit codes:
  0  done
  1  failed
  2  wrong arguments, input or configuration
  3  not signed in, or not allowed
  4  not found
  5  server not reached or not able to right now
  6  does not fit the present state (a name is taken, already set up)

First steps:
  plexichat serve                      start the server and open the link it prints
  plexichat login                      sign in from the command line
  plexichat send '#general' 'Hello!'   say something
  plexichat tail -f '#general'         and listen";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Unauthenticated | ErrorKind::Forbidden => Self::Forbidden,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Invalid | ErrorKind::TooLarge => Self::Usage,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::RateLimited | ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Rejected | ErrorKind::Internal => Self::Failure,
        }
    }
}

/// A failure of the command line itself, with its exit code.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) text: String,
}

impl Failure {
    pub(super) fn with(exit: Exit, text: impl Into<String>) -> anyhow::Error {
        Self { exit, text: text.into() }.into()
    }

    pub(super) fn usage(text: impl Into<String>) -> anyhow::Error {
        Self::with(Exit::Usage, text)
    }

    pub(super) fn not_found(text: impl Into<String>) -> anyhow::Error {
        Self::with(Exit::NotFound, text)
    }

    /// The command has said itself what is wrong; only the code is left.
    pub(super) fn silent(exit: Exit) -> anyhow::Error {
        Self::with(exit, "")
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

/// Which code a failure has.
fn exit_of(error: &anyhow::Error) -> Exit {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return failure.exit;
        }
        if cause.is::<Problems>() {
            return Exit::Usage;
        }
        if let Some(error) = cause.downcast_ref::<Error>() {
            return error.kind().into();
        }
        if let Some(error) = cause.downcast_ref::<ClientError>() {
            return match error {
                ClientError::Address(_) | ClientError::Authorities => Exit::Usage,
                ClientError::Untrusted { .. } => Exit::Unavailable,
                ClientError::Unreachable { .. } | ClientError::Interrupted { .. } | ClientError::Closed { .. } => {
                    error.kind().map_or(Exit::Unavailable, Exit::from)
                }
                ClientError::NotUnderstood { .. } if error.is_temporary() => Exit::Unavailable,
                _ => error.kind().map_or(Exit::Failure, Exit::from),
            };
        }
    }
    Exit::Failure
}

/// The API's code of a failure, if it has one.
fn code_of(error: &anyhow::Error) -> Option<ErrorCode> {
    error.chain().find_map(|cause| {
        let local = cause.downcast_ref::<Error>().map(Error::code);
        local.or_else(|| cause.downcast_ref::<ClientError>().and_then(ClientError::code))
    })
}

/// What to do about it, where the message itself does not say.
fn remedy_of(error: &anyhow::Error) -> Option<&'static str> {
    match error.chain().find_map(|cause| cause.downcast_ref::<ClientError>()) {
        Some(ClientError::Unreachable { .. }) => {
            return Some("is the server running? Start it with `plexichat serve`, or name another with --server");
        }
        Some(ClientError::Untrusted { .. }) => {
            return Some("if the authority is your own, name its certificate with --ca-file; otherwise do not go on");
        }
        Some(ClientError::Authorities) => return Some("--ca-file takes certificates as -----BEGIN CERTIFICATE----- blocks"),
        _ => {}
    }
    match code_of(error)? {
        ErrorCode::Unauthenticated | ErrorCode::SessionExpired => Some("sign in with `plexichat login`"),
        _ => None,
    }
}

/// What went wrong, from the outside in; of a chain of foreign errors the innermost, which says why.
fn text_of(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        parts.push(cause.to_string().trim_end().to_owned());
        if cause.is::<ClientError>() || cause.is::<Error>() {
            let innermost = error.chain().last().map(ToString::to_string);
            parts.extend(innermost);
            break;
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.dedup();
    parts.join(": ")
}

/// Tells a failure and answers with which code to end.
pub(super) fn report(error: &anyhow::Error, context: &Context) -> Exit {
    let exit = exit_of(error);
    let broken_pipe = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    if broken_pipe.into_iter().any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe) {
        // Whoever read the output has seen enough.
        return Exit::Ok;
    }
    let text = text_of(error);
    if text.is_empty() {
        return exit;
    }
    if context.output() == Output::Json {
        let code = code_of(error).map(ErrorCode::as_str);
        let object =
            serde_json::json!({ "error": { "exit": exit as u8, "code": code, "message": text, "remedy": remedy_of(error) } });
        output::aside(object);
    } else {
        output::aside(format!("error: {}", output::printable(&text)));
        if let Some(remedy) = remedy_of(error) {
            output::aside(format!("  {remedy}"));
        }
    }
    exit
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn a_failure_keeps_its_code_through_context() {
        let refused = |code: ErrorCode| anyhow::Error::from(Error::of(code)).context("cannot do it");
        assert_eq!(exit_of(&refused(ErrorCode::NotFound)), Exit::NotFound);
        assert_eq!(exit_of(&refused(ErrorCode::NameTaken)), Exit::Conflict);
        assert_eq!(exit_of(&refused(ErrorCode::SessionExpired)), Exit::Forbidden);
        assert_eq!(exit_of(&refused(ErrorCode::Overloaded)), Exit::Unavailable);
        assert_eq!(exit_of(&anyhow::anyhow!("x")), Exit::Failure);
        let usage: anyhow::Result<()> = Err(Failure::usage("no"));
        assert_eq!(exit_of(&usage.context("a").expect_err("fails")), Exit::Usage);
    }

    #[test]
    fn who_is_not_signed_in_is_told_how() {
        let error = anyhow::Error::from(Error::unauthenticated());
        assert_eq!(remedy_of(&error), Some("sign in with `plexichat login`"));
    }
}
