//! Another machine joins by a one-time token, as administrators do it: two programs, two data directories, one database.

use super::place::{Place, Ran, Served, wait_until};
use plexichat_database::{
    Db,
    entity::{key_node, node_invitation},
};
use plexichat_testkit::{Engine, TestDb, run_on};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait, IntoActiveModel as _};
use std::{io::Write as _, os::unix::fs::PermissionsExt as _, path::Path, process::Stdio};

#[test]
fn machines_join_postgres() {
    run_on(Engine::Postgres, machines_join);
}

#[test]
fn machines_join_mariadb() {
    run_on(Engine::MariaDb, machines_join);
}

#[test]
fn strangers_are_refused_postgres() {
    run_on(Engine::Postgres, strangers_are_refused);
}

#[test]
fn strangers_are_refused_mariadb() {
    run_on(Engine::MariaDb, strangers_are_refused);
}

/// A machine with the database and a section of keys in its configuration.
fn configure(place: &Place, db: &TestDb, keys: &str) {
    std::fs::create_dir_all(place.data_dir()).expect("made");
    let text =
        format!("[server]\nbind = \"127.0.0.1:0\"\n[database]\nurl = \"{}\"\n[keys]\nsettle_seconds = 20\n{keys}\n", db.url());
    std::fs::write(place.data_dir().join("plexichat.toml"), text).expect("written");
}

fn machine(db: &TestDb) -> Place {
    let place = Place::new();
    configure(&place, db, "");
    place
}

fn fed(place: &Place, arguments: &[&str], input: &str) -> Ran {
    let mut child = place.command("home", arguments).stdin(Stdio::piped()).spawn().expect("starts");
    child.stdin.take().expect("is piped").write_all(input.as_bytes()).expect("takes it");
    Ran::of(child.wait_with_output().expect("ends"))
}

/// A token and the id of its invitation.
fn invite(place: &Place) -> (String, String) {
    let made = place.run(&["keys", "invite-node", "--hours", "1", "-o", "json"]).ended(0).json();
    let text = |name: &str| made[name].as_str().expect("text").to_owned();
    (text("token"), text("id"))
}

fn sign_in(served: &Served<'_>) {
    served.run_as("home", &["login", "ada", "--password-stdin"], Some("correct horse battery\n")).ended(0);
}

fn says(served: &Served<'_>, text: &str) {
    served.run(&["send", "#general", text]).ended(0);
}

fn reads(served: &Served<'_>, texts: &[&str]) {
    let ran = served.run(&["history", "#general"]).ended(0);
    for text in texts {
        assert!(ran.out.contains(text), "{text} is missing: {}", ran.out);
    }
}

fn nowhere(folder: &Path, secret: &str) {
    for entry in std::fs::read_dir(folder).expect("reads") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            nowhere(&path, secret);
        } else if let Ok(bytes) = std::fs::read(&path) {
            assert!(!String::from_utf8_lossy(&bytes).contains(secret), "a secret stands in {}", path.display());
        }
    }
}

async fn machines_join(db: TestDb) {
    let (first, second) = (machine(&db), machine(&db));
    let one = first.serve();
    one.set_up();
    says(&one, "said before it came");

    // It joins with the token alone: nothing of the first machine is copied.
    let (token, _) = invite(&first);
    let joined = fed(&second, &["keys", "join", "-o", "json"], &format!("{token}\n")).ended(0).json();
    let node = joined["id"].as_str().expect("an id").to_owned();
    let key = second.data_dir().join("keys/node.key");
    assert_eq!(std::fs::metadata(&key).expect("is made").permissions().mode() & 0o777, 0o600);
    let again = second.run(&["keys", "join", "-o", "json"]).ended(0).json();
    assert_eq!(again, joined, "joined already, and no token is asked for");
    let ran = second.run(&["doctor"]).ended(1);
    assert!(ran.out.contains("FAIL  keys") && ran.out.contains("set keys.vault to node"), "{}", ran.out);
    configure(&second, &db, "vault = \"node\"");
    assert!(second.run(&["doctor"]).ended(0).out.contains("opens the root key, version 1"));
    let status = first.run(&["keys", "status", "-o", "json"]).ended(0).json();
    assert_eq!((&status["vaults"], &status["nodes"][0]["fingerprint"]), (&serde_json::json!(["file"]), &joined["fingerprint"]));
    assert!(first.run(&["keys", "status"]).ended(0).out.contains(&node));

    let two = second.serve();
    sign_in(&two);
    reads(&two, &["said before it came"]);
    says(&two, "said by the second");
    reads(&one, &["said by the second"]);
    wait_until("it is recorded", || {
        !one.run(&["-o", "json", "audit", "list", "--action", "keys.node_joined"]).ended(0).json()["items"][0].is_null()
    });

    // The root key is replaced; asked for at the one that cannot do it, done by the one that can. Both go on, and start again.
    two.run(&["keys", "rotate", "--root", "--wait"]).ended(0);
    says(&two, "said after the rotation");
    assert_eq!(two.end_by("-KILL"), -1);
    let two = second.serve();
    sign_in(&two);
    reads(&two, &["said before it came", "said by the second", "said after the rotation"]);
    assert!(second.run(&["doctor"]).ended(0).out.contains("opens the root key, version 2"));
    nowhere(first.path(), &token);
    nowhere(second.path(), &token);

    // Removed and stopped, it starts no more, before and after the next root key.
    let ran = first.run(&["keys", "remove-node", &node, "--yes"]).ended(0);
    assert!(ran.out.contains("keys rotate --root"), "{}", ran.out);
    assert_eq!(two.end_by("-TERM"), 0);
    one.run(&["keys", "rotate", "--root", "--wait"]).ended(0);
    let ran = second.run(&["serve"]);
    assert!(ran.code != 0 && ran.err.contains("was removed") && ran.err.contains("keys invite-node"), "{} {}", ran.code, ran.err);
    assert!(second.run(&["doctor"]).ended(1).out.contains("was removed"));
    assert!(first.run(&["keys", "remove-node", &node, "--yes"]).ended(4).err.contains("keys status"));
    says(&one, "the first goes on");
    assert_eq!(one.end_by("-TERM"), 0);
    // The key is lost with its machine.
    std::fs::remove_file(&key).expect("lost");
    let ran = second.run(&["serve"]);
    assert!(ran.code != 0 && ran.err.contains("is missing") && ran.err.contains("keys join"), "{}", ran.err);
}

/// What servers said to a request.
async fn answered(db: &Db, id: i64) -> (i16, i16) {
    for _ in 0..600 {
        let row = key_node::Entity::find_by_id(id).one(db.reader()).await.expect("reads").expect("is there");
        if row.state != 0 {
            return (row.state, row.reason);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("nobody answers");
}

async fn strangers_are_refused(db: TestDb) {
    let (first, second, third) = (machine(&db), machine(&db), machine(&db));
    let handle = db.db();
    let lone = Place::new();
    assert!(lone.run(&["keys", "join"]).ended(2).err.contains("database.url"));
    assert!(lone.run(&["keys", "invite-node"]).ended(6).err.contains("SQLite"));
    let one = first.serve();
    one.set_up();

    // Revoked, mistyped, ended.
    let (token, id) = invite(&first);
    assert!(first.run(&["keys", "invitations"]).ended(0).out.contains(&id));
    first.run(&["keys", "invitations", "--revoke", &id]).ended(0);
    assert!(fed(&second, &["keys", "join"], &token).ended(6).err.contains("knows no such token"));
    assert!(fed(&second, &["keys", "join"], "plexi-node-token1x").ended(2).err.contains("no token of"));
    let (token, id) = invite(&first);
    let row = node_invitation::Entity::find_by_id(id.parse::<i64>().expect("a number"));
    let mut ended = row.one(handle.reader()).await.expect("reads").expect("is there").into_active_model();
    ended.expires_ms = Set(1);
    ended.update(handle.maintenance()).await.expect("written");
    assert!(fed(&second, &["keys", "join"], &token).ended(6).err.contains("time is over"));

    // A request that somebody wrote who has no token.
    let (token, id) = invite(&first);
    let theirs = plexichat_sealing::Identity::random();
    let planted = key_node::Model {
        id: 4_242,
        name: "node:planted".to_owned(),
        recipient: theirs.recipient().as_bytes().to_vec(),
        invitation_id: id.parse().expect("a number"),
        proof: vec![7; 69],
        state: 0,
        reason: 0,
        secret: None,
        created_ms: i64::MAX,
        joined_ms: None,
    };
    key_node::Entity::insert(planted.into_active_model()).exec_without_returning(handle.maintenance()).await.expect("written");
    assert_eq!(answered(&handle, 4_242).await, (2, 4), "refused for its proof");

    // From a file, and a second time by another.
    std::fs::write(second.path().join("token"), format!("{token}\n")).expect("written");
    let ran = second.run(&["keys", "join", "--token-file", "token"]).ended(0);
    assert!(ran.out.contains("has joined") && ran.out.contains("vault = \"node\""), "{}", ran.out);
    assert!(fed(&third, &["keys", "join"], &token).ended(6).err.contains("another node has joined"));

    // Nobody answers; later somebody does, and the token is not needed again.
    let (token, _) = invite(&first);
    assert_eq!(one.end_by("-TERM"), 0);
    let ran = fed(&third, &["keys", "join", "--wait", "1"], &token).ended(5);
    assert!(ran.err.contains("no server has answered") && ran.err.contains("No server works on this database"), "{}", ran.err);
    let one = first.serve();
    third.run(&["keys", "join"]).ended(0);
    assert_eq!(first.run(&["keys", "status", "-o", "json"]).ended(0).json()["nodes"].as_array().map(Vec::len), Some(2));
    assert_eq!(one.end_by("-TERM"), 0);
}
