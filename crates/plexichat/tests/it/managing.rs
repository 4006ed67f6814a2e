//! Managing what is one's own, and a workspace's, from the command line.

use super::{place::Place, talking::invite_bob};

#[test]
fn a_password_is_changed_and_other_sessions_end() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    let login =
        |home: &str, password: &str| served.run_as(home, &["login", "ada", "--password-stdin"], Some(&format!("{password}\n")));
    login("phone", "correct horse battery").ended(0);
    login("tablet", "correct horse battery").ended(0);
    let sessions = served.run(&["-o", "json", "session", "list"]).ended(0).json();
    let sessions = sessions.as_array().expect("a list").clone();
    assert_eq!(sessions.len(), 3);
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    let id = |current: bool| {
        let session = sessions.iter().find(|session| session["current"] == current).expect("is there");
        session["id"].as_str().expect("an id").to_owned()
    };
    assert!(served.run(&["session", "revoke", &id(true)]).ended(2).err.contains("logout"));
    served.run(&["session", "revoke", &id(false)]).ended(0);
    let left = ["phone", "tablet"].iter().filter(|home| served.run_as(home, &["workspace", "list"], None).code == 0).count();
    assert_eq!(left, 1);
    assert!(served.run(&["session", "list"]).ended(0).out.contains("(this one)"));

    let change = |input: &str| served.run_as("home", &["user", "password", "--password-stdin"], Some(input));
    change("wrong wrong wrong\nanother long password\n").ended(3);
    assert!(change("correct horse battery\n").ended(2).err.contains("standard input is empty"));
    change("correct horse battery\nanother long password\n").ended(0);
    for home in ["phone", "tablet"] {
        served.run_as(home, &["workspace", "list"], None).ended(3);
    }
    served.run(&["workspace", "list"]).ended(0);
    login("phone", "correct horse battery").ended(3);
    login("phone", "another long password").ended(0);
    served.run(&["session", "revoke", "--others"]).ended(0);
    served.run_as("phone", &["workspace", "list"], None).ended(3);
    assert!(served.run(&["session", "revoke"]).ended(2).err.contains("--others"));
}

#[test]
fn messages_are_named_by_their_number() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    invite_bob(&served);
    let sent = served.run(&["-o", "json", "send", "#general", "frist"]).ended(0).json();
    let number = sent["number"].as_i64().expect("a number").to_string();
    let by_number = ["#general", number.as_str()];
    let run = |command: &[&str], rest: &[&str]| served.run(&[command, &by_number, rest].concat());
    run(&["message", "edit"], &["first"]).ended(0);
    assert!(run(&["message", "show"], &[]).ended(0).out.contains("first (edited)"));
    // Somebody else may not, and an id works as well as a number.
    let id = sent["id"].as_str().expect("an id");
    served.run_as("bob", &["message", "edit", "#general", id, "mine"], None).ended(3);
    served.run_as("bob", &["message", "react", "#general", id, "👍"], None).ended(0);
    assert!(run(&["message", "show"], &[]).ended(0).out.contains("👍 1"));
    served.run_as("bob", &["message", "unreact", "#general", id, "👍"], None).ended(0);
    assert!(!run(&["message", "show"], &[]).ended(0).out.contains("👍"));

    let reply = served.run_as("bob", &["-o", "json", "send", "#general", "--reply-to", &number, "I agree"], None);
    let reply = reply.ended(0).json();
    assert_eq!(reply["thread_id"], sent["id"]);
    // Who replies to a reply is in the same thread.
    let again = ["-o", "json", "send", "#general", "--reply-to", reply["id"].as_str().expect("an id"), "so do I"];
    assert_eq!(served.run(&again).ended(0).json()["thread_id"], sent["id"]);
    assert!(served.run(&["thread", "list", "#general"]).ended(0).out.contains("first"));
    let shown = run(&["thread", "show"], &[]).ended(0).out;
    assert!(shown.contains("first") && shown.contains("I agree") && shown.contains("so do I"), "{shown}");
    assert!(served.run(&["history", "#general", "--thread", &number]).ended(0).out.contains("so do I"));

    run(&["message", "delete"], &[]).ended(0);
    assert!(run(&["message", "show"], &[]).ended(0).out.contains("(deleted)"));
    assert!(served.run(&["message", "show", "#general", "999"]).ended(4).err.contains("#999"));
    assert!(served.run(&["message", "show", "#general", "first"]).ended(2).err.contains("history"));
}

#[test]
fn a_workspace_and_its_channels_are_managed() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    invite_bob(&served);
    served.run(&["workspace", "rename", "Garden", "--description", "Green things"]).ended(0);
    assert!(served.run(&["workspace", "list"]).ended(0).out.contains("Green things"));
    served.run_as("bob", &["channel", "create", "beds", "--kind", "private"], None).ended(0);
    served.run_as("bob", &["workspace", "role", "@ada", "member"], None).ended(3);
    served.run(&["workspace", "role", "@bob", "admin"]).ended(0);
    assert!(served.run(&["workspace", "members"]).ended(0).out.contains("admin"));

    served.run_as("bob", &["channel", "add", "#beds", "@ada"], None).ended(0);
    let members = served.run(&["-o", "json", "channel", "members", "#beds"]).ended(0).json();
    assert_eq!(members.as_array().expect("a list").len(), 2);
    served.run_as("bob", &["channel", "rename", "#beds", "#borders"], None).ended(0);
    served.run_as("bob", &["channel", "topic", "#borders", "what", "grows"], None).ended(0);
    let listed = served.run(&["channel", "list"]).ended(0).out;
    assert!(listed.contains("#borders") && listed.contains("what grows") && !listed.contains("#beds"), "{listed}");
    served.run_as("bob", &["channel", "topic", "#borders"], None).ended(0);
    assert!(!served.run(&["channel", "list"]).ended(0).out.contains("what grows"));
    served.run_as("bob", &["channel", "remove", "#borders", "@ada"], None).ended(0);
    served.run(&["history", "#borders"]).ended(4);

    assert!(served.run(&["workspace", "remove", "@ada"]).ended(2).err.contains("workspace leave"));
    served.run(&["workspace", "remove", "@bob"]).ended(0);
    served.run_as("bob", &["history", "#general"], None).ended(4);
    // The last owner may not go.
    served.run(&["workspace", "leave", "Garden"]).ended(6);
}

#[test]
fn administrators_list_all_accounts() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    invite_bob(&served);
    // Nobody shares anything with her yet.
    served.run(&["user", "create", "zoe", "--email", "zoe@example.org", "--role", "admin"]).ended(0);
    assert!(!served.run(&["user", "list"]).ended(0).out.contains("@zoe"));
    let all = served.run(&["user", "list", "--all"]).ended(0).out;
    let row = all.lines().find(|line| line.contains("@zoe")).expect("is listed");
    assert!(row.contains("zoe@example.org") && row.contains("admin") && all.contains("@bob"), "{all}");
    let found = served.run(&["-o", "json", "user", "list", "--all", "zo"]).ended(0).json();
    assert_eq!((found.as_array().expect("a list").len(), &found[0]["email"]), (1, &"zoe@example.org".into()));
    assert_eq!(found[0]["instance_role"], "admin");
    served.run_as("bob", &["user", "list", "--all"], None).ended(3);
}
