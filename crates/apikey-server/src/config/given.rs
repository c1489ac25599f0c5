//! What was given for each setting, and by whom: a flag, its variable, the file or nobody.

use super::{
    effective::{Effective, Source},
    file::{Entry, SettingsFile},
    findings::Findings,
    refused::Refused,
    setting::{About, Missing, Setting},
    variable,
};
use clap::{ArgMatches, parser::ValueSource};

/// What was given, and what has been found out about it.
pub(super) struct Given<'a> {
    pub(super) matches: &'a ArgMatches,
    pub(super) file: &'a SettingsFile,
    /// What is wrong.
    pub(super) findings: Findings,
    /// What holds, as far as it has been read.
    pub(super) effective: Vec<Effective>,
}

// === impl Given ===

impl Given<'_> {
    /// Returns the value of a setting. `None` if it is invalid, which is noted.
    pub(super) fn value<V, F>(&mut self, setting: &Setting<V, F>) -> Option<F> {
        let about = &setting.about;
        let given = match self.text(about) {
            Ok(given) => given,
            Err(refused) => {
                self.findings.refused(refused);
                return None;
            }
        };
        let (text, source) = match (given, about.default, &setting.missing) {
            (Some(given), _, _) => given,
            (None, Some(default), _) => (default.to_owned(), Source::Default),
            (None, None, Missing::Text(text)) => (text(), Source::Default),
            (None, None, Missing::Value(value)) => {
                let shown = format!("({})", about.otherwise);
                self.note(about, shown, Source::Default);
                return Some(value());
            }
        };
        match (setting.parse)(&text) {
            Ok(value) => {
                self.note(about, (setting.show)(&value), source);
                Some((setting.make)(value))
            }
            Err(expected) => {
                let setting = source.of(about);
                let shown = text.escape_debug().to_string();
                self.findings.invalid(&shown, &setting, expected);
                None
            }
        }
    }

    /// Notes what holds.
    pub(super) fn note(&mut self, about: &About, value: String, source: Source) {
        self.effective.push(Effective {
            name: about.name(),
            value,
            source,
            is_postgres_only: about.is_postgres_only,
        });
    }

    /// Returns how messages name a setting that does not go with another: by its flag, or by its
    /// place in the file.
    pub(super) fn place(&self, name: &str) -> String {
        let mut effective = self.effective.iter();
        match effective.find(|one| one.name == name) {
            Some(Effective {
                source: Source::File(place),
                ..
            }) => format!("{name} at {place}"),
            _ => format!("--{name}"),
        }
    }

    /// Returns what was given as a flag, as a variable or in the file.
    pub(super) fn text(&self, about: &About) -> Result<Option<(String, Source)>, Refused> {
        if let Some(given) = self.before_the_file(about)? {
            return Ok(Some(given));
        }
        let entry = self.file.entry(&about.name());
        Ok(entry.map(|Entry { text, place }| (text.clone(), Source::File(place.clone()))))
    }

    fn before_the_file(&self, about: &About) -> Result<Option<(String, Source)>, Refused> {
        let (name, variable) = (about.name(), about.variable());
        if !about.has_flag() {
            let value = variable::read(&variable)?;
            return Ok(value.map(|text| (text, Source::Variable(variable))));
        }
        let source = match self.matches.value_source(&name) {
            Some(ValueSource::CommandLine) => Source::Flag(format!("--{name}")),
            Some(ValueSource::EnvVariable) => Source::Variable(variable),
            _ => return Ok(None),
        };
        let mut raw = self.matches.get_raw(&name).into_iter().flatten();
        let text = raw.next_back().and_then(|raw| raw.to_str());
        match text {
            Some(text) => Ok(Some((text.to_owned(), source))),
            None => Err(Refused::new(&source.of(about), "(not text)", "UTF-8 text")),
        }
    }
}
