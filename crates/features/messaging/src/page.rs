//! Pages of lists: at most 200 items, one row more read than shown tells whether another follows.

use plexichat_kernel::{Error, Result};
use plexichat_model::{ErrorCode, limits};

/// Items of a page when the caller names no number.
const DEFAULT_ITEMS: usize = 50;

/// A checked page size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    limit: usize,
}

impl Page {
    /// Of the size asked for.
    pub(crate) fn of(limit: Option<usize>) -> Result<Self> {
        let limit = limit.unwrap_or(DEFAULT_ITEMS);
        if limit == 0 || limit > limits::PAGE_ITEMS {
            let message = format!("a page has 1 to {} items", limits::PAGE_ITEMS);
            return Err(Error::new(ErrorCode::InvalidQuery, message).with_field("limit"));
        }
        Ok(Self { limit })
    }

    /// Rows to read: one more than is shown.
    pub(crate) fn fetch(self) -> u64 {
        u64::try_from(self.limit + 1).unwrap_or(u64::MAX)
    }

    /// The rows to show and the cursor of the next page.
    pub(crate) fn cut<T>(self, mut rows: Vec<T>, cursor: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next = if more { rows.last().map(cursor) } else { None };
        (rows, next)
    }
}

/// The id or number a cursor stands for.
pub(crate) fn cursor<T: From<i64>>(text: Option<&str>) -> Result<Option<T>> {
    let wrong = |_| Error::new(ErrorCode::InvalidQuery, "pass `next` of the page before, or nothing").with_field("after");
    text.map(|text| plexichat_model::id::parse(text).map(T::from).map_err(wrong)).transpose()
}

#[cfg(test)]
mod tests {
    use super::{Page, cursor};
    use plexichat_model::UserId;

    #[test]
    fn one_row_more_tells_of_another_page() {
        let page = Page::of(Some(2)).expect("fine");
        assert_eq!(page.fetch(), 3);
        assert_eq!(page.cut(vec![1, 2, 3], ToString::to_string), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(page.cut(vec![1, 2], ToString::to_string), (vec![1, 2], None));
    }

    #[test]
    fn sizes_and_cursors_are_checked() {
        assert!(Page::of(Some(0)).is_err() && Page::of(Some(201)).is_err() && Page::of(Some(200)).is_ok());
        assert_eq!(cursor::<UserId>(Some("7")).expect("fine"), Some(UserId(7)));
        assert!(cursor::<UserId>(Some("x")).is_err());
    }
}
