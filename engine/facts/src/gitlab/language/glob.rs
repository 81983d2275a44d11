//! A regular expression in GitLab's own way to write a pattern of names, for people.

use regex_syntax::hir::{Hir, HirKind, Look};

/// `release/*` for `^release/.+$`. It may say more than the expression does.
pub(super) fn of(hir: &Hir) -> String {
    let mut out = String::new();
    let pieces: &[Hir] = match hir.kind() {
        HirKind::Concat(pieces) => pieces,
        _ => std::slice::from_ref(hir),
    };
    let starts = pieces.first().is_some_and(|piece| matches!(piece.kind(), HirKind::Look(Look::Start)));
    let ends = pieces.last().is_some_and(|piece| matches!(piece.kind(), HirKind::Look(Look::End)));
    if !starts {
        out.push('*');
    }
    pieces.iter().for_each(|piece| append(piece, &mut out));
    if !ends {
        star(&mut out);
    }
    out
}

fn append(hir: &Hir, out: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => out.push_str(text),
            Err(_) => star(out),
        },
        HirKind::Capture(capture) => append(&capture.sub, out),
        HirKind::Concat(pieces) => pieces.iter().for_each(|piece| append(piece, out)),
        HirKind::Class(_) | HirKind::Repetition(_) | HirKind::Alternation(_) => star(out),
    }
}

fn star(out: &mut String) {
    if !out.ends_with('*') {
        out.push('*');
    }
}
