//! Takes over what another service has.

mod pretending;

use crate::{
    access::authority::Authority,
    error::{PortError, with_causes},
    import::{
        facts::{Administrators, ImportOptions},
        finding::{Done, Effect, Finding, Findings, Outcome},
        pretended::Pretended,
        source::{RowId, RowKind, SourceName, SourceRow},
    },
    port::{
        clock::Clock,
        import_store::{Brought, ImportBatch, ImportSource, ImportStore, ImportView},
    },
};

/// How many rows a transaction imports at most: others wait for it.
const MOST_ROWS: usize = 50;
/// How many bytes they have at most, together.
const MOST_BYTES: usize = 64 * 1_024;
/// How many rows are looked for at once that may have gone.
const LOOKED_FOR: u32 = 500;

/// Why an import ended before its end. What it did before stays, and the next one goes on.
///
/// # Example
///
/// ```
/// use apikey_domain::{error::PortError, use_case::operation::import::ImportError};
///
/// let error = ImportError::Source(PortError::Unavailable("no answer".into()));
/// assert_eq!(error.to_string(), "the source cannot be read");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source cannot be read.
    #[error("the source cannot be read")]
    Source(#[source] PortError),
    /// The store cannot be read or written.
    #[error("the rows cannot be stored")]
    Store(#[source] PortError),
    /// The source is another one than that which has its name.
    #[error(
        "the {} {} was created at another time than the one that was imported before: this is \
         another source, which needs a name of its own",
        .0.kind.as_str(), .0.text
    )]
    AnotherSource(RowId),
    /// Nothing that could tell the source is in it any more.
    #[error(
        "the source has none of the users and organizations that were imported from it before: \
         this is another source, which needs a name of its own, or it is empty"
    )]
    NothingLeft,
}

/// Where rows go.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::operation::import::Target;
///
/// let nowhere = Target::Pretended(Box::default());
/// assert!(matches!(nowhere, Target::Pretended(_)));
/// ```
pub enum Target<'a> {
    /// Into a store.
    Store(&'a dyn ImportStore),
    /// Nowhere: what would become of them is found out.
    Pretended(Box<Pretended>),
}

/// An import.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     error::PortError,
///     import::{finding::Done, source::{RowId, RowKind, SourceName, SourceRow, LeftOut}},
///     port::import_store::ImportSource,
///     use_case::operation::import::{Import, Target},
/// };
/// use apikey_testing::TestApp;
///
/// struct OneGroup(bool);
///
/// #[async_trait::async_trait]
/// impl ImportSource for OneGroup {
///     async fn next(&mut self) -> Result<Vec<SourceRow>, PortError> {
///         let row = RowId::numbered(RowKind::User, 2);
///         let group = SourceRow::LeftOut(row, "everybody".to_owned(), LeftOut::Group);
///         Ok(if std::mem::replace(&mut self.0, false) { vec![group] } else { Vec::new() })
///     }
///
///     async fn absent(&mut self, _: &[RowId]) -> Result<Vec<RowId>, PortError> {
///         Ok(Vec::new())
///     }
/// }
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let mut import = Import {
///     source: SourceName::parse("gpustack").unwrap(),
///     options: Default::default(),
///     view: Some(&*app.memory),
///     target: Target::Store(&*app.memory),
///     clock: &*app.clock,
/// };
/// let mut outcomes = Vec::new();
/// import.run(&mut OneGroup(true), &mut |some| outcomes.extend(some)).await.unwrap();
/// assert_eq!(outcomes[0].done, Done::Skipped);
/// # });
/// ```
pub struct Import<'a> {
    /// The name of the source.
    pub source: SourceName,
    /// How it is made.
    pub options: ImportOptions,
    /// What there is; `None` if there is nothing yet.
    pub view: Option<&'a dyn ImportView>,
    /// Where the rows go.
    pub target: Target<'a>,
    /// The clock.
    pub clock: &'a dyn Clock,
}

impl Import<'_> {
    /// Imports all rows of a source, and ends what it has no longer. Says what became of
    /// them, some after others. Returns what there is to say of the whole.
    ///
    /// A key ends for good. So none does before all users and organizations were compared
    /// with those that were imported before: in another source every key is missing.
    ///
    /// # Errors
    ///
    /// [`ImportError`]. What became of some rows may have been said before.
    pub async fn run(
        &mut self,
        source: &mut dyn ImportSource,
        say: &mut (dyn FnMut(Vec<Outcome>) + Send),
    ) -> Result<Vec<Finding>, ImportError> {
        if self.options.keep_ids {
            let highest = source.highest_ids().await;
            self.options.highest = highest.map_err(ImportError::Source)?;
        }
        let mut has_users = false;
        let say = &mut |outcomes: Vec<Outcome>| {
            let is_user =
                |one: &Outcome| one.row.kind == RowKind::User && one.done != Done::Skipped;
            has_users |= outcomes.iter().any(is_user);
            say(outcomes);
        };
        self.bring_all(source, say).await?;
        match has_users {
            true => self.nobody_administers().await,
            false => Ok(Vec::new()),
        }
    }

    async fn bring_all(
        &mut self,
        source: &mut dyn ImportSource,
        say: &mut (dyn FnMut(Vec<Outcome>) + Send),
    ) -> Result<(), ImportError> {
        self.require_something_left(source).await?;
        let mut batch = Vec::new();
        let mut bytes = 0;
        let mut has_ended_keys = false;
        loop {
            let rows = source.next().await.map_err(ImportError::Source)?;
            let is_last = rows.is_empty();
            for row in rows {
                if !has_ended_keys && row.id().kind == RowKind::Key {
                    // Before the keys: one that has gone leaves its name to another.
                    say(self.bring(std::mem::take(&mut batch)).await?);
                    bytes = 0;
                    self.end(RowKind::Key, source, say).await?;
                    has_ended_keys = true;
                }
                bytes += row.bytes();
                batch.push(row);
                if batch.len() >= MOST_ROWS || bytes >= MOST_BYTES {
                    say(self.bring(std::mem::take(&mut batch)).await?);
                    bytes = 0;
                }
            }
            if is_last {
                break;
            }
        }
        say(self.bring(batch).await?);
        if !has_ended_keys {
            self.end(RowKind::Key, source, say).await?;
        }
        // Whoever administers something in their place is there by now.
        for kind in [RowKind::Membership, RowKind::User, RowKind::Organization] {
            self.end(kind, source, say).await?;
        }
        Ok(())
    }

    /// Refuses a source without any user or organization that was imported from it: it is
    /// another one, or somebody has emptied it.
    async fn require_something_left(
        &self,
        source: &mut dyn ImportSource,
    ) -> Result<(), ImportError> {
        let Some(view) = self.view else {
            return Ok(());
        };
        let mut was_imported = false;
        for kind in [RowKind::User, RowKind::Organization] {
            let mut after = String::new();
            loop {
                let rows = view.imported(&self.source, kind, &after, LOOKED_FOR).await;
                let rows = rows.map_err(ImportError::Store)?;
                let Some(last) = rows.last() else {
                    break;
                };
                after.clone_from(&last.text);
                was_imported = true;
                let gone = source.absent(&rows).await.map_err(ImportError::Source)?;
                if gone.len() < rows.len() {
                    return Ok(());
                }
            }
        }
        match was_imported {
            true => Err(ImportError::NothingLeft),
            false => Ok(()),
        }
    }

    /// Says so if nobody can sign in to administer: no server makes an administrator where
    /// there are users.
    async fn nobody_administers(&self) -> Result<Vec<Finding>, ImportError> {
        let stored = match self.view {
            Some(view) => view.administrators().await.map_err(ImportError::Store)?,
            None => Administrators::default(),
        };
        let administrators = match &self.target {
            Target::Store(_) => stored,
            Target::Pretended(pretended) => pretended.administrators(stored),
        };
        let reason = match administrators {
            Administrators { all: 0, .. } => {
                "nobody here is an administrator who is active, and no server makes one: make \
                 somebody one at the source, and import again"
            }
            Administrators {
                with_password: 0, ..
            } => {
                "no administrator here has a password: give one to one of them, with \
                 apikey-server user reset-password NAME"
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![Finding {
            row: RowId {
                kind: RowKind::User,
                text: String::new(),
            },
            name: String::new(),
            effect: Effect::Noted,
            reason: reason.to_owned(),
        }])
    }

    /// Ends what became of rows that the source has no longer.
    async fn end(
        &mut self,
        kind: RowKind,
        source: &mut dyn ImportSource,
        say: &mut (dyn FnMut(Vec<Outcome>) + Send),
    ) -> Result<(), ImportError> {
        let Some(view) = self.view else {
            return Ok(());
        };
        let mut after = String::new();
        loop {
            let rows = view.imported(&self.source, kind, &after, LOOKED_FOR).await;
            let rows = rows.map_err(ImportError::Store)?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after.clone_from(&last.text);
            let gone = source.absent(&rows).await.map_err(ImportError::Source)?;
            for some in gone.chunks(MOST_ROWS) {
                let some = some.iter().cloned().map(SourceRow::Gone);
                say(self.bring(some.collect()).await?);
            }
        }
    }

    /// Brings rows together. If one of them cannot be stored for what it holds, it is left
    /// out, and the others are brought one by one.
    async fn bring(&mut self, rows: Vec<SourceRow>) -> Result<Vec<Outcome>, ImportError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let together = self.try_bring(rows.clone()).await;
        if !matches!(together, Err(ImportError::Store(PortError::Corrupt(_)))) {
            return together;
        }
        let mut outcomes = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id();
            match self.try_bring(vec![row]).await {
                Err(ImportError::Store(error @ PortError::Corrupt(_))) => {
                    let findings = Findings::of(id.clone(), &id.text);
                    let reason = format!("it cannot be stored: {}", with_causes(&error));
                    outcomes.push(findings.skipped(reason));
                }
                brought => outcomes.extend(brought?),
            }
        }
        Ok(outcomes)
    }

    async fn try_bring(&mut self, rows: Vec<SourceRow>) -> Result<Vec<Outcome>, ImportError> {
        let now = self.clock.now();
        let brought = match &mut self.target {
            Target::Store(store) => {
                let batch = ImportBatch {
                    source: self.source.clone(),
                    options: self.options.clone(),
                    rows,
                };
                store.bring(Authority::service(now), batch).await
            }
            Target::Pretended(pretended) => {
                let (source, options) = (&self.source, &self.options);
                pretending::pretend(pretended, self.view, (source, options), rows, now).await
            }
        };
        match brought.map_err(ImportError::Store)? {
            Brought::Done(outcomes) => Ok(outcomes),
            Brought::AnotherSource(row) => Err(ImportError::AnotherSource(row)),
        }
    }
}
