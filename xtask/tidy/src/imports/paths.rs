//! The paths that stand in code, such as `crate::port::Clock`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What stands last in the path of a glob import.
pub(super) const GLOB: &str = "*";

/// A path, and the name that a `use` of it gives to what it leads to.
type NamedPath = (Vec<String>, String);

/// Finds all paths of two and more names, also in macros. What stands in tests
/// is left out.
pub(super) fn paths(tokens: TokenStream) -> Vec<NamedPath> {
    let mut found = Vec::new();
    collect(&tokens.into_iter().collect::<Vec<_>>(), &mut found);
    found
}

fn collect(tokens: &[TokenTree], found: &mut Vec<NamedPath>) {
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
fn take_path(tokens: &[TokenTree], before: &[String], found: &mut Vec<NamedPath>) -> usize {
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
    let alias = match &tokens[at.min(tokens.len())..] {
        [TokenTree::Ident(word), TokenTree::Ident(name), ..] if word == "as" => Some(name),
        _ => None,
    };
    let mut names = path.iter().rev().filter(|name| *name != "self");
    if let Some(last) = names.next().filter(|_| path.len() > 1 || alias.is_some()) {
        let name = alias.map_or_else(|| last.clone(), ToString::to_string);
        found.push((path, name));
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

    #[test]
    fn each_name_of_a_use_is_a_path() {
        let code = "use crate::{a::{self, B}, c::*, d as e};";
        let found = paths(code.parse().unwrap()).into_iter();
        let found: Vec<_> = found
            .map(|(path, name)| format!("{} as {name}", path.join(" ")))
            .collect();
        let expected = [
            "crate a self as a",
            "crate a B as B",
            "crate c * as *",
            "crate d as e",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn paths_are_found_in_code_and_macros_and_not_in_tests() {
        let code = "fn f(x: super::X) { vec![a::b(Vec::<u8>::new())]; ::std::mem::drop(x) }
            impl A { #[cfg(test)] pub fn f() -> a::B { c::d() } fn g() { e::f() } }";
        let found = paths(code.parse().unwrap()).into_iter();
        let found: Vec<_> = found.map(|(path, _)| path.join(" ")).collect();
        assert_eq!(found, ["super X", "a b", "e f"]);
    }
}
