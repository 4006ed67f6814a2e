//! PostgreSQL for tests.

use super::{
    answers,
    place::Place,
    program::{self, Program},
};
use anyhow::{Context as _, Result};
use std::{fs::OpenOptions, io::Write as _, path::PathBuf};

/// The programs of one installed version.
#[derive(Debug)]
pub(super) struct Postgres {
    bin: PathBuf,
}

impl Postgres {
    /// The newest installed version.
    pub(super) fn find() -> Result<Self> {
        let mut directories: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .collect();
        directories.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        let mut places: Vec<PathBuf> = directories.into_iter().map(|(_, path)| path).collect();
        places.extend(["/usr/local/pgsql/bin", "/usr/bin", "/usr/local/bin"].map(PathBuf::from));
        let bin = places
            .into_iter()
            .find(|directory| super::is_program(&directory.join("initdb")) && super::is_program(&directory.join("postgres")))
            .context(
                "PostgreSQL is not installed. Install it (Debian: apt-get install --no-install-recommends postgresql) \
                 or leave it out with PLEXICHAT_TEST_ENGINES=sqlite",
            )?;
        Ok(Self { bin })
    }

    fn program(&self, name: &str) -> String {
        self.bin.join(name).display().to_string()
    }
}

impl Program for Postgres {
    fn create(&self, place: &Place) -> Result<()> {
        let account = program::account("postgres")?;
        program::own(place.data(), account.as_ref())?;
        let password_file = place.data().join("password");
        std::fs::write(&password_file, place.password())?;
        program::own(&password_file, account.as_ref())?;
        let data = place.data().join("db").display().to_string();
        let password = format!("--pwfile={}", password_file.display());
        let mut words = vec![self.program("initdb"), "-D".to_owned(), data, password];
        // A plain password is enough on loopback, and cheap: every test opens several connections.
        words.extend(["--username=plexichat", "--auth=password", "--encoding=UTF8", "--locale=C.UTF-8"].map(str::to_owned));
        program::run(&program::as_account(account.as_ref(), words), place.data())?;
        // In the file, not on the command line: a test may change them while the engine runs.
        let mut file = OpenOptions::new().append(true).open(place.data().join("db/postgresql.conf"))?;
        for setting in self.settings() {
            let (name, value) = setting.split_once('=').context("a setting has a value")?;
            writeln!(file, "{name} = '{value}'")?;
        }
        Ok(())
    }

    fn command(&self, place: &Place) -> Result<Vec<String>> {
        let account = program::account("postgres")?;
        let data = place.data().join("db").display().to_string();
        let mut words = vec![self.program("postgres"), "-D".to_owned(), data];
        words.extend(["-c".to_owned(), format!("port={}", place.port())]);
        Ok(program::as_account(account.as_ref(), words))
    }

    fn is_ready(&self, place: &Place) -> bool {
        let port = place.port();
        let arguments = ["-q", "-h", "127.0.0.1", "-d", "postgres", "-t", "2", "-p"];
        answers(port)
            && std::process::Command::new(self.program("pg_isready"))
                .args(arguments)
                .arg(port.to_string())
                .status()
                .is_ok_and(|status| status.success())
    }

    fn quick_signal(&self) -> &'static str {
        "QUIT"
    }

    fn polite_signal(&self) -> &'static str {
        "INT"
    }

    fn admin_database(&self) -> &'static str {
        "postgres"
    }

    fn settings(&self) -> Vec<String> {
        [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=400",
            "shared_buffers=96MB",
            "max_wal_size=512MB",
            "fsync=on",
            "synchronous_commit=on",
            "full_page_writes=on",
            "timezone=UTC",
            "log_min_messages=warning",
            "jit=off",
        ]
        .map(str::to_owned)
        .into()
    }
}
