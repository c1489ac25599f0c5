//! Does what commands ask for: in the server, or in the process of the command.

use super::{Answer, KeyQuestion, NewPassword, PepperLine, Request, desk::OperatorDesk};
use crate::pepper::{NodePeppers, texts};
use apikey_commands::wire::{read_batch, write_brought};
use apikey_diesel::Store;
use apikey_domain::{
    access::authority::Authority,
    error::{Error, Missing, with_causes},
    identifier::ApiKeyId,
    port::{
        api_key_repository::ApiKeyRepository,
        clock::{Clock, judging_now},
        directory::Directory,
        import_store::ImportStore,
        key_facts_store::KeyFactsStore,
        pepper_registry::PepperRegistry,
    },
    system::SystemClock,
    use_case::{identity::reset_password::reset_password, keys::read_api_key::explain_stored_key},
};
use apikey_http::{ExplanationView, Question};
use std::sync::Arc;

/// What commands ask for is done with this.
#[derive(Clone)]
pub struct Served {
    directory: Arc<dyn Directory>,
    api_keys: Arc<dyn ApiKeyRepository>,
    key_facts: Arc<dyn KeyFactsStore>,
    imports: Arc<dyn ImportStore>,
    registry: Arc<dyn PepperRegistry>,
    /// Those of the server, if this is one.
    peppers: Option<Arc<NodePeppers>>,
    /// Where sessions are handed out, if this is a server.
    desk: Option<OperatorDesk>,
    clock: Arc<dyn Clock>,
}

// === impl Served ===

impl Served {
    /// Serves from a store.
    pub fn of(store: &Store) -> Self {
        Self {
            directory: Arc::clone(&store.directory),
            api_keys: Arc::clone(&store.api_keys),
            key_facts: Arc::clone(&store.key_facts),
            imports: Arc::clone(&store.imports),
            registry: Arc::clone(&store.peppers),
            peppers: None,
            desk: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Lets the peppers of a server be read again.
    #[must_use]
    pub fn with_peppers(self, peppers: Arc<NodePeppers>) -> Self {
        Self {
            peppers: Some(peppers),
            ..self
        }
    }

    /// Lets sessions of platform admins be handed out.
    #[must_use]
    pub fn with_desk(self, desk: OperatorDesk) -> Self {
        Self {
            desk: Some(desk),
            ..self
        }
    }

    /// Does what is asked for.
    pub async fn answer(&self, request: Request) -> Answer {
        match request {
            Request::NewPassword(new) => self.reset_password(new).await,
            Request::ExplainKey(question) => self.explain(question).await,
            Request::Import(batch) => self.import(&batch).await,
            Request::ReloadPeppers => self.reload_peppers().await,
            Request::Peppers => self.peppers().await,
            Request::OperatorSession(name) => match &self.desk {
                Some(desk) => desk.session(name.as_deref()).await,
                None => not_a_server(),
            },
            Request::NewAdministrator(new) => match &self.desk {
                Some(desk) => desk.new_administrator(new).await,
                None => not_a_server(),
            },
        }
    }

    async fn reset_password(&self, new: NewPassword) -> Answer {
        let NewPassword { username, hash } = new;
        match reset_password(&*self.directory, &*self.clock, &username, hash).await {
            Ok(user) => {
                tracing::info!(username, "changed a password by command");
                Answer::Done {
                    is_active: user.is_active,
                }
            }
            Err(Error::NotFound(Missing::User)) => Answer::NoSuchUser,
            Err(error) => Answer::Failed(with_causes(&error)),
        }
    }

    async fn import(&self, batch: &str) -> Answer {
        let Some(batch) = read_batch(batch) else {
            return Answer::Failed("the server cannot read these rows".to_owned());
        };
        let brought = match judging_now(&*self.clock) {
            Ok(now) => self.imports.bring(Authority::service(now), batch).await,
            Err(error) => return Answer::Failed(with_causes(&error)),
        };
        match write_brought(brought) {
            Ok(json) => Answer::Imported(json),
            Err(error) => Answer::Failed(with_causes(&error)),
        }
    }

    async fn reload_peppers(&self) -> Answer {
        let Some(peppers) = &self.peppers else {
            return not_a_server();
        };
        match peppers.reload().await {
            Ok(Some(ids)) => Answer::Reloaded(texts(&ids)),
            Ok(None) => Answer::Failed("its peppers are in APIKEY_PEPPER".to_owned()),
            Err(error) => Answer::Failed(format!("{error:#}")),
        }
    }

    async fn peppers(&self) -> Answer {
        let all = match self.registry.peppers().await {
            Ok(all) => all,
            Err(error) => return Answer::Failed(with_causes(&error)),
        };
        let lines = all.iter().enumerate().map(|(index, one)| PepperLine {
            id: one.id.to_text(),
            is_newest: index == 0 && one.registered_at.is_some(),
            registered_at: one.registered_at.map(|at| at.to_rfc3339()),
            digests: one.digests,
            is_given: false,
        });
        match serde_json::to_string(&Vec::from_iter(lines)) {
            Ok(json) => Answer::Peppers(json),
            Err(error) => Answer::Failed(with_causes(&error)),
        }
    }

    async fn explain(&self, question: KeyQuestion) -> Answer {
        match self.explained(question).await {
            Ok(json) => Answer::Explained(json),
            Err(Error::NotFound(_)) => Answer::NoSuchKey,
            Err(error) => Answer::Failed(with_causes(&error)),
        }
    }

    async fn explained(&self, KeyQuestion { id, asked }: KeyQuestion) -> Result<String, Error> {
        let (id, question) = (ApiKeyId(id), Question::try_from(asked)?);
        let at = match question.at {
            Some(at) => at,
            None => judging_now(&*self.clock)?,
        };
        let (api_keys, key_facts) = (&*self.api_keys, &*self.key_facts);
        let explained = explain_stored_key(api_keys, key_facts, id, question.wanted(), at).await?;
        let view = ExplanationView::of(&explained, &question);
        serde_json::to_string(&view).map_err(|error| Error::Internal(Box::new(error)))
    }
}

fn not_a_server() -> Answer {
    Answer::Failed("this is no server".to_owned())
}
