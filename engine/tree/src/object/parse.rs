//! What commits, tags and trees say, as far as it leads to files.

use super::id::{Format, ObjectId};
use crate::index::{Mode, take};

/// One name in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeItem {
    pub(crate) name: Vec<u8>,
    pub(crate) mode: Mode,
    pub(crate) id: ObjectId,
}

/// The tree of a commit.
pub(crate) fn commit_tree(bytes: &[u8], format: Format) -> Option<ObjectId> {
    header(bytes, "tree", format)
}

/// What an annotated tag is put on.
pub(crate) fn tag_target(bytes: &[u8], format: Format) -> Option<ObjectId> {
    header(bytes, "object", format)
}

/// The object that the first line names after `word`.
fn header(bytes: &[u8], word: &str, format: Format) -> Option<ObjectId> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let hex = str::from_utf8(line).ok()?.strip_prefix(word)?.strip_prefix(' ')?;
    ObjectId::from_hex(hex, format)
}

/// The names in a tree, or `None` where it is damaged.
pub(crate) fn tree_items(bytes: &[u8], format: Format) -> Option<Vec<TreeItem>> {
    let mut rest = bytes;
    let mut items = Vec::new();
    while !rest.is_empty() {
        let digits = until(&mut rest, b' ')?;
        let mode = digits.iter().try_fold(0_u32, |mode, digit| match digit {
            b'0'..=b'7' => mode.checked_mul(8)?.checked_add(u32::from(*digit).checked_sub(48)?),
            _ => None,
        })?;
        let name = until(&mut rest, 0)?.to_vec();
        let id = ObjectId::new(take(&mut rest, format.bytes())?, format)?;
        items.push(TreeItem { name, mode: Mode::new(mode)?, id });
    }
    Some(items)
}

/// What stands before the next `end`, which is passed over.
fn until<'a>(rest: &mut &'a [u8], end: u8) -> Option<&'a [u8]> {
    let length = rest.iter().position(|byte| *byte == end)?;
    let taken = take(rest, length)?;
    take(rest, 1)?;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::{commit_tree, tree_items};
    use crate::index::Mode;
    use crate::object::{Format, ObjectId};

    #[test]
    fn a_commit_names_its_tree_in_its_first_line() {
        let hex = "0123456789abcdef0123456789abcdef01234567";
        let read = |text: String| commit_tree(text.as_bytes(), Format::Sha1);
        assert_eq!(read(format!("tree {hex}\nparent")), ObjectId::from_hex(hex, Format::Sha1));
        for wrong in [format!("parent {hex}\n"), format!("tree {hex}0\n"), "tree \n".into(), String::new()] {
            assert_eq!(read(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn a_tree_is_read_whole_or_not_at_all() {
        let tree = [b"100755 a b\0".as_slice(), &[7; 20], b"40000 d\0", &[8; 20]].concat();
        let items = tree_items(&tree, Format::Sha1).unwrap();
        let shown: Vec<_> = items.iter().map(|item| (item.name.as_slice(), item.mode, item.id.bytes()[0])).collect();
        assert_eq!(shown, [(&b"a b"[..], Mode::Executable, 7), (b"d", Mode::Directory, 8)]);
        for cut in (1..tree.len()).filter(|cut| *cut != 31) {
            assert_eq!(tree_items(&tree[..cut], Format::Sha1), None, "cut at {cut}");
        }
        assert_eq!(tree_items(b"9 a\0", Format::Sha1), None);
    }
}
