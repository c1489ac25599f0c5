//! What a setting is: its name, what it means, its default and how its text is read.
//!
//! From one declaration come its flag, its variable, its key in the file, `--help`, the
//! table of `docs/operations.md` and what `config` prints.

use clap::builder::PossibleValue;
use std::{fmt::Display, sync::Arc};

/// Checks a text, and returns what `config` shows of it.
type Check = Arc<dyn Fn(&str) -> Result<String, String> + Send + Sync>;

/// Where a setting may be given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ways {
    /// As a flag, as a variable, and in the file.
    All,
    /// As a flag and as a variable: it names the file.
    NotInFile,
    /// As a variable and in the file.
    NoFlag,
    /// A secret: in a variable, or in a file that a variable or the file names.
    Secret,
    /// What may contain a secret: also as a flag, and in the file without one.
    PartlySecret,
}

/// What is said of a setting, whatever its type.
#[derive(Clone)]
pub(super) struct About {
    /// The name in Rust.
    pub(super) field: &'static str,
    /// What it means, for `--help`.
    pub(super) help: &'static str,
    /// What stands for its value in `--help`.
    pub(super) placeholder: &'static str,
    /// The text of the default, if it has one.
    pub(super) default: Option<&'static str>,
    /// What holds by default if no text says it.
    pub(super) otherwise: &'static str,
    /// What it may be, for the table: Markdown.
    pub(super) rule: &'static str,
    /// The words that it may be, if it is one of few.
    pub(super) choices: Option<fn() -> Vec<PossibleValue>>,
    pub(super) ways: Ways,
    /// Whether it has no effect on SQLite.
    pub(super) is_postgres_only: bool,
}

/// A setting of which a `V` is read, and of which the program sees an `F`.
pub(super) struct Setting<V, F = V> {
    pub(super) about: About,
    pub(super) parse: fn(&str) -> Result<V, String>,
    pub(super) show: fn(&V) -> String,
    pub(super) make: fn(V) -> F,
    pub(super) missing: Missing<F>,
}

/// What holds where nothing is given.
pub(super) enum Missing<F> {
    /// A text, which is read as if it had been given.
    Text(fn() -> String),
    /// A value that no text says.
    Value(fn() -> F),
}

/// A setting of any type.
#[derive(Clone)]
pub(super) struct Described {
    pub(super) about: About,
    pub(super) check: Check,
}

/// Begins the declaration of a setting; its default and its rule follow.
pub(super) fn flag<V: Display>(
    placeholder: &'static str,
    parse: fn(&str) -> Result<V, String>,
) -> Setting<V> {
    shown_as(placeholder, parse, V::to_string)
}

/// Begins the declaration of a setting whose type does not say how it is shown.
pub(super) fn shown_as<V>(
    placeholder: &'static str,
    parse: fn(&str) -> Result<V, String>,
    show: fn(&V) -> String,
) -> Setting<V> {
    Setting {
        about: About {
            field: "",
            help: "",
            placeholder,
            default: None,
            otherwise: "",
            rule: "",
            choices: None,
            ways: Ways::All,
            is_postgres_only: false,
        },
        parse,
        show,
        make: |value| value,
        missing: Missing::Text(String::new),
    }
}

// === impl Setting ===

impl<V> Setting<V> {
    /// The default is this text.
    pub(super) fn default(mut self, text: &'static str) -> Self {
        self.about.default = Some(text);
        self
    }

    /// The default is found out when the program starts.
    pub(super) fn found_out(mut self, said: &'static str, text: fn() -> String) -> Self {
        self.about.otherwise = said;
        self.missing = Missing::Text(text);
        self
    }

    /// By default there is none, which means what is said.
    pub(super) fn or_none(self, said: &'static str) -> Setting<V, Option<V>> {
        Setting {
            about: About {
                otherwise: said,
                ..self.about
            },
            parse: self.parse,
            show: self.show,
            make: Some,
            missing: Missing::Value(|| None),
        }
    }
}

impl<V: Default> Setting<V> {
    /// By default it is the default of its type, which means what is said.
    pub(super) fn or_default(mut self, said: &'static str) -> Self {
        self.about.otherwise = said;
        self.missing = Missing::Value(V::default);
        self
    }
}

impl<V, F> Setting<V, F> {
    /// What it may be, in the table.
    pub(super) fn rule(mut self, rule: &'static str) -> Self {
        self.about.rule = rule;
        self
    }

    /// It is one of a few words.
    pub(super) fn choices(mut self, choices: fn() -> Vec<PossibleValue>) -> Self {
        self.about.choices = Some(choices);
        self
    }

    /// It has no flag.
    pub(super) fn without_flag(mut self) -> Self {
        self.about.ways = Ways::NoFlag;
        self
    }

    /// It has no effect on SQLite.
    pub(super) fn on_postgres(mut self) -> Self {
        self.about.is_postgres_only = true;
        self
    }

    pub(super) fn named(mut self, field: &'static str, help: &'static str) -> Self {
        self.about.field = field;
        self.about.help = help;
        self
    }
}

impl<V: 'static, F> Setting<V, F> {
    pub(super) fn described(self) -> Described {
        let (parse, show) = (self.parse, self.show);
        Described {
            about: self.about,
            check: Arc::new(move |text| parse(text).map(|value| show(&value))),
        }
    }
}

// === impl About ===

impl About {
    /// Returns the name: that of the flag, without its dashes.
    pub(super) fn name(&self) -> String {
        self.field.replace('_', "-")
    }

    /// Returns what it means, as one line.
    pub(super) fn help(&self) -> String {
        self.help.trim().to_owned()
    }

    pub(super) fn variable(&self) -> String {
        format!("APIKEY_{}", self.field.to_ascii_uppercase())
    }

    pub(super) fn has_flag(&self) -> bool {
        matches!(self.ways, Ways::All | Ways::NotInFile | Ways::PartlySecret)
    }

    pub(super) fn is_secret(&self) -> bool {
        matches!(self.ways, Ways::Secret | Ways::PartlySecret)
    }

    /// Returns every variable that sets it.
    pub(super) fn variables(&self) -> Vec<String> {
        let variable = self.variable();
        let twin = self.is_secret().then(|| format!("{variable}_FILE"));
        std::iter::once(variable).chain(twin).collect()
    }

    /// Returns every key of the file that sets it.
    pub(super) fn keys(&self) -> Vec<String> {
        let name = self.name();
        match self.ways {
            Ways::All | Ways::NoFlag => vec![name],
            Ways::NotInFile => Vec::new(),
            Ways::Secret => vec![self.key_of_file()],
            Ways::PartlySecret => vec![name, self.key_of_file()],
        }
    }

    /// Returns the key that names a file with this secret.
    pub(super) fn key_of_file(&self) -> String {
        format!("{}-file", self.name())
    }
}
