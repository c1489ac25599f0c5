//! A server with users, an organization and keys.

use crate::caller::{Caller, PASSWORD};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;
use xtask_harness::{
    client::Client,
    database::{Database, Engine},
    request::{Credentials, Request},
    server::{self, ADMIN, Server, free_address},
};

/// How many users and keys come before those of the callers: requests are made for small
/// ids above all, and must not take the caller's own rights.
const BEFORE: u32 = 20;

/// A running server, and what the callers need of it.
pub(crate) struct World {
    client: Client,
    server: Server,
    /// The value of the user's key.
    pub(crate) key: String,
    /// The id of the organization that the user administers.
    pub(crate) organization: String,
    _database: Database,
}

// === impl World ===

impl World {
    /// Starts a server on a fresh database. Its log goes to a folder.
    pub(crate) async fn start(program: &Path, engine: &Engine, logs: &Path) -> Result<Self> {
        let database = engine.create().await?;
        let address = free_address()?;
        let command = server::command(program, database.url(), database.folder());
        let mut server = Server::spawn(command, address, logs.join("server.log"))?;
        server.until_ready().await?;
        let mut world = Self {
            client: Client::new(address)?,
            server,
            key: String::new(),
            organization: String::new(),
            _database: database,
        };
        world.fill().await?;
        Ok(world)
    }

    /// Returns the address of the server.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Returns what the server says of its interface.
    pub(crate) async fn description(&self) -> Result<Value> {
        let answer = self.client.send(&Request::get("/openapi.json")).await?;
        ensure!(answer.status == 200, "/openapi.json: {}", answer.body);
        Ok(serde_json::from_str(&answer.body)?)
    }

    /// Checks that the server runs, and that a caller can still sign in: whoever cannot
    /// tests nothing more. A platform admin may deactivate everybody, themselves among them:
    /// that is said, and no fault of the server.
    pub(crate) async fn check(&mut self, caller: Caller) -> Result<()> {
        ensure!(
            self.server.is_running()?,
            "the server ended: {}",
            self.server.log()
        );
        if caller == Caller::Nobody {
            return Ok(());
        }
        let request = Request::get("/v2/users/me").by(caller.credentials(&self.key));
        let answer = self.client.send(&request).await?;
        let name = caller.name();
        if caller == Caller::PlatformAdmin && answer.status != 200 {
            println!("openapi test: {name} ended their own right to sign in");
            return Ok(());
        }
        ensure!(
            answer.status == 200,
            "{name} cannot sign in any more: {}",
            answer.body
        );
        Ok(())
    }

    async fn fill(&mut self) -> Result<()> {
        let user = |name: String, is_admin: bool| {
            let body = json!({"username": name, "password": PASSWORD, "is_admin": is_admin});
            self.make("/v2/users", body, ADMIN)
        };
        for number in 0..BEFORE {
            user(format!("user{number}"), false).await?;
        }
        let tester = user("tester".to_owned(), false).await?["id"].clone();
        user("root".to_owned(), true).await?;
        let organization = json!({"name": "Testers", "slug": "testers"});
        let organization = self.make("/v2/organizations", organization, ADMIN).await?;
        let organization = organization["id"].to_string();
        let members = format!("/v2/organizations/{organization}/members");
        for user_id in [json!(2), tester] {
            let member = json!({"user_id": user_id, "role": "admin"});
            self.make(&members, member, ADMIN).await?;
        }
        let mut key = Value::Null;
        let by_tester = Caller::User.credentials("");
        for number in 0..=BEFORE {
            let body = json!({"name": format!("key {number}")});
            key = self.make("/v2/api-keys", body, by_tester).await?;
        }
        let value = key["value"].as_str().context("a key has no value")?;
        self.key = value.to_owned();
        self.organization = organization;
        Ok(())
    }

    async fn make(&self, path: &str, body: Value, by: Credentials<'_>) -> Result<Value> {
        let request = Request::post(path, &body).by(by);
        let answer = self.client.send(&request).await?;
        ensure!(answer.status == 200, "{path}: {}", answer.body);
        Ok(serde_json::from_str(&answer.body)?)
    }
}
