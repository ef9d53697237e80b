//! How far an analysis is, on a terminal, once it takes a while.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Quicker runs show no bar.
const PATIENCE: Duration = Duration::from_millis(700);

/// A bar for so many bytes, or a counter if nobody knows how many. `None` if stderr is no terminal
/// or nobody wants it.
pub(crate) fn bar(bytes: Option<u64>, wanted: bool) -> Option<ProgressBar> {
    let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    if !wanted || dumb || !io::stderr().is_terminal() {
        return None;
    }
    let template = match bytes {
        Some(_) => {
            "{bar:32.cyan} {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left"
        }
        None => "{spinner} {decimal_bytes}  {decimal_bytes_per_sec}",
    };
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::hidden());
    Some(bar.with_style(style))
}

/// Moves the bar, and shows it when it is time.
pub(crate) fn mover(bar: ProgressBar) -> impl Fn(u64) + Send + Sync {
    let start = Instant::now();
    move |bytes| {
        if bar.is_hidden() && start.elapsed() > PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_position(bytes);
    }
}
