//! Loose objects: one file each.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use flate2::bufread::ZlibDecoder;

use super::ObjectError;
use super::content::{Kind, Object};
use super::id::{Format, ObjectId};
use crate::disk::{self, Failure};

/// A header is a word, a number of twenty digits at most, and a zero byte.
const MAX_HEADER: u64 = 32;

/// The most objects in one of a database's 256 directories that are looked through for a short name.
const MAX_NAMES: usize = 1 << 20;

/// The object `id` in the directory `objects`, or `None` where it is not there as a file.
pub(super) fn open(objects: &Path, id: ObjectId, format: Format) -> Result<Option<Object>, ObjectError> {
    let hex = id.to_string();
    let Some((first, rest)) = hex.split_at_checked(2) else { return Ok(None) };
    let name = format!("objects/{first}/{rest}");
    let file = match disk::file_at(&objects.join(first).join(rest)) {
        Ok(file) => file,
        Err(Failure::NotFound) => return Ok(None),
        Err(failure) => return Err(ObjectError::unread(&name, failure)),
    };
    let mut inflated = BufReader::new(ZlibDecoder::new(BufReader::new(file)));
    let mut header = Vec::new();
    let read = inflated.by_ref().take(MAX_HEADER).read_until(0, &mut header);
    read.map_err(|error| ObjectError::damaged(&name, &error.to_string()))?;
    let (kind, size) = parsed(&header).ok_or_else(|| ObjectError::damaged(&name, "it does not say what it is"))?;
    Ok(Some(Object::new(id, format, kind, size, name, Box::new(inflated))))
}

fn parsed(header: &[u8]) -> Option<(Kind, u64)> {
    let text = header.strip_suffix(b"\0")?;
    let space = text.iter().position(|byte| *byte == b' ')?;
    let (kind, size) = text.split_at_checked(space)?;
    let size = size.strip_prefix(b" ").filter(|size| size.iter().all(u8::is_ascii_digit))?;
    Some((Kind::of(kind)?, str::from_utf8(size).ok()?.parse().ok()?))
}

/// The objects in the directory `objects` whose name begins with `hex`, four digits or more.
pub(super) fn with_prefix(objects: &Path, hex: &str, format: Format) -> Result<Vec<ObjectId>, ObjectError> {
    let Some((first, rest)) = hex.split_at_checked(2) else { return Ok(Vec::new()) };
    let names = disk::names_at(&objects.join(first), MAX_NAMES);
    let names = names.map_err(|failure| ObjectError::unread(&format!("objects/{first}"), failure))?;
    let beginning = names.iter().filter(|(name, _)| name.starts_with(rest));
    Ok(beginning.filter_map(|(name, _)| ObjectId::from_hex(&format!("{first}{name}"), format)).collect())
}
