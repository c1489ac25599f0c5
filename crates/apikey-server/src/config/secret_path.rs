//! The paths of files that have a secret, where somebody may have written the secret itself.

use std::path::Path;

/// Returns a path as `config` shows it.
pub(super) fn shown(path: &Path) -> String {
    if is_path(path) {
        path.display().to_string()
    } else {
        "(no file, not shown)".to_owned()
    }
}

/// Returns whether text names a file, or at least a folder for one: otherwise somebody may
/// have set the secret itself here.
pub(super) fn is_path(path: &Path) -> bool {
    let has_folder = |path: &Path| {
        let folder = path.parent();
        folder.is_some_and(|folder| folder.file_name().is_some() && folder.is_dir())
    };
    path.symlink_metadata().is_ok() || has_folder(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_place_of_a_path_is_no_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pepper");
        assert!(is_path(&file), "it may be missing");
        std::fs::write(&file, "x").unwrap();
        assert!(is_path(&file));
        for secret in [
            "S3cr/t_pass1",
            "S3cret_pass",
            "/S3cret",
            "../S3cret",
            "./S3cret",
            "",
        ] {
            assert!(!is_path(Path::new(secret)), "{secret}");
        }
    }
}
