//! A root key as 24 words on paper (BIP-39, the English list).
//!
//! 256 bits and 8 bits of checksum, 11 bits a word. The list and the checksum are those of the crate `bip39`
//! (of rust-bitcoin); no passphrase and no key stretching follow, because the words *are* the key.
//! Reading forgives what hands do: case, line breaks, numbers and punctuation between words, and words of which
//! only the first four letters were written, which are unique in this list.

use bip39::{Language, Mnemonic};
use zeroize::{Zeroize, Zeroizing};

use crate::key::{KEY_LENGTH, Key};

/// How many words a key has.
pub const WORDS: usize = 24;

/// Longest text that is looked at, in bytes: 24 words of 8 letters with much between them.
const MOST: usize = 4_096;
/// This many letters are enough to tell a word.
const ENOUGH: usize = 4;

/// Why words do not give a key. Words themselves are not repeated: most of them are right, and secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// Not 24.
    #[error("24 words are needed and {found} are here")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// Not in the list.
    #[error("word {position} is not in the list; look at its spelling")]
    Unknown {
        /// Which one, from 1.
        position: usize,
    },
    /// All are in the list, but they do not belong together.
    #[error("all words are known, but they do not fit together: one of them is another word, or two are swapped")]
    Checksum,
    /// Longer than any 24 words.
    #[error("this is much longer than 24 words")]
    TooLong,
}

/// The 24 words of `key`, with a space between them. Wiped when dropped.
pub fn encode(key: &Key) -> Zeroizing<String> {
    let mnemonic = Mnemonic::from_entropy_in(Language::English, key.expose()).expect("32 bytes are 24 words");
    let mut text = Zeroizing::new(String::with_capacity(WORDS * 9));
    for word in mnemonic.words() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// The key that belongs to 24 words.
pub fn decode(text: &str) -> Result<Key, WordsError> {
    if text.len() > MOST {
        return Err(WordsError::TooLong);
    }
    let found = typed(text).count();
    let mut plain = Zeroizing::new(String::with_capacity(MOST));
    for (index, word) in typed(text).enumerate() {
        if index >= WORDS {
            break;
        }
        let Some(word) = find(word) else { return Err(WordsError::Unknown { position: index + 1 }) };
        if index > 0 {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    if found != WORDS {
        return Err(WordsError::Count { found });
    }
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &plain).map_err(|_| WordsError::Checksum)?;
    let (mut entropy, _) = mnemonic.to_entropy_array();
    let key = Key::filled(|own| own.copy_from_slice(&entropy[..KEY_LENGTH]));
    entropy.zeroize();
    Ok(key)
}

/// Whether a word is in the list, or begins one of it and is long enough to tell which.
pub fn is_known(word: &str) -> bool {
    find(word).is_some()
}

/// What looks like a word: letters, whatever stands between them.
fn typed(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphabetic()).filter(|word| !word.is_empty())
}

/// The word of the list that was meant: the word itself, or its beginning if that is long enough to be unique.
fn find(typed: &str) -> Option<&'static str> {
    let typed = Zeroizing::new(typed.to_lowercase());
    let list = Language::English.word_list();
    let exact = list.iter().find(|word| **word == *typed);
    let begins = || list.iter().find(|word| typed.len() >= ENOUGH && word.starts_with(typed.as_str()));
    exact.or_else(begins).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn four_letters_are_unique_in_the_list() {
        let list = Language::English.word_list();
        let mut starts: Vec<&str> = list.iter().map(|word| &word[..word.len().min(ENOUGH)]).collect();
        starts.dedup();
        assert_eq!(starts.len(), 2048);
        for word in list {
            for length in ENOUGH..=word.len() {
                assert_eq!(find(&word[..length]), Some(*word));
            }
            assert_eq!(find(word), Some(*word));
        }
        assert!(is_known("ABAN") && is_known("zoo") && !is_known("aba") && !is_known("hunter") && !is_known(""));
    }

    #[test]
    fn which_word_is_unknown_is_told_and_the_word_is_not() {
        let key = Key::from_bytes(&[7; 32]);
        let words: Vec<String> = encode(&key).split(' ').map(str::to_owned).collect();
        assert_eq!(words.len(), WORDS);
        for at in 0..WORDS {
            let mut typed = words.clone();
            typed[at] = "hunter".to_owned();
            let error = decode(&typed.join(" ")).expect_err("not in the list");
            assert_eq!(error, WordsError::Unknown { position: at + 1 });
            assert!(!error.to_string().contains("hunter"));
        }
        assert_eq!(decode(&words[..23].join(" ")), Err(WordsError::Count { found: 23 }));
        assert_eq!(decode(&[words.as_slice(), &words[..1]].concat().join(" ")), Err(WordsError::Count { found: 25 }));
        assert_eq!(decode(""), Err(WordsError::Count { found: 0 }));
        assert_eq!(decode(&"a ".repeat(4_000)), Err(WordsError::TooLong));
        // 24 known words with the wrong checksum.
        assert_eq!(decode(&["abandon"; 24].join(" ")), Err(WordsError::Checksum));
    }

    #[test]
    fn a_sheet_is_read_as_hands_write_it() {
        let key = Key::from_bytes(&[9; 32]);
        let words = encode(&key);
        let sheet: Vec<String> = words
            .split(' ')
            .enumerate()
            .map(|(at, word)| format!("{:>2}. {}", at + 1, &word[..word.len().min(ENOUGH)].to_uppercase()))
            .collect();
        assert_eq!(decode(&sheet.join(",\r\n\t")), Ok(key));
    }

    proptest! {
        #[test]
        fn every_key_comes_back(bytes in any::<[u8; 32]>()) {
            let key = Key::from_bytes(&bytes);
            prop_assert_eq!(decode(&encode(&key)), Ok(key));
        }

        #[test]
        fn random_text_never_panics(text in ".{0,200}", words in prop::collection::vec("[a-z]{1,8}", 24)) {
            prop_assert!(decode(&text).is_err());
            prop_assert!(decode(&words.join(" ")).is_err());
        }
    }
}
