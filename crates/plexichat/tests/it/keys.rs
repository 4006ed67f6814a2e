//! The key file as an administrator meets it: made, lost, put back.

use super::place::Place;

const BIND: &str = "server.bind=127.0.0.1:0";

#[test]
fn a_lost_key_file_is_asked_for_and_never_replaced() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    assert_eq!(served.end_by("-TERM"), 0);
    let file = place.data_dir().join("keys/vault.key");
    let copy = place.path().join("copy");
    std::fs::rename(&file, &copy).expect("moves");

    let ran = place.run(&["serve", "--set", BIND]).ended(5);
    assert!(ran.err.contains("vault.key is missing") && ran.err.contains("Put your copy"), "{}", ran.err);
    let ran = place.run(&["--set", BIND, "doctor"]).ended(1);
    assert!(ran.out.contains("FAIL  keys") && ran.out.contains("vault.key is missing"), "{}", ran.out);
    assert!(!file.exists(), "a key was made beside sealed data");

    std::fs::rename(&copy, &file).expect("moves");
    let ran = place.run(&["--set", BIND, "doctor"]).ended(0);
    assert!(ran.out.contains("the vault `file` opens the root key"), "{}", ran.out);
    let served = place.serve();
    served.run_as("home", &["login", "ada", "--password-stdin"], Some("correct horse battery\n")).ended(0);
    served.run_as("home", &["workspace", "list"], None).ended(0);
}

#[test]
fn a_vault_is_not_changed_by_a_setting() {
    let place = Place::new();
    let passphrase = ["keys.vault=passphrase", "keys.passphrase=lantern drifts over quiet ice"];
    let served = place.serve_with(&[BIND, passphrase[0], passphrase[1]]);
    served.set_up();
    assert_eq!(served.end_by("-TERM"), 0);
    assert!(!place.data_dir().join("keys").exists(), "no file is made for a passphrase");
    let ran = place.run(&["serve", "--set", BIND]).ended(5);
    assert!(ran.err.contains("kept by the vault `passphrase`"), "{}", ran.err);
    let ran = place.run(&["serve", "--set", BIND, "--set", passphrase[0], "--set", "keys.passphrase=lantern drifts over oil"]);
    assert!(ran.ended(5).err.contains("the wrong one"));
    let ran = place.run(&["serve", "--set", BIND, "--set", passphrase[0]]).ended(2);
    assert!(ran.err.contains("keys.passphrase"), "{}", ran.err);
    let served = place.serve_with(&[BIND, passphrase[0], passphrase[1]]);
    assert_eq!(served.setup_url, None);
}
