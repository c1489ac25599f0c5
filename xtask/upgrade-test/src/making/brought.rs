//! What is imported, sessions, and requests that are named.

use crate::{
    installation::{Installation, Release},
    maker::{Maker, admin, by},
    question::{By, Question},
    rounds,
    world::{Key, Once, PASSWORD, Session},
};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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

/// Imports keys, and uses some of them: those have our digest then.
pub(super) async fn imports(installation: &Installation, maker: &mut Maker<'_>) -> Result<()> {
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
pub(super) async fn sessions(maker: &mut Maker<'_>) -> Result<()> {
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
pub(super) async fn once(maker: &mut Maker<'_>) -> Result<()> {
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
