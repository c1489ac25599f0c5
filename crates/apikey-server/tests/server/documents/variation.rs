//! What may differ between a document and a run.
//!
//! Each rule names a kind of text that differs from run to run. Where the document
//! has such a text, so must the run, but it may be another. Further, `…` in a
//! document stands for any text. An answer that is wrapped in the document (its
//! first line is `{`) is compared without the space between JSON tokens. Space at
//! the end of a line does not matter.

use super::console::Example;
use regex_lite::{Captures, Regex};

/// What a document may use for any text.
const OMISSION: char = '…';

/// A kind of text that differs from run to run.
struct Rule {
    name: &'static str,
    /// The group `varies`, or else the whole, is what differs.
    pattern: &'static str,
}

const RULES: [Rule; 10] = [
    Rule {
        name: "time",
        pattern: r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    },
    Rule {
        name: "key",
        pattern: r"gpustack_(?<varies>[0-9a-f]{16}_[0-9a-f]{32})",
    },
    Rule {
        name: "masked key",
        pattern: r"gpustack_(?<varies>[0-9a-f]{4})\*\*\*",
    },
    Rule {
        name: "hint",
        pattern: r#""hint": ?"(?<varies>[0-9a-f]{4})""#,
    },
    Rule {
        name: "access key",
        pattern: r"x-mse-consumer: (?<varies>[0-9a-f]{16})",
    },
    Rule {
        name: "position of an event",
        pattern: r#"(id: |"id":"|"next":")(?<varies>[1-9]\d*-[1-9]\d*)"#,
    },
    Rule {
        name: "entity tag",
        pattern: r#"etag: "(?<varies>[0-9a-f]{32})""#,
    },
    Rule {
        name: "commit",
        pattern: r#""git_commit":"(?<varies>[0-9a-z]+)""#,
    },
    Rule {
        name: "name of a pepper",
        pattern: r"(?m)^(?<varies>[0-9a-f]{8})\|\d+$",
    },
    Rule {
        name: "bytes of the cache",
        pattern: r"apikey_cached_bytes (?<varies>\d+)",
    },
];

/// What a document says and what was printed, without what may differ.
pub(crate) struct Difference {
    pub(crate) expected: String,
    pub(crate) printed: String,
}

/// Returns nothing when what was printed is what the document says.
pub(crate) fn difference(expected: &str, printed: &str) -> Option<Difference> {
    let is_wrapped = expected.starts_with("{\n");
    let [expected, printed] = [expected, printed].map(|text| {
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        let hidden = RULES
            .iter()
            .fold(lines.join("\n"), |text, rule| rule.hide(&text));
        if is_wrapped {
            without_space(&hidden)
        } else {
            hidden.trim_end().to_owned()
        }
    });
    let is_same = matches_with_omissions(&expected, &printed);
    (!is_same).then_some(Difference { expected, printed })
}

/// Returns how often the documented output has what each rule names.
pub(crate) fn counts(examples: &[Example]) -> Vec<(&'static str, usize)> {
    let count = |rule: &Rule| {
        let pattern = Regex::new(rule.pattern).unwrap();
        let found = |example: &Example| pattern.find_iter(&example.output).count();
        examples.iter().map(found).sum()
    };
    let omissions = examples
        .iter()
        .map(|example| example.output.matches(OMISSION).count())
        .sum();
    let mut counts: Vec<_> = RULES.iter().map(|rule| (rule.name, count(rule))).collect();
    counts.push(("omission", omissions));
    counts
}

// === impl Rule ===

impl Rule {
    /// Replaces what differs by the name of the rule.
    fn hide(&self, text: &str) -> String {
        let pattern = Regex::new(self.pattern).unwrap();
        let hidden = pattern.replace_all(text, |found: &Captures<'_>| {
            let whole = found.get(0).unwrap();
            let varies = found.name("varies").unwrap_or(whole);
            let before = &text[whole.start()..varies.start()];
            let after = &text[varies.end()..whole.end()];
            format!("{before}<{}>{after}", self.name)
        });
        hidden.into_owned()
    }
}

/// Returns JSON without the space between its tokens.
fn without_space(text: &str) -> String {
    let mut is_string = false;
    let mut is_escaped = false;
    let mut kept = text.to_owned();
    kept.retain(|character| {
        if character == '"' && !is_escaped {
            is_string = !is_string;
        }
        is_escaped = is_string && character == '\\' && !is_escaped;
        is_string || !character.is_whitespace()
    });
    kept
}

fn matches_with_omissions(expected: &str, printed: &str) -> bool {
    let Some((first, rest)) = expected.split_once(OMISSION) else {
        return expected == printed;
    };
    let Some(mut printed) = printed.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once(OMISSION).unwrap_or(("", rest));
    for part in middle.split(OMISSION) {
        match printed.find(part) {
            Some(start) => printed = &printed[start + part.len()..],
            None => return false,
        }
    }
    printed.ends_with(last)
}

#[test]
fn only_what_a_rule_names_may_differ() {
    fn is_same(expected: &str, printed: &str) -> bool {
        difference(expected, printed).is_none()
    }
    let [one, other] = ["1111", "abcd"].map(|part| part.repeat(4));
    let key = |part: &str| format!("\"value\":\"gpustack_{part}_{part}{part}\"\n");
    assert!(is_same(&key(&one), &key(&other)));
    assert!(!is_same(&key(&one), &key(&other[1..])));
    assert!(is_same("id: 12-12\n", "id: 905-17\r\n"));
    assert!(!is_same("id: resync\n", "id: 905-17\n"));
    assert!(!is_same("{\"id\":1}", "{\"id\":2}"));
    assert!(is_same(
        "{\n  \"a\": [1, \"b c\"]\n}\n",
        "{\"a\":[1,\"b c\"]}"
    ));
    assert!(!is_same("{\n  \"a\": \"b c\"\n}\n", "{\"a\":\"bc\"}"));
    assert!(is_same("{\"a\":1,…,\"z\":2}", "{\"a\":1,\"b\":3,\"z\":2}"));
    assert!(!is_same(
        "{\"a\":1,…,\"z\":2}",
        "{\"a\":1,\"b\":3,\"z\":2,\"zz\":3}"
    ));
    assert!(!is_same("", "something"));
}
