//! What goes on, or comes again.

/// The fewest characters that count as a run.
pub(super) const SHORTEST: usize = 3;
/// The same for what random text often has three of.
const FEWEST_BY_CHANCE: usize = 5;

/// How fingers walk over a keyboard, in one direction.
const WALKS: [&[u8]; 8] = [
    b"1234567890",
    b"qwertyuiop",
    b"asdfghjkl",
    b"zxcvbnm",
    b"1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    b"!@#$%^&*()",
    b"qwertzuiop",
    b"azertyuiop",
];

/// Returns how many characters from `at` were there before, in this order or in
/// reverse; what comes again may overlap what was there.
pub(super) fn repetition(text: &[u8], at: usize) -> usize {
    let forward = (0..at).map(|from| common(&text[from..], &text[at..]));
    let backward = (0..at).map(|end| common_reversed(&text[..=end], &text[at..]));
    forward.chain(backward).max().unwrap_or_default()
}

/// Returns how many characters from `at` follow each other: by one step or two of the
/// alphabet or along a keyboard, always in one direction, or are all the same; also if
/// every second one does, as in `a1b2c3`. Returns 0 if these are so few that it may be
/// chance.
pub(super) fn sequence(text: &[u8], at: usize) -> usize {
    let rest = &text[at..];
    let step = |from: u8, to: u8| i16::from(to) - i16::from(from);
    let mut longest = 0;
    for (distance, fewest_by_one) in [(1, SHORTEST), (2, FEWEST_BY_CHANCE)] {
        let mut count = |fewest: usize, follows: &dyn Fn(u8, u8) -> bool| {
            let pairs = rest.iter().zip(rest.iter().skip(distance));
            let run = distance + pairs.take_while(|(from, to)| follows(**from, **to)).count();
            if run >= fewest {
                longest = longest.max(run);
            }
        };
        for by in [-1, 0, 1] {
            count(fewest_by_one, &|from, to| step(from, to) == by);
        }
        for by in [-2, 2] {
            count(FEWEST_BY_CHANCE, &|from, to| step(from, to) == by);
        }
        count(fewest_by_one, &is_walk);
        count(fewest_by_one, &|from, to| is_walk(to, from));
    }
    longest.min(rest.len())
}

/// Returns whether a finger that walks over a keyboard comes from one to the other.
fn is_walk(from: u8, to: u8) -> bool {
    WALKS.iter().any(|walk| {
        let place = walk.iter().position(|known| *known == from);
        place.is_some_and(|place| walk[(place + 1) % walk.len()] == to)
    })
}

fn common(one: &[u8], other: &[u8]) -> usize {
    let pairs = one.iter().zip(other);
    pairs.take_while(|(one, other)| one == other).count()
}

fn common_reversed(one: &[u8], other: &[u8]) -> usize {
    let pairs = one.iter().rev().zip(other);
    pairs.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_comes_again() {
        assert_eq!(repetition(b"abcabcabc", 3), 6);
        assert_eq!(repetition(b"abccba", 3), 3);
        assert_eq!(repetition(b"abcxyz", 3), 0);
    }

    #[test]
    fn a_sequence_has_one_direction() {
        assert_eq!(sequence(b"abcdcb", 0), 4);
        assert_eq!(sequence(b"4321x", 0), 4);
        assert_eq!(sequence(b"7890123", 0), 7);
        assert_eq!(sequence(b"poiuy", 0), 5);
        assert_eq!(sequence(b"aaab", 0), 3);
        assert_eq!(sequence(b"a1b2c3x", 0), 6);
        assert_eq!(sequence(b"11223344", 0), 8);
        assert_eq!(sequence(b"q1w2e3r4", 0), 8);
        assert_eq!(sequence(b"acegik", 0), 6);
        for chance in [&b""[..], b"a", b"ab", b"acex", b"a1b2x"] {
            assert_eq!(sequence(chance, 0), 0);
        }
    }
}
