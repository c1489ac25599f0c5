//! Which transactions a snapshot of PostgreSQL sees.

use apikey_domain::{change::snapshot::Snapshot, error::PortError};

/// Parses a snapshot as PostgreSQL writes it: `{xmin}:{xmax}:{xip},{xip}`.
pub(crate) fn snapshot(text: &str) -> Result<Snapshot, PortError> {
    let corrupt = || PortError::Corrupt(format!("the snapshot {text:?}"));
    let number = |text: &str| text.parse::<i64>().map_err(|_| corrupt());
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().ok_or_else(corrupt);
    let (open_from, unborn_from, open) = (part()?, part()?, part()?);
    let open = open.split(',').filter(|text| !text.is_empty());
    Ok(Snapshot {
        open_from: number(open_from)?,
        unborn_from: number(unborn_from)?,
        open: open.map(number).collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_parsed_as_postgresql_writes_it() {
        let parsed = snapshot("795:799:795,797").unwrap();
        assert_eq!((parsed.open_from, parsed.unborn_from), (795, 799));
        assert_eq!(parsed.open, [795, 797]);
        assert_eq!(snapshot("7:7:").unwrap(), Snapshot::in_order(7));
        for wrong in ["", "7", "7:7", "a:b:", "7:8:x"] {
            assert!(snapshot(wrong).is_err(), "{wrong}");
        }
    }
}
