//! One process, one data directory.

use plexichat_database::DataDirLock;

#[test]
fn a_second_process_is_told_who_holds_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("data");
    let first = DataDirLock::take(&place).expect("free");
    let refusal = DataDirLock::take(&place).expect_err("held").to_string();
    assert!(refusal.contains(&format!("process {}", std::process::id())) && refusal.contains("data_dir"), "{refusal}");
    drop(first);
    DataDirLock::take(&place).expect("free again");
}

#[test]
fn a_directory_that_cannot_be_made_says_so() {
    let refusal = DataDirLock::take(std::path::Path::new("/proc/nothing/here")).expect_err("impossible").to_string();
    assert!(refusal.contains("/proc/nothing/here") && refusal.contains("permissions"), "{refusal}");
}
