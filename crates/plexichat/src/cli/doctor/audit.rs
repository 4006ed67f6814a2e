//! How the audit log stands.

use super::{Finding, State};
use plexichat_audit::{Log, Standing};
use plexichat_database::Db;
use plexichat_kernel::{Clock, Result};
use std::time::Duration;

pub(super) async fn finding(db: &Db) -> Finding {
    let now_ms = Clock::system().now_ms();
    judged(Log::new(db.clone()).standing().await, now_ms)
}

fn judged(found: Result<Option<Standing>>, now_ms: i64) -> Finding {
    let name = "audit log";
    let standing = match found {
        Ok(Some(standing)) => standing,
        Ok(None) => return Finding::ok(name, "begins with the first start"),
        Err(error) => return Finding::wrong(name, State::Failing, error.to_string(), "see the message of the database"),
    };
    let ago = |ms: i64| Duration::from_millis(u64::try_from(now_ms - ms).unwrap_or(0));
    let signed = match standing.signed_ms {
        Some(ms) => format!("{} entries, signed {} seconds ago", standing.size, ago(ms).as_secs()),
        None => "nothing was signed yet".to_owned(),
    };
    match standing.waiting_since_ms.map(ago) {
        Some(waited) if waited >= Standing::PATIENCE => {
            let more = if standing.waiting as u64 == Standing::MOST_WAITING { "at least " } else { "" };
            let detail = format!("{signed}; {more}{} wait, the oldest for {} seconds", standing.waiting, waited.as_secs());
            let remedy = "a running server numbers them within seconds; if one runs, its log says why it does not";
            Finding::wrong(name, State::Advice, detail, remedy)
        }
        _ => Finding::ok(name, signed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_wait_for_long_are_told() {
        let standing = |waiting, since| Ok(Some(Standing { size: 7, signed_ms: Some(90_000), waiting, waiting_since_ms: since }));
        let state = |found| {
            let finding = judged(found, 100_000);
            (finding.state == State::Ok, finding.detail)
        };
        assert_eq!(state(standing(0, None)), (true, "7 entries, signed 10 seconds ago".to_owned()));
        assert_eq!(state(standing(3, Some(99_000))), (true, "7 entries, signed 10 seconds ago".to_owned()));
        let waits = "7 entries, signed 10 seconds ago; 3 wait, the oldest for 70 seconds";
        assert_eq!(state(standing(3, Some(30_000))), (false, waits.to_owned()));
        assert!(state(Ok(None)).0);
    }
}
