//! What a request asks for, as bytes.

use zeroize::Zeroizing;

/// What a request asks for, in a form that is the same for two requests if and only if they
/// ask for the same.
///
/// Each field has a name. One that is absent is left out, so a field that a later release
/// adds changes nothing for requests without it. It may hold a secret: it is redacted when
/// printed and wiped when dropped.
///
/// # Example
///
/// ```
/// use apikey_domain::idempotency::Content;
///
/// let one = Content::default().text("name", "ci").texts("scope", ["inference"]);
/// let other = Content::default().texts("scope", ["inference"]).text("name", "ci");
/// assert!(one != other);
/// ```
#[derive(Default, PartialEq, Eq)]
pub struct Content(Zeroizing<Vec<u8>>);

impl Content {
    /// Adds a field with one text.
    #[must_use]
    pub fn text(self, name: &str, text: &str) -> Self {
        self.texts(name, [text])
    }

    /// Adds a field with one text, if there is one.
    #[must_use]
    pub fn text_if_any(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// Adds a field with a list of texts. An empty list is not the same as none.
    #[must_use]
    pub fn texts<'a>(mut self, name: &str, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let texts: Vec<&str> = texts.into_iter().collect();
        self.put(name);
        self.0.extend_from_slice(&length(texts.len()));
        for text in texts {
            self.put(text);
        }
        self
    }

    /// Returns all fields, as bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Adds a text after its length, so that no two lists of texts have the same bytes.
    fn put(&mut self, text: &str) {
        self.0.extend_from_slice(&length(text.len()));
        self.0.extend_from_slice(text.as_bytes());
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Content(redacted)")
    }
}

fn length(length: usize) -> [u8; 8] {
    (length as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_has_other_bytes() {
        let none = Content::default;
        let all = [
            none(),
            none().text("a", "bc"),
            none().text("ab", "c"),
            none().texts("a", []),
            none().texts("a", ["b", "c"]),
            none().texts("a", ["bc", ""]),
            none().text("a", "b").text("c", ""),
            none().text("a", ""),
        ];
        for (index, one) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                assert!(one.as_bytes() != other.as_bytes(), "{index}");
            }
        }
        assert_eq!(none().text_if_any("a", None), none());
        assert_eq!(none().text_if_any("a", Some("b")), none().text("a", "b"));
    }
}
