//! The machine around the database: clocks, file systems, free space.

use super::{Check, text};
use crate::{Db, Engine};
use plexichat_kernel::{Clock, Error, Result};
use std::path::Path;

/// Beyond this, leases and expiries are judged differently by different nodes.
const MAX_SKEW_MS: i64 = 2_000;
/// Less than this and a busy day fills it.
const MIN_FREE_BYTES: u64 = 1 << 30;
/// Shared memory and locks of SQLite's journal do not work across machines.
const NETWORK: [&str; 10] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "glusterfs"];

/// How far the database's clock is from this node's.
pub(super) async fn clock_skew(db: &Db, clock: &Clock) -> Result<Check> {
    let question = match db.engine() {
        Engine::Postgres => "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)",
        _ => "select cast(unix_timestamp(now(3)) * 1000 as signed)",
    };
    // The first answer pays for a connection; the second is timed.
    text(db, db.reader(), question).await?;
    let before = clock.now_ms();
    let there: i64 = text(db, db.reader(), question).await?.parse().map_err(Error::internal)?;
    let after = clock.now_ms();
    // The answer was made between the two: within the interval there is no skew to see.
    let skew = there - there.clamp(before, after.max(before));
    Ok(Check::advice(
        "clocks",
        skew.abs() <= MAX_SKEW_MS,
        format!("the database is {skew} ms ahead of this machine"),
        "synchronise both machines' clocks (NTP)",
    ))
}

/// The data directory: exists, has room.
pub(super) fn directory(data_dir: &Path) -> Vec<Check> {
    let place = data_dir.display();
    match free_space(data_dir) {
        Ok(free) => {
            let detail = format!("{} MB free in {place}", free >> 20);
            vec![Check::advice(
                "disk space",
                free >= MIN_FREE_BYTES,
                detail,
                "free at least 1 GB, or move data_dir to a larger disk",
            )]
        }
        Err(error) => {
            vec![Check::advice(
                "data directory",
                false,
                format!("{place}: {error}"),
                "make the directory and let the server's account write to it",
            )]
        }
    }
}

/// Bytes an ordinary account can still write there.
pub fn free_space(place: &Path) -> std::io::Result<u64> {
    let found = rustix::fs::statvfs(place)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Whether the file is on a disk of this machine.
pub(super) fn local_file_system(file: &Path) -> Check {
    let kind = std::fs::read_to_string("/proc/self/mounts").ok().and_then(|mounts| file_system_of(file, &mounts));
    let kind = kind.unwrap_or_else(|| "unknown".to_owned());
    let remedy = "move data_dir to a disk of this machine: the embedded database is not safe on a network file system";
    Check::grave("file system", !NETWORK.contains(&kind.as_str()), kind, remedy)
}

/// The file system type of the longest mount point above the file.
fn file_system_of(file: &Path, mounts: &str) -> Option<String> {
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?.replace("\\040", " "), words.next()?))
    });
    let above = mounted.filter(|(point, _)| file.starts_with(point));
    above.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_counts() {
        let mounts = "dev / ext4 rw 0 0\nhost:/x /no/such/my\\040files nfs4 rw 0 0\n";
        assert_eq!(file_system_of(Path::new("/no/such/my files/a.db"), mounts).as_deref(), Some("nfs4"));
        assert_eq!(file_system_of(Path::new("/no/such/other"), mounts).as_deref(), Some("ext4"));
        assert_eq!(file_system_of(Path::new("relative"), mounts), None);
    }

    #[test]
    fn free_space_is_told() {
        assert!(free_space(Path::new("/")).expect("a root directory") > 0);
        let missing = directory(Path::new("/no/such/place"));
        assert!(!missing[0].ok && missing[0].detail.contains("/no/such/place"));
    }
}
