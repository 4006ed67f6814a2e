//! `config`, `doctor` and `migrate`.

use super::place::Place;

#[test]
fn every_mistake_is_named_at_once_with_its_place() {
    let place = Place::new();
    let file = place.path().join("chat.toml");
    std::fs::write(&file, "[server]\nbnid = \"x\"\nbind = \"nowhere\"\n").expect("written");
    let file = file.display().to_string();
    let ran = place.run(&["--config", &file, "config", "check"]).ended(2);
    for part in ["server.bnid", "server.bind", "chat.toml:2", "chat.toml:3", "did you mean server.bind"] {
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
    let ran = place.run(&["-o", "json", "--config", &file, "config", "check"]).ended(2);
    let error: serde_json::Value = serde_json::from_str(&ran.err).expect("one JSON object");
    assert_eq!(error["error"]["exit"], 2);
    // The server refuses it in the same words.
    assert!(place.run(&["--config", &file, "serve"]).ended(2).err.contains("server.bnid"));
    assert!(!place.data_dir().exists(), "nothing is made before the configuration is valid");
}

#[test]
fn the_generated_file_is_valid_and_kept() {
    let place = Place::new();
    let file = place.path().join("chat.toml").display().to_string();
    place.run(&["config", "generate", "--to", &file]).ended(0);
    place.run(&["--config", &file, "config", "check"]).ended(0);
    assert!(place.run(&["config", "generate", "--to", &file]).ended(1).err.contains("not replaced"));
}

#[test]
fn what_is_in_force_is_shown_with_its_layer() {
    let place = Place::new();
    let ran = place.run(&["-o", "json", "--set", "server.bind=127.0.0.1:9", "config", "show"]).ended(0);
    let keys = ran.json();
    let key = |path: &str| keys.as_array().expect("a list").iter().find(|key| key["path"] == path).expect("is shown").clone();
    assert_eq!(key("server.bind")["origin"], "command line");
    assert_eq!(key("server.data_dir")["origin"], "environment PLEXICHAT_SERVER__DATA_DIR");
    assert_eq!(key("gateway.heartbeat_seconds")["origin"], "default");
    assert!(place.run(&["--set", "server.bind", "config", "show"]).ended(2).err.contains("section.key=value"));
}

#[test]
fn the_doctor_says_what_to_mend() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let bind = format!("server.bind={}", taken.local_addr().expect("bound"));
    let ran = place.run(&["-o", "json", "--set", &bind, "doctor"]).ended(1);
    assert_eq!(ran.json()["ok"], false);
    assert!(ran.out.contains("used by another program") && ran.out.contains("server.bind"));
    drop(taken);
    let sound = place.run(&["--set", &bind, "doctor"]).ended(0);
    assert!(sound.out.contains("is free") && !sound.out.contains("FAIL"), "{}", sound.out);
    let url = "database.url=postgres://nobody@127.0.0.1:1/none";
    let ran = place.run(&["--set", &bind, "--set", url, "--set", "database.acquire_timeout_seconds=1", "doctor"]).ended(1);
    assert!(ran.out.contains("FAIL  database") && ran.out.contains("database.url"), "{}", ran.out);
}

#[test]
fn a_database_is_migrated_once() {
    let place = Place::new();
    assert!(place.run(&["migrate", "--check"]).ended(1).out.contains("m0001_core"));
    assert!(!place.data_dir().exists(), "a check makes nothing");
    let applied = place.run(&["-o", "json", "migrate"]).ended(0).json();
    assert_eq!(applied["applied"][0], "m0001_core");
    place.run(&["migrate"]).ended(0);
    place.run(&["migrate", "--check"]).ended(0);
}
