//! Numbers as they are written in chats: digits and words.

/// The number a word stands for, up to 60.
pub(crate) fn number(word: &str) -> Option<u32> {
    if !word.is_empty() && word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit()) {
        return word.parse().ok();
    }
    Some(match word {
        "un" | "una" | "uno" | "one" => 1,
        "dos" | "two" | "couple" => 2,
        "tres" | "three" => 3,
        "cuatro" | "four" => 4,
        "cinco" | "five" => 5,
        "seis" | "six" => 6,
        "siete" | "seven" => 7,
        "ocho" | "eight" => 8,
        "nueve" | "nine" => 9,
        "diez" | "ten" => 10,
        "once" | "eleven" => 11,
        "doce" | "twelve" => 12,
        "trece" | "thirteen" => 13,
        "catorce" | "fourteen" => 14,
        "quince" | "fifteen" => 15,
        "dieciseis" | "sixteen" => 16,
        "diecisiete" | "seventeen" => 17,
        "dieciocho" | "eighteen" => 18,
        "diecinueve" | "nineteen" => 19,
        "veinte" | "twenty" => 20,
        "veintiuno" | "veintiun" => 21,
        "veintidos" => 22,
        "veintitres" => 23,
        "veinticuatro" => 24,
        "veinticinco" => 25,
        "veintiseis" => 26,
        "veintisiete" => 27,
        "veintiocho" => 28,
        "veintinueve" => 29,
        "treinta" | "thirty" => 30,
        "cuarenta" | "forty" => 40,
        "cincuenta" | "fifty" => 50,
        "sesenta" | "sixty" => 60,
        _ => return None,
    })
}

/// The place a word names in a list, counted from zero; `usize::MAX` is the last.
pub(crate) fn ordinal(word: &str) -> Option<usize> {
    Some(match word {
        "primera" | "primero" | "primer" | "first" | "1st" | "1ra" | "1a" => 0,
        "segunda" | "segundo" | "second" | "2nd" | "2da" | "2a" => 1,
        "tercera" | "tercero" | "tercer" | "third" | "3rd" | "3ra" | "3a" => 2,
        "cuarta" | "cuarto" | "fourth" | "4th" | "4ta" => 3,
        "quinta" | "quinto" | "fifth" | "5th" => 4,
        "ultima" | "ultimo" | "last" => usize::MAX,
        _ => return None,
    })
}
