//! Tokens and one-time codes: 256 random bits, of which only the hash is kept.
//!
//! A plain hash is enough: unlike a password, a token cannot be guessed.

use plexichat_kernel::random::TOKEN_LENGTH;

/// The hash under which a token or code is stored; `None` for what cannot be one.
pub(crate) fn hash_of(token: &str) -> Option<[u8; 32]> {
    let formed = token.len() == TOKEN_LENGTH && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    formed.then(|| blake3::hash(token.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_kernel::random;

    #[test]
    fn only_tokens_have_a_hash() {
        let token = random::token();
        assert_eq!(hash_of(&token), hash_of(&token));
        assert_ne!(hash_of(&token), hash_of(&random::token()));
        for bad in ["", "abc", &token[1..], &format!("{token}x"), &format!("{} ", &token[1..]), &"é".repeat(22)] {
            assert!(hash_of(bad).is_none(), "{bad:?} was accepted");
        }
    }
}
