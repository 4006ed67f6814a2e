//! The list of keys that were destroyed, kept apart from the database and its backups.
//!
//! A backup made before a key was destroyed still holds it. So whoever destroys a key writes its id here first, and
//! every start holds the database to the list: what it brings back is destroyed again before anything is served. One
//! line for each key, appended and synced; a line that was cut short by a crash is not one.
//!
//! ```text
//! plexichat shred ledger 1
//! 7302951148683264 1764201600000        key id, milliseconds since 1970 UTC
//! ```

use plexichat_kernel::{Error, Result};
use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

const HEAD: &str = "plexichat shred ledger 1\n";
/// A file beyond this is none of ours: two million keys.
const LONGEST: u64 = 64 * 1024 * 1024;

/// The list, in a file.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    known: Mutex<BTreeSet<i64>>,
}

impl Ledger {
    /// Opens the list, which need not exist. Errors: `unavailable`, with what to do, for a file that is none.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let known = read(&path)?;
        Ok(Self { path, known: Mutex::new(known) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Ids of destroyed keys, in order.
    pub fn ids(&self) -> Vec<i64> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Adds those that are not in it; they are on the disk when this returns.
    pub fn add(&self, ids: &[i64], now_ms: i64) -> Result<()> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<i64> = ids.iter().copied().filter(|id| !known.contains(id)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let lines = new.iter().fold(String::new(), |lines, id| lines + &format!("{id} {now_ms}\n"));
        append(&self.path, &lines).map_err(|cause| refused(&self.path, &format!("it cannot be written ({cause})")))?;
        known.extend(new);
        Ok(())
    }
}

fn refused(path: &Path, why: &str) -> Error {
    let path = path.display();
    Error::unavailable(format!(
        "the list of destroyed keys {path} cannot be used: {why}. Restore it from a copy, or correct it; without it a restored backup \
         would bring destroyed keys back"
    ))
}

fn read(path: &Path) -> Result<BTreeSet<i64>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(cause) => return Err(refused(path, &format!("it cannot be read ({cause})"))),
    };
    let mut text = String::new();
    let unreadable = |cause: std::io::Error| refused(path, &format!("it cannot be read ({cause})"));
    if file.take(LONGEST + 1).read_to_string(&mut text).map_err(unreadable)? as u64 > LONGEST {
        return Err(refused(path, "it is too large"));
    }
    // What follows the last line feed was cut short: nothing was destroyed for it.
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    if whole.is_empty() {
        return Ok(BTreeSet::new());
    }
    let lines = whole.strip_prefix(HEAD).ok_or_else(|| refused(path, "its first line is another"))?;
    let mut known = BTreeSet::new();
    for (index, line) in lines.lines().enumerate() {
        let id = line.split_once(' ').and_then(|(id, ms)| ms.parse::<i64>().and(id.parse::<i64>()).ok());
        let id = id.filter(|id| *id > 0).ok_or_else(|| refused(path, &format!("line {} is no key id and time", index + 2)))?;
        known.insert(id);
    }
    Ok(known)
}

fn append(path: &Path, lines: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // A command beside the server, or another node, may write too. Given back when the file is closed.
    file.lock()?;
    // Behind the last whole line.
    let length = file.metadata()?.len();
    let mut end = 0;
    let mut text = Vec::new();
    if length > 0 {
        file.read_to_end(&mut text)?;
        end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    }
    file.set_len(end as u64)?;
    file.seek(SeekFrom::Start(end as u64))?;
    if end == 0 {
        file.write_all(HEAD.as_bytes())?;
    }
    file.write_all(lines.as_bytes())?;
    file.sync_all()?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there_again_and_a_cut_line_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys/shredded");
        let ledger = Ledger::open(&path).expect("need not exist");
        assert!(ledger.ids().is_empty() && !path.exists());
        ledger.add(&[7, 9], 1_000).expect("written");
        ledger.add(&[9, 8], 2_000).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("reads"), format!("{HEAD}7 1000\n9 1000\n8 2000\n"));
        assert_eq!(Ledger::open(&path).expect("opens").ids(), [7, 8, 9]);

        // A crash in the middle of a line.
        OpenOptions::new().append(true).open(&path).expect("opens").write_all(b"12 30").expect("written");
        let ledger = Ledger::open(&path).expect("opens");
        assert_eq!(ledger.ids(), [7, 8, 9]);
        ledger.add(&[13], 4_000).expect("written");
        assert_eq!(Ledger::open(&path).expect("opens").ids(), [7, 8, 9, 13]);
        // And in the first one.
        std::fs::write(&path, &HEAD[..10]).expect("written");
        assert!(Ledger::open(&path).expect("opens").ids().is_empty());
    }

    #[test]
    fn a_damaged_list_is_refused_with_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("shredded");
        for (text, about) in [
            (format!("{HEAD}7 1000\nseven 1000\n"), "line 3"),
            (format!("{HEAD}-7 1000\n"), "line 2"),
            (format!("{HEAD}7\n"), "line 2"),
            ("another list\n7 1000\n".to_owned(), "first line"),
        ] {
            std::fs::write(&path, text).expect("written");
            let error = Ledger::open(&path).expect_err("refused");
            assert!(error.message().contains(about), "{error}");
        }
    }
}
