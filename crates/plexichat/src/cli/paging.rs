//! Lists that come in pages.

use plexichat_client::{PageQuery, Result};

/// A list, page by page, and whether it goes on beyond what was asked for.
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) is_cut: bool,
}

/// All items whose name begins with `q`, until there are `most` or somewhat more. `page` asks for one page and answers its
/// items and the mark of the next.
pub(super) async fn gather<T>(
    most: usize,
    q: Option<String>,
    page: impl AsyncFn(PageQuery) -> Result<(Vec<T>, Option<String>)>,
) -> Result<Listed<T>> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let (page_items, next) = page(PageQuery { q: q.clone(), ..PageQuery::after(after) }).await?;
        items.extend(page_items);
        if next.is_none() || items.len() >= most {
            return Ok(Listed { items, is_cut: next.is_some() });
        }
        after = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three items a page, numbered on.
    async fn three(page: PageQuery) -> Result<(Vec<usize>, Option<String>)> {
        let from: usize = page.after.map_or(0, |mark| mark.parse().expect("a mark of ours"));
        Ok(((from..from + 3).collect(), (from < 9).then(|| (from + 3).to_string())))
    }

    #[tokio::test]
    async fn pages_are_read_to_the_end_or_to_the_bound() {
        let all = gather(100, None, three).await.expect("listed");
        assert_eq!((all.items, all.is_cut), ((0..12).collect(), false));
        let some = gather(4, None, three).await.expect("listed");
        assert_eq!((some.items, some.is_cut), ((0..6).collect(), true));
    }
}
