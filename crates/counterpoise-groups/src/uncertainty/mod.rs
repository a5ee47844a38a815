//! How far what is reported of all neurons would move: over other prompts, other directions, shuffled labels, and under
//! a change that knows no direction.

mod directions;
mod draws;
mod intervals;
mod null;
mod resampling;
mod shrinkage;

pub use directions::Directions;
pub use draws::{Draws, Purpose};
pub use intervals::{Interval, RESAMPLES, quantile};
pub use null::{Null, holm};
pub use resampling::{Drawn, PromptWeights, Resampling};
pub use shrinkage::{Moments, RelativeFall, Shrinkage, shrunk};
