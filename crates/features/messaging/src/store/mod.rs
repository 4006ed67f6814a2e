//! SQL of messaging: free functions over a transaction or a reading connection; rows in, rows out.
//!
//! Nothing here decides who may what or which version a row gets; raw SQL stands only where the entities
//! cannot say it in one statement.

pub(crate) mod changes;
pub(crate) mod channels;
pub(crate) mod cursors;
pub(crate) mod hot;
pub(crate) mod housekeeping;
pub(crate) mod instance;
pub(crate) mod invitations;
pub(crate) mod members;
pub(crate) mod mentions;
pub(crate) mod messages;
pub(crate) mod reactions;
pub(crate) mod snapshot;
#[cfg(test)]
mod statements;
pub(crate) mod threads;
pub(crate) mod workspaces;

/// The ids filled up to a power of two with the last one, so that few distinct statements are prepared.
fn padded(ids: &[i64]) -> Vec<i64> {
    let mut out = ids.to_vec();
    if let Some(last) = ids.last() {
        out.resize(ids.len().next_power_of_two(), *last);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::padded;

    #[test]
    fn lists_have_few_lengths() {
        assert_eq!(padded(&[1, 2, 3]), [1, 2, 3, 3]);
        assert_eq!(padded(&[7]), [7]);
        assert!(padded(&[]).is_empty());
    }
}
