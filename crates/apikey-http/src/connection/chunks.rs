//! Where a chunked body ends, by the rules of actix-http.

/// The place in a chunked body that has been reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chunks {
    place: Place,
    /// What remains of the chunk in bytes, or its size as read so far.
    size: u64,
}

/// A byte is not what it must be at its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    SizeFirst,
    SizeRest,
    SizeSpace,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerFirst,
    Trailer,
    TrailerLf,
    EndLf,
    End,
}

// === impl Chunks ===

impl Chunks {
    /// Returns how many of these bytes belong to the body, and whether it ends or
    /// breaks after them.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (usize, Option<Result<(), Broken>>) {
        let mut taken = 0;
        while let Some(byte) = bytes.get(taken) {
            if self.place == Place::Data {
                let available = (bytes.len() - taken) as u64;
                let data = self.size.min(available);
                self.size -= data;
                // It fits: it is at most the length of a slice.
                taken += usize::try_from(data).unwrap_or(0);
                if self.size == 0 {
                    self.place = Place::DataCr;
                }
                continue;
            }
            match self.after(*byte) {
                Err(broken) => return (taken, Some(Err(broken))),
                Ok(place) => self.place = place,
            }
            taken += 1;
            if self.place == Place::End {
                return (taken, Some(Ok(())));
            }
        }
        (taken, None)
    }

    /// Returns the place after a byte that is not data.
    fn after(&mut self, byte: u8) -> Result<Place, Broken> {
        match (self.place, byte) {
            (Place::SizeFirst, _) => {
                self.size = hex(byte).ok_or(Broken)?;
                Ok(Place::SizeRest)
            }
            (Place::SizeRest | Place::SizeSpace, b'\t' | b' ') => Ok(Place::SizeSpace),
            (Place::SizeRest | Place::SizeSpace, b';') => Ok(Place::Extension),
            (Place::SizeRest | Place::SizeSpace | Place::Extension, b'\r') => Ok(Place::SizeLf),
            (Place::SizeRest, _) => {
                let digit = hex(byte).ok_or(Broken)?;
                self.size = self.size.checked_mul(16).ok_or(Broken)? + digit;
                Ok(Place::SizeRest)
            }
            (Place::Extension, 0x00..=0x08 | 0x0a..=0x1f | 0x7f) => Err(Broken),
            (Place::Extension, _) => Ok(Place::Extension),
            (Place::SizeLf, b'\n') if self.size == 0 => Ok(Place::TrailerFirst),
            (Place::SizeLf, b'\n') => Ok(Place::Data),
            (Place::DataCr, b'\r') => Ok(Place::DataLf),
            (Place::DataLf, b'\n') => Ok(Place::SizeFirst),
            (Place::TrailerFirst, b'\r') => Ok(Place::EndLf),
            (Place::Trailer, b'\r') => Ok(Place::TrailerLf),
            (Place::TrailerFirst | Place::Trailer, _) => Ok(Place::Trailer),
            (Place::TrailerLf, b'\n') => Ok(Place::TrailerFirst),
            (Place::EndLf, b'\n') => Ok(Place::End),
            _ => Err(Broken),
        }
    }
}

fn hex(byte: u8) -> Option<u64> {
    char::from(byte).to_digit(16).map(u64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_after_its_last_chunk_however_it_is_split() {
        let table: [&[u8]; 5] = [
            b"0\r\n\r\n",
            b"3\r\nabc\r\n0\r\n\r\n",
            b"00A \t;x=\"y\"\r\n0123456789\r\n1\r\n\r\r\n0;last\r\n\r\n",
            b"1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n",
            b"5\r\n0\r\n\r\n\r\n0\r\n\r\n",
        ];
        for body in table {
            let mut bytes = body.to_vec();
            bytes.extend_from_slice(b"GET / HTTP/1.1\r\n");
            for split in 0..bytes.len() {
                let (first, rest) = bytes.split_at(split);
                let mut chunks = Chunks::default();
                let (mut taken, mut end) = chunks.take(first);
                if end.is_none() {
                    let (more, later) = chunks.take(rest);
                    taken += more;
                    end = later;
                }
                let shown = String::from_utf8_lossy(body);
                assert_eq!((taken, end), (body.len(), Some(Ok(()))), "{shown} {split}");
            }
        }
    }

    #[test]
    fn what_is_not_a_chunk_breaks_the_body() {
        let table: [(&[u8], usize); 8] = [
            (b"x", 0),
            (b"\r\n", 0),
            (b"1x", 1),
            (b"1\n", 1),
            (b"1\r\nab", 4),
            (b"10000000000000000\r\n", 16),
            (b"1;\n", 2),
            (b"0\r\n\rx", 4),
        ];
        for (bytes, expected) in table {
            let (taken, end) = Chunks::default().take(bytes);
            let shown = String::from_utf8_lossy(bytes);
            assert_eq!((taken, end), (expected, Some(Err(Broken))), "{shown}");
        }
    }
}
