//! The normaliser and what it returns.

use slowlog_event::{Dialect, Literal};
use slowlog_lex::unpaired_quote;

use crate::buffer::Buffer;
use crate::frame::{Frame, MAX_DEPTH};
use crate::literals::Literals;
use crate::pass::{Buffers, Pass};
use crate::slot::with_single_elements;
use crate::template::{Repeat, Seen, Templates};

/// Makes one text of all statements of one shape. It keeps its buffers from statement to
/// statement, so that it allocates nothing once they have grown.
///
/// ```
/// use slowlog_event::Dialect;
/// use slowlog_normalize::Normalizer;
///
/// let mut normalizer = Normalizer::new(Dialect::Postgres);
/// let one = normalizer.normalize(b"SELECT * FROM orders_2024_01 WHERE id IN (1, 2, 3)");
/// assert_eq!(one.text, b"select * from orders_$_$ where id in (?)");
/// assert_eq!(one.literals[2].as_int(), Some(3));
/// ```
pub struct Normalizer {
    dialect: Dialect,
    buffers: Buffers,
    templates: Templates,
}

/// A normalised text; it lives until the next call.
#[derive(Debug, Clone, Copy)]
pub struct Normalized<'n> {
    /// The text: the same for all statements of one shape, without a byte of a literal.
    pub text: &'n [u8],
    /// The first [`Literal::KEPT`] literals and parameters in the order of the raw text, also
    /// those that a list has swallowed.
    pub literals: &'n [Literal],
    /// May there be parameters among the literals?
    pub may_have_parameters: bool,
    /// How many statements the text holds, empty ones not counted.
    pub statements: u32,
    /// Set if the normaliser knew the statement but for its literals.
    pub repeat: Option<Repeat>,
    /// The text was cut off: it ends with `...`, or inside a literal, a quoted name or a comment.
    pub truncated: bool,
}

impl std::fmt::Debug for Normalizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Normalizer").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

impl Normalizer {
    /// A normaliser for the statements of one dialect.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            buffers: Buffers {
                out: Buffer::default(),
                scratch: Vec::new(),
                frames: Box::new([Frame::default(); MAX_DEPTH]),
                literals: Literals::new(),
            },
            templates: Templates::new(),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Normalises a text of one or more statements; any bytes will do.
    #[inline]
    pub fn normalize<'n>(&'n mut self, sql: &[u8]) -> Normalized<'n> {
        match self.look_up(sql) {
            Some(seen) => self.normalize_seen(seen, sql),
            None => self.normalize_new(sql),
        }
    }

    /// Was this text seen before, but for its literals? Such a text ends outside of literals, quoted
    /// names and comments.
    #[inline]
    pub fn look_up(&mut self, sql: &[u8]) -> Option<Seen> {
        self.templates.look_up(sql, self.dialect)
    }

    /// The same as [`Normalizer::normalize`] for the text that was looked up last, at less cost.
    #[inline]
    pub fn normalize_seen<'n>(&'n mut self, seen: Seen, sql: &[u8]) -> Normalized<'n> {
        match self.templates.entry(seen, sql, &mut self.buffers.literals) {
            Some((entry, repeat)) => Normalized {
                text: self.templates.text(entry),
                literals: (self.templates.literals(entry))
                    .unwrap_or_else(|| self.buffers.literals.kept()),
                may_have_parameters: entry.may_have_parameters(),
                statements: entry.statements(),
                truncated: false,
                repeat: Some(repeat),
            },
            None => self.normalize_new(sql),
        }
    }

    /// Normalises a text token by token and remembers how.
    fn normalize_new<'n>(&'n mut self, sql: &[u8]) -> Normalized<'n> {
        let (mut statements, open, mut cut) = self.run(sql);
        if open && let Some(quote) = unpaired_quote(sql, self.dialect) {
            // One open literal stands for the rest.
            (statements, _, cut) = self.run(&[&sql[..quote], b"'"].concat());
        }
        for _ in 0..MOST_ELLIPSES {
            let text = self.buffers.out.text();
            let unmarked =
                if cut { text.strip_suffix(SPACED_ELLIPSIS).unwrap_or_default() } else { text };
            if !unmarked.ends_with(ELLIPSIS) {
                break;
            }
            let text = unmarked.to_vec();
            cut |= self.run_again(&text);
        }
        let truncated = cut || open;
        let ends = !truncated && !self.buffers.out.text().ends_with(ELLIPSIS);
        if ends && self.templates.may_learn(sql) {
            self.learn(sql, statements);
        }
        Normalized {
            text: self.buffers.out.text(),
            literals: self.buffers.literals.kept(),
            may_have_parameters: true,
            statements,
            truncated,
            repeat: None,
        }
    }

    /// Remembers a statement that was just normalised.
    #[cold]
    fn learn(&mut self, sql: &[u8], statements: u32) {
        let Buffers { out, literals, .. } = &self.buffers;
        let Some(single) = with_single_elements(sql, self.dialect, literals.elements()) else {
            self.templates.learn(sql, self.dialect, out.text(), statements, literals);
            return;
        };
        let (text, literals) = (out.text().to_vec(), literals.clone());
        let same = self.run(&single) == (statements, false, false);
        let Buffers { out, literals: single_literals, .. } = &self.buffers;
        if same && out.text() == text {
            self.templates.learn(&single, self.dialect, &text, statements, single_literals);
        } else {
            self.run(sql);
        }
        self.buffers.literals = literals;
    }

    /// One pass: how many statements, whether the text ends inside something, and whether it
    /// carries the mark of a cut.
    pub(crate) fn run(&mut self, sql: &[u8]) -> (u32, bool, bool) {
        let (body, cut) = match sql.trim_ascii_end().last() {
            Some(b'.' | 0xa6) => without_ellipsis(sql),
            _ => (sql, false),
        };
        let mut pass = Pass::new(body, self.dialect, &mut self.buffers);
        pass.run();
        let statements = pass.statements;
        let open = pass.lexer.is_open();
        let mark = cut && !open && !pass.lexer.ends_in_line_comment();
        if mark {
            let out = &mut self.buffers.out;
            out.extend(if out.len() == 0 { ELLIPSIS } else { SPACED_ELLIPSIS });
        }
        (statements, open, mark)
    }

    /// Where the tokens of the first literals begin, by ordinal; words such as `NULL` have no place.
    pub(crate) fn literal_starts(&mut self, sql: &[u8]) -> Vec<usize> {
        self.run(sql);
        self.buffers.literals.origins().map(|(_, start, _)| start).collect()
    }

    /// The text came to end like one that was cut off, before a comment: take it as such now, as
    /// a second pass would.
    #[cold]
    fn run_again(&mut self, text: &[u8]) -> bool {
        let literals = self.buffers.literals.clone();
        let (_, _, cut) = self.run(text);
        self.buffers.literals = literals;
        cut
    }
}

/// Marks of a cut behind one another are taken away one by one, up to so many.
const MOST_ELLIPSES: usize = 16;

const ELLIPSIS: &[u8] = "…".as_bytes();
const SPACED_ELLIPSIS: &[u8] = " …".as_bytes();

/// The text before `...` or `…` at its end, without the part of a word that touches them.
#[cold]
fn without_ellipsis(sql: &[u8]) -> (&[u8], bool) {
    let mut body = sql.trim_ascii_end();
    let mut cut = false;
    loop {
        let before = match body {
            [before @ .., b'.', b'.', b'.'] => {
                let dots = before.iter().rev().take_while(|byte| **byte == b'.').count();
                &before[..before.len() - dots]
            }
            [before @ .., 0xe2, 0x80, 0xa6] => before,
            _ => return (body, cut),
        };
        let partial = before.iter().rev().take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || **byte >= 0x80
        });
        let start = before.len() - partial.count();
        // What begins with a digit is a number and will be a placeholder, cut off or not.
        let end =
            if before.get(start).is_some_and(u8::is_ascii_digit) { before.len() } else { start };
        body = before[..end].trim_ascii_end();
        cut = true;
    }
}
