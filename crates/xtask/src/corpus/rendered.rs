//! Shapes filled with values: numbers, instants, texts with quotes and more than ASCII in them.

use std::io::Write as _;

use super::literals::Literals;
use super::random::Random;
use super::shape::{Piece, Shape};

/// Writes statements into buffers that are kept between statements.
pub(super) struct Rendered {
    pub(super) text: Vec<u8>,
    /// `$1 = '…', $2 = '…'`, for prepared shapes.
    pub(super) parameters: Vec<u8>,
    values: u32,
    literals: &'static Literals,
}

impl Rendered {
    pub(super) fn new(literals: &'static Literals) -> Self {
        Self { text: Vec::new(), parameters: Vec::new(), values: 0, literals }
    }

    /// Fills `shape` with values; rows go on until `least_bytes` are reached.
    pub(super) fn fill(&mut self, shape: &Shape, least_bytes: usize, random: &mut Random) {
        self.text.clear();
        self.parameters.clear();
        self.values = 0;
        for piece in &shape.pieces {
            match piece {
                Piece::Text(text) => self.text.extend_from_slice(text.as_bytes()),
                Piece::Number => self.number(shape, random),
                Piece::Word => self.word(shape, random),
                Piece::Instant => self.instant(shape, random),
                Piece::Numbers => {
                    let length = 1 + random.below(9);
                    self.list(length, |own| own.number(shape, random));
                }
                Piece::Words => {
                    let length = 1 + random.below(5);
                    self.list(length, |own| own.word(shape, random));
                }
                Piece::Rows => {
                    let rows = 1 + random.below(4);
                    let mut written = 0;
                    while written < rows || self.text.len() < least_bytes {
                        if written > 0 {
                            self.text.extend_from_slice(b", ");
                        }
                        self.row(shape, random);
                        written += 1;
                    }
                }
            }
        }
        if shape.traced {
            let (trace, span) = (random.next(), random.next());
            let _ = write!(
                self.text,
                " /*traceparent='00-{trace:016x}{span:016x}-{:016x}-01'*/",
                trace ^ span.rotate_left(17)
            );
        }
    }

    fn row(&mut self, shape: &Shape, random: &mut Random) {
        self.text.push(b'(');
        self.number(shape, random);
        for _ in 0..2 {
            self.text.extend_from_slice(b", ");
            self.word(shape, random);
        }
        self.text.extend_from_slice(b", ");
        let note = random.pick(self.literals.notes);
        self.value(shape, |out| out.extend_from_slice(note.as_bytes()));
        self.text.extend_from_slice(b", ");
        self.instant(shape, random);
        self.text.push(b')');
    }

    fn list(&mut self, length: u64, mut element: impl FnMut(&mut Self)) {
        for index in 0..length {
            if index > 0 {
                self.text.extend_from_slice(b", ");
            }
            element(self);
        }
    }

    fn number(&mut self, shape: &Shape, random: &mut Random) {
        // Half the numbers are short, as ids of tenants and limits are.
        let limit = if random.below(2) == 0 { 100 } else { 10_000_000 };
        let number = random.below(limit);
        if shape.prepared {
            self.parameter(|out| push_number(out, number));
        } else {
            push_number(&mut self.text, number);
        }
    }

    fn word(&mut self, shape: &Shape, random: &mut Random) {
        let word = random.pick(self.literals.texts);
        self.value(shape, |out| out.extend_from_slice(word.as_bytes()));
    }

    fn instant(&mut self, shape: &Shape, random: &mut Random) {
        let (day, hour, minute) = (1 + random.below(28), random.below(24), random.below(60));
        self.value(shape, |out| {
            out.extend_from_slice(b"2026-02-");
            push_two(out, day);
            out.push(b' ');
            push_two(out, hour);
            out.push(b':');
            push_two(out, minute);
            out.extend_from_slice(b":00");
        });
    }

    /// A quoted value, in the text or beside it.
    fn value(&mut self, shape: &Shape, value: impl FnOnce(&mut Vec<u8>)) {
        if shape.prepared {
            self.parameter(value);
        } else {
            quoted(&mut self.text, shape.quote, value);
        }
    }

    fn parameter(&mut self, value: impl FnOnce(&mut Vec<u8>)) {
        self.values += 1;
        if self.values > 1 {
            self.parameters.extend_from_slice(b", ");
        }
        for out in [&mut self.text, &mut self.parameters] {
            out.push(b'$');
            push_number(out, u64::from(self.values));
        }
        self.parameters.extend_from_slice(b" = ");
        quoted(&mut self.parameters, b'\'', value);
    }
}

fn quoted(out: &mut Vec<u8>, quote: u8, value: impl FnOnce(&mut Vec<u8>)) {
    out.push(quote);
    value(out);
    out.push(quote);
}

fn push_two(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&[b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]);
}

pub(super) fn push_number(out: &mut Vec<u8>, number: u64) {
    // The formatting machinery costs more than the rest of a short statement.
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::super::literals::literals;
    use super::super::shape::shape;
    use super::*;
    use crate::engine::Engine;

    #[test]
    fn a_prepared_statement_has_as_many_values_as_places() {
        let mut random = Random::new(3);
        let mut rendered = Rendered::new(literals(Engine::Postgres));
        for number in 0..100 {
            let shape = shape(number, 500, Engine::Postgres);
            rendered.fill(&shape, 0, &mut random);
            let text = String::from_utf8(rendered.text.clone()).unwrap();
            let values = String::from_utf8(rendered.parameters.clone()).unwrap();
            assert_eq!(shape.prepared, text.contains('$'), "{text}");
            assert_eq!(text.matches('$').count(), values.matches('$').count());
        }
    }
}
