//! Who takes the events of a block.

use slowlog_event::Event;

/// Takes the events of a block, and may spare the reader some work.
pub trait Sink {
    /// The next event.
    fn event(&mut self, event: &Event<'_>);

    /// Is it known that this statement ends outside of literals, quoted names and comments? If not, the
    /// reader finds out. Where it is, the event of the statement is the next.
    fn ends_outside(&mut self, statement: &[u8]) -> bool;
}

/// A function that knows nothing of statements.
pub(crate) struct Function<F>(pub(crate) F);

impl<F: FnMut(&Event<'_>)> Sink for Function<F> {
    fn event(&mut self, event: &Event<'_>) {
        (self.0)(event);
    }

    fn ends_outside(&mut self, _statement: &[u8]) -> bool {
        false
    }
}
