//! A split index: a large shared file and a small one with what changed since. Only the joining is here.
//!
//! Source: gitformat-index(5), "Split index", and the bitmaps of gitformat-bitmap(5), appendix A.

use crate::index::{Entry, number, parse, take};
use crate::object::Format;

/// A bitmap of more bits than any index has entries is not read.
const MAX_BITS: u32 = 1 << 24;

/// The entries of the shared file that `link` names, changed by `changed`, the small file's own.
pub(crate) fn join(
    changed: Vec<Entry>,
    link: &[u8],
    format: Format,
    shared: impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<Entry>, String> {
    let damaged = || String::from("git's split index is damaged");
    let mut rest = link;
    let base = take(&mut rest, format.bytes()).ok_or_else(damaged)?;
    if base.iter().all(|byte| *byte == 0) {
        return Ok(changed);
    }
    let name: String = base.iter().map(|byte| format!("{byte:02x}")).collect();
    let bytes = shared(&name).ok_or_else(|| format!("git's index needs `sharedindex.{name}`, which cannot be read"))?;
    let mut entries: Vec<Option<Entry>> = parse(&bytes, format)?.entries.into_iter().map(Some).collect();
    let (deleted, replaced) =
        if rest.is_empty() { (Vec::new(), Vec::new()) } else { bitmaps(&mut rest).ok_or_else(damaged)? };
    let mut changed = changed.into_iter();
    // Replacements come first, in the order of what they replace, and have no name of their own.
    for at in replaced {
        let (Some(Some(old)), Some(new)) = (entries.get_mut(at), changed.next()) else { return Err(damaged()) };
        *old = Entry { path: std::mem::take(&mut old.path), ..new };
    }
    for at in deleted {
        *entries.get_mut(at).ok_or_else(damaged)? = None;
    }
    Ok(entries.into_iter().flatten().chain(changed).collect())
}

/// The positions set in two bitmaps, one after the other.
fn bitmaps(rest: &mut &[u8]) -> Option<(Vec<usize>, Vec<usize>)> {
    Some((bitmap(rest)?, bitmap(rest)?))
}

/// The positions set in a bitmap of compressed words.
fn bitmap(rest: &mut &[u8]) -> Option<Vec<usize>> {
    let bits = number(rest).filter(|bits| *bits <= MAX_BITS)? as usize;
    let words = number(rest)?;
    let mut data = take(rest, (words as usize).checked_mul(8)?)?;
    take(rest, 4)?;
    let mut set = Vec::new();
    let mut at = 0_usize;
    while let Some(marker) = word(&mut data) {
        // Bit 0: the run's bit. Bits 1 to 32: the run's length in words. The rest: how many words follow as they are.
        let run = usize::try_from((marker >> 1) & 0xffff_ffff).ok()?.checked_mul(64)?;
        let end = at.checked_add(run)?;
        if marker & 1 == 1 {
            set.extend(at..end.min(bits));
        }
        at = end;
        for _ in 0..marker >> 33 {
            let literal = word(&mut data)?;
            set.extend((0..64).filter(|bit| (literal >> bit) & 1 == 1).map(|bit| at.saturating_add(bit)));
            at = at.checked_add(64)?;
        }
        if at > bits.next_multiple_of(64) {
            return None;
        }
    }
    Some(set)
}

fn word(data: &mut &[u8]) -> Option<u64> {
    take(data, 8)?.try_into().ok().map(u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::bitmap;

    #[test]
    fn a_bitmap_is_runs_and_words() {
        let mut bytes = 130_u32.to_be_bytes().to_vec();
        bytes.extend(2_u32.to_be_bytes());
        // One word of zeros, then one word as it is: bits 64 and 127.
        bytes.extend(((1_u64 << 33) | (1 << 1)).to_be_bytes());
        bytes.extend(((1_u64 << 63) | 1).to_be_bytes());
        bytes.extend([0; 4]);
        assert_eq!(bitmap(&mut bytes.as_slice()), Some(vec![64, 127]));
        for cut in 0..bytes.len() {
            assert_eq!(bitmap(&mut &bytes[..cut]), None);
        }
    }
}
