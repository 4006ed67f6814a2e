//! Frames as text, encoded once and shared by all sockets that get them.

use axum::body::Bytes;
use plexichat_model::gateway::ServerFrame;
use plexichat_model::{Event, JournalEvent, JournalKey};
use serde::Serialize;

/// A live event without a copy of it: `{"op":"event", …}` exactly as [`ServerFrame::Event`].
#[derive(Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Live<'a> {
    Event(&'a JournalEvent),
}

/// Any frame.
pub(crate) fn frame(frame: &ServerFrame) -> Bytes {
    text(frame)
}

/// A live event.
pub(crate) fn event(event: &JournalEvent) -> Bytes {
    text(&Live::Event(event))
}

/// What followers get who may not read the event: its version alone.
pub(crate) fn nothing(journal: JournalKey, version: i64, from_version: Option<i64>) -> Bytes {
    event(&JournalEvent { journal, version, from_version, event: Event::Nothing {} })
}

fn text<T: Serialize>(value: &T) -> Bytes {
    // Every type of the wire serialises: string keys, no failing implementation.
    Bytes::from(serde_json::to_vec(value).expect("frames serialise"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_event_is_the_frame_of_the_contract() {
        let held = JournalEvent { journal: JournalKey::INSTANCE, version: 7, from_version: Some(5), event: Event::Nothing {} };
        assert_eq!(event(&held), frame(&ServerFrame::Event(held.clone())));
        assert_eq!(nothing(JournalKey::INSTANCE, 7, Some(5)), event(&held));
    }
}
