use proptest::prelude::*;

use super::*;

fn runs_of(word: &[u8]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (start, letter) in word.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.fingerprint == u32::from(*letter) => run.len += 1,
            _ => runs.push(Run { fingerprint: u32::from(*letter), start: start as u32, len: 1 }),
        }
    }
    runs
}

/// The loops of a word of statements, and before which letter all is told.
fn look(word: &[u8], over: bool) -> (Vec<Loop>, usize) {
    let runs = runs_of(word);
    let mut found = Vec::new();
    let replaces = |first, other| first == u32::from(b's') && b"iu".contains(&(other as u8));
    let told = loops(&runs, 5, over, replaces, |part| found.push(part));
    (found, runs.get(told).map_or(word.len(), |run| run.start as usize))
}

/// The loops of a word of statements, as `body×turns@start`.
fn found(word: &str) -> Vec<String> {
    let text = |part: &Loop| {
        let letters = part.body.statements().iter().map(|letter| char::from(*letter as u8));
        let body: String = letters.collect();
        format!("{body}×{}@{}..{}", part.turns, part.start, part.end)
    };
    look(word.as_bytes(), true).0.iter().map(text).collect()
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

proptest! {
    /// Looking at a word again and again, as it grows, finds what one look at the end does.
    #[test]
    fn it_makes_no_difference_how_often_one_looks(
        word in prop::collection::vec(
            prop_oneof![
                "[abc]{1,3}", "(abc){2,9}", "(ab?c){2,9}", "(pc{1,7}){2,5}", "(si|su){3,9}", "(abcdefghi){2,3}",
            ],
            0..12,
        ),
        every in 1..20usize,
    ) {
        let word = word.concat().into_bytes();
        let whole = look(&word, true).0;
        let (mut parts, mut from) = (Vec::new(), 0);
        for until in (0..word.len()).step_by(every).chain([word.len()]) {
            let (found, told) = look(&word[from..until], until == word.len());
            parts.extend(
                found.iter().map(|part| Loop { start: part.start + from, end: part.end + from, ..*part }),
            );
            from += told;
        }
        prop_assert_eq!(parts, whole);
    }
}
