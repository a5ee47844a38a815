//! How far what is reported of all neurons would move: over other prompts, other directions, shuffled labels, and under
//! a change that knows no direction.

mod directions;
mod intervals;
mod null;
mod resampling;
mod shrinkage;

pub use directions::Directions;
pub use intervals::Interval;
pub use null::{Null, holm};
pub use resampling::{Drawn, PromptWeights, Resampling};
pub use shrinkage::{Moments, RelativeFall, Shrinkage, shrunk};
