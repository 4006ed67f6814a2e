//! A recovery kit on paper or in files: what a printer, a pair of eyes and `--file` can all read.
//!
//! Lines for people begin with `#`; the rest is the kit itself.

use crate::cli::{exit::Failure, output};
use plexichat_keys::recovery::{Form, NewKit, Secret};
use plexichat_model::{Timestamp, keys::RecoveryKitView};
use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Words in a line; they are numbered along it, so that eyes and programs read them in one order.
const ACROSS: usize = 4;
/// Groups of a share in a line.
const GROUPS: usize = 15;

/// The sheets of a kit: one with words, or one for each share.
pub(super) struct Sheets<'a> {
    secret: &'a Secret,
    texts: Vec<Sheet>,
}

struct Sheet {
    file: String,
    text: Zeroizing<String>,
}

impl<'a> Sheets<'a> {
    /// The sheets of a kit for the server at this address.
    pub(super) fn of(made: &'a NewKit, address: &str) -> Self {
        let mut head = format!("# PlexiChat recovery kit for {address}\n");
        let _ = writeln!(head, "# made {} UTC", output::minute(Timestamp(made.kit.created_ms)));
        let _ = writeln!(head, "# fingerprint {}\n#", made.kit.fingerprint);
        let texts = match (&made.secret, made.kit.form) {
            (Secret::Words(words), _) => vec![words_sheet(&head, words)],
            (Secret::Shares(shares), form) => {
                (1..).zip(shares).map(|(number, share)| share_sheet(&head, form, number, share)).collect()
            }
        };
        Self { secret: &made.secret, texts }
    }

    pub(super) fn print(&self) -> std::io::Result<()> {
        for (at, sheet) in self.texts.iter().enumerate() {
            if at > 0 {
                // The next page of a printer.
                output::line("\u{c}")?;
            }
            output::line(sheet.text.trim_end())?;
        }
        Ok(())
    }

    /// For programs.
    pub(super) fn json(&self, kit: &RecoveryKitView) -> serde_json::Value {
        match self.secret {
            Secret::Words(words) => serde_json::json!({ "kit": kit, "words": words.split(' ').collect::<Vec<_>>() }),
            Secret::Shares(shares) => {
                serde_json::json!({ "kit": kit, "shares": shares.iter().map(|share| share.as_str()).collect::<Vec<_>>() })
            }
        }
    }

    /// Writes a file for each sheet. None of them may exist; after a failure none is left.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let place = |file: &Path, cause: &std::io::Error| Failure::usage(format!("cannot write {}: {cause}", file.display()));
        create_folder(folder).map_err(|cause| place(folder, &cause))?;
        let mut written: Vec<PathBuf> = Vec::new();
        for sheet in &self.texts {
            let file = folder.join(&sheet.file);
            if let Err(cause) = write_private(&file, &sheet.text) {
                for file in &written {
                    let _ = std::fs::remove_file(file);
                }
                return Err(place(&file, &cause));
            }
            written.push(file);
        }
        Ok(written)
    }
}

fn words_sheet(head: &str, words: &str) -> Sheet {
    let mut text = Zeroizing::new(String::with_capacity(2_048));
    text.push_str(head);
    text.push_str(
        "# Write these 24 words down, or print this page, and keep it where you keep papers of value, apart\n\
         # from the server and its backups. They open everything that this server has stored.\n\
         # If its key file or passphrase is lost: plexichat keys recover\n\n",
    );
    for (at, word) in words.split(' ').enumerate() {
        let end = if at % ACROSS == ACROSS - 1 { "\n" } else { "" };
        let _ = write!(text, "{:>4}  {word:<9}{end}", at + 1);
    }
    let tidy = Zeroizing::new(text.lines().map(str::trim_end).fold(String::with_capacity(2_048), |mut all, line| {
        all.push_str(line);
        all.push('\n');
        all
    }));
    Sheet { file: "recovery-kit.txt".to_owned(), text: tidy }
}

fn share_sheet(head: &str, form: Form, number: u8, share: &str) -> Sheet {
    let (needed, total) = form.counts();
    let mut text = Zeroizing::new(String::with_capacity(2_048));
    text.push_str(head);
    let _ = write!(
        text,
        "# Share {number} of {total}. Any {needed} of them open everything that this server has stored; fewer say nothing.\n\
         # Keep it apart from the other shares, from the server and from its backups.\n\
         # If its key file or passphrase is lost: plexichat keys recover\n\n"
    );
    for (at, group) in share.split(' ').enumerate() {
        text.push_str(if at == 0 {
            ""
        } else if at % GROUPS == 0 {
            "\n"
        } else {
            " "
        });
        text.push_str(group);
    }
    text.push('\n');
    Sheet { file: format!("recovery-share-{number}-of-{total}.txt"), text }
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file)?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).inspect_err(|_| {
        let _ = std::fs::remove_file(file);
    })
}

fn create_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
