//! For tests of readers: files damaged at random from a seed, and how much memory it takes to read them.
//!
//! A reader of files that others made has to answer or refuse, whatever is in them: no panic, no abort, and no more
//! memory than [`most_allowed`] for what was read. [`survives`] tries that on as many inputs as the environment asks
//! for, `COUNTERPOISE_MUTATIONS`, from the seed `COUNTERPOISE_MUTATION_SEED` on. The test binary counts its allocations:
//!
//! ```
//! use counterpoise_mutations::{Counting, Input, survives};
//!
//! #[global_allocator]
//! static COUNTING: Counting = Counting;
//!
//! let whole = b"[1, 2, 3]";
//! let input = Input::new("numbers.txt");
//! survives(
//!     "numbers",
//!     &[b"[["],
//!     |mutator| input.write(&mutator.damaged(whole)),
//!     || std::fs::read_to_string(&input.path).is_ok_and(|text| text.starts_with('[')),
//! );
//! ```

mod allocator;
mod mutator;
mod survival;

pub use allocator::{Counting, most_held};
pub use mutator::Mutator;
pub use survival::{Input, most_allowed, survives};
