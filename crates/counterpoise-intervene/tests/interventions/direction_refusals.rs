//! Edits along directions whose parameters do not fit.

use crate::prepare;

#[test]
fn parameters_that_fit_no_edit_are_refused() {
    let project = |rest: &str| format!("kind = 'project'\n{rest}");
    let probe = "direction = 'probe'\n";
    for (text, part) in [
        (project(""), "missing key `direction`"),
        (project("direction = 'prob'"), "\"probe\", or a table"),
        (
            project("direction = { seed = 1, minus = [1] }"),
            "`minus` goes with `unembedding`",
        ),
        (
            project("direction = { seed = 1, file = 'x' }"),
            "exactly one of",
        ),
        (
            project("direction = { seed = 1, draw = 0 }"),
            "counts from 1",
        ),
        (
            project("direction = { seed = 1, rank = 2 }"),
            "unknown key `direction.rank`",
        ),
        (project("direction = { value_vectors = 0 }"), "at least 1"),
        (project(&format!("{probe}lambda = 0")), "`lambda` is 0"),
        (project(&format!("{probe}lambda = 2.1")), "`lambda` is 2.1"),
        (project(&format!("{probe}lambda = nan")), "`lambda` is NaN"),
        (project(&format!("{probe}sites = []")), "`sites`"),
        (
            project(&format!("{probe}sites = ['embed', 'embed']")),
            "each once",
        ),
        (project(&format!("{probe}sites = ['mlp']")), "mlp_out"),
        (
            project(&format!("{probe}layers = 'most'")),
            "\"all\", a list",
        ),
        (
            project(&format!("{probe}layers = {{ from = 3, below = 3 }}")),
            "larger `below`",
        ),
        (
            project(&format!("{probe}layers = {{ last = 1, first = 1 }}")),
            "unknown key",
        ),
        (project(&format!("{probe}as = 'edit'")), "run_time"),
        (
            project("direction = { seed = 1 }\nlayers = [2]"),
            "2 blocks",
        ),
        (
            project("direction = { unembedding = [9999] }"),
            "token 9999",
        ),
        (
            project("direction = { value_vectors = 2, k = 3 }"),
            "3 directions",
        ),
        (project(probe), "a probe"),
        (
            project("direction = { unembedding = ['damn'] }"),
            "a tokenizer",
        ),
        (
            "kind = 'steer'\ndirection = { seed = 1 }\ncoefficient = 0.0".into(),
            "other than 0",
        ),
        (
            "kind = 'steer'\ndirection = { seed = 1 }\ncoefficient = 1\nlayer = 2".into(),
            "2 blocks",
        ),
        (
            "kind = 'steer'\ndirection = { unembedding = [5], minus = [5] }\ncoefficient = 1"
                .into(),
            "length 0",
        ),
    ] {
        let error = prepare(&text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}\n{error}");
    }
}
