//! Frames as they go over the wire, made once and shared by all sockets that get them.

use axum::body::Bytes;
use plexichat_model::gateway::ServerFrame;
use plexichat_model::{Event, JournalEvent, JournalKey};
use serde::Serialize;

use super::socket::codec;

/// A live event without a copy of it: `{"op":"event", …}` exactly as [`ServerFrame::Event`].
#[derive(Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Live<'a> {
    Event(&'a JournalEvent),
}

/// A text frame of the WebSocket, head and all. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame(Bytes);

impl Frame {
    /// The frame that carries this value as JSON.
    pub(crate) fn of<T: Serialize>(value: &T) -> Self {
        // The length is known afterwards, and stands in front.
        let mut bytes = vec![0; codec::MOST_HEAD];
        // Every type of the wire serialises: string keys, no failing implementation.
        serde_json::to_writer(&mut bytes, value).expect("frames serialise");
        let head = codec::Head::of(codec::TEXT, bytes.len() - codec::MOST_HEAD);
        let start = codec::MOST_HEAD - head.bytes().len();
        bytes[start..codec::MOST_HEAD].copy_from_slice(head.bytes());
        // Kept by many for a while: no more than is needed.
        bytes.shrink_to_fit();
        Self(Bytes::from(bytes).slice(start..))
    }

    /// What is written.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }

    /// The JSON in it.
    #[cfg(test)]
    pub(crate) fn json(&self) -> serde_json::Value {
        let head = match self.0[1] {
            126 => 4,
            127 => codec::MOST_HEAD,
            _ => 2,
        };
        serde_json::from_slice(&self.0[head..]).expect("JSON")
    }
}

/// Any frame.
pub(crate) fn frame(frame: &ServerFrame) -> Frame {
    Frame::of(frame)
}

/// A live event.
pub(crate) fn event(event: &JournalEvent) -> Frame {
    Frame::of(&Live::Event(event))
}

/// What followers get who may not read the event: its version alone.
pub(crate) fn nothing(journal: JournalKey, version: i64, from_version: Option<i64>) -> Frame {
    event(&JournalEvent { journal, version, from_version, event: Event::Nothing {} })
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

    #[test]
    fn the_head_of_a_frame_says_how_long_it_is() {
        for length in [0, 1, 123, 124, 65_533, 65_534, 100_000] {
            let bytes = Frame::of(&"x".repeat(length)).into_bytes();
            let length = length + 2;
            let head = match length {
                0..=125 => vec![0x81, u8::try_from(length).expect("short")],
                126..=65_535 => [&[0x81, 126], &u16::try_from(length).expect("short").to_be_bytes()[..]].concat(),
                _ => [&[0x81, 127], &(length as u64).to_be_bytes()[..]].concat(),
            };
            assert_eq!((&bytes[..head.len()], bytes.len()), (&head[..], head.len() + length));
        }
    }
}
