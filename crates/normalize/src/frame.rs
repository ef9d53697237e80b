//! The open parentheses and brackets of a statement.

/// What happens to equal neighbours among the elements of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Collapse {
    /// All elements stay.
    #[default]
    None,
    /// Equal neighbours become one: `IN (…)`, `ARRAY[…]`, a row.
    List,
    /// The same for the rows after `VALUES`, until another token than `(` and `,` ends them.
    Rows,
}

/// A range of the output; empty if there is none.
pub(crate) type Span = (usize, usize);

/// One open parenthesis or bracket; the first frame is the statement itself.
///
/// Offsets point into the output and belong to the frame alone: whoever shortens the output does
/// so only down to an offset of the innermost frame, so that none of them dangles.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Frame {
    pub(crate) collapse: Collapse,
    pub(crate) bracket: bool,
    /// A statement begins in it: its `FROM` is followed by tables.
    pub(crate) query: bool,
    /// A comma continues a list of tables.
    pub(crate) from_list: bool,
    /// Where the current element begins, maybe with a blank before it.
    pub(crate) element: usize,
    /// The last element that stayed.
    pub(crate) previous: Span,
    /// Where the current `UNION …` and its arm begin; 0 outside.
    pub(crate) arm: usize,
    /// The last `UNION …` that stayed.
    pub(crate) previous_arm: Span,
}

/// Deeper parentheses are written as they are.
pub(crate) const MAX_DEPTH: usize = 64;
