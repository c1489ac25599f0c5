//! Does what commands ask for: in the server, or in the process of the command.

use super::{Answer, KeyQuestion, NewPassword, Request};
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
            clock: Arc::new(SystemClock),
        }
    }

    /// Does what is asked for.
    pub async fn answer(&self, request: Request) -> Answer {
        match request {
            Request::NewPassword(new) => self.reset_password(new).await,
            Request::ExplainKey(question) => self.explain(question).await,
            Request::Import(batch) => self.import(&batch).await,
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
