//! Whose the files of the server are, and who may read them.

use super::finding::Finding;
use crate::{
    bootstrap::PASSWORD_FILE,
    config::{BootstrapPassword, Config, PEPPER_FILE, PepperSource},
    data_dir,
};
use apikey_diesel::DatabaseUrl;
use rustix::fs::{Access, access};
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
/// What a server does in a folder.
const FOLDER: Access = FILE.union(Access::EXEC_OK);
/// What it does with a file.
const FILE: Access = Access::READ_OK.union(Access::WRITE_OK);

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let folder = &config.database.data_dir;
    let mut findings = Vec::new();
    match folder.metadata() {
        Ok(found) => findings.extend(of_folder(folder, &found)),
        Err(_) => findings.extend(above(folder).and_then(|above| forbidden(above, FOLDER))),
    }
    for (path, what) in secrets(config) {
        if let Ok(found) = path.metadata() {
            findings.extend(of_secret(&path, what, &found));
        }
    }
    if let DatabaseUrl::Sqlite(path) = &config.database_url {
        findings.extend(of_database(path));
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

fn of_database(path: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let beside = data_dir::left_by_servers(path);
    if let Ok(found) = path.metadata() {
        if found.mode() & (READ | WRITE) != 0 {
            let what = format!("others may read or write the database {}", path.display());
            let advice = format!("chmod 600 {0} {0}-wal {0}-shm", path.display());
            findings.push(Finding::warning(CHECK, what, advice));
        }
        findings.extend(of_another(path, &found));
        let files = [path]
            .into_iter()
            .chain(beside.iter().map(PathBuf::as_path));
        findings.extend(files.filter_map(|file| forbidden(file, FILE)));
    } else if let Some(left) = beside.first() {
        let what = format!(
            "there is no database {}, but {}: the next start would make a new one, without \
             users and keys",
            path.display(),
            left.display()
        );
        let advice = "put it back, or restore a backup";
        findings.push(Finding::error(CHECK, what, advice));
    }
    findings
}

/// Returns the folder that is there, of those in which this one would be.
fn above(folder: &Path) -> Option<&Path> {
    let mut above = folder.ancestors().skip(1);
    above.find_map(|folder| match folder.as_os_str().is_empty() {
        true => Some(Path::new(".")),
        false => folder.exists().then_some(folder),
    })
}

/// Returns whether this user may use the files of a SQLite database. To look into it makes
/// others beside it, which would have its mode.
pub(super) fn may_use(database: &Path) -> bool {
    let files = [database.to_owned()]
        .into_iter()
        .chain(data_dir::left_by_servers(database));
    files
        .filter(|file| file.exists())
        .all(|file| access(file, FILE).is_ok())
}

/// What this user may not use, although it is theirs.
fn forbidden(path: &Path, needed: Access) -> Option<Finding> {
    let found = path.metadata().ok()?;
    if of_another(path, &found).is_some() && found.mode() & WRITE == 0 {
        // That is said of it.
        return None;
    }
    let error = access(path, needed).err()?;
    let shown = path.display();
    let what = format!("this user may not read and write {shown}: {error}");
    let advice = format!("chmod u+rw {shown}, and u+x if it is a folder");
    Some(Finding::error(CHECK, what, advice))
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
    // One without a password is no secret.
    let url = config.database_url_file.clone();
    let url = url.filter(|_| config.database_url.has_password());
    let token = config.observation.metrics_token_file.clone();
    let files = [
        (pepper, "the pepper"),
        (password, "the bootstrap password"),
        (url, "the URL of the database"),
        (token, "the token for the metrics"),
    ];
    let files = files.into_iter();
    files
        .filter_map(|(path, what)| Some((path?, what)))
        .collect()
}

fn of_folder(folder: &Path, found: &Metadata) -> Vec<Finding> {
    let shown = folder.display();
    let mut findings: Vec<Finding> = of_another(folder, found).into_iter().collect();
    findings.extend(forbidden(folder, FOLDER));
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
