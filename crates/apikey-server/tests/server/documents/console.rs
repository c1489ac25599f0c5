//! Finds the examples in a document.

/// What a command of the document begins with.
const PROMPT: &str = "$ ";

/// What is before the word that ends a text, which begins on the next line.
const TEXT_FOLLOWS: &str = "<<";

/// A command and what it must print.
#[derive(Debug, PartialEq)]
pub(crate) struct Example {
    /// The line of the document on which the command begins.
    pub(crate) line: usize,
    pub(crate) command: String,
    pub(crate) output: String,
}

/// Returns the commands of all `console` blocks, in order.
pub(crate) fn examples(document: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut is_console = false;
    let mut is_block = false;
    for (index, line) in document.lines().enumerate() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            is_block = !is_block;
            is_console = is_block && info == "console";
            continue;
        }
        if !is_console {
            continue;
        }
        let line_number = index + 1;
        match (examples.last_mut(), line.strip_prefix(PROMPT)) {
            (Some(last), _) if last.output.is_empty() && is_unfinished(&last.command) => {
                last.command.push('\n');
                last.command.push_str(line);
            }
            (_, Some(command)) => examples.push(Example {
                line: line_number,
                command: command.to_owned(),
                output: String::new(),
            }),
            (Some(last), None) => {
                last.output.push_str(line);
                last.output.push('\n');
            }
            (None, None) => panic!("line {line_number}: output without a command"),
        }
    }
    examples
}

/// Returns whether the shell would wait for another line: after a backslash at
/// the end of a line, within quotes, or before the end of a text that follows.
fn is_unfinished(command: &str) -> bool {
    if let Some((_, rest)) = command.split_once(TEXT_FOLLOWS) {
        let mut lines = rest.lines();
        let end = lines.next();
        return lines.next_back() != end;
    }
    let mut quote = None;
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None | Some('"'), '\\') => {
                let Some(_escaped) = characters.next() else {
                    return true;
                };
            }
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    quote.is_some()
}

#[test]
fn commands_and_their_output_are_told_apart() {
    let document = "Text\n```console\n$ one\n1\n\n2\n$ two \\\n    'a\n  b'\n```\n\
                    ```sh\n$ no\n```\n```console\n$ three\n$ cat <<END\n$ 'x\nEND\n4\n```\n";
    let found: Vec<_> = examples(document)
        .into_iter()
        .map(|example| (example.line, example.command, example.output))
        .collect();
    let expected = [
        (3, "one", "1\n\n2\n"),
        (7, "two \\\n    'a\n  b'", ""),
        (15, "three", ""),
        (16, "cat <<END\n$ 'x\nEND", "4\n"),
    ];
    let expected = expected.map(|(line, command, output)| (line, command.into(), output.into()));
    assert_eq!(found, expected);
}
