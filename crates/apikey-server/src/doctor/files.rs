//! Whose the files of the server are, and who may read them.

use super::finding::Finding;
use crate::{
    bootstrap::PASSWORD_FILE,
    config::{BootstrapPassword, Config, PEPPER_FILE, PepperSource},
};
use apikey_diesel::DatabaseUrl;
use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

const CHECK: &str = "files";
/// The bits by which a group or others may read.
const READ: u32 = 0o044;
/// The bits by which a group or others may write.
const WRITE: u32 = 0o022;

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let folder = &config.database.data_dir;
    let mut findings = Vec::new();
    if let Ok(found) = folder.metadata() {
        findings.extend(of_folder(folder, &found));
    }
    for (path, what) in secrets(config) {
        if let Ok(found) = path.metadata() {
            findings.extend(of_secret(&path, what, &found));
        }
    }
    if let DatabaseUrl::Sqlite(path) = &config.database_url
        && let Ok(found) = path.metadata()
    {
        if found.mode() & (READ | WRITE) != 0 {
            let what = format!("others may read or write the database {}", path.display());
            let advice = format!("chmod 600 {0} {0}-wal {0}-shm", path.display());
            findings.push(Finding::warning(CHECK, what, advice));
        }
        findings.extend(of_another(path, &found));
    }
    let password = folder.join(PASSWORD_FILE);
    if password.exists() {
        let what = format!(
            "{} has the first administrator's password",
            password.display()
        );
        let advice = "change the password, and delete the file";
        findings.push(Finding::warning(CHECK, what, advice));
    }
    findings
}

fn secrets(config: &Config) -> Vec<(PathBuf, &'static str)> {
    let pepper = match &config.pepper {
        PepperSource::File(path, _) => Some(path.clone()),
        PepperSource::DataDir => Some(config.database.data_dir.join(PEPPER_FILE)),
        PepperSource::Given(_) => None,
    };
    let password = match &config.bootstrap_password {
        Some(BootstrapPassword {
            file: Some(path), ..
        }) => Some(path.clone()),
        _ => None,
    };
    let url = config.database_url_file.clone();
    let pepper = pepper.map(|path| (path, "the pepper"));
    let password = password.map(|path| (path, "the bootstrap password"));
    let url = url.map(|path| (path, "the URL of the database"));
    pepper.into_iter().chain(password).chain(url).collect()
}

fn of_folder(folder: &Path, found: &Metadata) -> Vec<Finding> {
    let shown = folder.display();
    let mut findings: Vec<Finding> = of_another(folder, found).into_iter().collect();
    if found.mode() & WRITE != 0 {
        let what = format!("others may write into the data folder {shown}");
        findings.push(Finding::error(CHECK, what, format!("chmod 700 {shown}")));
    }
    findings
}

/// What belongs to somebody else the server cannot use, or they can change it.
fn of_another(path: &Path, found: &Metadata) -> Option<Finding> {
    let own = rustix::process::geteuid().as_raw();
    let owner = found.uid();
    let shown = path.display();
    let what = format!("{shown} belongs to the user {owner}, and this is the user {own}");
    let advice = format!("run this as the user of the server; if it is that, chown {own} {shown}");
    (owner != own).then(|| Finding::error(CHECK, what, advice))
}

fn of_secret(path: &Path, what: &str, found: &Metadata) -> Option<Finding> {
    let shown = path.display();
    let mode = found.mode() & 0o777;
    if mode & (READ | WRITE) == 0 {
        return None;
    }
    let text = format!("others may read {what} in {shown}, whose mode is {mode:o}");
    let advice = format!("chmod 600 {shown}; and replace it if somebody may have read it");
    Some(Finding::error(CHECK, text, advice))
}
