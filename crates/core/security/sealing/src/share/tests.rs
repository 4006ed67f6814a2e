use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use super::*;

fn key() -> Key {
    Key::from_bytes(&std::array::from_fn(|index| u8::try_from(index * 7).expect("small")))
}

fn copy(share: &Share) -> Share {
    Share::from_bytes(&share.to_bytes()).expect("ours")
}

fn corrupted(share: &Share) -> Share {
    let mut bytes = share.to_bytes().to_vec();
    bytes[SHARE_LENGTH - 1] ^= 1;
    Share::from_bytes(&bytes).expect("well formed")
}

fn copies(shares: &[Share]) -> Vec<Share> {
    shares.iter().map(copy).collect()
}

/// Any k of n, and no k−1.
#[test]
fn any_three_of_five_join_and_no_two() {
    let (set, shares) = split(&key(), 3, 5).expect("3 of 5");
    for mask in 0_u8..32 {
        let chosen: Vec<Share> = shares.iter().filter(|share| mask >> (share.index() - 1) & 1 == 1).map(copy).collect();
        if chosen.len() >= 3 {
            for joined in [join(&chosen), set.join(&chosen)] {
                assert_eq!(joined, Ok(Joined { key: key(), wrong: vec![] }), "{mask:05b}");
            }
        } else {
            let error = ShareError::NotEnough { needed: 3, good: chosen.len(), wrong: vec![] };
            assert_eq!(set.join(&chosen), Err(error), "{mask:05b}");
            assert!(join(&chosen).is_err());
        }
    }
}

/// Two shares of three needed fit every key: for each there is a third share that gives it.
#[test]
fn fewer_shares_say_nothing() {
    let (_, shares) = split(&key(), 3, 5).expect("3 of 5");
    let points = [(shares[0].index, &*shares[0].y), (shares[1].index, &*shares[1].y)];
    for other in [Key::from_bytes(&[0; 32]), Key::from_bytes(&[255; 32]), Key::random()] {
        let through_other = [points[0], points[1], (0, other.expose())];
        let mut third = [0; 32];
        field::interpolate(&through_other, shares[2].index, &mut third);
        let mut back = [0; 32];
        field::interpolate(&[points[0], points[1], (shares[2].index, &third)], 0, &mut back);
        assert_eq!(back, *other.expose());
    }
}

#[test]
fn wrong_shares_are_named_and_left_out_if_enough_are_right() {
    let (set, shares) = split(&key(), 3, 5).expect("3 of 5");
    let mut some = copies(&shares[..4]);
    some[1] = corrupted(&shares[1]);
    assert_eq!(set.check(&some[1]), Err(ShareError::Wrong { index: 2 }));
    assert_eq!(set.join(&some), Ok(Joined { key: key(), wrong: vec![2] }));
    assert_eq!(join(&some), Ok(Joined { key: key(), wrong: vec![2] }), "four of three needed name it without the set");
    some.pop();
    assert_eq!(set.join(&some), Err(ShareError::NotEnough { needed: 3, good: 2, wrong: vec![2] }));
    assert_eq!(join(&some), Err(ShareError::SomeWrong));
    let text = ShareError::NotEnough { needed: 3, good: 2, wrong: vec![2, 4] }.to_string();
    assert_eq!(text, "3 good shares are needed and 2 are here; wrong: 2, 4");
}

#[test]
fn shares_of_another_set_and_contradictions_are_refused() {
    let (set, shares) = split(&key(), 2, 3).expect("2 of 3");
    let (_, others) = split(&key(), 2, 3).expect("2 of 3");
    // The stranger is named wherever it stands.
    for place in 0..3 {
        let mut mixed = copies(&shares[..2]);
        mixed.insert(place, copy(&others[2]));
        assert_eq!(join(&mixed), Err(ShareError::AnotherSet { index: 3 }));
        assert_eq!(set.join(&mixed), Err(ShareError::AnotherSet { index: 3 }));
    }
    let twice = [copy(&shares[0]), corrupted(&shares[0]), copy(&shares[1])];
    assert_eq!(join(&twice), Err(ShareError::Contradiction { index: 1 }));
    assert_eq!(set.join(&twice), Ok(Joined { key: key(), wrong: vec![1] }));
    let same = [copy(&shares[0]), copy(&shares[0])];
    assert_eq!(join(&same), Err(ShareError::NotEnough { needed: 2, good: 1, wrong: vec![] }));
    assert_eq!(join(&[]), Err(ShareError::NotEnough { needed: 1, good: 0, wrong: vec![] }));
    let many: Vec<Share> = (0..256).map(|_| copy(&shares[0])).collect();
    assert_eq!(join(&many), Err(ShareError::TooMany));
    assert_eq!(set.join(&many), Err(ShareError::TooMany));
}

/// Two shares with the same error: with a third their errors cancel at zero, so the key is right and the curve is not.
#[test]
fn errors_that_cancel_out_do_not_slander_the_others() {
    let (set, shares) = split(&key(), 3, 7).expect("3 of 7");
    let mut some = copies(&shares);
    some[0] = corrupted(&shares[0]);
    some[4] = corrupted(&shares[4]);
    let cancelled = [copy(&some[0]), copy(&some[3]), copy(&some[4])];
    assert_eq!(join(&cancelled).map(|joined| joined.key), Ok(key()), "the case exists");
    assert_eq!(join(&some).map(|joined| joined.wrong), Ok(vec![1, 5]));
    assert_eq!(set.join(&some).map(|joined| joined.wrong), Ok(vec![1, 5]));
}

#[test]
fn bounds_of_k_and_n() {
    assert!(split(&key(), 0, 3).is_err());
    assert!(split(&key(), 4, 3).is_err());
    assert!(split(&key(), 0, 0).is_err());
    let (_, any) = split(&key(), 1, 3).expect("any of 3");
    assert_eq!(join(&[copy(&any[2])]).map(|joined| joined.key), Ok(key()));
    let (set, all) = split(&key(), 255, 255).expect("all of 255");
    assert_eq!(set.join(&all), Ok(Joined { key: key(), wrong: vec![] }));
    assert!(join(&all[1..]).is_err());
}

#[test]
fn a_share_is_typed_with_mercy_and_never_shown() {
    let (_, shares) = split(&key(), 2, 3).expect("2 of 3");
    let text = shares[0].to_text();
    assert_eq!(Share::from_text(&text).as_ref(), Ok(&shares[0]));
    assert_eq!(Share::from_text(&text.to_uppercase().replace(' ', "\n ")).as_ref(), Ok(&shares[0]));
    assert!(text.split(' ').all(|group| group.len() <= 4));
    assert_eq!(format!("{:?}", shares[0]), "Share(1 of 3, 2 needed)");
    assert!(Share::from_text("").is_err());
    assert!(Share::from_text("plexi-share1ü").is_err());
    assert!(Share::from_text(&"q".repeat(10_000)).is_err());
}

/// What `blahaj` splits this joins, and the other way round.
#[test]
fn another_implementation_agrees() {
    let (set, shares) = split(&key(), 3, 5).expect("3 of 5");
    let theirs: Vec<blahaj::Share> = shares[1..4]
        .iter()
        .map(|share| blahaj::Share::try_from([&[share.index], share.y.as_slice()].concat().as_slice()).expect("a share"))
        .collect();
    assert_eq!(blahaj::Sharks(3).recover(&theirs).expect("three"), key().expose());

    let dealt: Vec<Share> = blahaj::Sharks(3)
        .dealer_rng(key().expose(), &mut crate::entropy::Os)
        .take(5)
        .map(|dealt| {
            let dealt = Vec::from(&dealt);
            Share { common: set.common(), index: dealt[0], y: Box::new(dealt[1..].try_into().expect("32 bytes")) }
        })
        .collect();
    assert_eq!(join(&dealt[2..]), Ok(Joined { key: key(), wrong: vec![] }));
}

/// Frozen, so that shares on paper open in ten years.
#[test]
fn a_share_of_today_opens_for_ever() {
    let vector = include_str!("../../tests/vectors/shares.txt");
    let lines: Vec<&str> = vector.lines().filter(|line| !line.starts_with('#')).collect();
    let shares: Vec<Share> = lines[1..].iter().map(|line| Share::from_text(line).expect("well formed")).collect();
    assert_eq!(shares.len(), 5);
    let set = ShareSet::from_bytes(&crate::hex::decode(lines[0])).expect("well formed");
    for three in [&shares[..3], &shares[2..]] {
        assert_eq!(set.join(three), Ok(Joined { key: key(), wrong: vec![] }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_choice_joins(
        secret in any::<[u8; 32]>(), (needed, total) in (1_u8..9).prop_flat_map(|total| (1..=total, Just(total))), order in any::<Index>(),
    ) {
        let key = Key::from_bytes(&secret);
        let (set, shares) = split(&key, needed, total).expect("within bounds");
        let mut chosen = copies(&shares);
        let start = order.index(chosen.len());
        chosen.rotate_left(start);
        chosen.truncate(usize::from(needed));
        prop_assert_eq!(join(&chosen).map(|joined| joined.key == key), Ok(true));
        prop_assert_eq!(ShareSet::from_bytes(&set.to_bytes()), Ok(set));
    }

    #[test]
    fn corrupted_shares_are_always_named(bad in subsequence(vec![0_usize, 1, 2, 3, 4, 5, 6], 0..=4), bit in 0_usize..256) {
        let (set, shares) = split(&key(), 3, 7).expect("3 of 7");
        let mut some = copies(&shares);
        for &at in &bad {
            let mut bytes = shares[at].to_bytes().to_vec();
            bytes[HEAD + bit / 8] ^= 1 << (bit % 8);
            some[at] = Share::from_bytes(&bytes).expect("well formed");
        }
        let wrong: Vec<u8> = bad.iter().map(|&at| shares[at].index()).collect();
        prop_assert_eq!(set.join(&some), Ok(Joined { key: key(), wrong: wrong.clone() }));
        // Without the set, as long as the right ones outweigh what wrong ones may agree on.
        if bad.len() <= 2 {
            prop_assert_eq!(join(&some), Ok(Joined { key: key(), wrong }));
        } else {
            prop_assert_eq!(join(&some).map(|joined| joined.key), Ok(key()));
        }
    }

    #[test]
    fn mistyped_text_is_noticed(at in any::<Index>(), to in "[a-z0-9]") {
        let (_, shares) = split(&key(), 2, 3).expect("2 of 3");
        let text = shares[1].to_text();
        let at = at.index(text.len());
        let mut typed = text.to_string();
        typed.replace_range(at..=at, &to);
        let same = typed.replace(' ', "") == text.replace(' ', "");
        prop_assert_eq!(Share::from_text(&typed).is_ok(), same);
    }

    #[test]
    fn random_input_never_panics(text in ".{0,140}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Share::from_text(&text).is_err());
        let ours = format!("plexi-share1{text}");
        prop_assert!(Share::from_text(&ours).is_err());
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        let _ = Share::from_bytes(&bytes);
        let _ = ShareSet::from_bytes(&bytes);
    }
}
