//! A file of lines, of which none may be longer than memory should hold.

use std::io::{Error, ErrorKind, Read, Result};

/// Reads a file, and fails in a line that is too long: of a quote that nobody closes, the
/// rest of the file would be the inside, and nobody would learn that it was not imported.
pub(crate) struct Bounded<R> {
    file: R,
    longest: usize,
    /// How much more may be read before the next line begins.
    left: usize,
    line: u64,
}

/// How much is read at once: what follows a line may have been read with it.
const AT_ONCE: usize = 8 * 1_024;

// === impl Bounded ===

impl<R> Bounded<R> {
    /// Reads a file of lines that have at most `longest` bytes.
    pub(crate) fn new(file: R, longest: usize) -> Self {
        let mut bounded = Self {
            file,
            longest,
            left: 0,
            line: 0,
        };
        bounded.begin(1);
        bounded
    }

    /// Begins a line.
    pub(crate) fn begin(&mut self, line: u64) {
        self.left = self.longest + AT_ONCE;
        self.line = line;
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.left == 0 {
            let (line, longest) = (self.line, self.longest);
            return Err(Error::new(
                ErrorKind::InvalidData,
                format!(
                    "what begins in line {line} is longer than {longest} bytes: is a quote not \
                     closed?"
                ),
            ));
        }
        let most = buffer.len().min(self.left).min(AT_ONCE);
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let read = self.file.read(buffer)?;
        self.left -= read.min(self.left);
        Ok(read)
    }
}
