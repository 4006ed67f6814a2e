//! A home and a data directory of a test's own, and the executable run in them.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_mins(1);

/// A machine with nothing on it yet.
pub(crate) struct Place {
    folder: TempDir,
}

/// How a command ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Fails the test unless it ended so.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The command, as somebody with this home runs it.
    pub(crate) fn command(&self, home: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plexichat"));
        command.env_clear().env("HOME", self.path().join(home)).current_dir(self.path()).args(arguments);
        command.env("PLEXICHAT_SERVER__DATA_DIR", self.data_dir());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command("home", arguments).output().expect("runs"))
    }

    /// Starts a server on a free port and waits until it says where it is.
    pub(crate) fn serve(&self) -> Served<'_> {
        self.serve_at("127.0.0.1:0")
    }

    /// The same at a given address.
    pub(crate) fn serve_at(&self, bind: &str) -> Served<'_> {
        self.serve_with(&[&format!("server.bind={bind}")])
    }

    /// The same with settings.
    pub(crate) fn serve_with(&self, settings: &[&str]) -> Served<'_> {
        let mut arguments = vec!["serve", "-o", "json"];
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        let mut command = self.command("home", &arguments);
        let mut child = command.stderr(Stdio::null()).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("is piped")).read_line(&mut line).expect("says where it is");
        let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let address = said["address"].as_str().expect("an address").to_owned();
        Served { place: self, child, address, setup_url: said["setup_url"].as_str().map(str::to_owned) }
    }
}

/// A server that runs.
pub(crate) struct Served<'a> {
    pub(crate) place: &'a Place,
    child: Child,
    pub(crate) address: String,
    pub(crate) setup_url: Option<String>,
}

impl Served<'_> {
    /// Runs a command against it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_as("home", arguments, None)
    }

    /// The same as somebody else, with something on standard input.
    pub(crate) fn run_as(&self, home: &str, arguments: &[&str], input: Option<&str>) -> Ran {
        let mut command = self.client(home, arguments);
        let Some(input) = input else { return Ran::of(command.output().expect("runs")) };
        let mut child = command.stdin(Stdio::piped()).spawn().expect("starts");
        child.stdin.take().expect("is piped").write_all(input.as_bytes()).expect("takes it");
        Ran::of(child.wait_with_output().expect("ends"))
    }

    /// A command against it, not started yet.
    pub(crate) fn client(&self, home: &str, arguments: &[&str]) -> Command {
        let mut command = self.place.command(home, arguments);
        command.env("PLEXICHAT_SERVER", &self.address);
        command
    }

    /// Sets it up by its link, with the owner @ada.
    pub(crate) fn set_up(&self) {
        let link = self.setup_url.clone().expect("it waits for its owner");
        let arguments = ["setup", "--code", &link, "--handle", "ada", "--workspace", "Acme", "--password-stdin"];
        self.run_as("home", &arguments, Some("correct horse battery\n")).ended(0);
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal and answers with the exit code.
    pub(crate) fn end_by(mut self, signal: &str) -> i32 {
        let sent = Command::new("kill").args([signal, &self.pid().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("is ours") {
                return status.code().unwrap_or(-1);
            }
            assert!(tokio::time::Instant::now() < deadline, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is true.
pub(crate) fn wait_until(what: &str, mut check: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !check() {
        assert!(tokio::time::Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
