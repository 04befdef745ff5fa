//! What changed between two versions of a text, word by word.

use serde::Serialize;

/// Words beyond this are told as replaced whole: comparing costs the product of both lengths.
const MOST: usize = 600;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Same,
    Added,
    Removed,
}

/// A run of words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    pub change: Change,
    pub text: String,
}

/// From `before` to `after`, in the order in which they read.
pub(crate) fn between(before: &str, after: &str) -> Vec<Piece> {
    let (old, new) = (words(before), words(after));
    let mut pieces = Vec::new();
    if old.len() > MOST || new.len() > MOST {
        push(&mut pieces, Change::Removed, before);
        push(&mut pieces, Change::Added, after);
        return pieces;
    }
    let common = lengths(&old, &new);
    let left = |i: usize, j: usize| common.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(one), Some(other)) if one == other => {
                push(&mut pieces, Change::Same, one);
                (i, j) = (i + 1, j + 1);
            }
            (Some(gone), Some(_)) if left(i + 1, j) >= left(i, j + 1) => {
                push(&mut pieces, Change::Removed, gone);
                i += 1;
            }
            (_, Some(come)) => {
                push(&mut pieces, Change::Added, come);
                j += 1;
            }
            (Some(gone), None) => {
                push(&mut pieces, Change::Removed, gone);
                i += 1;
            }
            (None, None) => return pieces,
        }
    }
}

/// Words with the blanks that follow them.
fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).collect()
}

/// How many words are common to what is left from each pair of places on.
fn lengths(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut rows = vec![vec![0; new.len() + 1]];
    for one in old.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row = vec![0_u32];
        for (place, other) in new.iter().enumerate().rev() {
            let under = |at: usize| below.get(at).copied().unwrap_or(0);
            let beside = row.last().copied().unwrap_or(0);
            row.push(if one == other { under(place + 1) + 1 } else { under(place).max(beside) });
        }
        row.reverse();
        rows.push(row);
    }
    rows.reverse();
    rows
}

fn push(pieces: &mut Vec<Piece>, change: Change, text: &str) {
    match pieces.last_mut() {
        Some(last) if last.change == change => last.text.push_str(text),
        _ if text.is_empty() => {}
        _ => pieces.push(Piece { change, text: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> String {
        let mark = |piece: &Piece| match piece.change {
            Change::Same => piece.text.clone(),
            Change::Added => format!("+[{}]", piece.text),
            Change::Removed => format!("-[{}]", piece.text),
        };
        between(before, after).iter().map(mark).collect()
    }

    #[test]
    fn what_stays_is_told_apart_from_what_comes_and_goes() {
        assert_eq!(
            shown("Hola Ana, te espero", "Hola Ana, te esperamos mañana"),
            "Hola Ana, te -[espero]+[esperamos mañana]"
        );
        assert_eq!(shown("a b c", "a c"), "a -[b ]c");
        assert_eq!(shown("", "new"), "+[new]");
        assert_eq!(shown("same", "same"), "same");
        assert_eq!(shown("", ""), "");
    }

    #[test]
    fn both_versions_can_be_had_back_from_the_pieces() {
        let (before, after) = ("uno dos tres cuatro\ncinco", "dos tres  seis\ncinco cinco");
        let pieces = between(before, after);
        let without = |change: Change| -> String {
            pieces.iter().filter(|piece| piece.change != change).map(|piece| piece.text.as_str()).collect()
        };
        assert_eq!((without(Change::Added).as_str(), without(Change::Removed).as_str()), (before, after));
    }
}
