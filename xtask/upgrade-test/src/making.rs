//! Makes everything that a release can store.

use crate::{
    installation::{Installation, Release},
    maker::{Maker, admin, by},
    question::{By, Question},
    rounds,
    world::{Key, Lasting, Once, PASSWORD, Session, World},
};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{net::SocketAddr, time::Duration};
use tokio::time::sleep;

/// Ten years, in seconds.
const TEN_YEARS: u32 = 315_360_000;

/// The longest grace period, in seconds.
const GRACE: u32 = 604_800;

/// How often a key is rotated that has been so often, and in what is kept.
const ROTATIONS: usize = 12;
const FEW_ROTATIONS: usize = 2;

/// How many of the secrets that ended are kept.
const KEPT: usize = 10;

/// Keys that a GPUStack 2.3.0 made, and the digest of each.
const IMPORTED: [(&str, &str, &str); 3] = [
    (
        "gpustack_d2b5a5df6ad0e3c0_8e603907830333dad55f4d86b54c9340",
        "d2b5a5df6ad0e3c0",
        "$argon2id$v=19$m=65536,t=3,p=4$0EsUj39xf8SbvCaU+Lwq3g$\
         VGKGe18/LT3LgF2x9TqDkelyNHqE+Ogo2ZxTm9FX69A",
    ),
    (
        "gpustack_36d83578b58f396c_9a81fe5ba308c2dd09e1f0d864ca4116",
        "36d83578b58f396c",
        "sha256$a665d3845152354af2a88b2542f8869b$\
         460db70bd5a72868488d8a0c630711b1452bbfd3cbcda95d7ccde206c0121da3",
    ),
    (
        "abc1",
        "b20df8446e1b582ec744e38782a8a960",
        "sha256$a285469665532a92d3c21176f57900ce$\
         5c2a4444144abb2415fdfeba872c7a8096a2dfc7de65fafec1edda68db424ca1",
    ),
];

/// How many imported keys nobody uses at first: one for each round.
const UNUSED: usize = rounds::LABELS.len();

/// How much is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// How long it stays as it is.
    pub(crate) lasting: Lasting,
    /// How many keys there are that are alike.
    pub(crate) many: usize,
    /// What is to be withdrawn later.
    pub(crate) rounds: &'static [&'static str],
}

/// Makes everything.
pub(crate) async fn make(
    installation: &Installation,
    address: SocketAddr,
    extent: Extent,
) -> Result<World> {
    let lasting = extent.lasting;
    let mut world = World::default();
    let mut maker = Maker::at(address, &mut world)?;
    let organization = people(&mut maker).await?;
    keys(&mut maker, organization).await?;
    rotations(&mut maker, lasting).await?;
    imports(installation, &mut maker).await?;
    if lasting == Lasting::Minutes {
        sessions(&mut maker).await?;
        once(&mut maker).await?;
    }
    for number in 0..extent.many {
        let name = format!("many {number}");
        maker
            .key("bob", &name, json!({"scope": ["inference"]}))
            .await?;
        maker.world.many.extend(maker.world.keys.pop());
    }
    for label in extent.rounds {
        rounds::prepare(&mut maker, label, organization, lasting).await?;
    }
    // A second for keys that expire, and one for uses that are written later.
    sleep(Duration::from_secs(2)).await;
    Ok(world)
}

/// Makes people and organizations. Returns the organization that keys are made in.
async fn people(maker: &mut Maker<'_>) -> Result<i64> {
    let ada = maker.person("ada", json!({"full_name": "Ada L."})).await?;
    let bob = maker.person("bob", json!({})).await?;
    maker.person("root", json!({"is_admin": true})).await?;
    maker.person("robot", json!({"is_system": true})).await?;
    maker
        .person("Zoë Ångström", json!({"full_name": "Ǆ"}))
        .await?;
    maker
        .person("new", json!({"require_password_change": true}))
        .await?;
    let carol = maker.person("carol", json!({})).await?;
    maker.key("carol", "of carol", json!({})).await?;
    let path = format!("/v2/users/{carol}/activation");
    let deactivated = Question::new("PATCH", path, admin()).body(json!({"is_active": false}));
    maker.done(&deactivated).await?;
    maker.world.see_person(carol, false);
    maker.world.see("of carol", "OwnerInactive");
    let acme = maker.organization("acme", ada).await?;
    maker.organization("tools", bob).await?;
    maker.member(acme, bob, "user").await?;
    let dan = maker.person("dan", json!({})).await?;
    maker.member(acme, dan, "user").await?;
    maker.key_in("dan", Some(acme), "of dan", json!({})).await?;
    maker
        .delete(format!("/v2/organizations/{acme}/members/{dan}"))
        .await?;
    maker.world.see("of dan", "OwnerInactive");
    let gone = maker.person("gone", json!({})).await?;
    maker.key("gone", "of gone", json!({})).await?;
    maker.delete(format!("/v2/users/{gone}")).await?;
    maker.world.see_person(gone, false);
    maker.world.see("of gone", "Unknown");
    Ok(acme)
}

/// Makes a key in each state.
async fn keys(maker: &mut Maker<'_>, acme: i64) -> Result<()> {
    maker.key("ada", "plain", json!({})).await?;
    let text = "with \"quotes\", ümläuts, 🦀 and a \\";
    maker
        .key(
            "ada",
            "described",
            json!({"description": text, "metadata": {"team": "core", "ß": text}}),
        )
        .await?;
    maker
        .key(
            "ada",
            "inference",
            json!({"scope": ["inference"], "allowed_model_names": ["chat", "draw"]}),
        )
        .await?;
    maker
        .key("ada", "management", json!({"scope": ["management"]}))
        .await?;
    maker
        .key("ada", "both", json!({"scope": ["inference", "management"]}))
        .await?;
    maker.key("ada", "nothing", json!({"scope": []})).await?;
    maker
        .key("ada", "custom", json!({"custom": "sk-0123456789abcdef"}))
        .await?;
    maker
        .key("ada", "odd", json!({"custom": "my-own:a,b;c_0123456789"}))
        .await?;
    maker
        .key("ada", "for years", json!({"expires_in": TEN_YEARS}))
        .await?;
    maker.key("ada", "Straße", json!({})).await?;
    maker
        .key_in("ada", Some(acme), "of acme", json!({}))
        .await?;
    maker
        .key_in(
            "bob",
            Some(acme),
            "of acme, too",
            json!({"scope": ["inference"]}),
        )
        .await?;
    maker.key("robot", "of robot", json!({})).await?;
    maker.key("root", "of root", json!({})).await?;
    maker
        .key("ada", "expired", json!({"expires_in": 1}))
        .await?;
    maker.world.see("expired", "Expired");
    let bob = maker
        .world
        .people
        .iter()
        .find(|person| person.name == "bob");
    let path = format!("/v2/users/{}/api-keys", bob.map_or(0, |bob| bob.id));
    let body = json!({"name": "made for bob", "self_rotation": true});
    let made = maker.done(&Question::post(path, body, admin())).await?;
    maker.keep(&made)?;
    for (name, code) in [("disabled", "Disabled"), ("enabled", "Valid")] {
        let id = maker.key("ada", name, json!({})).await?;
        maker.change(id, json!({"disabled": true})).await?;
        if code == "Valid" {
            maker.change(id, json!({"disabled": false})).await?;
        }
        maker.world.see(name, code);
    }
    let id = maker.key("ada", "revoked", json!({})).await?;
    let reason = json!({"reason": "compromised", "comment": "in a log"});
    maker.act(id, "revoke", reason).await?;
    maker.world.see("revoked", "Revoked");
    let id = maker.key("ada", "deleted", json!({})).await?;
    maker.delete(format!("/v2/api-keys/{id}")).await?;
    maker.world.see("deleted", "Unknown");
    let id = maker.key("ada", "before", json!({})).await?;
    maker.change(id, json!({"name": "after"})).await?;
    if let Some(key) = maker.world.keys.last_mut() {
        "after".clone_into(&mut key.name);
    }
    let id = maker.key("ada", "narrowed", json!({})).await?;
    maker
        .change(
            id,
            json!({"scope": ["inference"], "allowed_model_names": ["draw"]}),
        )
        .await?;
    if let Some(key) = maker.world.keys.last_mut() {
        (key.scope, key.models) = (vec!["inference".to_owned()], vec!["draw".to_owned()]);
    }
    Ok(())
}

/// Makes keys that have had several secrets.
async fn rotations(maker: &mut Maker<'_>, lasting: Lasting) -> Result<()> {
    let id = maker.key("ada", "rotated often", json!({})).await?;
    let rotations = match lasting {
        Lasting::Minutes => ROTATIONS,
        Lasting::Forever => FEW_ROTATIONS,
    };
    for rotation in 1..=rotations {
        maker.world.see("rotated often", "Revoked");
        let made = maker.act(id, "rotate", json!({})).await?;
        maker.keep(&made)?;
        if rotation > KEPT {
            let oldest = maker.world.keys.len() - 2 - KEPT;
            "Unknown".clone_into(&mut maker.world.keys[oldest].code);
        }
    }
    let id = maker.key("ada", "rotated, disabled", json!({})).await?;
    maker.world.see("rotated, disabled", "Revoked");
    let made = maker
        .act(id, "rotate", json!({"custom": "sk-rotated-0123456789"}))
        .await?;
    maker.keep(&made)?;
    maker.change(id, json!({"disabled": true})).await?;
    maker.world.see("rotated, disabled", "Disabled");
    if lasting == Lasting::Minutes {
        let id = maker.key("ada", "retiring", json!({})).await?;
        let made = maker
            .act(id, "rotate", json!({"grace_period_seconds": GRACE}))
            .await?;
        maker.keep(&made)?;
    }
    Ok(())
}

/// Imports keys, and uses some of them: those have our digest then.
async fn imports(installation: &Installation, maker: &mut Maker<'_>) -> Result<()> {
    let mut rows = String::from("user,access_key,digest,name,scope\n");
    let mut values = Vec::new();
    for (index, (value, access_key, digest)) in IMPORTED.iter().enumerate() {
        rows += &format!("bob,{access_key},\"{digest}\",imported {index},inference\n");
        values.push((format!("imported {index}"), (*value).to_owned()));
    }
    for index in 0..UNUSED {
        let value = format!("gpustack_00112233445566{index:02}_{}", "5e".repeat(16));
        let digest: String = Sha256::digest(&value)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        rows += &format!("bob,00112233445566{index:02},{digest},unused {index},inference\n");
        values.push((format!("unused {index}"), value));
    }
    let file = installation.folder().join("keys.csv");
    std::fs::write(&file, rows)?;
    let imported = installation.run(
        Release::Before,
        &["import", "hashes", &file.display().to_string()],
    )?;
    ensure!(
        imported.contains(&format!("keys: {} created", values.len())),
        "{imported}"
    );
    for (name, value) in values {
        let asked = Question::post("/v2/api-keys/verify", json!({"key": value}), admin());
        // Those keep the digest of the other service.
        let is_used = !name.starts_with("unused");
        let id = match is_used {
            true => maker.done(&asked).await?["key_id"]
                .as_i64()
                .unwrap_or_default(),
            false => 0,
        };
        ensure!(id > 0 || !is_used, "the imported key {name} is refused");
        let key = Key {
            name,
            value,
            id,
            code: "Valid".to_owned(),
            scope: vec!["inference".to_owned()],
            models: Vec::new(),
        };
        match is_used {
            true => maker.world.keys.push(key),
            false => maker.world.unused.push(key),
        }
    }
    Ok(())
}

/// Signs people in, and one of them out.
async fn sessions(maker: &mut Maker<'_>) -> Result<()> {
    for (person, lives) in [("ada", true), ("bob", true), ("bob", false)] {
        let cookie = maker.client.sign_in(person, PASSWORD).await?;
        if !lives {
            let out = Question::new("POST", "/auth/logout", By::Cookie(cookie.clone()));
            maker.done(&out).await?;
        }
        maker.world.sessions.push(Session {
            person: person.to_owned(),
            cookie,
            lives,
        });
    }
    Ok(())
}

/// Makes keys by requests that are named.
async fn once(maker: &mut Maker<'_>) -> Result<()> {
    for person in ["ada", "bob"] {
        let once = Once {
            by: by(person, PASSWORD),
            name: format!("once of {person}"),
            key: format!("request-of-{person}"),
        };
        let made: Value = maker.done(&once.question()).await?;
        maker.keep(&made)?;
        maker.world.once.push(once);
    }
    Ok(())
}

// === impl Once ===

impl Once {
    /// Returns the request, which makes one key however often it is sent.
    pub(crate) fn question(&self) -> Question {
        let question = Question::post("/v2/api-keys", json!({"name": self.name}), self.by.clone());
        question.header("Idempotency-Key", self.key.clone())
    }
}
