//! How long work tells what it is doing.

/// Hears what long work is doing. A step that is begun ends before the next one begins.
pub trait Progress {
    /// A step begins, named `what`, of `parts` parts.
    fn begin(&mut self, what: &str, parts: u64);
    /// `parts` more parts of the step are done.
    fn advance(&mut self, parts: usize);
    /// The step has ended, whether or not all its parts are done.
    fn end(&mut self);
    /// A line for the person who watches.
    fn line(&mut self, text: &str);
}

/// Nobody hears anything.
///
/// ```
/// use counterpoise_eval::{Progress, Silent};
///
/// let mut progress = Silent;
/// progress.begin("nothing", 3);
/// progress.advance(3);
/// progress.end();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _: &str, _: u64) {}
    fn advance(&mut self, _: usize) {}
    fn end(&mut self) {}
    fn line(&mut self, _: &str) {}
}

/// Runs `step` as a step of `parts` parts; it is handed what advances it.
pub fn step<T>(
    progress: &mut dyn Progress,
    what: &str,
    parts: u64,
    step: impl FnOnce(&mut dyn FnMut(usize)) -> T,
) -> T {
    progress.begin(what, parts);
    let result = step(&mut |done| progress.advance(done));
    progress.end();
    result
}
