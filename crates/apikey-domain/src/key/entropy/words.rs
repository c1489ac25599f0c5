//! Words that are tried first.

/// Words of keys, passwords and examples, and frequent ones of English.
const WORDS: &str = "\
    about access account acme admin again alpha api apikey are auth autumn backend \
    battery bearer because beef brown cafe change client cloud com company correct could \
    credential custom dead default demo dev dragon dummy every example false first foo \
    foobar football for fox from generated has hello horse hunter iloveyou inference \
    internal jump just kept key known lazy letmein live local localhost login long love \
    manage master monkey must never not number only open org other over pass passphrase \
    passwd password people phrase please princess private prod production proj public \
    quick random really root safe sample second secret secure server service session \
    shadow should some something spring staging staple string strong summer sunshine \
    super system test testing that the their there thing think this time token true \
    trustno unsafe user value very was welcome where which who winter with word work \
    world would you your";

/// Returns the letter that a digit or a sign is written for.
pub(super) fn letter(byte: u8) -> u8 {
    match byte {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        byte => byte,
    }
}

/// Returns the length of the longest word at a place, or 0: as written, or with
/// letters in place of what is written for them.
pub(super) fn length_at(written: &[u8], plain: &[u8], at: usize) -> usize {
    let is_there = |word: &&str| {
        let word = word.as_bytes();
        written[at..].starts_with(word) || plain[at..].starts_with(word)
    };
    let words = WORDS.split(' ').filter(is_there);
    words.map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_counts_however_it_is_written() {
        let length = |text: &[u8]| {
            let plain: Vec<_> = text.iter().map(|byte| letter(*byte)).collect();
            length_at(text, &plain, 0)
        };
        assert_eq!(length(b"password"), 8);
        assert_eq!(length(b"p@55w0rd"), 8);
        assert_eq!(length(b"xpassword"), 0);
    }
}
