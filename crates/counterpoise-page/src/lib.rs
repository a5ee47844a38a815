//! A study as one HTML file that needs no network: texts, figures, every neuron and every generation.
//!
//! A [`Page`] is plain data; [`Page::html`] is a pure function of it. Nothing here knows what a study is: texts come as
//! Markdown, figures as [`Plot`](counterpoise_report::Plot), neurons as columns. Text from models and files is escaped, and a
//! content security policy lets the page run its own script and nothing else.
//!
//! ```
//! use counterpoise_page::{Page, Section};
//!
//! let page = Page {
//!     title: "mini".to_owned(),
//!     sections: vec![Section::of("claims", "Claims", "| Claim |\n|---|\n| <script>alert(1)</script> |")],
//!     ..Page::default()
//! };
//! let html = page.html()?;
//! assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
//! # Ok::<(), counterpoise_page::PageError>(())
//! ```

mod error;
mod figure;
mod generations;
mod markdown;
mod neurons;
mod pack;
mod page;
mod tokens;

pub use error::PageError;
pub use figure::PageFigure;
pub use generations::{Generations, TextRow};
pub use neurons::{Column, Neurons, Values};
pub use page::{Page, Section};
pub use tokens::NeuronTokens;
