//! Languages that PostgreSQL has been translated to, but Debian's server has no catalogue of.

use memchr::memmem;

use crate::lines::Lines;

/// What the server calls an error, and what stands before a duration where no known language has
/// the same words.
const WORDS: [(&str, &str, &str); 8] = [
    ("Czech", "CHYBA:  ", "LOG:  trvání: "),
    ("Greek", "ΣΦΑΛΜΑ:  ", "διάρκεια: "),
    ("Hebrew", "שגיאה:  ", "LOG:  משך: "),
    ("Polish", "BŁĄD:  ", "czas trwania: "),
    ("Portuguese", "ERRO:  ", "LOG:  duração: "),
    ("Romanian", "EROARE:  ", "EROARE:  "),
    ("Turkish", "HATA:  ", "LOG:  süre: "),
    ("Traditional Chinese", "錯誤:  ", "錯誤:  "),
];

/// Lines of a sample that are looked at.
const MOST_LINES: usize = 400;

/// The name of the language of a PostgreSQL log whose messages slowlog does not know. The words are
/// looked for in lines that a server begins, not in the text of statements.
pub fn unknown_language(sample: &[u8]) -> Option<&'static str> {
    let begins = |line: &[u8]| line.first().is_some_and(u8::is_ascii_digit);
    Lines::new(sample)
        .map(|(start, end)| &sample[start..end.min(start + 256)])
        .take(MOST_LINES)
        .filter(|line| begins(line) && memmem::find(line, b"LOG:  duration: ").is_none())
        .find_map(|line| {
            let has = |word: &str| memmem::find(line, word.as_bytes()).is_some();
            WORDS.iter().find(|(_, error, duration)| has(error) || has(duration))
        })
        .map(|(name, _, _)| *name)
}
