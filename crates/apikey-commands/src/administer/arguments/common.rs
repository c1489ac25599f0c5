//! What all of them take.

use crate::administer::server_url::ServerUrl;
use clap::{Args, ValueEnum};

/// Which server is asked, and what the answer looks like.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// A server to ask, with the key in APIKEY_KEY or in the file that APIKEY_KEY_FILE names
    /// [default: the database of the settings, or the server that uses it]
    #[arg(long, value_name = "URL")]
    pub url: Option<ServerUrl>,
    /// Send the key to another machine although the URL begins with http
    #[arg(long, requires = "url")]
    pub insecure_http: bool,
    /// Without --url, the platform admin in whose name it is done [default: the first who is
    /// active]
    #[arg(long = "as", value_name = "USERNAME", conflicts_with = "url")]
    pub in_name_of: Option<String>,
    /// Print JSON: what the service answers, one object a line
    #[arg(long)]
    pub json: bool,
}

/// What is done, and where.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct With<T: Args> {
    #[command(flatten)]
    /// What.
    pub rest: T,
    #[command(flatten)]
    /// Where.
    pub connection: Connection,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
}

// === impl YesNo ===

impl YesNo {
    /// Returns whether it is yes.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }
}
