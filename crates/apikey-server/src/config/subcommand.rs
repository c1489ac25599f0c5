//! The subcommands and what each takes.

use apikey_commands::{
    administer::arguments::{
        Administration, EventAction, KeyAction, MemberAction, OrganizationAction, UserAction,
    },
    shell::Shell,
};
use apikey_domain::import::source::SourceName;
use std::path::PathBuf;

/// The subcommand.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum Command {
    /// Serve (the default)
    Serve,
    /// Bring the database up to date and exit
    Migrate,
    /// Print the effective configuration, secrets redacted, and exit
    #[command(args_conflicts_with_subcommands = true)]
    Config {
        #[command(subcommand)]
        /// What else.
        command: Option<ConfigCommand>,
    },
    /// Say what is wrong with this installation, and what to do; change nothing
    Doctor {
        /// Print one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Copy a SQLite database into a file, while a server runs or not
    Backup(BackupArguments),
    /// Make a backup the database, or say whether that would work
    Restore(RestoreArguments),
    /// Create, list, show, change and delete users
    #[command(subcommand)]
    User(UserCommand),
    /// Create, list, show, change and delete organizations
    #[command(subcommand)]
    Org(OrganizationAction),
    /// Create, list, show, change and delete members of organizations
    #[command(subcommand)]
    Member(MemberAction),
    /// Create, list, show, change, revoke, rotate, delete and explain keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// List and follow the record of changes
    #[command(subcommand)]
    Event(EventAction),
    /// Look at peppers and replace them, while servers run or not
    #[command(subcommand)]
    Pepper(PepperCommand),
    /// Take over users and keys of another service, while servers run or not
    #[command(subcommand)]
    Import(ImportCommand),
    /// Print what completes these commands in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write man pages to a folder
    Man {
        /// The folder, which is created if missing
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

// === impl Command ===

impl Command {
    /// Returns it as a call of the service, if it is one.
    pub fn administration(&self) -> Option<Administration> {
        Some(match self.clone() {
            Self::User(UserCommand::Other(action)) => Administration::User(action),
            Self::Org(action) => Administration::Organization(action),
            Self::Member(action) => Administration::Member(action),
            Self::Key(KeyCommand::Other(action)) => Administration::Key(action),
            Self::Event(action) => Administration::Event(action),
            _ => return None,
        })
    }

    /// Returns whether it asks a server at a URL.
    pub(super) fn asks_server(&self) -> bool {
        let command = self.administration();
        command.is_some_and(|command| command.connection().url.is_some())
    }
}

/// What is done with peppers.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum PepperCommand {
    /// Print which peppers there are, and how many digests still need each
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a new pepper for a SQLite database, and keep the others for the digests that need
    /// them
    Rotate,
    /// Go on without a pepper that is lost: the keys that need it are refused for good
    GiveUp {
        /// Its id
        #[arg(value_name = "PEPPER")]
        pepper: String,
        /// Do it, also if keys need it
        #[arg(long)]
        yes: bool,
    },
}

/// What is asked of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum ConfigCommand {
    /// Say everything that is wrong with it, and open and change nothing
    Check,
    /// Print the table of all settings, in Markdown
    Table,
}

/// Where a backup is written.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct BackupArguments {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Replace the file, once the new one is complete
    #[arg(long)]
    pub force: bool,
}

/// Which backup is restored, and how.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct RestoreArguments {
    /// The backup, of which nothing is changed
    #[arg(value_name = "FILE", required_unless_present_any = ["acknowledge", "dumped_at"])]
    pub file: Option<PathBuf>,
    /// Only say whether it can be restored here, and what it does not know
    #[arg(long)]
    pub check: bool,
    /// Replace the database that is there, and keep its files under another name
    #[arg(long, conflicts_with = "check")]
    pub force: bool,
    /// Restore it although a pepper is lost: the keys that need it are refused for good
    #[arg(long, conflicts_with = "check")]
    pub without_peppers: bool,
    /// After pg_restore, and before a server starts: say from when the dump is. Its sessions
    /// end, and the server warns of what is lost
    #[arg(
        long,
        value_name = "INSTANT",
        conflicts_with_all = ["file", "check", "force", "without_peppers", "acknowledge"]
    )]
    pub dumped_at: Option<String>,
    /// Say that it is known what a restore means: the server no longer warns of it
    #[arg(long, conflicts_with_all = ["file", "check", "force", "without_peppers"])]
    pub acknowledge: bool,
}

/// From where they are taken over.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum ImportCommand {
    /// Users, organizations, memberships and keys from the database of a GPUStack, which is
    /// only read; again, to bring what changed there since
    Gpustack(GpustackArguments),
    /// Keys from a CSV file with their access keys and the digests of their secrets
    Hashes(HashesArguments),
}

/// From which GPUStack, and how.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct GpustackArguments {
    /// Its database: postgres://...
    /// [env: APIKEY_IMPORT_FROM or APIKEY_IMPORT_FROM_FILE]
    #[arg(long, value_name = "URL")]
    pub from: Option<SourceUrl>,
    /// Keep the ids of users, organizations and keys that are free here
    #[arg(long)]
    pub keep_ids: bool,
    /// A user there who is a user here: both usernames; can be given several times
    #[arg(long, value_name = "NAME=USER")]
    pub map: Vec<Mapping>,
    #[command(flatten)]
    /// The rest.
    pub common: ImportArguments,
}

/// Which file, and how.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct HashesArguments {
    /// The file; - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    /// The rest.
    pub common: ImportArguments,
}

/// How rows are imported.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct ImportArguments {
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
    /// What the source is called, if there are several: what was imported is remembered
    /// under this name [default: gpustack, or hashes]
    #[arg(long, value_name = "NAME", value_parser = source_name)]
    pub source: Option<String>,
}

/// The URL of a source, which may contain a password. It is redacted when printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceUrl(pub String);

/// Two usernames of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// At the source.
    pub there: String,
    /// Here.
    pub here: String,
}

impl std::fmt::Debug for SourceUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SourceUrl(redacted)")
    }
}

impl From<String> for SourceUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::str::FromStr for Mapping {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('=');
        let parts = parts.filter(|(there, here)| !there.is_empty() && !here.is_empty());
        let (there, here) = parts.ok_or("expected two usernames, as in ada=ada")?;
        Ok(Self {
            there: there.to_owned(),
            here: here.to_owned(),
        })
    }
}

fn source_name(text: &str) -> Result<String, &'static str> {
    let name = SourceName::parse(text);
    let name = name.ok_or("expected 1 to 64 letters, digits, dots, hyphens and underscores")?;
    Ok(name.as_str().to_owned())
}

/// What is asked of keys.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum KeyCommand {
    /// Say why a key would be refused: each check, and what it looked at
    Explain(ExplainArguments),
    #[command(flatten)]
    /// What is a call of the service.
    Other(KeyAction),
}

/// Which key, and what it is to be used for.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct ExplainArguments {
    /// The id of the key
    #[arg(value_name = "ID", allow_negative_numbers = true)]
    pub id: i64,
    /// A scope that it is to grant: inference, management or *
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
    /// A model that it is to be used for
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// When, as in 2026-01-31T23:59:59Z [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub at: Option<String>,
    /// Print one line of JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// What is changed of users.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum UserCommand {
    /// Give a user a new password: it is asked for, or read from standard input
    ResetPassword {
        /// The name with which they sign in
        #[arg(value_name = "USER")]
        username: String,
    },
    #[command(flatten)]
    /// What is a call of the service.
    Other(UserAction),
}
