//! Takes the viewer of the description out of the archive of Swagger UI. Its files stay
//! compressed as they are there, and get the frame of gzip: browsers decompress them.

use std::{env, error::Error, fs, path::Path};

/// The files that the viewer needs. What they are derived from is not among them.
const FILES: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

#[expect(
    clippy::disallowed_methods,
    reason = "so cargo says where a build writes its files"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let archive = utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
    let folder = env::var("OUT_DIR")?;
    for name in FILES {
        let compressed = gzip(archive, &format!("/dist/{name}"));
        let compressed = compressed.ok_or_else(|| format!("the archive has no {name}"))?;
        fs::write(Path::new(&folder).join(format!("{name}.gz")), compressed)?;
    }
    Ok(())
}

/// Returns the file of a zip archive whose name ends so, as gzip has it.
fn gzip(archive: &[u8], end: &str) -> Option<Vec<u8>> {
    const DEFLATED: usize = 8;
    let directory_end = archive.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let mut entry = number(archive, directory_end + 16, 4)?;
    while archive.get(entry..entry + 4)? == b"PK\x01\x02" {
        let [name, extra, comment] = [28, 30, 32].map(|at| number(archive, entry + at, 2));
        let (name, next) = (name?, 46 + name? + extra? + comment?);
        if archive
            .get(entry + 46..entry + 46 + name)?
            .ends_with(end.as_bytes())
        {
            let is_deflated = number(archive, entry + 10, 2)? == DEFLATED;
            let length = number(archive, entry + 20, 4)?;
            let file = number(archive, entry + 42, 4)?;
            let begin = file + 30 + number(archive, file + 26, 2)? + number(archive, file + 28, 2)?;
            let (checksum, size) = (entry + 16..entry + 20, entry + 24..entry + 28);
            let head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
            let parts = [
                &head[..],
                archive.get(begin..begin + length)?,
                archive.get(checksum)?,
                archive.get(size)?,
            ];
            return is_deflated.then(|| parts.concat());
        }
        entry += next;
    }
    None
}

/// Returns the number of so many bytes, the lowest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + length)?.iter().rev();
    Some(bytes.fold(0, |number, byte| number << 8 | usize::from(*byte)))
}
