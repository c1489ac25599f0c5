//! What lies in the memory of a process: whether secrets do.

use anyhow::{Context, Result};
use memchr::memmem::Finder;
use procfs_core::{
    FromRead,
    process::{MMPermissions, MemoryMap, MemoryMaps},
};
use std::{fmt, fs::File, os::unix::fs::FileExt};

/// How much is read at once, in bytes: as much as the system gives at once, so that
/// what was never used is passed over.
const PART: usize = 4 * 1024;

/// How much beside a copy is looked at to tell where it comes from, in bytes.
const BESIDE: usize = 64;

/// Something that should not lie in memory.
#[derive(Debug, Clone)]
pub struct Secret {
    /// What it is called.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A copy of a secret that was found.
#[derive(Debug, Clone)]
pub struct Copy {
    /// What the secret is called.
    pub name: String,
    /// The kind of memory: a file, the stack of the main thread, or unnamed memory,
    /// in which the stacks of other threads lie, too.
    pub place: String,
    /// Its address.
    pub address: u64,
    /// What lies before and behind it; bytes that are not text are points.
    pub beside: [String; 2],
}

// === impl Secret ===

impl Secret {
    /// Names some bytes.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
        }
    }
}

impl fmt::Display for Copy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            place,
            address,
            beside: [before, behind],
        } = self;
        let shown = format!("{name} in {place} at {address:x}, between {before} and {behind}");
        formatter.write_str(&shown)
    }
}

/// Returns every copy of secrets in the memory that a process can write, as a debugger
/// would see it.
///
/// # Errors
///
/// If the memory of the process cannot be read: it must be of the same user.
pub fn copies(process: u32, secrets: &[Secret]) -> Result<Vec<Copy>> {
    let finders: Vec<_> = secrets
        .iter()
        .map(|secret| (secret, Finder::new(&secret.bytes)))
        .collect();
    let longest = secrets.iter().map(|secret| secret.bytes.len()).max();
    let overlap = longest.unwrap_or_default() + BESIDE;
    let memory = File::open(format!("/proc/{process}/mem"))
        .with_context(|| format!("cannot read the memory of process {process}"))?;
    let maps = MemoryMaps::from_file(format!("/proc/{process}/maps"))?;
    let mut found = Vec::new();
    let unused = vec![0; PART + overlap];
    let mut bytes = unused.clone();
    for map in maps.iter().filter(|map| is_searched(map)) {
        let (start, end) = map.address;
        let mut address = start;
        while address < end {
            let length = bytes.len().min(usize::try_from(end - address)?);
            // A part may have gone meanwhile.
            let read = memory.read_at(&mut bytes[..length], address).unwrap_or(0);
            let read = &bytes[..read];
            // Most memory of a process was never used.
            if read != &unused[..read.len()] {
                for (secret, finder) in &finders {
                    let starts = finder.find_iter(read).filter(|start| *start < PART);
                    found.extend(starts.map(|at| copy(secret, map, address, read, at)));
                }
            }
            address += PART as u64;
        }
    }
    Ok(found)
}

/// Returns whether a process could have written to some memory.
fn is_searched(map: &MemoryMap) -> bool {
    let both = MMPermissions::READ | MMPermissions::WRITE;
    map.perms.contains(both)
}

fn copy(secret: &Secret, map: &MemoryMap, base: u64, read: &[u8], at: usize) -> Copy {
    let end = at + secret.bytes.len();
    let before = &read[at.saturating_sub(BESIDE)..at];
    let behind = &read[end..read.len().min(end + BESIDE)];
    Copy {
        name: secret.name.clone(),
        place: format!("{:?}", map.pathname),
        address: base + at as u64,
        beside: [before, behind].map(shown),
    }
}

fn shown(bytes: &[u8]) -> String {
    let point = |byte: &u8| match byte {
        byte if byte.is_ascii_graphic() || *byte == b' ' => char::from(*byte),
        _ => '.',
    };
    bytes.iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn what_a_process_holds_is_found_and_what_it_does_not_hold_is_not() {
        // `cat` reads it into a buffer and waits for more.
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let held = b"held-by-the-process-0123456789";
        let mut input = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut input, held).unwrap();
        let mut output = [0; 30];
        let mut printed = child.stdout.take().unwrap();
        std::io::Read::read_exact(&mut printed, &mut output).unwrap();
        let absent = "held-by-nobody-0123456789";
        let secrets = [Secret::new("held", held), Secret::new("absent", absent)];
        let found = copies(child.id(), &secrets).unwrap();
        drop(input);
        child.wait().unwrap();
        assert!(!found.is_empty());
        assert!(found.iter().all(|copy| copy.name == "held"), "{found:?}");
    }
}
