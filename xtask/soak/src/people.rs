//! People who sign in with their password, do something, and sign out.

use crate::{
    measured::Kind,
    records::{number, text},
    service::Reply,
    world::World,
};
use anyhow::{Context, Result, ensure};
use reqwest::{Method, header};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use xtask_harness::{random::Random, request::Request};

/// How often somebody mistypes their password: more often they would be throttled.
const MISTAKE_INTERVAL: Duration = Duration::from_secs(10);

/// One of every so many sign-ins ends with another password.
const NEW_PASSWORD: u64 = 8;

/// A person and their session that goes on all the time.
struct Person {
    world: Arc<World>,
    random: Random,
    id: i64,
    name: String,
    password: String,
    kept: String,
    passwords: u64,
    mistaken_at: Instant,
}

/// Makes a person who signs in and out until everything ends.
pub(crate) async fn live(world: Arc<World>, number: u64) -> Result<()> {
    let name = format!("person-{number}");
    let password = "Passw0rd_0".to_owned();
    let body = json!({"username": name, "password": password});
    let request = Request::post("/v2/users", &body).by(world.service.admin(0));
    let shown = world
        .service
        .change(Kind::User, 0, &request)
        .await?
        .json(200)?;
    let mut person = Person {
        random: Random::new(2_000 + number),
        id: number_of(&shown)?,
        name,
        password,
        kept: String::new(),
        passwords: 0,
        mistaken_at: Instant::now(),
        world,
    };
    let thing = person.thing();
    person.world.records.put(&thing, &shown);
    person.kept = person.sign_in().await?;
    while !person.world.is_over() {
        person.visit().await?;
    }
    person
        .expect(&person.kept.clone(), 200, "the session that goes on")
        .await
}

// === impl Person ===

impl Person {
    /// Signs in, does something, and signs out.
    async fn visit(&mut self) -> Result<()> {
        let cookie = self.sign_in().await?;
        self.expect(&cookie, 200, "a session that began").await?;
        self.rename(&cookie).await?;
        self.make_key(&cookie).await?;
        self.expect(&self.kept.clone(), 200, "the session that goes on")
            .await?;
        let is_current = self.list_sessions(&cookie).await?;
        ensure!(is_current, "a session is not among those of {}", self.name);
        if self.mistaken_at.elapsed() > MISTAKE_INTERVAL {
            self.mistaken_at = Instant::now();
            let reply = self.try_to_sign_in("Passw0rd_x").await?;
            ensure!(reply.status == 401, "a wrong password is {}", reply.status);
        }
        if self.random.draw().is_multiple_of(NEW_PASSWORD) {
            self.change_password(&cookie).await?;
        }
        let request = Request::new(Method::POST, "/auth/logout");
        self.with(&cookie, Kind::Session, request).await?;
        self.expect(&cookie, 401, "a session that was ended").await
    }

    /// Signs in and returns the cookie.
    async fn sign_in(&mut self) -> Result<String> {
        let password = self.password.clone();
        let reply = self.try_to_sign_in(&password).await?;
        let status = reply.status;
        ensure!(
            status == 200,
            "{} cannot sign in: {status} {}",
            self.name,
            reply.body
        );
        let cookies = reply.headers.get_all(header::SET_COOKIE);
        let mut cookies = cookies.iter().filter_map(|cookie| cookie.to_str().ok());
        let cookie = cookies.find(|cookie| cookie.starts_with("gpustack_session="));
        let cookie = cookie.and_then(|cookie| cookie.split(';').next());
        Ok(cookie.context("a sign-in without a cookie")?.to_owned())
    }

    async fn try_to_sign_in(&mut self, password: &str) -> Result<Reply> {
        let body = json!({"username": self.name, "password": password});
        let service = &self.world.service;
        let node = service.draw_node(self.random.draw());
        let request = Request::post("/auth/login", &body);
        service.change(Kind::SignIn, node, &request).await
    }

    /// Sends a request with a session until it is answered.
    async fn with(&mut self, cookie: &str, kind: Kind, request: Request) -> Result<Reply> {
        let service = &self.world.service;
        let node = service.draw_node(self.random.draw());
        let request = request.header("cookie", cookie);
        service.change(kind, node, &request).await
    }

    /// Looks whether a session is good on all nodes, or on none.
    async fn expect(&mut self, cookie: &str, status: u16, what: &str) -> Result<()> {
        let request = Request::get("/v2/users/me").header("cookie", cookie);
        for node in 0..self.world.service.nodes() {
            let reply = self
                .world
                .service
                .change(Kind::Session, node, &request)
                .await?;
            let is_own = reply.status != 200 || reply.json(200)?["id"] == self.id;
            if reply.status != status || !is_own {
                let Reply { status, body, .. } = reply;
                let name = &self.name;
                let wrong = format!("node {node}: {what} of {name} is {status} {body}");
                self.world.service.wrong(wrong);
            }
        }
        Ok(())
    }

    async fn rename(&mut self, cookie: &str) -> Result<()> {
        let full_name = format!("{} {}", self.name, self.random.draw() % 1_000_000);
        let request = Request::new(Method::PUT, "/v2/users/me");
        let request = request.json(&json!({"full_name": full_name}));
        let reply = self.with(cookie, Kind::User, request).await?;
        let shown = reply.json(200)?;
        ensure!(shown["full_name"] == full_name, "not so: {shown}");
        if reply.is_repeated {
            self.world.records.add_unanswered(&self.thing());
        }
        self.world.records.put(&self.thing(), &shown);
        Ok(())
    }

    /// Makes a key with a session, uses it where a key signs in, and deletes it.
    async fn make_key(&mut self, cookie: &str) -> Result<()> {
        let name = format!("{} {}", self.name, self.random.draw());
        let request = Request::post("/v2/api-keys", &json!({ "name": name }));
        let request = request.header("idempotency-key", name.replace(' ', "/"));
        let reply = self.with(cookie, Kind::Create, request).await?;
        let shown = reply.json(200)?;
        let (id, value) = (number(&shown, "id")?, text(&shown, "value")?);
        let thing = format!("key {id}");
        self.world.records.put(&thing, &shown);
        let own = Request::get("/v2/users/me").header("x-api-key", value);
        for node in 0..self.world.service.nodes() {
            let reply = self.world.service.change(Kind::Read, node, &own).await?;
            ensure!(reply.json(200)?["id"] == self.id, "the key of another");
        }
        let request = Request::new(Method::DELETE, format!("/v2/api-keys/{id}"));
        let reply = self.with(cookie, Kind::End, request).await?;
        if !(reply.is_repeated && reply.status == 404) {
            reply.json(200)?;
        }
        self.world.records.end(&thing);
        for node in 0..self.world.service.nodes() {
            let reply = self.world.service.change(Kind::Read, node, &own).await?;
            if reply.status != 401 {
                let status = reply.status;
                let wrong = format!("node {node}: a key that was deleted signs in: {status}");
                self.world.service.wrong(wrong);
            }
        }
        Ok(())
    }

    async fn list_sessions(&mut self, cookie: &str) -> Result<bool> {
        let request = Request::get("/v2/users/me/sessions?perPage=1000");
        let listed = self.with(cookie, Kind::Session, request).await?.json(200)?;
        let items = listed["items"].as_array().context("no list of sessions")?;
        Ok(items.iter().any(|one| one["current"] == true))
    }

    /// Takes another password with a session, which alone goes on.
    async fn change_password(&mut self, cookie: &str) -> Result<()> {
        self.passwords += 1;
        let new = format!("Passw0rd_{}", self.passwords);
        let body = json!({"current_password": self.password, "new_password": new});
        let request = Request::post("/auth/update-password", &body);
        let reply = self.with(cookie, Kind::SignIn, request).await?;
        // When it is asked again it may be done already.
        if !(reply.is_repeated && reply.status == 422) {
            reply.json(200)?;
        }
        let old = std::mem::replace(&mut self.password, new);
        self.expect(cookie, 200, "the session with which a password was changed")
            .await?;
        let kept = std::mem::take(&mut self.kept);
        self.expect(&kept, 401, "a session of the old password")
            .await?;
        if self.mistaken_at.elapsed() > MISTAKE_INTERVAL {
            self.mistaken_at = Instant::now();
            let reply = self.try_to_sign_in(&old).await?;
            ensure!(reply.status == 401, "an old password is {}", reply.status);
        }
        self.kept = self.sign_in().await?;
        // It is an update of the user, too.
        let request = Request::get("/v2/users/me");
        let reply = self.with(cookie, Kind::Session, request).await?;
        self.world.records.put(&self.thing(), &reply.json(200)?);
        Ok(())
    }

    fn thing(&self) -> String {
        format!("user {}", self.id)
    }
}

fn number_of(shown: &Value) -> Result<i64> {
    number(shown, "id")
}
