//! One home each for time, randomness, the environment, tasks, output and the end of the process.
//!
//! Whoever needs one of them is handed it by its home, which is what makes tests able to move time,
//! shutdown able to wait, and every setting documented. (A deadline for tokio's own timers may be a
//! `tokio::time::Instant`; which `Instant` a short name means is for clippy to say.) Tests are free, and so are the programs of
//! the workshop where they measure or print.

use super::Finding;
use super::rust::RustFile;

const RULE: &str = "one-home";

/// The workshop and the test kit print and measure by trade.
const WORKSHOP: [&str; 3] = ["xtask/", "bench/", "crates/testkit/"];

struct Home {
    what: &'static str,
    /// Endings of the paths that belong to it.
    paths: &'static [&'static str],
    /// Where they may stand: beginnings of file paths.
    homes: &'static [&'static str],
    /// Whether the workshop may use them as well.
    workshop: bool,
    remedy: &'static str,
}

const HOMES: [Home; 6] = [
    Home {
        what: "time",
        paths: &[
            "SystemTime::now",
            "std::time::Instant::now",
            "OffsetDateTime::now_utc",
            "OffsetDateTime::now_local",
            "Utc::now",
            "Local::now",
        ],
        homes: &["crates/core/kernel/src/clock"],
        workshop: true,
        remedy: "take a `Clock` (plexichat_kernel::clock): `now_ms` for people, `monotonic` for durations",
    },
    Home {
        what: "randomness",
        paths: &[
            "getrandom::fill",
            "getrandom::u64",
            "getrandom::u32",
            "rand::rng",
            "rand::random",
            "thread_rng",
            "OsRng",
            "fastrand::u64",
            "fastrand::u32",
            "fastrand::usize",
        ],
        homes: &["crates/core/kernel/src/random"],
        workshop: false,
        remedy: "use plexichat_kernel::random",
    },
    Home {
        what: "the environment",
        paths: &["env::var", "env::var_os", "env::vars", "env::vars_os", "env::set_var", "env::remove_var"],
        homes: &["crates/core/kernel/src/config"],
        workshop: true,
        remedy: "make it a setting in plexichat_kernel::config, where it is validated and documented",
    },
    Home {
        what: "starting tasks and threads",
        paths: &["tokio::spawn", "tokio::task::spawn", "task::spawn_blocking", "thread::spawn", "thread::Builder::new"],
        homes: &["crates/core/kernel/src/tasks"],
        workshop: true,
        remedy: "use plexichat_kernel::tasks, so that shutdown waits for it and a panic is seen",
    },
    Home {
        what: "output",
        paths: &["println!", "print!", "eprintln!", "eprint!", "dbg!", "io::stdout", "io::stderr"],
        homes: &["crates/plexichat/src/", "crates/core/kernel/src/logging"],
        workshop: true,
        remedy: "log with `tracing`; what a person asked for is printed by crates/plexichat",
    },
    Home {
        what: "ending the process",
        paths: &["process::exit", "process::abort"],
        homes: &[],
        workshop: false,
        remedy: "return an error or an exit code from main, so that writes are finished first",
    },
];

pub(crate) fn check(file: &RustFile) -> Vec<Finding> {
    if file.is_test() {
        return Vec::new();
    }
    let path = &file.source.path;
    let in_workshop = WORKSHOP.iter().any(|place| path.starts_with(place));
    let mut findings = Vec::new();
    for home in &HOMES {
        let at_home = home.homes.iter().any(|start| path.starts_with(start));
        if at_home || (home.workshop && in_workshop) {
            continue;
        }
        for mention in &file.mentions {
            if home.paths.iter().any(|end| ends_with(&mention.path, end)) {
                let what = format!("`{}`: {} has its home elsewhere", mention.path, home.what);
                findings.push(Finding::new(path, mention.line, RULE, what, home.remedy));
            }
        }
    }
    findings
}

/// Whether `path` is `end` or ends in `::end`.
fn ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|start| start.is_empty() || start.ends_with("::"))
}

#[cfg(test)]
mod tests {
    use super::super::{Source, rust};
    use super::*;

    fn findings(path: &str, body: &str) -> usize {
        let text = format!("fn a() {{ {body}; }}");
        check(&rust::read(&Source::new(path, &text)).expect("valid")).len()
    }

    #[test]
    fn each_has_its_home_and_is_refused_elsewhere() {
        let cases = [
            ("std::time::Instant::now()", "crates/core/kernel/src/clock.rs"),
            ("getrandom::fill(b)", "crates/core/kernel/src/random.rs"),
            ("std::env::var(\"A\")", "crates/core/kernel/src/config/load.rs"),
            ("tokio::spawn(b)", "crates/core/kernel/src/tasks/supervisor.rs"),
            ("tokio::task::spawn_blocking(b)", "crates/core/kernel/src/tasks.rs"),
            ("println!(\"a\")", "crates/plexichat/src/cli/output.rs"),
        ];
        for (body, home) in cases {
            assert_eq!(findings(home, body), 0, "{body}");
            assert_eq!(findings("crates/server/src/router.rs", body), 1, "{body}");
            assert_eq!(findings("crates/server/tests/it/main.rs", body), 0, "{body}");
        }
    }

    #[test]
    fn nobody_ends_the_process() {
        assert_eq!(findings("crates/plexichat/src/main.rs", "std::process::exit(1)"), 1);
    }

    #[test]
    fn a_name_that_merely_ends_alike_is_free() {
        assert_eq!(findings("crates/server/src/a.rs", "MyInstant::now()"), 0);
        assert_eq!(findings("crates/server/src/a.rs", "workers.spawn(b)"), 0);
        assert_eq!(findings("crates/server/src/a.rs", "tasks::spawn_blocking(b)"), 0);
        assert_eq!(findings("crates/server/src/a.rs", "tokio::time::Instant::now()"), 0);
    }
}
