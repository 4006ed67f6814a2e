//! `[database]`: which database, and how many connections.
//!
//! The address may hold a password and the password may be a reference; both are shown masked, and
//! [`DatabaseConfig::connection_url`] is the one place that puts them together. Connecting is not here.

use std::fmt::{self, Write as _};
use std::path::Path;

use super::problem::Checker;
use super::secret::{MASK, Secret};
use super::section::{CrossCheck, range, section};
use super::setting::{Word, settings_of_word};

section! {
    /// Which database holds everything, and how many connections it gets.
    DatabaseConfig in "database" {
        /// Address of the database: `sqlite:FILE`, `postgres://user@host/name` or
        /// `mysql://user@host/name` (MariaDB too). Empty: an SQLite database inside the data directory.
        url: DatabaseUrl = DatabaseUrl::default(), restart;
        /// Password for the database, put into the address in place of one written there. Best a
        /// reference: `{ file = "/run/secrets/database" }` or `{ env = "DATABASE_PASSWORD" }`.
        password: Option<Secret> = None, restart;
        /// Most connections for reading.
        max_connections: u32 = 8, restart, range(1, 500);
        /// Connections for writing, each committing its own groups. 0: chosen by the engine, 1 for
        /// SQLite and 2 for the others. SQLite always has 1.
        lanes: u32 = 0, restart, range(0, 16);
        /// Longest wait for a free connection before a request is refused as overloaded.
        acquire_timeout_seconds: u32 = 5, restart, range(1, 120);
    }
}

/// The address of a database. May hold a password, which is never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The address as configured, with the password if it holds one.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing is configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is a file of this machine.
    pub fn is_sqlite(&self) -> bool {
        self.is_empty() || self.0.starts_with("sqlite:")
    }

    /// Splits into what precedes the user, user with password, and what follows.
    fn parts(&self) -> Option<(&str, &str, &str)> {
        let (scheme, rest) = self.0.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let at = rest[..end].rfind('@')?;
        Some((scheme, &rest[..at], &rest[at..]))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parameters may hold a password as well: PostgreSQL takes `?password=…`.
        let (shown, parameters) = self.0.split_once('?').map_or((self.0.as_str(), None), |(url, rest)| (url, Some(rest)));
        let shown = Self(shown.to_owned());
        match shown.parts() {
            Some((scheme, user, rest)) if user.contains(':') => {
                write!(f, "{scheme}://{}:{MASK}{rest}", user.split(':').next().unwrap_or_default())?;
            }
            _ => f.write_str(&shown.0)?,
        }
        let Some(parameters) = parameters else { return Ok(()) };
        for (index, parameter) in parameters.split('&').enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            match parameter.split_once('=') {
                Some((name, _)) if name.to_ascii_lowercase().contains("pass") => write!(f, "{mark}{name}={MASK}")?,
                _ => write!(f, "{mark}{parameter}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Word for DatabaseUrl {
    const KIND: &'static str = "database address, or empty";
    const KIND_OF_LIST: &'static str = "list of database addresses";
    const KIND_OR_NONE: &'static str = "database address, or empty";
    const EXAMPLE: &'static str = "\"postgres://plexichat@localhost/plexichat\"";
    const EXAMPLE_OF_LIST: &'static str = "[\"postgres://plexichat@localhost/plexichat\"]";

    fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        match scheme {
            "" => Ok(Self::default()),
            "sqlite" if !rest.trim_start_matches('/').is_empty() => Ok(Self(text.to_owned())),
            "sqlite" => Err("names no file".to_owned()),
            "postgres" | "postgresql" | "mysql" | "mariadb" if rest.starts_with("//") && rest.len() > 2 => {
                let scheme = match scheme {
                    "postgresql" => "postgres",
                    "mariadb" => "mysql",
                    other => other,
                };
                Ok(Self(format!("{scheme}:{rest}")))
            }
            // The text may hold a password, so it is not repeated.
            _ => Err("is no address of a supported database".to_owned()),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn identity(&self) -> String {
        self.0.clone()
    }
}

settings_of_word!(DatabaseUrl);

impl DatabaseConfig {
    /// The address to connect to: the embedded database under `data_dir` when none is configured,
    /// and with the configured password in its place. A secret: not for logs.
    pub fn connection_url(&self, data_dir: &Path) -> String {
        if self.url.is_empty() {
            return format!("sqlite://{}?mode=rwc", data_dir.join("plexichat.db").display());
        }
        let (Some(password), false) = (&self.password, self.url.is_sqlite()) else {
            return self.url.expose().to_owned();
        };
        let password = percent_encode(password.expose());
        match self.url.parts() {
            Some((scheme, user, rest)) => {
                let user = user.split(':').next().unwrap_or_default();
                format!("{scheme}://{user}:{password}{rest}")
            }
            // Without a user the drivers would not look at a password: the check refuses this.
            None => self.url.expose().to_owned(),
        }
    }
}

/// Everything but letters, digits and `-._~` as `%XX`.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

impl CrossCheck for DatabaseConfig {
    fn cross_check(&self, checker: &mut Checker<'_>) {
        if self.password.is_some() && self.url.is_sqlite() {
            checker.problem("database.password", "SQLite takes no password", "remove it, or set database.url");
        } else if self.password.is_some() && self.url.parts().is_none() {
            checker.problem(
                "database.url",
                "names no user, so the password in database.password belongs to nobody",
                "write it as postgres://user@host/name",
            );
        }
        if self.url.parts().is_some_and(|(_, user, _)| user.contains(':')) {
            checker.warning("database.url", "holds a password", "move it to a file and refer to it: password = { file = \"…\" }");
        }
        if self.url.is_sqlite() && self.lanes > 1 {
            checker.warning("database.lanes", "SQLite has one writer; the rest is ignored", "remove it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DatabaseUrl {
        DatabaseUrl::parse(text).expect("reads")
    }

    #[test]
    fn a_password_in_the_address_is_not_shown() {
        for text in [
            "postgres://ann:hunter2@host/db",
            "mysql://ann:hun@ter2@host:3306/db",
            "postgres://host/db?user=ann&password=hunter2",
            "postgres://host/db?sslmode=require&PassWord=hunter2",
        ] {
            let shown = format!("{} {:?}", url(text), url(text));
            assert!(!shown.contains("ter2") && shown.contains("host"), "{shown}");
        }
        assert_eq!(url("postgres://ann@host/db").to_string(), "postgres://ann@host/db");
        assert_eq!(url("sqlite:/tmp/a.db").to_string(), "sqlite:/tmp/a.db");
    }

    #[test]
    fn unknown_databases_are_refused_without_repeating_the_address() {
        for text in ["oracle://ann:hunter2@host/db", "hunter2", "sqlite:", "sqlite://", "postgres:host", "mysql://"] {
            let message = DatabaseUrl::parse(text).expect_err("refused");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn other_names_of_an_engine_are_understood() {
        assert_eq!(url("postgresql://a@h/d").expose(), "postgres://a@h/d");
        assert_eq!(url("mariadb://a@h/d").expose(), "mysql://a@h/d");
    }

    #[test]
    fn the_password_is_put_into_the_address() {
        let config = DatabaseConfig {
            url: url("postgres://ann:old@host/db?x=1"),
            password: Some(Secret::new("p@ss/wörd")),
            ..DatabaseConfig::default()
        };
        assert_eq!(config.connection_url(Path::new("/data")), "postgres://ann:p%40ss%2Fw%C3%B6rd@host/db?x=1");
        assert_eq!(DatabaseConfig::default().connection_url(Path::new("/data")), "sqlite:///data/plexichat.db?mode=rwc");
    }
}
