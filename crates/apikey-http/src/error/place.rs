//! Where in a request a value is that breaks a rule.

use std::{
    borrow::Cow,
    fmt::{self, Display, Formatter},
};

/// Where a value is. As text it is `body.items[3].scope`, or `query.page`.
#[derive(Debug)]
pub(crate) enum Place {
    /// In the body: the way to it, without steps for all of it.
    Body(Vec<Step>),
    /// A parameter of the query.
    Query(Cow<'static, str>),
    /// A segment of the path.
    Path(Cow<'static, str>),
    /// A header.
    Header(&'static str),
    /// A field of the domain: in the body if there is one, else a parameter of the query.
    Field(&'static str),
}

/// One step on the way to a value in a JSON body.
#[derive(Debug)]
pub(crate) enum Step {
    /// The field of an object.
    Field(Cow<'static, str>),
    /// The entry of a list, from 0.
    Entry(usize),
}

// === impl Place ===

impl Place {
    /// The whole body.
    pub(crate) const BODY: Self = Self::Body(Vec::new());

    /// Returns a field of the body.
    pub(crate) fn of_body(field: impl Into<Cow<'static, str>>) -> Self {
        Self::BODY.field(field)
    }

    /// Returns the place of a field in the object that is here.
    pub(crate) fn field(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.step(Step::Field(name.into()))
    }

    /// Returns the place of an entry in the list that is here.
    pub(crate) fn entry(self, index: usize) -> Self {
        self.step(Step::Entry(index))
    }

    /// Returns the JSON pointer (RFC 6901) into the body, as the fragment of a URI, if it is
    /// there. `has_body` says whether the method of the request is one with a body.
    pub(crate) fn pointer(&self, has_body: bool) -> Option<String> {
        match self {
            Self::Body(steps) => Some(pointer(steps)),
            Self::Field(name) if has_body => Some(format!("#/{name}")),
            _ => None,
        }
    }

    /// Returns the name of the parameter, of the query or in the path, if it is one.
    pub(crate) fn parameter(&self, has_body: bool) -> Option<&str> {
        match self {
            Self::Query(name) | Self::Path(name) => Some(name),
            Self::Field(name) if !has_body => Some(name),
            _ => None,
        }
    }

    /// Returns the name of the header, if it is one.
    pub(crate) fn header(&self) -> Option<&str> {
        match self {
            Self::Header(name) => Some(name),
            _ => None,
        }
    }

    fn step(self, step: Step) -> Self {
        match self {
            Self::Body(mut steps) => {
                steps.push(step);
                Self::Body(steps)
            }
            other => other,
        }
    }
}

impl Display for Place {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(formatter, "query.{name}"),
            Self::Path(name) => write!(formatter, "path.{name}"),
            Self::Header(name) | Self::Field(name) => formatter.write_str(name),
            Self::Body(steps) => {
                formatter.write_str("body")?;
                steps.iter().try_for_each(|step| match step {
                    Step::Field(name) => write!(formatter, ".{name}"),
                    Step::Entry(index) => write!(formatter, "[{index}]"),
                })
            }
        }
    }
}

/// Returns the JSON pointer, as a fragment. Nothing in the names must be escaped: those that
/// clients choose have letters, digits, `_` and `-` only (`body::other_fields::within`).
fn pointer(steps: &[Step]) -> String {
    let mut pointer = "#".to_owned();
    for step in steps {
        pointer.push('/');
        match step {
            Step::Field(name) => pointer.push_str(name),
            Step::Entry(index) => pointer.push_str(&index.to_string()),
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_for_people_and_for_programs() {
        let scope = Place::of_body("items").entry(3).field("scope");
        for (place, text, [pointer, parameter, header]) in [
            (
                scope,
                "body.items[3].scope",
                [Some("#/items/3/scope"), None, None],
            ),
            (Place::BODY, "body", [Some("#"), None, None]),
            (
                Place::Query("page".into()),
                "query.page",
                [None, Some("page"), None],
            ),
            (
                Place::Path("id".into()),
                "path.id",
                [None, Some("id"), None],
            ),
            (
                Place::Header("If-Match"),
                "If-Match",
                [None, None, Some("If-Match")],
            ),
            (Place::Field("name"), "name", [Some("#/name"), None, None]),
        ] {
            assert_eq!(place.to_string(), text);
            assert_eq!(place.pointer(true).as_deref(), pointer);
            assert_eq!(place.parameter(true), parameter);
            assert_eq!(place.header(), header);
        }
        let field = Place::Field("perPage");
        assert_eq!(field.pointer(false), None);
        assert_eq!(field.parameter(false), Some("perPage"));
    }
}
