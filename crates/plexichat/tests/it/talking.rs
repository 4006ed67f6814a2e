//! Signing in, sending and listening, by two people; and what scripts rely on.

use super::place::{Place, Served, wait_until};
use std::{fs::File, process::Child};

/// Ends a command that would go on for ever.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// @bob joins by an invitation, with a home of his own.
pub(super) fn invite_bob(served: &Served<'_>) {
    let created = served.run(&["-o", "json", "invite", "create"]).ended(0).json();
    let link = format!("{}{}", served.address, created["path"].as_str().expect("a path"));
    let arguments = ["invite", "accept", &link, "--handle", "bob", "--password-stdin"];
    assert!(served.run_as("bob", &arguments, Some("another long password\n")).ended(0).out.contains("@bob"));
    served.run_as("eve", &arguments, Some("another long password\n")).ended(4);
}

#[test]
fn two_people_talk() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    invite_bob(&served);
    served.run(&["channel", "create", "dev", "--topic", "code"]).ended(0);
    served.run(&["channel", "create", "dev"]).ended(6);
    served.run_as("bob", &["channel", "join", "#dev"], None).ended(0);

    let heard = place.path().join("heard");
    let mut tail = served.client("bob", &["tail", "-f", "-n", "0", "-o", "json", "#dev"]);
    let tail = Ended(tail.stdout(File::create(&heard).expect("a file")).spawn().expect("starts"));
    // It says nothing until something comes, so somebody speaks until he is heard.
    let mut count = 0;
    wait_until("the first message is heard", || {
        count += 1;
        served.run(&["send", "#dev", "hello", "@bob", &count.to_string()]).ended(0);
        !std::fs::read_to_string(&heard).unwrap_or_default().is_empty()
    });
    let sent = served.run_as("bob", &["-o", "json", "send", "dev", "-"], Some("two\nlines\n")).ended(0).json();
    assert_eq!(sent["text"], "two\nlines");
    let lines = || -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(&heard).expect("a file");
        text.lines().map(|line| serde_json::from_str(line).expect("a message a line")).collect()
    };
    wait_until("the last message is heard", || lines().last().is_some_and(|message| message["id"] == sent["id"]));
    drop(tail);
    let numbers: Vec<i64> = lines().iter().map(|message| message["number"].as_i64().expect("a number")).collect();
    let expected: Vec<i64> = (numbers[0]..numbers[0] + i64::try_from(numbers.len()).expect("few")).collect();
    assert_eq!(numbers, expected, "each once and in order");

    let page = served.run(&["-o", "json", "history", "#dev"]).ended(0).json();
    assert_eq!(page["messages"].as_array().expect("a list").last().expect("one")["id"], sent["id"]);
    let shown = served.run(&["history", "dev", "-n", "1"]).ended(0).out;
    assert!(shown.contains("bob: two\n    lines"), "{shown}");

    served.run_as("bob", &["send", "@ada", "between", "us"], None).ended(0);
    assert!(served.run(&["tail", "@bob"]).ended(0).out.contains("bob: between us"));
}

#[test]
fn who_listens_misses_nothing_when_the_server_dies() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    let bind = served.address.strip_prefix("http://").expect("an address").to_owned();
    let heard = place.path().join("heard");
    let mut tail = served.client("home", &["tail", "-f", "-n", "0", "-o", "json", "#general"]);
    let tail = Ended(tail.stdout(File::create(&heard).expect("a file")).spawn().expect("starts"));
    let lines = || -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(&heard).expect("a file");
        text.lines().map(|line| serde_json::from_str(line).expect("a message a line")).collect()
    };
    wait_until("it listens", || {
        served.run(&["send", "#general", "before"]).ended(0);
        !lines().is_empty()
    });
    assert_ne!(served.end_by("-KILL"), 0);
    let served = place.serve_at(&bind);
    for text in ["after", "and again"] {
        served.run(&["send", "#general", text]).ended(0);
    }
    wait_until("it listens again", || lines().last().is_some_and(|message| message["text"] == "and again"));
    drop(tail);
    let page = served.run(&["-o", "json", "history", "#general"]).ended(0).json();
    let (heard, sent) = (lines(), page["messages"].as_array().expect("a list").clone());
    let id = |message: &serde_json::Value| message["id"].clone();
    let heard: Vec<_> = heard.iter().map(id).collect();
    let sent: Vec<_> = sent.iter().map(id).collect();
    assert_eq!(heard, sent[sent.len() - heard.len()..], "each once and in order");
}

#[test]
fn exit_codes_say_what_kind_of_failure_it_was() {
    let place = Place::new();
    place.run(&["-s", "http://127.0.0.1:1", "status"]).ended(5);
    place.run(&["-s", "nonsense", "status"]).ended(2);
    let served = place.serve();
    assert!(served.run(&["history", "general"]).ended(3).err.contains("plexichat login"));
    served.set_up();
    served.run(&["history", "nosuch"]).ended(4);
    served.run(&["send", "@nobody", "x"]).ended(4);
    served.run(&["send", "#general", "  "]).ended(2);
    served.run(&["history", "general", "-n", "1000"]).ended(2);
    let wrong = served.run_as("home", &["login", "ada", "--password-stdin"], Some("wrong password here\n")).ended(3);
    assert!(!wrong.err.contains("wrong password here"));
    let refused = served.run(&["-o", "json", "workspace", "members", "Other"]).ended(4);
    let error: serde_json::Value = serde_json::from_str(&refused.err).expect("one JSON object");
    assert_eq!(error["error"]["exit"], 4);
}

#[test]
fn accounts_are_managed() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    invite_bob(&served);
    let created = served.run(&["-o", "json", "user", "create", "carol", "--display-name", "Carol C."]).ended(0).json();
    assert_eq!(created["user"]["display_name"], "Carol C.");
    assert!(created["link"]["path"].as_str().expect("a path").starts_with("/reset#"));
    served.run_as("bob", &["user", "create", "dave"], None).ended(3);
    served.run(&["user", "suspend", "ada"]).ended(2);
    served.run(&["user", "suspend", "bob"]).ended(0);
    served.run_as("bob", &["workspace", "list"], None).ended(3);
    served.run(&["user", "activate", "bob"]).ended(0);
    let login = ["login", "bob", "--password-stdin"];
    served.run_as("bob", &login, Some("another long password\n")).ended(0);
    let people = served.run(&["-o", "json", "user", "list"]).ended(0).json();
    let handles: Vec<&str> = people.as_array().expect("a list").iter().filter_map(|user| user["handle"].as_str()).collect();
    assert!(["ada", "bob"].iter().all(|handle| handles.contains(handle)), "{handles:?}");
    served.run(&["user", "reset-link", "@bob"]).ended(0);
    // Nobody sees @carol yet: she is in no workspace. An administrator knows her by the id.
    let id = created["user"]["id"].as_str().expect("an id");
    served.run(&["user", "suspend", id]).ended(0);
}

#[test]
fn channels_and_invitations_end() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    served.run(&["channel", "create", "old"]).ended(0);
    served.run(&["channel", "archive", "#old"]).ended(0);
    assert!(served.run(&["channel", "list", "--archived"]).ended(0).out.contains("#old"));
    assert!(!served.run(&["channel", "list"]).ended(0).out.contains("#old"));
    served.run(&["channel", "restore", "#old"]).ended(0);
    served.run(&["send", "#old", "back"]).ended(0);
    let created = served.run(&["-o", "json", "invite", "create", "--uses", "2"]).ended(0).json();
    let id = created["invitation"]["id"].as_str().expect("an id").to_owned();
    assert!(served.run(&["invite", "list"]).ended(0).out.contains(&id));
    served.run(&["invite", "revoke", &id]).ended(0);
    assert!(served.run(&["invite", "list"]).ended(0).out.contains("revoked"));
    served.run(&["workspace", "create", "Second"]).ended(0);
    assert!(served.run(&["channel", "create", "x"]).ended(2).err.contains("--workspace"));
    served.run(&["channel", "create", "x", "-w", "second"]).ended(0);
}

#[cfg(unix)]
#[test]
fn the_session_is_kept_secret_and_forgotten() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    let file = place.path().join("home/.config/plexichat/credentials.toml");
    assert_eq!(std::fs::metadata(&file).expect("is there").permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).expect("reads");
    let token = text.lines().find_map(|line| line.strip_prefix("token = \"")?.strip_suffix('"')).expect("a token").to_owned();
    served.run_as("other", &["login", "--token-stdin"], Some(&token)).ended(0);
    let mut by_variable = served.client("nobody", &["workspace", "list"]);
    assert!(by_variable.env("PLEXICHAT_TOKEN", &token).status().expect("runs").success());
    served.run(&["logout"]).ended(0);
    assert!(!std::fs::read_to_string(&file).expect("reads").contains(&token));
    served.run_as("other", &["workspace", "list"], None).ended(3);
}
