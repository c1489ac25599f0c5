//! A certificate authority of a test's own, made with openssl.

use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// What openssl reads. The extensions of a certificate for a host lack its name.
const CONFIGURATION: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = a test of apikey
[authority]
basicConstraints = critical, CA:TRUE
[host]
basicConstraints = critical, CA:FALSE
subjectAltName = ";

/// An authority, and the folder of its files.
pub(super) struct Authority {
    folder: TempDir,
}

// === impl Authority ===

impl Authority {
    /// Makes one with a name.
    pub(super) fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Self { folder };
        authority.make(
            "authority",
            "IP:127.0.0.1",
            &["-subj", &format!("/CN={name}")],
        );
        authority
    }

    /// Returns the file with its own certificate.
    pub(super) fn file(&self) -> PathBuf {
        self.path("authority.pem")
    }

    /// Returns a certificate for a host, and its key.
    pub(super) fn certificate(&self, host: &str) -> (String, String) {
        self.certificate_for(host, 2)
    }

    /// Returns one that ends after so many days.
    pub(super) fn certificate_for(&self, host: &str, days: u32) -> (String, String) {
        let days = days.to_string();
        let (certificate, key) = (self.file(), self.path("authority.key"));
        let (certificate, key) = (path(&certificate), path(&key));
        let signed = ["-CA", certificate, "-CAkey", key, "-days", &days];
        self.make("host", host, &signed);
        let read = |name| std::fs::read_to_string(self.path(name)).unwrap();
        (read("host.pem"), read("host.key"))
    }

    fn make(&self, extensions: &str, host: &str, arguments: &[&str]) {
        let configuration = self.path("openssl.cnf");
        std::fs::write(&configuration, format!("{CONFIGURATION}{host}\n")).unwrap();
        let mut openssl = Command::new("openssl");
        openssl
            .args(["req", "-x509", "-nodes", "-newkey", "ec"])
            .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .args(["-config", path(&configuration), "-extensions", extensions])
            .args(["-out", path(&self.path(&format!("{extensions}.pem")))])
            .args(["-keyout", path(&self.path(&format!("{extensions}.key")))])
            .args(arguments);
        let output = openssl.output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
