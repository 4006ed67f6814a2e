//! The audit log from the command line: read with a session, verified without a server.

use super::place::{Place, wait_until};

#[test]
fn the_log_is_read_exported_and_verified() {
    let place = Place::new();
    let served = place.serve();
    served.set_up();
    served.run(&["channel", "create", "plans"]).ended(0);
    served.run(&["channel", "archive", "#plans"]).ended(0);
    let listed = || served.run(&["-o", "json", "audit", "list", "--action", "channel.archive"]).ended(0).json();
    wait_until("the act is numbered", || listed()["items"][0]["number"].is_i64());
    let number = listed()["items"][0]["number"].as_i64().expect("a number").to_string();
    let shown = served.run(&["audit", "show", &number]).ended(0).out;
    assert!(shown.contains("channel.archive") && shown.contains("archived=true"), "{shown}");

    let file = |name: &str| place.path().join(name).display().to_string();
    let (export, proof, kept) = (file("audit.ndjson"), file("proof.json"), file("checkpoint.txt"));
    assert!(served.run(&["audit", "export", &export]).ended(0).out.contains("is what was signed"));
    served.run(&["audit", "export", &export]).ended(2);
    std::fs::write(&proof, served.run(&["audit", "prove", &number]).ended(0).out).expect("written");
    std::fs::write(&kept, served.run(&["audit", "checkpoint"]).ended(0).out).expect("written");
    let database = served.run(&["-o", "json", "audit", "verify", "--checkpoint", &kept]).ended(0).json();
    assert!(database["entries"].as_u64().expect("a number") > 3, "{database}");
    assert_eq!(served.end_by("-TERM"), 0);

    // Nothing serves any more.
    place.run(&["audit", "verify", &export]).ended(0);
    assert!(place.run(&["audit", "verify", &proof]).ended(0).out.contains(&format!("Entry {number} is in the log")));
    let offline = place.run(&["audit", "prove", &number, "--export", &export]).ended(0).json();
    assert_eq!(offline["number"].to_string(), number);
    let text = std::fs::read_to_string(&export).expect("reads");
    std::fs::write(&export, text.replace("channel.archive", "channel.restore")).expect("written");
    let found = place.run(&["audit", "verify", &export]).ended(1).out;
    assert!(found.contains(&format!("NOT what was signed. First: entry {number}:")), "{found}");
    let text = std::fs::read_to_string(&proof).expect("reads");
    std::fs::write(&proof, text.replace("channel.archive", "channel.restore")).expect("written");
    place.run(&["audit", "verify", &proof]).ended(2);
}
