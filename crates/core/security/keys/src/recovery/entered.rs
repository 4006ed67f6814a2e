//! What somebody typed, pasted or photographed: words or shares, and which kit they open.

use super::kit::{self, Row, refused};
use plexichat_kernel::Result;
use plexichat_sealing::{Error as Unread, Identity, Key, Share, ShareSet, share, words};
use zeroize::Zeroizing;

/// A text beyond this is no kit: sixteen shares with much around them. Bytes.
pub const LONGEST_ENTRY: usize = 16 * 1024;
/// How the text of each share begins.
const SHARE: &str = "plexi-share1";

/// Words or shares, as they were entered.
#[derive(Debug)]
pub enum Entered {
    /// The seed that belongs to 24 words.
    Words(Key),
    /// Shares.
    Shares(Vec<Share>),
}

/// A kit that what was entered belongs to.
pub(super) struct Opened<'a> {
    pub(super) row: &'a Row,
    pub(super) identity: Identity,
    /// Numbers of shares that are not what was handed out.
    pub(super) wrong: Vec<u8>,
    /// Numbers of shares that are missing.
    pub(super) not_entered: Vec<u8>,
}

impl Entered {
    /// Reads 24 words, or the texts of shares one after the other. Lines that begin with `#` are left out, so that a sheet
    /// can be handed in as it was printed.
    ///
    /// Errors: `invalid`, saying which word or share is wrong and never repeating one.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > LONGEST_ENTRY {
            return Err(refused("this is much longer than a recovery kit"));
        }
        let mut plain = Zeroizing::new(String::with_capacity(text.len() + 1));
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            plain.push_str(line);
            plain.push('\n');
        }
        let mut packed = Zeroizing::new(String::with_capacity(plain.len()));
        packed.extend(plain.chars().filter(|letter| !letter.is_whitespace()).map(|letter| letter.to_ascii_lowercase()));
        if packed.contains(SHARE) { Self::shares(&packed) } else { words_of(&plain) }
    }

    /// Whether a word can be one of a kit, for whoever asks for one after the other.
    pub fn is_word(word: &str) -> bool {
        words::is_known(word)
    }

    /// Whether this is the text of a share rather than words.
    pub fn is_share(text: &str) -> bool {
        let packed: Zeroizing<String> = Zeroizing::new(text.chars().filter(|letter| !letter.is_whitespace()).collect());
        packed.to_ascii_lowercase().starts_with(SHARE)
    }

    fn shares(packed: &str) -> Result<Self> {
        let starts: Vec<usize> = packed.match_indices(SHARE).map(|(at, _)| at).collect();
        if starts.first() != Some(&0) {
            return Err(refused("something stands before the first share; begin a line of your own with #"));
        }
        let ends = starts.iter().skip(1).copied().chain([packed.len()]);
        let texts = starts.iter().zip(ends).map(|(start, end)| &packed[*start..end]);
        let read = texts.enumerate().map(|(at, text)| {
            Share::from_text(text).map_err(|cause| match cause {
                Unread::Malformed(why) => refused(&format!("share text {}: {why}", at + 1)),
                cause => refused(&format!("share text {}: {cause}", at + 1)),
            })
        });
        Ok(Self::Shares(read.collect::<Result<_>>()?))
    }

    /// The kit among these that was entered.
    pub(super) fn open<'a>(&self, rows: &'a [Row]) -> Result<Opened<'a>> {
        match self {
            Self::Words(seed) => {
                let identity = Identity::from_seed(Key::from_bytes(seed.expose()));
                let row = row_of(&identity, rows).ok_or_else(|| {
                    refused("these are 24 right words, but of another kit; compare the fingerprint on the sheet")
                })?;
                Ok(Opened { row, identity, wrong: Vec::new(), not_entered: Vec::new() })
            }
            Self::Shares(shares) => open_shares(shares, rows),
        }
    }
}

fn words_of(text: &str) -> Result<Entered> {
    words::decode(text).map(Entered::Words).map_err(|cause| refused(&cause.to_string()))
}

fn row_of<'a>(identity: &Identity, rows: &'a [Row]) -> Option<&'a Row> {
    rows.iter().find(|row| kit::recipient(row).is_ok_and(|recipient| recipient == *identity.recipient()))
}

fn open_shares<'a>(shares: &[Share], rows: &'a [Row]) -> Result<Opened<'a>> {
    let set_of = |row: &Row| ShareSet::from_bytes(row.share_set.as_deref()?).ok();
    let of_kit = |set: &ShareSet| shares.iter().any(|share| share.set_id() == set.id());
    let described = rows.iter().filter_map(set_of).find(of_kit);
    let named = described.as_ref().map(|set| set.join(shares));
    let joined = match named {
        Some(Ok(joined)) => joined,
        // The description may have been changed in the database; then the shares speak for themselves.
        Some(Err(cause)) => share::join(shares).map_err(|_| refused(&cause.to_string()))?,
        None => share::join(shares).map_err(|cause| refused(&cause.to_string()))?,
    };
    let identity = Identity::from_seed(joined.key);
    let other = || refused("these shares belong together, but to another kit; compare the fingerprint on the sheets");
    let row = row_of(&identity, rows).ok_or_else(other)?;
    let total = shares.first().map_or(0, Share::total);
    let is_missing = |number: &u8| shares.iter().all(|share| share.index() != *number);
    Ok(Opened { row, identity, wrong: joined.wrong, not_entered: (1..=total).filter(is_missing).collect() })
}
