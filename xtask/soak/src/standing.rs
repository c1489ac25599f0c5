//! What a key may do at a moment, and what each question about it must be answered.

/// Why a key is refused whatever it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The key is gone, or there is none.
    Unknown,
    /// The key was revoked.
    Revoked,
    /// A secret that a rotation ended: revoked, and unknown once the key is gone or has had
    /// many others since.
    Ended,
    /// The key is disabled.
    Disabled,
    /// The key has expired.
    Expired,
    /// Its user may not act now.
    OwnerInactive,
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) refusal: Option<Refusal>,
    /// Whether it grants every scope, or else `management` alone.
    pub(crate) has_every_scope: bool,
    /// Whether it allows the model `m`, or else `n`.
    pub(crate) has_model: bool,
}

/// What a key is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) scope: &'static str,
    pub(crate) model: Option<&'static str>,
}

/// What is asked, the first most often.
const QUESTIONS: [Question; 5] = [
    Question::new("inference", Some("m")),
    Question::new("inference", Some("n")),
    Question::new("management", Some("m")),
    Question::new("inference", None),
    Question::new("*", Some("m")),
];

// === impl Question ===

impl Question {
    const fn new(scope: &'static str, model: Option<&'static str>) -> Self {
        Self { scope, model }
    }

    /// The one that a key is made for.
    pub(crate) fn usual() -> Self {
        QUESTIONS[0]
    }

    /// Chooses one.
    pub(crate) fn draw(random: u64) -> Self {
        let rare = QUESTIONS.get((random % 16) as usize);
        rare.copied().unwrap_or(QUESTIONS[0])
    }
}

// === impl Standing ===

impl Standing {
    /// A key as it is made.
    pub(crate) const GOOD: Self = Self {
        refusal: None,
        has_every_scope: true,
        has_model: true,
    };

    /// The same with a reason to refuse it.
    pub(crate) fn refused(self, refusal: Refusal) -> Self {
        let refusal = Some(refusal);
        Self { refusal, ..self }
    }

    /// Returns whether this is the code of a verification.
    pub(crate) fn has_code(self, question: Question, code: &str) -> bool {
        match self.refusal {
            Some(Refusal::Ended) => code == "Revoked" || code == "Unknown",
            _ => code == self.code(question),
        }
    }

    /// Returns the status for a gateway.
    pub(crate) fn status(self, question: Question) -> u16 {
        match self.code(question) {
            "Valid" => 200,
            "ScopeDenied" | "ModelDenied" => 403,
            _ => 401,
        }
    }

    /// Returns the code of a verification.
    pub(crate) fn code(self, question: Question) -> &'static str {
        let is_scope_granted = self.has_every_scope || question.scope == "management";
        let model = if self.has_model { "m" } else { "n" };
        let is_model_allowed = question.model.is_none_or(|wanted| wanted == model);
        match self.refusal {
            Some(Refusal::Unknown) => "Unknown",
            Some(Refusal::Revoked | Refusal::Ended) => "Revoked",
            Some(Refusal::Disabled) => "Disabled",
            Some(Refusal::Expired) => "Expired",
            Some(Refusal::OwnerInactive) => "OwnerInactive",
            None if !is_scope_granted => "ScopeDenied",
            None if !is_model_allowed => "ModelDenied",
            None => "Valid",
        }
    }

    /// Returns the scopes as a key has them.
    pub(crate) fn scope(self) -> &'static str {
        if self.has_every_scope {
            "*"
        } else {
            "management"
        }
    }

    /// Returns the model as a key has it.
    pub(crate) fn model(self) -> &'static str {
        if self.has_model { "m" } else { "n" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_decides() {
        let [usual, other, management, unnamed, every] = QUESTIONS;
        let good = Standing::GOOD;
        assert_eq!(good.code(usual), "Valid");
        assert_eq!(good.code(other), "ModelDenied");
        assert_eq!((good.code(unnamed), good.status(every)), ("Valid", 200));
        let narrow = Standing {
            has_every_scope: false,
            has_model: false,
            refusal: None,
        };
        assert_eq!(narrow.code(usual), "ScopeDenied");
        assert_eq!(narrow.code(management), "ModelDenied");
        assert_eq!(narrow.code(every), "ScopeDenied");
        let disabled = narrow.refused(Refusal::Disabled);
        assert_eq!(
            (disabled.code(usual), disabled.status(usual)),
            ("Disabled", 401)
        );
        let ended = good.refused(Refusal::Ended);
        assert!(ended.has_code(usual, "Revoked") && ended.has_code(usual, "Unknown"));
        assert!(!ended.has_code(usual, "Valid"));
    }
}
