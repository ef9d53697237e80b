//! Which literals of a fingerprint never vary.

use slowlog_event::Literal;

/// The literals that every execution of a fingerprint had alike.
///
/// The first execution sets them; each that has another value in its place takes one away. Most
/// fingerprints have none left after a few executions, and cost one comparison from then on.
#[derive(Debug, Clone)]
pub struct Constants {
    first: [Literal; Literal::KEPT],
    /// One bit for each place that has not varied.
    same: u16,
}

impl Constants {
    pub(crate) fn new(literals: &[Literal]) -> Self {
        let mut first = [Literal::default(); Literal::KEPT];
        let len = literals.len().min(Literal::KEPT);
        first[..len].copy_from_slice(&literals[..len]);
        Self { first, same: ((1u32 << len) - 1) as u16 }
    }

    pub(crate) fn observe(&mut self, literals: &[Literal]) {
        let mut left = self.same;
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            left &= left - 1;
            if literals.get(place) != Some(&self.first[place]) {
                self.same &= !(1 << place);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.same == 0
    }

    /// Has the statement had this literal in every execution? Where it stands in several places,
    /// it must not have varied in any.
    pub fn holds(&self, literal: Literal) -> bool {
        let places = || (0..Literal::KEPT).filter(|place| self.first[*place] == literal);
        places().next().is_some() && places().all(|place| self.same & (1 << place) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_no_constant() {
        let of = |values: &[&str]| -> Vec<Literal> {
            values.iter().map(|value| Literal::from_text(value.as_bytes())).collect()
        };
        let mut constants = Constants::new(&of(&["ready", "5", "ready", "x"]));
        constants.observe(&of(&["ready", "6", "ready", "x"]));
        assert!(constants.holds(Literal::from_text(b"ready")));
        assert!(!constants.holds(Literal::from_text(b"5")));
        constants.observe(&of(&["ready", "7", "done", "x"]));
        assert!(!constants.holds(Literal::from_text(b"ready")));
        assert!(constants.holds(Literal::from_text(b"x")) && !constants.is_empty());
        constants.observe(&[]);
        assert!(constants.is_empty());
    }
}
