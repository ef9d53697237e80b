//! Shapes filled with values: numbers, instants, texts with quotes and more than ASCII in them.

use std::io::Write as _;

use super::random::Random;
use super::shape::{Piece, Shape};

const TEXTS: [&str; 16] = [
    "open",
    "paid",
    "O''Brien",
    "cancelled",
    "Zürich",
    "pending review",
    "it''s ''quoted''",
    "EUR",
    "東京",
    "shipped",
    "a, b; c",
    "München – Süd",
    "50% off",
    "x@example.org",
    "café",
    "draft",
];

const NOTES: [&str; 4] = [
    "delivered to the neighbour, who wasn''t asked",
    "Größe geändert; siehe Beleg -- kein Kommentar",
    "customer called twice /* not a comment */ and will call again",
    "ok",
];

/// Writes statements into buffers that are kept between statements.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    pub(super) text: Vec<u8>,
    /// `$1 = '…', $2 = '…'`, for prepared shapes.
    pub(super) parameters: Vec<u8>,
    values: u32,
}

impl Rendered {
    /// Fills `shape` with values; rows go on until `least_bytes` are reached.
    pub(super) fn fill(&mut self, shape: &Shape, least_bytes: usize, random: &mut Random) {
        self.text.clear();
        self.parameters.clear();
        self.values = 0;
        for piece in &shape.pieces {
            match piece {
                Piece::Text(text) => self.text.extend_from_slice(text.as_bytes()),
                Piece::Number => self.number(shape.prepared, random),
                Piece::Word => self.word(shape.prepared, random.pick(&TEXTS)),
                Piece::Instant => self.instant(shape.prepared, random),
                Piece::Numbers => {
                    let length = 1 + random.below(9);
                    self.list(length, |own| own.number(shape.prepared, random));
                }
                Piece::Words => {
                    let length = 1 + random.below(5);
                    self.list(length, |own| own.word(shape.prepared, random.pick(&TEXTS)));
                }
                Piece::Rows => {
                    let rows = 1 + random.below(4);
                    let mut written = 0;
                    while written < rows || self.text.len() < least_bytes {
                        if written > 0 {
                            self.text.extend_from_slice(b", ");
                        }
                        self.row(shape.prepared, random);
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

    fn row(&mut self, prepared: bool, random: &mut Random) {
        self.text.push(b'(');
        self.number(prepared, random);
        for _ in 0..2 {
            self.text.extend_from_slice(b", ");
            self.word(prepared, random.pick(&TEXTS));
        }
        self.text.extend_from_slice(b", ");
        self.word(prepared, random.pick(&NOTES));
        self.text.extend_from_slice(b", ");
        self.instant(prepared, random);
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

    fn number(&mut self, prepared: bool, random: &mut Random) {
        // Half the numbers are short, as ids of tenants and limits are.
        let limit = if random.below(2) == 0 { 100 } else { 10_000_000 };
        let number = random.below(limit);
        if prepared {
            self.parameter(|out| push_number(out, number));
        } else {
            push_number(&mut self.text, number);
        }
    }

    fn word(&mut self, prepared: bool, word: &str) {
        if prepared {
            self.parameter(|out| out.extend_from_slice(word.as_bytes()));
        } else {
            quoted(&mut self.text, |out| out.extend_from_slice(word.as_bytes()));
        }
    }

    fn instant(&mut self, prepared: bool, random: &mut Random) {
        let (day, hour, minute) = (1 + random.below(28), random.below(24), random.below(60));
        let write = |out: &mut Vec<u8>| {
            out.extend_from_slice(b"2026-02-");
            push_two(out, day);
            out.push(b' ');
            push_two(out, hour);
            out.push(b':');
            push_two(out, minute);
            out.extend_from_slice(b":00");
        };
        if prepared {
            self.parameter(write);
        } else {
            quoted(&mut self.text, write);
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
        quoted(&mut self.parameters, value);
    }
}

fn quoted(out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'\'');
    value(out);
    out.push(b'\'');
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
    use super::super::shape::shape;
    use super::*;

    #[test]
    fn a_prepared_statement_has_as_many_values_as_places() {
        let mut random = Random::new(3);
        let mut rendered = Rendered::default();
        for number in 0..100 {
            let shape = shape(number, 500);
            rendered.fill(&shape, 0, &mut random);
            let text = String::from_utf8(rendered.text.clone()).unwrap();
            let values = String::from_utf8(rendered.parameters.clone()).unwrap();
            assert_eq!(shape.prepared, text.contains('$'), "{text}");
            assert_eq!(text.matches('$').count(), values.matches('$').count());
        }
    }
}
