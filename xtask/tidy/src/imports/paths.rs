//! The paths that stand in code, such as `crate::port::Clock`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What stands last in the path of a glob import.
pub(super) const GLOB: &str = "*";

/// Finds all paths of two and more names, also in macros. What stands in tests
/// is left out.
pub(super) fn paths(tokens: TokenStream) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    collect(&tokens.into_iter().collect::<Vec<_>>(), &mut found);
    found
}

fn collect(tokens: &[TokenTree], found: &mut Vec<Vec<String>>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            _ if is_of_tests(&tokens[at..]) => at += length_of_item(&tokens[at..]),
            // `::name` begins with the name of another crate.
            TokenTree::Ident(_) if !follows_colons(tokens, at) => {
                at += take_path(&tokens[at..], &[], found);
            }
            TokenTree::Group(group) => {
                collect(&group.stream().into_iter().collect::<Vec<_>>(), found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads a path with its braces, if there are some. Returns how many tokens it
/// takes.
fn take_path(tokens: &[TokenTree], before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(name)) => path.push(name.to_string()),
            Some(token) if is_punctuation(token, '*') => path.push(GLOB.to_owned()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                for branch in inner.split(|token| is_punctuation(token, ',')) {
                    take_path(branch, &path, found);
                }
                return at + 1;
            }
            // Such as the `<` in `Vec::<u8>`.
            _ => break,
        }
        at += 1;
        if !starts_with_colons(&tokens[at..]) {
            break;
        }
        at += 2;
    }
    if path.len() > 1 {
        found.push(path);
    }
    at.max(1)
}

fn is_punctuation(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn starts_with_colons(tokens: &[TokenTree]) -> bool {
    tokens.len() > 1 && tokens[..2].iter().all(|token| is_punctuation(token, ':'))
}

fn follows_colons(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && starts_with_colons(&tokens[at - 2..])
}

/// Returns whether `#[cfg(test)]` comes next.
fn is_of_tests(tokens: &[TokenTree]) -> bool {
    let [hash, TokenTree::Group(attribute), ..] = tokens else {
        return false;
    };
    is_punctuation(hash, '#') && is_for_tests(attribute.stream())
}

/// Returns whether an attribute, without `#` and brackets, says that what follows
/// is compiled for tests only.
pub(super) fn is_for_tests(attribute: TokenStream) -> bool {
    let text = attribute.to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// Returns how many tokens an item takes: up to its braces or its semicolon.
fn length_of_item(tokens: &[TokenTree]) -> usize {
    let is_end = |token: &TokenTree| {
        let is_body = matches!(token, TokenTree::Group(group)
            if group.delimiter() == Delimiter::Brace);
        is_body || is_punctuation(token, ';')
    };
    let end = tokens.iter().position(is_end);
    end.map_or(tokens.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> Vec<String> {
        let paths = paths(code.parse().unwrap()).into_iter();
        paths.map(|path| path.join(" ")).collect()
    }

    #[test]
    fn each_name_of_a_use_is_a_path() {
        let code = "use crate::{a::{self, B}, c::*, d as e};";
        let expected = ["crate a self", "crate a B", "crate c *", "crate d"];
        assert_eq!(found(code), expected);
    }

    #[test]
    fn paths_are_found_in_code_and_macros() {
        let code = "fn f(x: super::X) { vec![a::b(Vec::<u8>::new())]; ::std::mem::drop(x) }";
        assert_eq!(found(code), ["super X", "a b"]);
    }

    #[test]
    fn tests_do_not_count() {
        let code = "impl A { #[cfg(test)] pub fn f() -> a::B { c::d() } fn g() { e::f() } }";
        assert_eq!(found(code), ["e f"]);
    }
}
