//! The configuration as operators meet it: through layers, mistakes, documents and reloads.

use std::path::Path;

use plexichat_model::ErrorCode;
use proptest::prelude::*;

use super::*;
use crate::error::Error;

fn with_file(text: &str) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("chat.toml");
    std::fs::write(&file, text).expect("written");
    (folder, Sources::new().with_file(Some(file)))
}

fn problems(sources: &Sources) -> Vec<String> {
    check(sources).expect_err("is wrong").0.iter().map(ToString::to_string).collect()
}

/// Sources that never find a file by accident.
fn bare() -> Sources {
    Sources::new().with_override("server.data_dir", "/no/such/folder")
}

#[test]
fn nothing_configured_is_valid_and_all_default() {
    let loaded = check(&bare()).expect("valid");
    let mut expected = Config::default();
    expected.server.data_dir = "/no/such/folder".into();
    assert_eq!(loaded.config, expected);
    assert_eq!(loaded.file, None);
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.origins["server.bind"], Origin::Default);
    assert_eq!(loaded.origins["server.data_dir"], Origin::CommandLine);
}

#[test]
fn each_layer_wins_over_the_one_before() {
    let (_folder, file) = with_file("[gateway]\nheartbeat_seconds = 40\nqueue_length = 100\ndrain_seconds = 1\n");
    let environment = Environment::of([("PLEXICHAT_GATEWAY__QUEUE_LENGTH", "200"), ("PLEXICHAT_GATEWAY__DRAIN_SECONDS", "2")]);
    let sources = file.with_environment(environment).with_override("gateway.drain_seconds", "3");
    let loaded = check(&sources).expect("valid");
    let gateway = &loaded.config.gateway;
    assert_eq!((gateway.heartbeat_seconds, gateway.queue_length, gateway.drain_seconds), (40, 200, 3));
    assert!(loaded.origins["gateway.heartbeat_seconds"].to_string().ends_with("chat.toml:2"));
    assert_eq!(loaded.origins["gateway.queue_length"].to_string(), "environment PLEXICHAT_GATEWAY__QUEUE_LENGTH");
    assert_eq!(loaded.origins["gateway.drain_seconds"], Origin::CommandLine);
}

#[test]
fn everything_wrong_is_told_at_once_with_place_and_remedy() {
    let (_folder, sources) =
        with_file("[server]\nbnid = \"x\"\nbind = \"localhost\"\n[gatway]\nqueue_length = 1\n[gateway]\nheartbeat_seconds = 1\n");
    let environment = Environment::of([("PLEXICHAT_LOGGING__LEVL", "info"), ("PLEXICHAT_LOGGING__FORMAT", "xml")]);
    let sources = sources.with_environment(environment).with_override("auth.nothing_like_it", "1");
    let found = problems(&sources);
    let expected = [
        ("server.bnid", "chat.toml:2", "did you mean server.bind?"),
        ("server.bind", "chat.toml:3", "\"127.0.0.1:8420\""),
        ("gatway", "chat.toml:4", "did you mean [gateway]?"),
        ("gateway.heartbeat_seconds", "chat.toml:7", "must be between 5 and 300"),
        ("logging.levl", "environment PLEXICHAT_LOGGING__LEVL", "did you mean PLEXICHAT_LOGGING__LEVEL?"),
        ("logging.format", "environment PLEXICHAT_LOGGING__FORMAT", "human or json"),
        ("auth.nothing_like_it", "command line", "remove it"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (path, place, remedy) in expected {
        let told = |line: &&String| line.starts_with(path) && line.contains(place) && line.contains(remedy);
        assert!(found.iter().find(told).is_some(), "{path} is not told: {found:#?}");
    }
}

#[test]
fn syntax_errors_are_told_with_their_line() {
    let (_folder, sources) = with_file("[server]\nbind = \n[gateway]\nheartbeat_seconds = = 3\n");
    let found = problems(&sources);
    assert!(found[0].contains("chat.toml:2"), "{found:#?}");
    assert!(found.iter().any(|line| line.contains("chat.toml:4")), "{found:#?}");
}

#[test]
fn a_section_is_no_key_and_a_file_asked_for_must_exist() {
    let (_folder, sources) = with_file("server = 3\n");
    assert!(problems(&sources)[0].contains("write [server]"));
    let missing = Sources::new().with_file(Some("/no/such/file.toml"));
    assert!(problems(&missing)[0].contains("/no/such/file.toml"));
}

#[test]
fn problems_across_keys_are_found() {
    for (text, path) in [
        ("[auth]\nsession_sliding_days = 100\n", "auth.session_sliding_days"),
        ("[database]\npassword = \"x\"\n", "database.password"),
        ("[database]\nurl = \"postgres://host/x\"\npassword = \"x\"\n", "database.url"),
        ("[server]\nmetrics_bind = \"127.0.0.1:8420\"\n", "server.metrics_bind"),
        ("[gateway]\nmax_sockets = 16\n", "gateway.max_sockets_per_account"),
    ] {
        let (_folder, sources) = with_file(text);
        let found = problems(&sources);
        assert!(found.len() == 1 && found[0].starts_with(path), "{text}: {found:?}");
    }
}

#[test]
fn what_is_hardly_meant_is_a_warning() {
    let sources = bare().with_override("server.bind", "0.0.0.0:80").with_override("limits.enabled", "false");
    let warned: Vec<_> = check(&sources).expect("valid").warnings.into_iter().map(|warning| warning.path).collect();
    assert_eq!(warned, ["server.public_url", "limits.enabled"]);
}

#[test]
fn the_file_in_the_data_directory_is_found_and_cannot_move_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(FILE_NAME);
    std::fs::write(&file, "[gateway]\nqueue_length = 100\n").expect("written");
    let data_dir = folder.path().display().to_string();
    let by_variable = Sources::new().with_environment(Environment::of([("PLEXICHAT_SERVER__DATA_DIR", &data_dir)]));
    let by_flag = Sources::new().with_override("server.data_dir", &data_dir);
    for sources in [&by_variable, &by_flag] {
        let loaded = check(sources).expect("valid");
        assert_eq!(loaded.config.gateway.queue_length, 100);
        assert_eq!(loaded.file.as_deref(), Some(file.as_path()));
    }
    std::fs::write(&file, "[server]\ndata_dir = \"elsewhere\"\n").expect("written");
    assert!(problems(&by_flag)[0].contains("cannot move it"));
}

#[test]
fn relative_paths_in_the_file_start_at_its_folder() {
    let (folder, sources) =
        with_file("[server]\ndata_dir = \"data\"\n[database]\nurl = \"mysql://a@h/d\"\npassword = { file = \"pw\" }\n");
    std::fs::write(folder.path().join("pw"), "hunter2\n").expect("written");
    let config = check(&sources).expect("valid").config;
    assert_eq!(config.server.data_dir, folder.path().join("data"));
    assert_eq!(config.database.connection_url(Path::new("")), "mysql://a:hunter2@h/d");
}

#[test]
fn secrets_are_masked_wherever_the_configuration_is_shown() {
    let (_folder, sources) = with_file("[database]\nurl = \"postgres://ann:hunter2@host/db\"\npassword = \"hunter2\"\n");
    let loaded = check(&sources).expect("valid");
    let shown = serde_json::to_string(&show(&loaded)).expect("serialises");
    for text in [shown, format!("{loaded:?}"), format!("{sources:?}")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    let sources = Sources::new().with_override("database.password", "hunter2");
    assert!(!format!("{sources:?}").contains("hunter2"));
}

#[test]
fn every_key_is_shown_with_its_origin() {
    let loaded = check(&bare().with_override("logging.level", "debug")).expect("valid");
    let shown = show(&loaded);
    assert_eq!(shown.len(), keys().len());
    let level = shown.iter().find(|key| key.path == "logging.level").expect("is shown");
    assert_eq!((level.value.as_str(), level.live), ("\"debug\"", true));
    assert_eq!(level.origin, Origin::CommandLine);
}

#[test]
fn every_key_is_documented() {
    for key in keys() {
        assert!(key.text().ends_with(['.', '}']), "{}: {:?}", key.path, key.text());
        assert!(key.text().len() > 20, "{} says too little", key.path);
        assert_eq!(key.path, format!("{}.{}", key.section, key.name));
    }
    let page = reference_markdown();
    assert!(keys().iter().all(|key| page.contains(&format!("### `{}`", key.path)) && page.contains(&key.variable())));
}

#[test]
fn the_generated_file_with_every_comment_removed_is_the_default() {
    let file: Vec<String> = generate()
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => setting.to_owned(),
            _ => line.to_owned(),
        })
        .collect();
    let (folder, sources) = with_file(&file.join("\n"));
    let loaded = check(&sources).expect("valid");
    let mut expected = Config::default();
    expected.server.data_dir = folder.path().join(expected.server.data_dir);
    assert_eq!(loaded.config, expected);
    assert!(loaded.origins.values().all(|origin| matches!(origin, Origin::File { .. })));
    let (_folder, untouched) = with_file(&generate());
    assert_eq!(check(&untouched).expect("valid").config, Config::default());
}

#[test]
fn a_reload_applies_what_is_live_and_names_the_rest() {
    let (folder, sources) = with_file("");
    let file = folder.path().join("chat.toml");
    let handle = ConfigHandle::new(sources.clone(), check(&sources).expect("valid"));
    let watch = handle.watch();
    assert!(handle.reload().expect("valid").is_empty());

    std::fs::write(&file, "[gateway]\nqueue_length = 100\n[server]\nbind = \"127.0.0.1:1\"\n").expect("written");
    let changes = handle.reload().expect("valid");
    assert_eq!(changes.applied, ["gateway.queue_length"]);
    assert_eq!(changes.need_restart, ["server.bind"]);
    assert_eq!(handle.current().gateway.queue_length, 100);
    assert_eq!(handle.current().server.bind.port(), 8420);
    assert!(watch.has_changed().expect("open"));

    std::fs::write(&file, "[gateway]\nqueue_length = 300\nheartbeat_seconds = 1\n").expect("written");
    assert!(handle.reload().is_err());
    assert!(handle.problems().is_some());
    assert_eq!(handle.current().gateway.queue_length, 100);

    std::fs::write(&file, "").expect("written");
    assert_eq!(handle.reload().expect("valid").applied, ["gateway.queue_length"]);
    assert_eq!(handle.problems(), None);
    assert_eq!(*handle.current(), Config::default());
}

#[test]
fn a_fixed_configuration_stays() {
    let mut config = Config::default();
    config.gateway.queue_length = 16;
    let handle = ConfigHandle::fixed(config.clone());
    assert!(handle.reload().expect("valid").is_empty());
    assert_eq!(*handle.current(), config);
    assert_eq!(handle.file(), None);
}

#[test]
fn problems_become_an_error_for_people() {
    let error = Error::from(check(&bare().with_override("server.bind", "x")).expect_err("wrong"));
    assert_eq!(error.code(), ErrorCode::Invalid);
    assert!(error.message().contains("server.bind (command line)"));
    assert!(error.details().is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_file_and_no_variable_makes_it_panic(
        file in "(\\[(server|database|limits|\\PC{0,4})\\]\n|(bind|url|password|data_dir|\\PC{0,6}) ?= ?(\\PC{0,12}|\"\\PC{0,12}\"|\\{\\PC{0,9}\\}|[-0-9]{1,20})\n){0,8}",
        variable in "PLEXICHAT_[A-Z_]{0,12}", value in "\\PC{0,20}",
    ) {
        let (_folder, sources) = with_file(&file);
        let sources = sources.with_environment(Environment::of([(variable, value.clone())]));
        for key in ["database.url", "server.trusted_proxies", "server.allowed_origins", "limits.read_per_account", "logging.level"] {
            match check(&sources.clone().with_override(key, &value)) {
                Ok(loaded) => prop_assert_eq!(show(&loaded).len(), keys().len()),
                Err(problems) => prop_assert!(!problems.0.is_empty()),
            }
        }
    }
}
