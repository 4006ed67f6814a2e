//! "Did you mean …?": the known word nearest to a mistyped one.
//!
//! Counts edits as a typist makes them, swapped neighbours included, and stays silent when nothing
//! is near: a wrong suggestion is worse than none.

/// The candidate with the fewest edits from `word`, if few enough for a slip of the fingers.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer than any key; comparing would only cost time.
    if word.len() > 128 {
        return None;
    }
    let allowed = (word.chars().count() / 3).clamp(1, 6);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Edits between two words: insert, delete, replace or swap two neighbours (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut before = vec![0; right.len() + 1];
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, here) in left.to_lowercase().chars().enumerate() {
        let mut current = vec![row + 1; right.len() + 1];
        for (column, there) in right.iter().enumerate() {
            let replaced = above[column] + usize::from(here != *there);
            current[column + 1] = replaced.min(above[column + 1] + 1).min(current[column] + 1);
            if column > 0 && previous == Some(*there) && here == right[column - 1] {
                current[column + 1] = current[column + 1].min(before[column - 1] + 1);
            }
        }
        before = std::mem::replace(&mut above, current);
        previous = Some(here);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        assert_eq!(distance("bind", "bind"), 0);
        assert_eq!(distance("bnid", "bind"), 1);
        assert_eq!(distance("", "bind"), 4);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn finds_slips_and_ignores_strangers() {
        let keys = ["server.bind", "server.public_url", "logging.level"];
        assert_eq!(nearest("server.bnid", keys), Some("server.bind"));
        assert_eq!(nearest("serverbind", keys), Some("server.bind"));
        assert_eq!(nearest("loging.level", keys), Some("logging.level"));
        assert_eq!(nearest("completely.other", keys), None);
    }
}
