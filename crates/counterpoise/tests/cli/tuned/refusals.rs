//! Tables that make no tuned model.

use std::fs;

use crate::mini;
use crate::studies::{ROWS, study};

use super::{COMMENTS, DPO, PAIRS, make_error, study_of, tables};

#[test]
fn what_makes_no_tuned_model_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let whole = tables(&mini("comments.csv"), [COMMENTS, PAIRS, DPO]);
    let cases = [
        (
            whole.replace("\"dpo\"", "\"rlhf\""),
            "`rlhf` is not a kind of tuned model; known kinds: dpo",
        ),
        (whole.replace("from = \"dpo\"\n", ""), "expected `from`"),
        (
            whole.replace("learning_rate", "learning_rat"),
            "unknown key `learning_rat`",
        ),
        (whole.replace("comments = ", "comment = "), "comment"),
        (String::new(), "`[models]`: missing key `tuned`"),
    ];
    for (text, expected) in cases {
        let study = study_of(folder.path(), &text);
        let refused = make_error(&study, &out);
        assert!(
            refused.contains(expected) && refused.contains("small.toml:"),
            "{refused}"
        );
    }
    let missing = study_of(
        folder.path(),
        &tables(&folder.path().join("none.csv"), [COMMENTS, PAIRS, DPO]),
    );
    let refused = make_error(&missing, &out);
    assert!(refused.contains("none.csv: cannot be read"), "{refused}");
    let long = tables(
        &mini("comments.csv"),
        [
            COMMENTS,
            PAIRS,
            &format!("{DPO}max_response_tokens = 100\n"),
        ],
    );
    let refused = make_error(&study_of(folder.path(), &long), &out);
    assert!(refused.contains("at most 128 in all"), "{refused}");
    let made = fs::read_dir(out.join("tuned"))
        .into_iter()
        .flatten()
        .flatten();
    let made: Vec<_> = made
        .map(|entry| entry.file_name())
        .filter(|name| name != ".lock")
        .collect();
    assert!(made.is_empty(), "{made:?}");

    let named = study(folder.path(), ROWS);
    let refused = make_error(&named, &out);
    assert!(refused.contains("expected a table `[tuned]`"), "{refused}");
    let text = fs::read_to_string(&named).unwrap() + &whole;
    fs::write(&named, text).unwrap();
    let both = make_error(&named, &out);
    assert!(both.contains("a table `[tuned]` beside `tuned`"), "{both}");
}
