//! Study files that were damaged at random: each is read or refused, without a panic and in bounded memory.

#![allow(clippy::unwrap_used)]

use std::fmt::Debug;

use counterpoise_mutations::{Counting, Input, survives};

use super::Study;
use crate::Kinds;

#[global_allocator]
static COUNTING: Counting = Counting;

/// Text that means something in TOML.
const PIECES: &[&[u8]] = &[
    b"[[",
    b"\n[[intervention]]\n",
    b"\n[a.b]\n",
    b"'''",
    b"\"\"\"",
    b"\\n",
    b" = ",
    b"{ top = 3 }",
    b"1979-05-27T07:32:00Z",
    b"inf",
    b"0xffff",
    b"#",
];

fn accepted<T, E: Debug + ToString>(result: Result<T, E>) -> bool {
    if let Err(error) = &result {
        let message = error.to_string();
        assert!(!message.contains('\n'), "{message}");
    }
    result.is_ok()
}

#[test]
fn damaged_studies_are_read_or_refused() {
    let kinds = Kinds::paper().unwrap();
    let input = Input::new("study.toml");
    let whole = super::tests::GOOD.as_bytes();
    input.write(whole);
    Study::read(&input.path, &kinds).unwrap();
    survives(
        "TOML",
        PIECES,
        |mutator| input.write(&mutator.damaged(whole)),
        || accepted(Study::read(&input.path, &kinds)),
    );
}
