//! Several texts as one value. Padded, so that its length says little of theirs.

use zeroize::Zeroizing;

const VERSION: u8 = 1;
const PAD: usize = 64;
const ABSENT: u8 = 0;
const PRESENT: u8 = 1;

/// Writes texts in order; `None`: none of them says anything.
pub(super) fn encode(texts: &[Option<&str>]) -> Option<Zeroizing<Vec<u8>>> {
    if texts.iter().all(|text| text.is_none_or(str::is_empty)) {
        return None;
    }
    let length: usize = 2 + texts.iter().map(|text| text.map_or(1, |text| 5 + text.len())).sum::<usize>();
    // Large enough not to move.
    let mut out = Zeroizing::new(Vec::with_capacity(length.next_multiple_of(PAD)));
    out.push(VERSION);
    out.push(u8::try_from(texts.len()).ok()?);
    for text in texts {
        match text {
            None => out.push(ABSENT),
            Some(text) => {
                out.push(PRESENT);
                out.extend_from_slice(&u32::try_from(text.len()).ok()?.to_be_bytes());
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
    out.resize(length.next_multiple_of(PAD), 0);
    Some(out)
}

/// Reads what [`encode`] wrote; `None` for anything else.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<Option<String>>> {
    let [VERSION, count, rest @ ..] = bytes else { return None };
    let (mut rest, mut texts) = (rest, Vec::with_capacity(usize::from(*count)));
    for _ in 0..*count {
        let (kind, after) = rest.split_first()?;
        rest = after;
        texts.push(match *kind {
            ABSENT => None,
            PRESENT => {
                let (length, after) = rest.split_first_chunk()?;
                let (text, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
                rest = after;
                Some(std::str::from_utf8(text).ok()?.to_owned())
            }
            _ => return None,
        });
    }
    rest.iter().all(|byte| *byte == 0).then_some(texts)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn texts_come_back_and_lengths_say_little() {
        for texts in [vec![Some("general")], vec![Some("a"), None, Some("")], vec![None, Some("日本語"), Some("x\0y")]] {
            let bytes = encode(&texts).expect("says something");
            assert_eq!(bytes.len(), 64, "{texts:?}");
            let back = decode(&bytes).expect("ours");
            assert_eq!(back.iter().map(Option::as_deref).collect::<Vec<_>>(), texts);
        }
        assert_eq!(encode(&[Some(&"x".repeat(58))]).expect("says something").len(), 128);
        assert!(encode(&[None, Some("")]).is_none());
    }

    #[test]
    fn what_is_not_ours_is_refused_without_panicking() {
        let good = encode(&[Some("general"), None]).expect("says something");
        for at in 0..good.len() {
            let _ = decode(&good[..at]);
            for byte in [0, 1, 2, 255] {
                let mut bad = good.to_vec();
                bad[at] = byte;
                let _ = decode(&bad);
            }
        }
        assert!(decode(&[2, 0]).is_none() && decode(&[]).is_none() && decode(&[1, 1, 1, 255, 255, 255, 255]).is_none());
    }
}
