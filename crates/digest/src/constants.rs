//! Which literals of a fingerprint never vary.

use slowlog_event::Literal;

/// The literals that every execution of a fingerprint had alike.
///
/// The first execution sets them; each that has another value in its place takes one away. Most
/// fingerprints have none left after a few executions, and cost one comparison from then on.
#[derive(Debug, Clone, Default)]
pub struct Constants {
    /// None, once all have varied.
    first: Box<[Literal]>,
    /// One bit for each place that has not varied.
    same: u16,
}

impl Constants {
    pub(crate) fn new(literals: &[Literal]) -> Self {
        let len = literals.len().min(Literal::KEPT);
        Self { first: literals[..len].into(), same: ((1u32 << len) - 1) as u16 }
    }

    #[inline]
    pub(crate) fn observe(&mut self, literals: &[Literal]) {
        if self.same != 0 {
            self.compare(literals);
        }
    }

    fn compare(&mut self, literals: &[Literal]) {
        let mut left = self.same;
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            left &= left - 1;
            if literals.get(place) != Some(&self.first[place]) {
                self.same &= !(1 << place);
            }
        }
        if self.same == 0 {
            self.first = Box::default();
        }
    }

    /// Has the statement had this literal in every execution? Where it stands in several places,
    /// it must not have varied in any.
    pub fn holds(&self, literal: Literal) -> bool {
        let places = || (0..self.first.len()).filter(|place| self.first[*place] == literal);
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
        assert!(constants.holds(Literal::from_text(b"x")) && constants.same != 0);
        constants.observe(&[]);
        assert!(constants.same == 0 && !constants.holds(Literal::from_text(b"x")));
    }
}
