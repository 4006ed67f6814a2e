use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

const MOST: usize = 65_536;

/// A masked frame of a client.
fn frame(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut bytes = Head::of(0, payload.len()).bytes().to_vec();
    bytes[0] = first;
    bytes[1] |= MASKED;
    bytes.extend_from_slice(&mask);
    bytes.extend(payload.iter().enumerate().map(|(index, byte)| byte ^ mask[index % 4]));
    bytes
}

fn all(inbox: &mut Inbox, bytes: &[u8]) -> Result<Vec<Message>, Fault> {
    inbox.push(bytes);
    let mut messages = Vec::new();
    while let Some(message) = inbox.next(MOST)? {
        messages.push(message);
    }
    Ok(messages)
}

fn fault(bytes: &[u8]) -> Option<Fault> {
    all(&mut Inbox::default(), bytes).err()
}

#[test]
fn the_examples_of_the_standard() {
    // RFC 6455, section 5.7, those that a client may send.
    let mut inbox = Inbox::default();
    let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(all(&mut inbox, &hello), Ok(vec![Message::Text("Hello".to_owned())]));
    let pong = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(all(&mut inbox, &pong), Ok(vec![Message::Pong]));
    assert_eq!(control(PONG, b"Hello"), [0x8a, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    assert_eq!(Head::of(BINARY, 256).bytes(), [0x82, 0x7e, 0x01, 0x00]);
    assert_eq!(Head::of(BINARY, 65_536).bytes(), [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
}

#[test]
fn what_the_standard_forbids_is_a_fault() {
    let text = |payload: &[u8]| frame(0x81, payload, [1, 2, 3, 4]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("not masked", vec![0x81, 0x01, b'x']),
        ("a reserved bit", frame(0xC1, b"x", [0; 4])),
        ("an unknown opcode", frame(0x83, b"x", [0; 4])),
        ("an unknown control opcode", frame(0x8B, b"x", [0; 4])),
        ("a control frame in parts", frame(0x09, b"x", [0; 4])),
        ("a long control frame", frame(0x89, &[b'x'; 126], [0; 4])),
        ("a continuation of nothing", frame(0x80, b"x", [0; 4])),
        ("a second beginning", [frame(0x01, b"x", [0; 4]), text(b"y")].concat()),
        ("no UTF-8", text(&[0xFF])),
        ("half a character at the end", [frame(0x01, &[0xC3], [0; 4]), frame(0x80, b"", [0; 4])].concat()),
        ("a length written too wide", vec![0x81, 0xFE, 0, 125]),
        ("a length written far too wide", vec![0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
        ("a length with the highest bit", vec![0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ("a close of one byte", frame(0x88, &[3], [0; 4])),
        ("a close code that is never sent", frame(0x88, &1005_u16.to_be_bytes(), [0; 4])),
        ("a close reason that is no text", frame(0x88, &[3, 0xE8, 0xFF], [0; 4])),
    ];
    for (name, bytes) in cases {
        assert_eq!(fault(&bytes), Some(Fault::Protocol), "{name}");
    }
}

#[test]
fn what_is_too_large_is_refused_by_its_head() {
    let whole = Head::of(TEXT, MOST + 1);
    let mut head = whole.bytes().to_vec();
    head[1] |= MASKED;
    assert_eq!(fault(&head), Some(Fault::TooLarge));
    let mut part = Head::of(CONTINUATION, MOST - 9).bytes().to_vec();
    part[1] |= MASKED;
    assert_eq!(fault(&[frame(0x01, &[b'x'; 10], [0; 4]), part].concat()), Some(Fault::TooLarge), "the sum counts");
    assert_eq!(fault(&frame(0x81, &vec![b'x'; MOST], [7; 4])), None);
    let ping = frame(0x89, &[b'x'; 125], [0; 4]);
    assert_eq!(fault(&[frame(0x01, &vec![b'x'; MOST], [0; 4]), ping].concat()), None, "a ping is no part of it");
}

#[test]
fn nothing_is_held_between_messages() {
    let mut inbox = Inbox::default();
    let bytes = [frame(0x01, b"half", [9; 4]), frame(0x89, b"?", [8; 4]), frame(0x80, b"whole", [7; 4])].concat();
    let expected = vec![Message::Ping(b"?".to_vec()), Message::Text("halfwhole".to_owned())];
    assert_eq!(all(&mut inbox, &bytes), Ok(expected));
    assert_eq!((inbox.bytes.capacity(), inbox.start, inbox.parts), (0, 0, None));
}

/// A message and the sizes of its parts.
fn parts() -> impl Strategy<Value = (String, Vec<usize>)> {
    (".{0,300}", vec(0..120_usize, 0..4))
}

proptest! {
    /// However a client cuts its messages, and the network what it sends: what was said arrives.
    #[test]
    fn what_was_said_arrives(said in vec((parts(), any::<[u8; 4]>(), any::<bool>()), 1..6), cuts in vec(1..50_usize, 1..20)) {
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for ((text, sizes), mask, pings) in &said {
            let mut rest = text.as_bytes();
            let mut opcode = TEXT;
            for size in sizes {
                let (part, after) = rest.split_at((*size).min(rest.len()));
                bytes.extend(frame(opcode, part, *mask));
                if *pings {
                    bytes.extend(frame(FINAL | PING, part, *mask));
                    expected.push(Message::Ping(part.to_vec()));
                }
                (rest, opcode) = (after, CONTINUATION);
            }
            bytes.extend(frame(FINAL | opcode, rest, *mask));
            expected.push(Message::Text(text.clone()));
        }
        let (mut inbox, mut got, mut sizes) = (Inbox::default(), Vec::new(), cuts.iter().cycle());
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (part, after) = rest.split_at((*sizes.next().expect("endless")).min(rest.len()));
            got.extend(all(&mut inbox, part).expect("no fault"));
            rest = after;
        }
        prop_assert_eq!(got, expected);
        prop_assert_eq!(inbox.bytes.capacity(), 0);
    }

    /// Noise is refused or waits for more; it never panics and never holds more than it was given.
    #[test]
    fn noise_does_no_harm(noise in vec(vec(any::<u8>(), 0..200), 0..10)) {
        let (mut inbox, mut given) = (Inbox::default(), 0);
        for part in noise {
            given += part.len();
            if all(&mut inbox, &part).is_err() {
                break;
            }
            prop_assert!(inbox.bytes.len() + inbox.parts.as_ref().map_or(0, |parts| parts.1.len()) <= given);
        }
    }
}
