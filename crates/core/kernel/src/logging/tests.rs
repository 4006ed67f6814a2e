//! The log as it is written, in both formats.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use super::*;
use crate::config::{Config, Sources, check};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn config(format: &str, level: &str) -> LoggingConfig {
    let sources = Sources::new()
        .with_override("server.data_dir", "/no/such/folder")
        .with_override("logging.format", format)
        .with_override("logging.level", level);
    check(&sources).expect("valid").config.logging
}

fn logged(format: &str, work: impl FnOnce(&LogHandle)) -> (String, u64) {
    let lines = Lines::default();
    let writer = lines.clone();
    let (subscriber, handle) = subscriber(&config(format, "info"), move || writer.clone(), false).expect("valid");
    tracing::subscriber::with_default(subscriber, || work(&handle));
    let bytes = lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (String::from_utf8(bytes).expect("is text"), handle.errors())
}

#[test]
fn people_read_time_level_part_message_and_fields() {
    let (text, errors) = logged("human", |_| {
        let span = tracing::info_span!("request", request_id = "abc", status = tracing::field::Empty);
        span.in_scope(|| {
            span.record("status", 200);
            tracing::info!(count = 3, name = "two words", "done");
        });
    });
    let (time, rest) = text.split_at(24);
    assert!(crate::clock::parse_rfc3339(time).is_some(), "{text}");
    assert_eq!(rest, "  INFO plexichat_kernel::logging::tests: done count=3 name=\"two words\" request_id=abc status=200\n");
    assert_eq!(errors, 0);
}

#[test]
fn programs_read_one_flat_object_per_line() {
    let (text, errors) = logged("json", |_| {
        let span = tracing::info_span!("request", request_id = "abc", status = tracing::field::Empty);
        span.in_scope(|| {
            span.record("status", 200);
            tracing::error!(count = 3, ratio = 0.5, ok = true, time = "mine", "two\nlines");
        });
    });
    assert_eq!(text.lines().count(), 1, "{text}");
    let line: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
    for (name, value) in [
        ("level", "ERROR".into()),
        ("target", "plexichat_kernel::logging::tests".into()),
        ("message", "two\\nlines".into()),
        ("spans", serde_json::json!(["request"])),
        ("request_id", "abc".into()),
        ("status", 200.into()),
        ("count", 3.into()),
        ("ratio", 0.5.into()),
        ("ok", true.into()),
        ("field_time", "mine".into()),
    ] {
        assert_eq!(line[name], value, "{text}");
    }
    assert_eq!(errors, 1);
}

#[test]
fn credentials_are_written_in_no_format() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "only its Debug is of interest")]
    struct Login {
        password: &'static str,
    }
    for format in ["human", "json"] {
        let (text, _) = logged(format, |_| {
            let secret = "hunter2";
            let span = tracing::info_span!("sign_in", password = secret, token = tracing::field::Empty);
            let _entered = span.enter();
            span.record("token", secret);
            tracing::info!(authorization = %secret, cookie = ?secret, nonce = secret, "one");
            tracing::info!(api_key = 7_654_321, client_secret = secret, "two");
            tracing::info!(request = ?Login { password: secret }, "three");
            tracing::info!("four token={secret}");
            tracing::info!(url = "mysql://ann:hunter2@host/db", "five");
        });
        assert!(!text.contains("hunter2") && !text.contains("7654321"), "{text}");
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.contains("[redacted]"), "{text}");
    }
}

#[test]
fn the_level_changes_while_running() {
    let (text, _) = logged("human", |handle| {
        tracing::debug!("hidden");
        handle.set_level(&config("human", "debug").level).expect("valid");
        tracing::debug!("shown");
        handle.set_level(&config("human", "error").level).expect("valid");
        tracing::info!("hidden");
    });
    assert_eq!((text.matches("shown").count(), text.matches("hidden").count()), (1, 0), "{text}");
}

#[tokio::test]
async fn the_level_follows_the_configuration() {
    let (_subscriber, log) = subscriber(&config("human", "info"), std::io::sink, false).expect("valid");
    let worker = LevelWorker::new(log.clone(), ConfigHandle::fixed(Config::default()));
    log.set_level(&config("human", "trace").level).expect("valid");
    let shutdown = Shutdown::new();
    shutdown.trigger();
    worker.run(shutdown).await.expect("ends");
    let level = log.filter.with_current(ToString::to_string).expect("is there");
    assert_eq!(level, "info");
}

#[test]
fn the_log_of_the_process_starts_once_and_counts_panics() {
    let config = config("json", "off");
    let log = init(&config).expect("starts");
    assert!(init(&config).is_err());
    log.set_level(&self::config("json", "error").level).expect("valid");
    let thread = crate::tasks::spawn_thread("panics", || panic!("as told")).expect("starts");
    assert!(thread.join().is_err());
    assert_eq!(log.errors(), 1);
}
