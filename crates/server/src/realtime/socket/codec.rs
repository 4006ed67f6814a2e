//! The frames of RFC 6455 as a server sees them: bytes of the peer to messages, and the heads of what is sent.
//!
//! Pure: bytes go in as they come, messages come out. Nothing is kept while nothing is under way, so that an idle
//! socket costs no buffer. Bounded: a frame is refused by its head, a message in parts by their sum. No extensions are
//! agreed on, so reserved bits are a fault. Not here: who reads and writes (`wire`), what messages mean.

/// Opcode of a text message, RFC 6455, section 5.2.
pub(crate) const TEXT: u8 = 0x1;
const CONTINUATION: u8 = 0x0;
const BINARY: u8 = 0x2;
/// Opcode of a close frame.
pub(super) const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
/// Opcode of the answer to a ping.
pub(super) const PONG: u8 = 0xA;

const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
/// Longest payload of a control frame.
const MOST_CONTROL: usize = 125;
/// Longest head of an unmasked frame.
pub(crate) const MOST_HEAD: usize = 10;

/// Head of an unmasked, final frame.
#[derive(Debug)]
pub(crate) struct Head {
    bytes: [u8; MOST_HEAD],
    length: usize,
}

impl Head {
    /// Of a frame with a payload of so many bytes.
    pub(crate) fn of(opcode: u8, payload: usize) -> Self {
        let mut bytes = [0; MOST_HEAD];
        bytes[0] = FINAL | opcode;
        let length = match (u8::try_from(payload), u16::try_from(payload)) {
            (Ok(short @ 0..=125), _) => {
                bytes[1] = short;
                2
            }
            (_, Ok(middle)) => {
                bytes[1] = 126;
                bytes[2..4].copy_from_slice(&middle.to_be_bytes());
                4
            }
            (_, Err(_)) => {
                bytes[1] = 127;
                bytes[2..].copy_from_slice(&(payload as u64).to_be_bytes());
                MOST_HEAD
            }
        };
        Self { bytes, length }
    }

    /// As it is written.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// A control frame with at most 125 bytes.
pub(super) fn control(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(MOST_CONTROL)];
    [Head::of(opcode, payload.len()).bytes(), payload].concat()
}

/// Payload of a close frame.
pub(super) fn reason(code: u16, text: &str) -> Vec<u8> {
    [&code.to_be_bytes(), text.as_bytes()].concat()
}

/// What the peer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A text, whole.
    Text(String),
    /// Bytes, which the protocol does not know.
    Binary,
    /// To be answered with the same bytes.
    Ping(Vec<u8>),
    Pong,
    /// The payload, to be repeated.
    Close(Vec<u8>),
}

/// Why the peer cannot be understood any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Against RFC 6455.
    Protocol,
    /// A message above the bound.
    TooLarge,
}

/// Head of a frame from the peer.
struct Arriving {
    is_final: bool,
    opcode: u8,
    mask: [u8; 4],
    /// Where the payload begins and ends.
    payload: std::ops::Range<usize>,
}

/// What has arrived of messages that are not whole.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// Bytes that make no frame yet.
    bytes: Vec<u8>,
    /// Where they begin.
    start: usize,
    /// A message in parts: its opcode, and what it is so far.
    parts: Option<Box<(u8, Vec<u8>)>>,
}

impl Inbox {
    /// Bytes arrived.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..std::mem::take(&mut self.start));
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message; `None`: more bytes are needed. Nothing is to be asked of an inbox that found a fault.
    pub(super) fn next(&mut self, most: usize) -> Result<Option<Message>, Fault> {
        while let Some(arriving) = self.arriving(most)? {
            let mut payload = self.bytes[self.start..][arriving.payload.clone()].to_vec();
            unmask(&mut payload, arriving.mask);
            self.start += arriving.payload.end;
            if self.start == self.bytes.len() {
                (self.bytes, self.start) = (Vec::new(), 0);
            }
            if let Some(message) = self.message(&arriving, payload)? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// The next frame, when all of it is here.
    fn arriving(&self, most: usize) -> Result<Option<Arriving>, Fault> {
        let bytes = &self.bytes[self.start..];
        let &[first, second, ..] = bytes else { return Ok(None) };
        let (is_final, opcode) = (first & FINAL != 0, first & 0x0F);
        let is_control = opcode >= CLOSE;
        let is_known = matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG);
        // Whoever continues must have begun, and whoever has begun must end before the next.
        let is_in_turn = is_control || (opcode == CONTINUATION) == self.parts.is_some();
        if first & RESERVED != 0 || second & MASKED == 0 || !is_known || !is_in_turn || (is_control && !is_final) {
            return Err(Fault::Protocol);
        }
        let (length, wide, least) = match usize::from(second & !MASKED) {
            126 => (bytes.get(2..4).map(big_endian), 2, 126),
            127 => (bytes.get(2..10).map(big_endian), 8, 65_536),
            short => (Some(short as u64), 0, 0),
        };
        if is_control && wide > 0 {
            return Err(Fault::Protocol);
        }
        let Some(length) = length else { return Ok(None) };
        if length < least || length > i64::MAX.cast_unsigned() {
            return Err(Fault::Protocol);
        }
        let before = self.parts.as_ref().filter(|_| !is_control).map_or(0, |parts| parts.1.len());
        let length = usize::try_from(length).ok().filter(|length| *length <= most - before).ok_or(Fault::TooLarge)?;
        let begin = 2 + wide + 4;
        let payload = begin..begin + length;
        let Some(mask) = bytes.get(..payload.end).and_then(|frame| frame[2 + wide..].first_chunk()) else { return Ok(None) };
        Ok(Some(Arriving { is_final, opcode, mask: *mask, payload }))
    }

    /// The message that a frame is, or completes.
    fn message(&mut self, arriving: &Arriving, payload: Vec<u8>) -> Result<Option<Message>, Fault> {
        let whole = |opcode, payload| match opcode {
            TEXT => String::from_utf8(payload).map(Message::Text).map_err(|_| Fault::Protocol),
            _ => Ok(Message::Binary),
        };
        match (arriving.opcode, arriving.is_final) {
            (PING, _) => Ok(Some(Message::Ping(payload))),
            (PONG, _) => Ok(Some(Message::Pong)),
            (CLOSE, _) if is_reason(&payload) => Ok(Some(Message::Close(payload))),
            (CLOSE, _) => Err(Fault::Protocol),
            (CONTINUATION, is_final) => {
                let Some(mut parts) = self.parts.take() else { return Err(Fault::Protocol) };
                parts.1.extend_from_slice(&payload);
                if is_final {
                    return whole(parts.0, parts.1).map(Some);
                }
                self.parts = Some(parts);
                Ok(None)
            }
            (opcode, true) => whole(opcode, payload).map(Some),
            (opcode, false) => {
                self.parts = Some(Box::new((opcode, payload)));
                Ok(None)
            }
        }
    }
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let mut words = payload.chunks_exact_mut(4);
    for word in &mut words {
        word.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
    words.into_remainder().iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
}

/// Whether this may stand in a close frame: nothing, or a code that may be sent (RFC 6455, section 7.4) and a text.
fn is_reason(payload: &[u8]) -> bool {
    match payload {
        [] => true,
        [high, low, text @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) && std::str::from_utf8(text).is_ok()
        }
        [_] => false,
    }
}

#[cfg(test)]
mod tests;
