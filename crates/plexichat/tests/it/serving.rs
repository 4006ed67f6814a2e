//! `serve`, `setup` and `status`: the life of a server.

use super::place::Place;

#[test]
fn a_server_is_set_up_once_and_stops_when_told() {
    let place = Place::new();
    let served = place.serve();
    assert!(served.run(&["-o", "json", "status"]).ended(0).json()["setup"]["needed"].as_bool().expect("says so"));
    served.set_up();
    let again = ["setup", "--handle", "eve", "--workspace", "Evil", "--password-stdin"];
    let ran = served.run_as("home", &again, Some("correct horse battery\n")).ended(6);
    assert!(ran.err.contains("already set up"), "{}", ran.err);
    let status = served.run(&["-o", "json", "status"]).ended(0).json();
    assert_eq!(status["setup"]["needed"], false);
    assert_eq!(status["status"]["workspaces"], 1);
    assert_eq!(served.end_by("-TERM"), 0);
    // What was made is there after a restart, and nobody is asked to set up again.
    let served = place.serve();
    assert_eq!(served.setup_url, None);
    assert_eq!(served.end_by("-INT"), 0);
}

#[test]
fn set_up_needs_no_running_server() {
    let place = Place::new();
    let arguments = ["-o", "json", "setup", "--handle", "ada", "--workspace", "Acme"];
    let mut command = place.command("home", &arguments);
    let output = command.env("PLEXICHAT_SETUP_PASSWORD", "correct horse battery").output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(made["workspace"]["name"], "Acme");
    assert!(made.get("token").is_none() && made["account"].get("token").is_none());
    let served = place.serve();
    let login = ["login", "ada", "--password-stdin"];
    served.run_as("other", &login, Some("correct horse battery\n")).ended(0);
    served.run_as("other", &["workspace", "list"], None).ended(0);
}

#[test]
fn a_new_link_makes_the_old_one_worthless() {
    let place = Place::new();
    let served = place.serve();
    let url = served.run(&["-o", "json", "setup", "--link"]).ended(0).json()["url"].as_str().expect("a link").to_owned();
    let with = |link: &str| {
        let arguments = ["setup", "--code", link, "--handle", "ada", "--workspace", "Acme", "--password-stdin"];
        served.run_as("home", &arguments, Some("correct horse battery\n"))
    };
    with(&served.setup_url.clone().expect("a link")).ended(4);
    with(&url).ended(0);
}

#[test]
fn a_data_directory_has_one_server() {
    let place = Place::new();
    let served = place.serve();
    let ran = place.run(&["serve", "--set", "server.bind=127.0.0.1:0"]).ended(5);
    assert!(ran.err.contains(&format!("process {}", served.pid())), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn the_data_directory_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let served = place.serve();
    let mode = std::fs::metadata(place.data_dir()).expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    drop(served);
}

#[test]
fn the_set_up_link_is_never_logged() {
    let place = Place::new();
    let mut command = place.command("home", &["serve", "--set", "server.bind=127.0.0.1:0", "--set", "logging.level=trace"]);
    let log = place.path().join("log");
    command.stderr(std::fs::File::create(&log).expect("a file"));
    let out = place.path().join("out");
    command.stdout(std::fs::File::create(&out).expect("a file"));
    let mut child = command.spawn().expect("starts");
    let said = || std::fs::read_to_string(&out).unwrap_or_default();
    super::place::wait_until("the link is printed", || said().contains("plexichat setup --link"));
    let code = said().lines().find_map(|line| Some(line.split_once("/setup#")?.1.to_owned())).expect("a link");
    child.kill().expect("is ours");
    child.wait().expect("ends");
    assert!(!std::fs::read_to_string(&log).expect("a log").contains(&code));
}
