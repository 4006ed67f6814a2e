//! What this machine and this program bring: time, a place for data, open files, the web client.

use super::{Finding, State};
use plexichat_kernel::{Clock, config::Config, ids::EPOCH_MS};
use plexichat_server::ServerOptions;
use std::path::Path;

/// Files a server needs beside its connections: database, logs, libraries.
const OTHER_FILES: u64 = 128;

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let mut findings = vec![clock(), data_directory(config)];
    findings.extend(open_files(&limits, config));
    findings.push(web_client());
    findings
}

fn clock() -> Finding {
    let now = Clock::system().now_ms();
    let text = plexichat_kernel::clock::rfc3339(now);
    if now > EPOCH_MS {
        return Finding::ok("clock", text);
    }
    Finding::wrong("clock", State::Failing, format!("{text} lies in the past"), "set the clock of this machine, best by NTP")
}

fn data_directory(config: &Config) -> Finding {
    let directory = &config.server.data_dir;
    let (name, shown) = ("data directory", directory.display());
    if !directory.exists() {
        let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        return match std::fs::metadata(parent) {
            Ok(metadata) if metadata.is_dir() && !metadata.permissions().readonly() => {
                Finding::ok(name, format!("{shown} does not exist yet; the first start makes it"))
            }
            _ => Finding::wrong(
                name,
                State::Failing,
                format!("{shown} does not exist and {} is no folder to make it in", parent.display()),
                "make the folder, or choose another with --data-dir",
            ),
        };
    }
    // The one sure way to learn whether one may write there; the name cannot collide with anything of the server's.
    let probe = directory.join(format!(".doctor-{}", std::process::id()));
    match std::fs::write(&probe, b"") {
        Ok(()) => {
            drop(std::fs::remove_file(&probe));
            private(name, directory)
        }
        Err(error) => {
            let remedy = "check its owner and its permissions, or choose another with --data-dir";
            Finding::wrong(name, State::Failing, format!("{shown} cannot be written to: {error}"), remedy)
        }
    }
}

/// Whether its owner alone can read it: it holds messages, keys and the file of the configuration.
#[cfg(unix)]
fn private(name: &str, directory: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(directory).map_or(0, |metadata| metadata.permissions().mode() & 0o777);
    let shown = directory.display();
    if mode & 0o700 == mode {
        return Finding::ok(name, format!("{shown} can be written to, and nobody else can read it"));
    }
    let detail = format!("{shown} can be read by others (mode {mode:03o})");
    Finding::wrong(name, State::Advice, detail, format!("chmod 700 {shown}"))
}

#[cfg(not(unix))]
fn private(name: &str, directory: &Path) -> Finding {
    Finding::ok(name, format!("{} can be written to", directory.display()))
}

/// Each connection is an open file. Where the system does not tell the limit nothing is said.
fn open_files(limits: &str, config: &Config) -> Option<Finding> {
    let name = "open files";
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_whitespace().next()?;
    let needed = u64::try_from(config.server.max_connections).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    let Ok(most) = soft.parse::<u64>() else { return Some(Finding::ok(name, soft)) };
    if most >= needed {
        return Some(Finding::ok(name, format!("{most} at once")));
    }
    let detail = format!("{most} at once, too few for {} connections (server.max_connections)", config.server.max_connections);
    let remedy = format!("LimitNOFILE={needed} in the unit of systemd, `ulimit -n {needed}` in a shell, or fewer connections");
    Some(Finding::wrong(name, State::Advice, detail, remedy))
}

fn web_client() -> Finding {
    let name = "web client";
    if plexichat_server::has_web_client(&ServerOptions::default().web_root) {
        return Finding::ok(name, "part of this program");
    }
    let remedy =
        "build it in: `make run`, or `cargo build --release -p plexichat --features embed-web` after `npm run build` in web/";
    Finding::wrong(name, State::Advice, "not part of this program: browsers get a page that says so", remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_open_files_are_told_with_the_number_needed() {
        let mut config = Config::default();
        config.server.max_connections = 1_000;
        let of =
            |soft: &str| format!("Limit  Soft Limit  Hard Limit  Units\nMax open files            {soft}      524288    files\n");
        let found = open_files(&of("1024"), &config).expect("a finding");
        assert!(found.state == State::Advice && found.remedy.contains("1128"), "{}", found.remedy);
        assert!(open_files(&of("1128"), &config).expect("a finding").state == State::Ok);
        assert!(open_files(&of("unlimited"), &config).expect("a finding").state == State::Ok);
        assert!(open_files("", &config).is_none());
    }
}
