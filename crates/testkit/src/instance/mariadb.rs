//! MariaDB for tests.

use super::{
    answers,
    place::Place,
    program::{self, Program},
};
use anyhow::{Context as _, Result};
use std::{io::Read as _, net::TcpStream, path::PathBuf, time::Duration};

/// The installed programs.
#[derive(Debug)]
pub(super) struct MariaDb {
    server: PathBuf,
    install: PathBuf,
}

impl MariaDb {
    /// Finds the installed server.
    pub(super) fn find() -> Result<Self> {
        let directories = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/local/mysql/bin", "/usr/libexec"]
            .map(PathBuf::from);
        let missing = "MariaDB is not installed. Install it (Debian: apt-get install --no-install-recommends mariadb-server) \
                       or leave it out with PLEXICHAT_TEST_ENGINES=sqlite";
        let server = program::find(&["mariadbd"], &directories).context(missing)?;
        let install = program::find(&["mariadb-install-db", "mysql_install_db"], &directories).context(missing)?;
        Ok(Self { server, install })
    }
}

impl Program for MariaDb {
    fn create(&self, place: &Place) -> Result<()> {
        let account = program::account("mysql")?;
        program::own(place.data(), account.as_ref())?;
        let grants = place.data().join("grants.sql");
        let password = place.password();
        let text = format!(
            "CREATE USER IF NOT EXISTS 'plexichat'@'127.0.0.1' IDENTIFIED BY '{password}';\n\
             GRANT ALL PRIVILEGES ON *.* TO 'plexichat'@'127.0.0.1' WITH GRANT OPTION;\n"
        );
        std::fs::write(&grants, text)?;
        program::own(&grants, account.as_ref())?;
        let words = [
            self.install.display().to_string(),
            "--no-defaults".to_owned(),
            format!("--datadir={}", place.data().join("db").display()),
            "--auth-root-authentication-method=normal".to_owned(),
            "--skip-test-db".to_owned(),
            "--skip-name-resolve".to_owned(),
        ];
        program::run(&program::as_account(account.as_ref(), words.into()), place.data())
    }

    fn command(&self, place: &Place) -> Result<Vec<String>> {
        let account = program::account("mysql")?;
        let data = place.data();
        let mut words = vec![self.server.display().to_string(), "--no-defaults".to_owned()];
        words.push(format!("--datadir={}", data.join("db").display()));
        words.push(format!("--socket={}", data.join("socket").display()));
        words.push(format!("--pid-file={}", data.join("server.pid").display()));
        words.push(format!("--init-file={}", data.join("grants.sql").display()));
        words.push(format!("--port={}", place.port()));
        words.extend(self.settings().into_iter().map(|setting| format!("--{setting}")));
        Ok(program::as_account(account.as_ref(), words))
    }

    fn is_ready(&self, place: &Place) -> bool {
        if !answers(place.port()) {
            return false;
        }
        // The server speaks first: a greeting means that it accepts sessions (the init file has run by then).
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", place.port())) else { return false };
        let mut greeting = [0_u8; 5];
        stream.set_read_timeout(Some(Duration::from_secs(2))).is_ok()
            && stream.read_exact(&mut greeting).is_ok()
            && greeting[4] == 10
    }

    fn quick_signal(&self) -> &'static str {
        "KILL"
    }

    fn admin_database(&self) -> &'static str {
        "mysql"
    }

    fn settings(&self) -> Vec<String> {
        [
            "bind-address=127.0.0.1",
            "skip-name-resolve",
            "character-set-server=utf8mb4",
            "max-connections=400",
            "performance-schema=off",
            "innodb-buffer-pool-size=96M",
            "innodb-log-file-size=64M",
            "innodb-flush-log-at-trx-commit=1",
            "innodb-doublewrite=1",
            "log-bin=binlog",
            "binlog-format=ROW",
            "max-binlog-size=64M",
            "server-id=1",
            "sync-binlog=1",
            "default-time-zone=+00:00",
        ]
        .map(str::to_owned)
        .into()
    }
}
