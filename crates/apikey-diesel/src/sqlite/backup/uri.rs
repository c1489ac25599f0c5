//! How a copy is opened: never created, and if it is only looked at, never written.

use crate::failure::unavailable;
use apikey_domain::error::PortError;
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use std::{fmt::Write, os::unix::ffi::OsStrExt, path::Path};

/// What may be done with a file.
#[derive(Clone, Copy)]
pub(super) enum Access {
    /// Read and write.
    Existing,
    /// Read, while nobody writes: not even a lock is taken.
    Frozen,
}

/// Opens a file that exists.
pub(super) fn open(path: &Path, access: Access) -> Result<SqliteConnection, PortError> {
    let mut connection = SqliteConnection::establish(&uri(path, access)).map_err(unavailable)?;
    let pragmas = "PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF";
    connection.batch_execute(pragmas).map_err(unavailable)?;
    Ok(connection)
}

/// Returns a URI that means a path, whatever is in it.
pub(super) fn uri(path: &Path, access: Access) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02x}");
        }
    }
    uri + match access {
        Access::Existing => "?mode=rw",
        Access::Frozen => "?mode=ro&immutable=1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_path_whatever_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a b?mode=memory#x", "50%41", "ä", "file:x"] {
            let path = folder.path().join(name);
            assert!(open(&path, Access::Existing).is_err(), "{name}");
            std::fs::write(&path, "").unwrap();
            assert!(open(&path, Access::Existing).is_ok(), "{name}");
            assert!(open(&path, Access::Frozen).is_ok(), "{name}");
        }
        let names = std::fs::read_dir(folder.path()).unwrap();
        assert_eq!(names.count(), 4);
    }
}
