//! Wrong input, missing things and closed pipes: an error that says how to mend it, and never a panic.

use super::place::{Place, Ran};
use std::{
    fs::File,
    io::Read as _,
    process::{Command, Stdio},
};

/// It ended so, said this, and nobody panicked.
#[track_caller]
fn refused(ran: Ran, code: i32, parts: &[&str]) {
    let ran = ran.ended(code);
    assert!(!ran.err.contains("panicked") && !ran.out.contains("panicked"), "{}", ran.err);
    for part in parts {
        assert!(ran.err.contains(part), "{part:?} is not in {:?}", ran.err);
    }
}

#[test]
fn what_cannot_be_read_or_written_is_named() {
    let place = Place::new();
    let folder = place.path().display().to_string();
    refused(place.run(&["--config", &folder, "config", "check"]), 2, &[&folder, "--config"]);
    refused(place.run(&["--config", "/no/such.toml", "serve"]), 2, &["/no/such.toml"]);
    refused(place.run(&["--config", "/dev/zero", "config", "check"]), 2, &["larger than 1 MiB"]);
    let binary = place.path().join("binary.toml");
    std::fs::write(&binary, [0xff, 0xfe, 0x00, 0x80]).expect("written");
    refused(place.run(&["--config", binary.to_str().expect("text"), "config", "check"]), 2, &["binary.toml"]);
    refused(place.run(&["config", "generate", "--to", "/no/such/folder/x.toml"]), 1, &["/no/such/folder/x.toml"]);

    let file = place.path().join("file");
    std::fs::write(&file, "").expect("written");
    let file = file.display().to_string();
    for command in [&["serve", "--set", "server.bind=127.0.0.1:0"][..], &["migrate"]] {
        refused(place.run(&[&["--data-dir", &file], command].concat()), 5, &[&file, "data_dir"]);
    }
    // A file that is no database.
    std::fs::create_dir_all(place.data_dir()).expect("made");
    std::fs::write(place.data_dir().join("plexichat.db"), "x".repeat(8_192)).expect("written");
    for command in [&["migrate"][..], &["serve", "--set", "server.bind=127.0.0.1:0"], &["setup", "--link"]] {
        refused(place.run(command), 5, &["plexichat.db", "not a database"]);
    }
}

#[test]
fn servers_that_are_not_there_are_named() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let bind = format!("server.bind={}", taken.local_addr().expect("bound"));
    refused(place.run(&["serve", "--set", &bind]), 5, &["server.bind", "another program"]);
    // Nobody listens on port 1.
    refused(place.run(&["--server", "http://127.0.0.1:1", "status"]), 5, &["127.0.0.1:1", "plexichat serve"]);
    refused(place.run(&["--server", "http://no-such-host.invalid", "status"]), 5, &["no-such-host.invalid"]);
    for address in ["nonsense", "ftp://x", "http://", ""] {
        refused(place.run(&["--server", address, "status"]), 2, &["http://host:port"]);
    }
    let url = "database.url=postgres://nobody@127.0.0.1:1/none";
    let patience = "database.acquire_timeout_seconds=1";
    for command in ["migrate", "setup"] {
        refused(place.run(&["--set", url, "--set", patience, command]), 5, &["database"]);
    }
}

#[test]
fn an_answer_of_something_else_is_not_believed() {
    use std::io::Write as _;
    let place = Place::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let page = "<html>hello</html>";
            let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}", page.len());
        }
    });
    refused(place.run(&["--server", &address, "status"]), 1, &["not one of a PlexiChat server"]);
}

#[test]
fn remembered_sessions_may_be_damaged() {
    let place = Place::new();
    let folder = place.path().join("home/.config/plexichat");
    std::fs::create_dir_all(&folder).expect("made");
    std::fs::write(folder.join("credentials.toml"), "nonsense").expect("written");
    refused(place.run(&["workspace", "list"]), 2, &["credentials.toml", "sign in again"]);
    std::fs::remove_file(folder.join("credentials.toml")).expect("removed");
    refused(place.run(&["workspace", "list"]), 3, &["plexichat login"]);
    let mut homeless = place.command("home", &["workspace", "list"]);
    refused(Ran::of(homeless.env_remove("HOME").output().expect("runs")), 2, &["HOME", "PLEXICHAT_TOKEN"]);
    // An odd token is the server's to refuse, not a reason to fall over.
    let served = place.serve();
    for token in ["x", "a\u{7f}b", "ä"] {
        let mut command = served.client("home", &["workspace", "list"]);
        refused(Ran::of(command.env("PLEXICHAT_TOKEN", token).output().expect("runs")), 3, &["plexichat login"]);
    }
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    let place = Place::new();
    let served = place.serve();
    refused(served.run(&["login"]), 2, &["no terminal"]);
    refused(served.run(&["login", "ada"]), 2, &["--password-stdin"]);
    refused(served.run(&["setup"]), 2, &["--handle"]);
    served.set_up();
    refused(served.run(&["user", "password"]), 2, &["--password-stdin"]);
    refused(served.run(&["send", "#general"]), 2, &["no text"]);
    refused(served.run_as("home", &["send", "#general", "-"], Some(" \n")), 2, &["no text"]);
    let long = "x".repeat(300_000);
    refused(served.run_as("home", &["send", "#general"], Some(&long)), 2, &["256 KiB"]);
    refused(served.run_as("home", &["send", "#general"], Some(&long[..20_000])), 2, &["12000"]);
    refused(served.run(&["send", "#nowhere", "x"]), 4, &["#nowhere"]);
    refused(served.run(&["send", "#", "x"]), 2, &["'#name'"]);
    refused(served.run(&["history", "#general", "--before", "x"]), 2, &["--before"]);
    refused(served.run(&["history", "#general", "-n", "201"]), 2, &["200"]);
}

#[test]
fn whoever_stops_reading_is_no_reason_to_complain() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    for command in [
        &["config", "generate"][..],
        &["-o", "json", "config", "show"],
        &["completions", "bash"],
        &["help"],
        &["channel", "list"],
    ] {
        let mut child = served.client("home", command).spawn().expect("starts");
        // Both ends are closed before it can write anything.
        drop((child.stdout.take(), child.stderr.take()));
        let status = child.wait().expect("ends");
        assert_eq!(status.code(), Some(0), "{command:?}");
    }
    // An error that nobody reads is still an error, and no panic.
    let mut child = served.client("home", &["channel", "join", "#nowhere"]).spawn().expect("starts");
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().expect("ends").code(), Some(4));
    // A full disk is told.
    if let Ok(full) = File::options().write(true).open("/dev/full") {
        let output = served.client("home", &["config", "generate"]).stdout(full).output().expect("runs");
        refused(Ran::of(output), 1, &["No space left"]);
    }
}

#[test]
fn there_is_no_color_where_nobody_sees_it() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    for command in [&["--help"][..], &["channel", "list"], &["doctor"], &["nonsense"]] {
        let ran = served.run(command);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{command:?}");
    }
    let mut serve: Command = place.command("home", &["serve", "--data-dir", "elsewhere", "--set", "server.bind=nonsense"]);
    let output = serve.env("NO_COLOR", "1").stderr(Stdio::piped()).output().expect("runs");
    assert!(!String::from_utf8_lossy(&output.stderr).contains('\u{1b}'));
}
