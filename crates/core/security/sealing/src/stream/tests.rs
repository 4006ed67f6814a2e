use std::io::{Read, Write};

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

const PLACE: Context<'static> = Context::row("files", "content", 7);
const SMALL: ChunkSize = ChunkSize(10);
const SEALED: usize = 1024 + TAG;

fn id() -> KeyId {
    KeyId::new(3).expect("positive")
}

fn key() -> Key {
    Key::from_bytes(&[4; 32])
}

/// Lengths around the borders of chunks, and any other.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![
        Just(0_usize),
        Just(1),
        Just(1023),
        Just(1024),
        Just(1025),
        Just(2048),
        Just(3072),
        Just(4095),
        0_usize..5000
    ];
    (length, any::<u8>())
        .prop_map(|(length, seed)| [0_u8, 7, 90, 255].iter().cycle().take(length).map(|byte| byte ^ seed).collect())
}

fn sealed_with(key: &Key, context: &Context<'_>, content: &[u8]) -> Vec<u8> {
    let mut sealer = Sealer::with_chunk(key, id(), context, SMALL);
    let mut out = sealer.header().to_bytes().to_vec();
    sealer.push(content, &mut out).expect("short");
    sealer.finish(&mut out).expect("short");
    out
}

fn sealed(content: &[u8]) -> Vec<u8> {
    sealed_with(&key(), &PLACE, content)
}

fn opened_with(key: &Key, context: &Context<'_>, stream: &[u8]) -> Result<Vec<u8>> {
    let (header, body) = stream.split_first_chunk().ok_or(Error::Malformed("short"))?;
    let mut opener = Opener::new(key, context, &Header::parse(header)?)?;
    let mut out = Vec::new();
    opener.push(body, &mut out)?;
    opener.finish(&mut out)?;
    Ok(out)
}

fn opened(stream: &[u8]) -> Result<Vec<u8>> {
    opened_with(&key(), &PLACE, stream)
}

fn chunks(stream: &[u8]) -> Vec<Vec<u8>> {
    stream[HEADER_LENGTH..].chunks(SEALED).map(<[u8]>::to_vec).collect()
}

fn join(header: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [&header[..HEADER_LENGTH], &chunks.concat()].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_content_comes_back_in_any_pieces(content in content(), pieces in prop::collection::vec(1_usize..1500, 1..8)) {
        let mut sealer = Sealer::with_chunk(&key(), id(), &PLACE, SMALL);
        let mut stream = sealer.header().to_bytes().to_vec();
        let mut rest = content.as_slice();
        for piece in pieces.iter().cycle().take(content.len() + 1) {
            let (now, later) = rest.split_at(rest.len().min(*piece));
            sealer.push(now, &mut stream).expect("short");
            rest = later;
        }
        sealer.finish(&mut stream).expect("short");
        prop_assert_eq!(opened(&stream), Ok(content.clone()));

        let layout = Layout::of_plaintext(content.len() as u64, SMALL).expect("short");
        prop_assert_eq!(layout.sealed(), stream.len() as u64);
        prop_assert_eq!(Layout::of_sealed(stream.len() as u64, SMALL), Ok(layout));

        let (header, _) = stream.split_first_chunk().expect("long enough");
        let mut opener = Opener::new(&key(), &PLACE, &Header::parse(header).expect("ours")).expect("fits");
        let mut out = Vec::new();
        let mut rest = &stream[HEADER_LENGTH..];
        for piece in pieces.iter().cycle().take(stream.len()) {
            let (now, later) = rest.split_at(rest.len().min(*piece));
            opener.push(now, &mut out).expect("ours");
            rest = later;
        }
        opener.finish(&mut out).expect("ours");
        prop_assert_eq!(out, content);
    }

    #[test]
    fn every_chunk_opens_by_itself_and_only_as_what_it_is(content in content(), other in any::<Index>()) {
        let stream = sealed(&content);
        let (header, _) = stream.split_first_chunk().expect("long enough");
        let blocks = Blocks::new(&key(), &PLACE, &Header::parse(header).expect("ours")).expect("fits");
        let layout = Layout::of_sealed(stream.len() as u64, SMALL).expect("ours");
        let mut all = Vec::new();
        for number in (0..layout.chunks()).rev() {
            let range = layout.range(number).expect("there");
            let chunk = &stream[usize::try_from(range.start).expect("small")..usize::try_from(range.end).expect("small")];
            let last = layout.is_last(number);
            let opened = blocks.open(number, last, chunk).expect("ours");
            prop_assert!(blocks.open(number, !last, chunk).is_err());
            let wrong = other.index(9) as u64;
            prop_assert!(wrong == number || blocks.open(wrong, last, chunk).is_err());
            all.splice(0..0, opened.iter().copied());
        }
        prop_assert_eq!(&all, &content);
        prop_assert_eq!(layout.range(layout.chunks()), None);
        prop_assert_eq!(layout.locate(content.len() as u64), None);
        if !content.is_empty() {
            let offset = other.index(content.len());
            let (number, within) = layout.locate(offset as u64).expect("inside");
            prop_assert_eq!(usize::try_from(number).expect("small") * 1024 + within, offset);
        }
    }

    #[test]
    fn cut_lengthened_and_flipped_streams_are_refused(content in content(), cut in any::<Index>(), bit in any::<Index>(), tail in 1_usize..2000) {
        let stream = sealed(&content);
        prop_assert!(opened(&stream[..cut.index(stream.len())]).is_err());
        let mut flipped = stream.clone();
        let bit = bit.index(stream.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(opened(&flipped).is_err());
        prop_assert!(opened(&[stream, vec![0; tail]].concat()).is_err());
    }

    #[test]
    fn moved_repeated_removed_and_foreign_chunks_are_refused(
        content in prop::collection::vec(any::<u8>(), 2049..5000), one in any::<Index>(), two in any::<Index>(),
    ) {
        let (stream, twin) = (sealed(&content), sealed(&content));
        let (own, foreign) = (chunks(&stream), chunks(&twin));
        let (one, two) = (one.index(own.len()), two.index(own.len()));
        if one != two {
            let mut swapped = own.clone();
            swapped.swap(one, two);
            prop_assert!(opened(&join(&stream, &swapped)).is_err());
        }
        let mut repeated = own.clone();
        repeated.insert(two, own[one].clone());
        prop_assert!(opened(&join(&stream, &repeated)).is_err());
        let mut removed = own.clone();
        removed.remove(one);
        prop_assert!(opened(&join(&stream, &removed)).is_err());
        let mut mixed = own.clone();
        mixed[one].clone_from(&foreign[one]);
        prop_assert!(opened(&join(&stream, &mixed)).is_err());
        prop_assert!(opened(&join(&twin, &own)).is_err());
        prop_assert!(opened(&stream).is_ok());
    }

    #[test]
    fn another_key_or_place_is_refused_by_the_header(content in content(), row in any::<i64>(), bytes in any::<[u8; 32]>()) {
        let stream = sealed(&content);
        let elsewhere = [Context::row("files", "content", row), Context::row("files", "preview", 7), Context::row("file", "scontent", 7)];
        for other in elsewhere.iter().skip(usize::from(row == 7)) {
            prop_assert_eq!(opened_with(&key(), other, &stream), Err(Error::Refused));
        }
        prop_assert_eq!(opened_with(&Key::from_bytes(&bytes), &PLACE, &stream), Err(Error::Refused));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), format in prop::bool::ANY, length in any::<u64>(), exponent in 0_u8..=255) {
        let mut bytes = bytes;
        if let (true, Some(first)) = (format, bytes.first_mut()) {
            *first = FORMAT;
        }
        prop_assert!(opened(&bytes).is_err());
        if let Some(chunk) = ChunkSize::power_of_two(exponent) {
            if let Ok(layout) = Layout::of_sealed(length, chunk) {
                prop_assert_eq!(layout.sealed(), length);
            }
            let _ = Layout::of_plaintext(length, chunk);
        }
        let stream = sealed(b"x");
        let (header, _) = stream.split_first_chunk().expect("long enough");
        let blocks = Blocks::new(&key(), &PLACE, &Header::parse(header).expect("ours")).expect("fits");
        prop_assert!(blocks.open(length, format, &bytes).is_err());
        let mut opener = Opener::new(&key(), &PLACE, &Header::parse(header).expect("ours")).expect("fits");
        let mut out = Vec::new();
        prop_assert!(opener.push(&bytes, &mut out).and_then(|()| opener.finish(&mut out)).is_err());
    }
}

#[test]
fn readers_and_writers_agree_and_a_refusal_never_becomes_an_end() {
    for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
        let content: Vec<u8> = (0..=252).cycle().take(length).collect();
        let mut writer = SealWriter::new(Vec::new(), &key(), id(), &PLACE).expect("a vector takes it");
        writer.write_all(&content).expect("a vector takes it");
        let stream = writer.finish().expect("a vector takes it");
        let open = |stream: &[u8]| -> std::io::Result<Vec<u8>> {
            let mut reader =
                OpenReader::new(stream, |asked| if asked == id() { Ok(key()) } else { Err(Error::Refused) }, &PLACE)?;
            let mut out = Vec::new();
            let first = reader.read_to_end(&mut out);
            if first.is_err() {
                assert!(reader.read(&mut [0; 8]).is_err(), "an end after a refusal");
            }
            first.map(|_| out)
        };
        assert_eq!(open(&stream).expect("ours"), content);
        let error = open(&stream[..stream.len() - 1]).expect_err("cut off");
        assert!(matches!(error.kind(), std::io::ErrorKind::InvalidData), "{error:?}");
    }
}

#[test]
fn a_cut_at_the_border_of_a_chunk_is_noticed_at_the_end_alone() {
    let stream = sealed(&[1; 3000]);
    let cut = &stream[..HEADER_LENGTH + 2 * SEALED];
    let (header, body) = cut.split_first_chunk().expect("long enough");
    let mut opener = Opener::new(&key(), &PLACE, &Header::parse(header).expect("ours")).expect("fits");
    let mut out = Vec::new();
    opener.push(body, &mut out).expect("so far it is genuine");
    assert_eq!(out.len(), 1024, "the second chunk waits to learn whether it is the last");
    assert_eq!(opener.finish(&mut out), Err(Error::Refused));
    assert_eq!(out.len(), 1024);
}

#[test]
fn an_opener_that_refused_once_refuses_for_ever() {
    let mut stream = sealed(&[1; 3000]);
    stream[HEADER_LENGTH] ^= 1;
    let (header, body) = stream.split_first_chunk().expect("long enough");
    let mut opener = Opener::new(&key(), &PLACE, &Header::parse(header).expect("ours")).expect("fits");
    let mut out = Vec::new();
    assert_eq!(opener.push(body, &mut out), Err(Error::Refused));
    assert_eq!(opener.push(b"x", &mut out), Err(Error::Refused));
    assert_eq!(opener.finish(&mut out), Err(Error::Refused));
    assert!(out.is_empty());
}

#[test]
fn headers_of_the_future_and_absurd_sizes_are_refused_before_anything_is_allocated() {
    let stream = sealed(b"x");
    let (header, _) = stream.split_first_chunk::<HEADER_LENGTH>().expect("long enough");
    let with = |index: usize, value: u8| {
        let mut header = *header;
        header[index] = value;
        Header::parse(&header)
    };
    assert_eq!(with(0, 0x11), Err(Error::UnknownFormat(0x11)));
    assert!(matches!(with(9, 63), Err(Error::Malformed(_))));
    assert!(matches!(with(9, 0), Err(Error::Malformed(_))));
    assert!(matches!(with(1, 0x80), Err(Error::Malformed(_))));
    let larger = with(9, 20).expect("a size that exists");
    assert_eq!(Opener::new(&key(), &PLACE, &larger).err(), Some(Error::Refused));
}

#[test]
fn a_stream_has_at_most_two_to_the_thirty_two_chunks() {
    let most = (1_u64 << 32) * 1024;
    assert_eq!(Layout::of_plaintext(most, SMALL).map(|layout| layout.chunks()), Ok(1 << 32));
    assert!(matches!(Layout::of_plaintext(most + 1, SMALL), Err(Error::TooLarge(_))));
    assert!(matches!(Layout::of_sealed(u64::MAX, SMALL), Err(Error::Malformed(_) | Error::TooLarge(_))));
    let mut sealer = Sealer::with_chunk(&key(), id(), &PLACE, SMALL);
    sealer.next = Some(u32::MAX);
    let mut out = Vec::new();
    sealer.push(&[0; 1024], &mut out).expect("waits");
    sealer.push(&[0; 1], &mut out).expect("the last number");
    sealer.push(&[0; 1023], &mut out).expect("waits");
    assert!(matches!(sealer.push(&[0; 1], &mut out), Err(Error::TooLarge(_))));
}
