use super::*;

/// The loops of at least two turns in a word of statements, as `body×turns@start`.
fn found(word: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for (start, letter) in word.bytes().enumerate() {
        match parts.last_mut() {
            Some(Run { fingerprint, len, .. }) if *fingerprint == u32::from(letter) => *len += 1,
            _ => parts.push(Run { fingerprint: u32::from(letter), start: start as u32, len: 1 }),
        }
    }
    let mut texts = Vec::new();
    loops(
        &parts,
        5,
        |first, other| first == u32::from(b's') && b"iu".contains(&(other as u8)),
        |part| {
            if part.turns >= 2 {
                let body: String =
                    part.body.statements().iter().map(|letter| char::from(*letter as u8)).collect();
                texts.push(format!("{body}×{}@{}..{}", part.turns, part.start, part.end));
            }
        },
    );
    texts
}

#[test]
fn statements_that_come_in_turn_are_loops() {
    for (word, expected) in [
        ("pccccc", &["c×5@1..6"][..]),
        ("pabcabcabcabcabc", &["abc×5@1..16"]),
        // Nested: each row of the outer loop has some of the inner.
        ("pcggcgcgggcggcgg", &["cg×5@1..16"]),
        // A statement that some rows do not need.
        ("pabababaabab", &["ab×5@1..12"]),
        // The last row of a loop of requests is followed by a burst.
        ("abcabcabccccccccccccccc", &["abc×3@0..8", "c×15@8..23"]),
        // A row is inserted or updated.
        ("sisususisus", &["siu×6@0..11"]),
        // Long inner runs are bursts of their own.
        ("pcccccpccccccpccccc", &["c×5@1..6", "c×6@7..13", "c×5@14..19"]),
        ("abcdefgh", &[]),
        ("abab", &["ab×2@0..4"]),
        ("suosuxsuo", &["suo×2@0..5"]),
    ] {
        assert_eq!(found(word), expected, "{word}");
    }
}
