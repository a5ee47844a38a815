//! Vectors drawn as tokens.

use counterpoise_report::{NearestTokens, VectorTokens};

use crate::figures::{drawn, texts};

#[test]
fn nearest_tokens_stand_in_their_cells_and_lose_their_middle_where_they_do_not_fit() {
    let row = |name: &str, tokens: &[&str]| VectorTokens {
        name: name.to_owned(),
        tokens: (tokens.iter().zip([1.0, 0.85, 0.75, 0.5]))
            .map(|(token, score)| ((*token).to_owned(), score))
            .collect(),
    };
    let long = "\" incomprehensibilities and more of them than fit\"";
    let tokens = ["\"<script>\"", "\" b\"", "\" Ünï\"", "#17"];
    let figure = NearestTokens {
        rows: vec![
            row("probe", &tokens),
            row("L0.3 · cos 0.5", &[long, "\"d\""]),
        ],
    };
    let svg = drawn(&figure);
    let written = texts(&svg);
    for text in tokens.iter().chain(&["probe", "L0.3 · cos 0.5", "\"d\""]) {
        assert!(
            written.contains(&(*text).to_owned()),
            "{text} is not in {written:?}"
        );
    }
    assert!(!written.contains(&long.to_owned()));
    let short = written.iter().find(|text| text.contains('…')).unwrap();
    let (start, end) = short.split_once('…').unwrap();
    assert!(start.len() > 3 && end.len() > 3 && long.starts_with(start) && long.ends_with(end));
}
