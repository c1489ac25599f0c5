//! Runs examples in a shell.

use super::console::Example;
use std::{
    fs::{File, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long the examples of one document may take.
const TIMEOUT: Duration = Duration::from_secs(240);
/// Stands in for the program `sqlite3`, which need not be installed for the
/// tests.
const SQLITE3: &str = include_str!("sqlite3.py");

/// A shell in a folder of its own.
pub(crate) struct Session {
    /// What the documents say, and what it is here.
    actual: Vec<(String, String)>,
    folder: TempDir,
    /// What the shell does before the first command.
    before: String,
}

/// A shell with everything it started; killed when dropped.
struct Shell(Child);

// === impl Session ===

impl Session {
    /// With the server on its `PATH`. `actual` has what the documents say and what it is
    /// here, first the address of the server.
    pub(crate) fn new(actual: &[(&str, &str)]) -> Self {
        let mut session = Self::without_server();
        let server = env!("CARGO_BIN_EXE_apikey-server");
        std::os::unix::fs::symlink(server, session.bin().join("apikey-server")).unwrap();
        session.add_program("sqlite3", SQLITE3);
        session.begin_with(&format!("export APIKEY_LISTEN='{}'", actual[0].1));
        for (documented, actual) in actual {
            session.replace(documented, actual);
        }
        session
    }

    /// With no server on its `PATH`.
    pub(crate) fn without_server() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "work", "printed"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self {
            actual: Vec::new(),
            folder,
            before: String::new(),
        }
    }

    /// Says what something is here that the documents say.
    pub(crate) fn replace(&mut self, documented: &str, actual: &str) {
        self.actual.push((documented.to_owned(), actual.to_owned()));
    }

    /// Puts a program on the `PATH`, before others of its name.
    pub(crate) fn add_program(&self, name: &str, text: &str) {
        let path = self.bin().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }

    /// Has the shell do something before the first command.
    pub(crate) fn begin_with(&mut self, line: &str) {
        self.before += line;
        self.before.push('\n');
    }

    /// Returns its folder, which is its home, too.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder of its programs.
    pub(crate) fn bin(&self) -> PathBuf {
        self.folder().join("bin")
    }

    /// Runs the commands one after the other and returns what each printed, as
    /// the documents would say it.
    pub(crate) fn run(&self, examples: &[Example]) -> Vec<String> {
        must_be_installed("curl");
        must_be_installed("python3");
        let script = self.folder.path().join("script");
        std::fs::write(&script, self.script(examples)).unwrap();
        let errors = self.folder.path().join("errors");
        self.shell(&script, &errors).wait(&errors);
        let printed = |index| std::fs::read_to_string(self.printed(index)).unwrap_or_default();
        (0..examples.len())
            .map(|index| self.documented(printed(index)))
            .collect()
    }

    fn script(&self, examples: &[Example]) -> String {
        let folder = self.folder.path().display();
        let before = &self.before;
        let mut script = format!(
            "trap 'kill $(jobs -p) 2> /dev/null' EXIT\n\
             unset ${{!APIKEY_@}}\n\
             export PATH='{folder}/bin':\"$PATH\" HOME='{folder}' LC_ALL=C no_proxy='*'\n\
             {before}"
        );
        for (index, example) in examples.iter().enumerate() {
            let mut command = example.command.clone();
            for (documented, actual) in &self.actual {
                command = command.replace(documented, actual);
            }
            let printed = self.printed(index);
            script += &format!("exec > '{printed}' 2>&1\n{command}\n");
        }
        script
    }

    fn printed(&self, index: usize) -> String {
        let path = self.folder.path().join("printed").join(index.to_string());
        path.display().to_string()
    }

    fn shell(&self, script: &Path, errors: &Path) -> Shell {
        let mut command = Command::new("bash");
        command
            .arg(script)
            .current_dir(self.folder.path().join("work"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(errors).unwrap())
            .process_group(0);
        Shell(command.spawn().unwrap())
    }

    fn documented(&self, mut printed: String) -> String {
        for (documented, actual) in &self.actual {
            printed = printed.replace(actual, documented);
        }
        printed
    }
}

// === impl Shell ===

impl Shell {
    fn wait(mut self, errors: &Path) {
        let deadline = Instant::now() + TIMEOUT;
        while self.0.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the examples do not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        let errors = std::fs::read_to_string(errors).unwrap();
        assert_eq!(errors, "", "the shell does not understand the examples");
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let mut kill = Command::new("kill");
        let _ = kill
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.0.wait();
    }
}

fn must_be_installed(program: &str) {
    let mut command = Command::new(program);
    let found = command.arg("--version").stdout(Stdio::null()).status();
    let is_installed = found.is_ok_and(|status| status.success());
    assert!(
        is_installed,
        "install {program}: the examples of the documents use it"
    );
}
