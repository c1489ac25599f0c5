//! What goes on, or comes again.

/// The fewest characters that count as a run.
pub(super) const SHORTEST: usize = 3;

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

/// Returns how many characters from `at` follow each other: by one step of the
/// alphabet or of a keyboard, always in one direction, or are all the same.
pub(super) fn sequence(text: &[u8], at: usize) -> usize {
    let rest = &text[at..];
    let steps = [-1, 0, 1].map(|step| {
        let follows = |pair: &&[u8]| i16::from(pair[1]) - i16::from(pair[0]) == step;
        1 + rest.windows(2).take_while(follows).count()
    });
    let walks = WALKS.iter().map(|walk| walked(walk, rest));
    steps.into_iter().chain(walks).max().unwrap_or_default()
}

/// Returns how many characters at the beginning of `text` walk along `walk`, from its
/// end to its beginning again, forward or backward.
fn walked(walk: &[u8], text: &[u8]) -> usize {
    let place = |byte: u8| walk.iter().position(|known| *known == byte);
    [1, walk.len() - 1]
        .map(|step| {
            let follows = |pair: &&[u8]| {
                place(pair[0]).is_some_and(|from| walk[(from + step) % walk.len()] == pair[1])
            };
            1 + text.windows(2).take_while(follows).count()
        })
        .into_iter()
        .max()
        .unwrap_or_default()
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
        assert_eq!(sequence(b"", 0), 1);
    }
}
