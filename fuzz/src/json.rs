//! A plain reader of JSON (RFC 8259) that keeps what others lose: numbers as they are
//! written, and fields that are repeated.

use crate::slow_text::hex_digit;

/// A value of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// As it is written.
    Number(String),
    /// `None` if it holds half of a surrogate pair.
    Text(Option<String>),
    List(Vec<Json>),
    /// In order, also those that are repeated.
    Object(Vec<(Option<String>, Json)>),
}

/// Reads a text; `None` if it is not JSON, or more than 128 levels deep.
pub(crate) fn read(bytes: &[u8]) -> Option<Json> {
    let mut reader = Reader {
        text: std::str::from_utf8(bytes).ok()?.chars().collect(),
        at: 0,
        depth: 0,
    };
    let value = reader.value()?;
    reader.space();
    (reader.at == reader.text.len()).then_some(value)
}

/// Returns how deep lists and objects are nested.
pub(crate) fn depth(value: &Json) -> usize {
    match value {
        Json::List(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Json::Object(fields) => 1 + fields.iter().map(|(_, one)| depth(one)).max().unwrap_or(0),
        _ => 0,
    }
}

/// A text, and how much of it has been read.
struct Reader {
    text: Vec<char>,
    at: usize,
    depth: usize,
}

// === impl Reader ===

impl Reader {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        self.at += 1;
        self.text.get(self.at - 1).copied()
    }

    fn takes(&mut self, expected: char) -> bool {
        let is_there = self.peek() == Some(expected);
        self.at += usize::from(is_there);
        is_there
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Option<Json> {
        let is_there = word.chars().all(|expected| self.takes(expected));
        is_there.then_some(value)
    }

    fn value(&mut self) -> Option<Json> {
        self.space();
        match self.peek()? {
            'n' => self.word("null", Json::Null),
            't' => self.word("true", Json::Bool(true)),
            'f' => self.word("false", Json::Bool(false)),
            '"' => self.string().map(Json::Text),
            '[' => self.nested(']', Self::value).map(Json::List),
            '{' => self.nested('}', Self::field).map(Json::Object),
            _ => self.number(),
        }
    }

    /// Reads what stands between brackets, with commas between.
    fn nested<T>(&mut self, end: char, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.at += 1;
        self.depth += 1;
        if self.depth > 128 {
            return None;
        }
        let mut items = Vec::new();
        self.space();
        if !self.takes(end) {
            loop {
                items.push(item(self)?);
                self.space();
                if self.takes(end) {
                    break;
                }
                if !self.takes(',') {
                    return None;
                }
            }
        }
        self.depth -= 1;
        Some(items)
    }

    fn field(&mut self) -> Option<(Option<String>, Json)> {
        self.space();
        if self.peek() != Some('"') {
            return None;
        }
        let name = self.string()?;
        self.space();
        if !self.takes(':') {
            return None;
        }
        Some((name, self.value()?))
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|next| next.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<Json> {
        let from = self.at;
        self.takes('-');
        if !self.takes('0') {
            self.digits()?;
        }
        if self.takes('.') {
            self.digits()?;
        }
        if self.takes('e') || self.takes('E') {
            let _ = self.takes('+') || self.takes('-');
            self.digits()?;
        }
        Some(Json::Number(self.text[from..self.at].iter().collect()))
    }

    /// Reads a string, as units of UTF-16.
    fn string(&mut self) -> Option<Option<String>> {
        self.at += 1;
        let mut units = Vec::new();
        loop {
            match self.next()? {
                '"' => return Some(String::from_utf16(&units).ok()),
                '\\' => units.push(self.escaped()?),
                '\0'..='\x1f' => return None,
                other => units.extend_from_slice(other.encode_utf16(&mut [0; 2])),
            }
        }
    }

    fn escaped(&mut self) -> Option<u16> {
        let plain = match self.next()? {
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unit(),
            other @ ('"' | '\\' | '/') => other,
            _ => return None,
        };
        u16::try_from(u32::from(plain)).ok()
    }

    fn unit(&mut self) -> Option<u16> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = u8::try_from(self.next()?).ok().and_then(hex_digit)?;
            unit = unit * 16 + u16::from(digit);
        }
        Some(unit)
    }
}
