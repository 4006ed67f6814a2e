//! The recovery kit as an administrator meets it: made, kept, proven, and needed one day.

use super::place::{Place, Ran, Served, wait_until};
use std::{io::Write as _, os::unix::fs::PermissionsExt as _, path::Path, process::Stdio};

const BIND: &str = "server.bind=127.0.0.1:0";
const SAID: &str = "the otter swims at dawn";

/// Runs a command with something on standard input.
fn fed(place: &Place, arguments: &[&str], input: &str) -> Ran {
    let mut child = place.command("home", arguments).stdin(Stdio::piped()).spawn().expect("starts");
    child.stdin.take().expect("is piped").write_all(input.as_bytes()).expect("takes it");
    Ran::of(child.wait_with_output().expect("ends"))
}

/// The words of a sheet, in their order.
fn words_of(sheet: &str) -> Vec<String> {
    let lines = sheet.lines().filter(|line| !line.starts_with('#'));
    let words = lines.flat_map(str::split_whitespace).filter(|word| word.bytes().all(|letter| letter.is_ascii_lowercase()));
    words.map(str::to_owned).collect()
}

/// None of the words next to one another, and nothing of a share, stands anywhere below a folder.
fn kept_nowhere(folder: &Path, secrets: &[String]) {
    for entry in std::fs::read_dir(folder).expect("reads") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            kept_nowhere(&path, secrets);
            continue;
        }
        let bytes = std::fs::read(&path).expect("reads");
        let text = String::from_utf8_lossy(&bytes);
        for secret in secrets {
            assert!(!text.contains(secret), "what opens the kit stands in {}", path.display());
        }
    }
}

/// Entries get their numbers a moment after the act.
fn is_recorded(served: &Served<'_>, action: &str) {
    wait_until(action, || {
        !served.run(&["-o", "json", "audit", "list", "--action", action]).ended(0).json()["items"][0].is_null()
    });
}

/// Words that are some kit's, and not this one's.
fn of_another_kit() -> String {
    format!("{} art", ["abandon"; 23].join(" "))
}

/// Wrong in the ways that hands are wrong.
fn wrong_entries_are_named(place: &Place, words: &[String]) {
    let mut typed = words.to_vec();
    "kitchenette".clone_into(&mut typed[6]);
    let ran = fed(place, &["keys", "kit", "prove", "--file", "-"], &typed.join(" ")).ended(2);
    assert!(ran.err.contains("word 7") && !ran.err.contains("kitchen"), "{}", ran.err);
    let ran = fed(place, &["keys", "kit", "prove", "--file", "-"], &words[..23].join(" ")).ended(2);
    assert!(ran.err.contains("24 words are needed and 23 are here"), "{}", ran.err);
    let ran = fed(place, &["keys", "kit", "prove", "--file", "-"], &of_another_kit()).ended(2);
    assert!(ran.err.contains("of another kit"), "{}", ran.err);
    assert!(place.run(&["keys", "kit", "prove"]).ended(2).err.contains("--file"));
}

#[test]
fn a_kit_brings_everything_back() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    served.run(&["send", "#general", SAID]).ended(0);

    // Beside the server that runs.
    let ran = place.run(&["--set", BIND, "doctor"]).ended(0);
    assert!(ran.out.contains("note  recovery kit: none") && ran.out.contains("plexichat keys kit new"), "{}", ran.out);
    assert!(served.run(&["status"]).ended(0).out.contains("none that was proven"));
    let made = place.run(&["keys", "kit", "new"]).ended(0);
    let words = words_of(&made.out);
    assert_eq!(words.len(), 24, "{}", made.out);
    assert!(made.err.contains("plexichat keys kit prove"), "{}", made.err);
    let ran = place.run(&["--set", BIND, "doctor"]).ended(0);
    assert!(ran.out.contains("note  recovery kit: one was made, and never entered again"), "{}", ran.out);

    wrong_entries_are_named(&place, &words);

    // The sheet as it was printed.
    let sheet = place.path().join("sheet.txt");
    std::fs::write(&sheet, &made.out).expect("writes");
    let ran = place.run(&["keys", "kit", "prove", "--file", "sheet.txt"]).ended(0);
    assert!(ran.out.contains("counts now"), "{}", ran.out);
    let ran = place.run(&["--set", BIND, "doctor"]).ended(0);
    assert!(ran.out.contains("ok    recovery kit: 24 words, proven"), "{}", ran.out);
    assert!(
        served.run(&["status"]).ended(0).out.lines().any(|line| line.starts_with("recovery kit") && line.ends_with("proven"))
    );
    let status = place.run(&["keys", "status", "-o", "json"]).ended(0).json();
    assert_eq!((&status["opened"], &status["kit"]["form"]), (&true.into(), &"words".into()));
    assert!(status["waiting_kit"].is_null() && status["kit"]["proven_at"].is_string(), "{status}");
    for action in ["recovery_kit.created", "recovery_kit.proven"] {
        is_recorded(&served, action);
    }
    // A server that runs is not recovered under.
    assert!(place.run(&["keys", "recover", "--file", "sheet.txt"]).ended(5).err.contains("in use"));
    assert_eq!(served.end_by("-TERM"), 0);
    let ran = place.run(&["keys", "recover", "--file", "sheet.txt"]).ended(6);
    assert!(ran.err.contains("nothing to recover"), "{}", ran.err);

    // The day it is needed.
    let file = place.data_dir().join("keys/vault.key");
    std::fs::remove_file(&file).expect("was there");
    let ran = place.run(&["serve", "--set", BIND]).ended(5);
    assert!(ran.err.contains("vault.key is missing") && ran.err.contains("plexichat keys recover"), "{}", ran.err);
    let ran = place.run(&["--set", BIND, "doctor"]).ended(1);
    assert!(ran.out.contains("FAIL  keys") && ran.out.contains("plexichat keys recover"), "{}", ran.out);
    let status = place.run(&["keys", "status"]).ended(1);
    assert!(status.out.contains("no: ") && status.out.contains("24 words, proven"), "{}", status.out);
    fed(&place, &["keys", "recover", "--file", "-"], &of_another_kit()).ended(2);
    assert!(!file.exists(), "no key is made for words that do not fit");
    let ran = place.run(&["keys", "recover", "--file", "sheet.txt"]).ended(0);
    assert!(ran.out.contains("is back"), "{}", ran.out);
    assert_eq!(std::fs::metadata(&file).expect("made anew").permissions().mode() & 0o777, 0o600);
    std::fs::remove_file(&sheet).expect("was there");

    let served = place.serve();
    served.run_as("home", &["login", "ada", "--password-stdin"], Some("correct horse battery\n")).ended(0);
    assert!(served.run(&["history", "#general"]).ended(0).out.contains(SAID));
    is_recorded(&served, "root_key.recovered");
    served.run(&["send", "#general", "and swims on"]).ended(0);
    assert_eq!(served.end_by("-TERM"), 0);
    kept_nowhere(&place.data_dir(), &[words[..2].join(" "), words[3..6].join(" ")]);
}

#[test]
fn two_of_three_shares_bring_everything_back() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    served.run(&["send", "#general", SAID]).ended(0);
    for wrong in [["3", "1"], ["3", "4"], ["17", "2"]] {
        let ran = place.run(&["keys", "kit", "new", "--shares", wrong[0], "--threshold", wrong[1]]).ended(2);
        assert!(ran.err.contains("not possible"), "{}", ran.err);
    }
    place.run(&["keys", "kit", "new", "--shares", "3"]).ended(2);
    let make = ["keys", "kit", "new", "--shares", "3", "--threshold", "2", "--output-dir", "kit"];
    let ran = place.run(&make).ended(0);
    assert!(ran.out.contains("kit/recovery-share-3-of-3.txt") && !ran.out.contains("plex i-sh"), "{}", ran.out);
    let file = |number: u8| format!("kit/recovery-share-{number}-of-3.txt");
    let read = |number: u8| std::fs::read_to_string(place.path().join(file(number))).expect("reads");
    for number in 1..=3 {
        let mode = std::fs::metadata(place.path().join(file(number))).expect("exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let ran = place.run(&make).ended(2);
    assert!(ran.err.contains("cannot write kit/recovery-share-1-of-3.txt"), "no kit is written over: {}", ran.err);
    let ran = place.run(&["keys", "kit", "prove", "--file", &file(2)]).ended(2);
    assert!(ran.err.contains("2 good shares are needed and 1"), "{}", ran.err);
    let ran = place.run(&["keys", "kit", "prove", "--file", &file(3), "--file", &file(1)]).ended(0);
    assert!(ran.out.contains("2 of 3 shares") && ran.out.contains("not looked at: share 2"), "{}", ran.out);
    assert_eq!(served.end_by("-TERM"), 0);

    std::fs::remove_file(place.data_dir().join("keys/vault.key")).expect("was there");
    let mut mistyped = read(1).trim_end().to_owned();
    let last = if mistyped.ends_with('q') { 'p' } else { 'q' };
    mistyped.pop();
    mistyped.push(last);
    let ran = fed(&place, &["keys", "recover", "--file", "-"], &format!("{mistyped}\n{}", read(2))).ended(2);
    assert!(ran.err.contains("share text 1"), "{}", ran.err);
    // Another vault in the place of the lost one.
    let passphrase = ["--set", "keys.vault=passphrase", "--set", "keys.passphrase=lantern drifts over quiet ice"];
    let recover = ["keys", "recover", "--file", &file(2), "--file", &file(3)];
    let ran = place.run(&[&recover[..], &passphrase].concat()).ended(0);
    assert!(ran.out.contains("kept by the vault `passphrase`"), "{}", ran.out);
    let served = place.serve_with(&[BIND, passphrase[1], passphrase[3]], None);
    served.run_as("home", &["login", "ada", "--password-stdin"], Some("correct horse battery\n")).ended(0);
    assert!(served.run(&["history", "#general"]).ended(0).out.contains(SAID));
    assert_eq!(served.end_by("-TERM"), 0);
    let secret: Vec<String> = (1..=3).map(|number| read(number).lines().last().expect("of the share")[..40].to_owned()).collect();
    kept_nowhere(&place.data_dir(), &secret);
}

#[test]
fn without_a_kit_it_says_so() {
    let place = Place::new();
    let ran = place.run(&["keys", "status"]).ended(0);
    assert!(ran.out.contains("no root key yet"), "{}", ran.out);
    assert!(!place.data_dir().exists(), "looking makes nothing");
    assert!(place.run(&["keys", "recover", "--file", "x"]).ended(4).err.contains("--data-dir"));
    let served = place.serve();
    served.set_up();
    assert!(place.run(&["keys", "kit", "prove", "--file", "x"]).ended(6).err.contains("keys kit new"));
    assert!(place.run(&["keys", "kit", "remove", "--yes"]).ended(4).err.contains("no recovery kit"));
    place.run(&["keys", "kit", "new"]).ended(0);
    assert!(place.run(&["keys", "kit", "remove"]).ended(2).err.contains("--yes"));
    place.run(&["keys", "kit", "remove", "--yes"]).ended(0);
    assert!(place.run(&["keys", "status"]).ended(0).out.contains("none; make one"));
    assert_eq!(served.end_by("-TERM"), 0);
    std::fs::remove_file(place.data_dir().join("keys/vault.key")).expect("was there");
    let ran = place.run(&["serve", "--set", BIND]).ended(5);
    assert!(!ran.err.contains("keys recover"), "there is nothing to recover with: {}", ran.err);
    let ran = place.run(&["keys", "recover", "--file", "x"]).ended(4);
    assert!(ran.err.contains("stays sealed"), "{}", ran.err);
}
