//! What a step took, and what it did in that time.

use counterpoise_study::Step;
use serde::Serialize;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Work {
    /// New tokens of a generation; tokens of a text.
    pub(super) tokens: usize,
    /// Floating-point operations by the cost model.
    pub(super) flop: f64,
}

/// A step, timed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Timing {
    /// What was done.
    name: String,
    /// How long it took.
    seconds: f64,
    /// New tokens of a generation, tokens of a text; `null` where the model does not run.
    tokens: Option<usize>,
    /// Tokens for each second.
    tokens_per_second: Option<f64>,
    /// 10⁹ floating-point operations by the cost model.
    gflop: Option<f64>,
    /// These for each second.
    gflop_per_second: Option<f64>,
    /// How often a tensor was copied from the device, which on a GPU waits for all that was computed before.
    read_backs: u64,
    /// The most memory the process held, resident; `null` where the system does not tell.
    peak_memory_bytes: Option<u64>,
}

impl Timing {
    /// What `step` took, in which `work` was done if the model ran, and tensors were read back `read_backs` times.
    pub(super) fn of(step: &Step, work: Option<Work>, read_backs: u64) -> Self {
        let gflop = work.map(|work| work.flop / 1e9);
        Self {
            name: step.name.clone(),
            seconds: step.seconds,
            tokens: work.map(|work| work.tokens),
            tokens_per_second: work.map(|work| work.tokens as f64 / step.seconds),
            gflop,
            gflop_per_second: gflop.map(|gflop| gflop / step.seconds),
            read_backs,
            peak_memory_bytes: step.peak_memory_bytes,
        }
    }
}

impl Timing {
    /// 10⁹ floating-point operations for each second, if it is the step `name`.
    pub(super) fn rate_of(&self, name: &str) -> Option<f64> {
        self.gflop_per_second.filter(|_| self.name == name)
    }
}

/// The timings as a table for people, one line each under a line of names.
pub(super) fn table(timings: &[Timing]) -> String {
    let mut lines = vec![line(
        "step",
        [
            "seconds", "tokens", "tokens/s", "GFLOP", "GFLOP/s", "reads", "peak GB",
        ]
        .map(str::to_owned),
    )];
    lines.extend(timings.iter().map(|timing| {
        let decimals = |number: Option<f64>, digits| match number {
            Some(number) => format!("{number:.digits$}"),
            None => "—".to_owned(),
        };
        let cells = [
            decimals(Some(timing.seconds), 2),
            decimals(timing.tokens.map(|tokens| tokens as f64), 0),
            decimals(timing.tokens_per_second, 1),
            decimals(timing.gflop, 1),
            decimals(timing.gflop_per_second, 1),
            timing.read_backs.to_string(),
            decimals(timing.peak_memory_bytes.map(|bytes| bytes as f64 / 1e9), 2),
        ];
        line(&timing.name, cells)
    }));
    lines.join("\n")
}

fn line(name: &str, cells: [String; 7]) -> String {
    let cells = cells.map(|cell| format!("{cell:>10}"));
    format!("{name:<20}{}", cells.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str) -> Step {
        Step {
            name: name.to_owned(),
            seconds: 0.5,
            peak_memory_bytes: Some(1_500_000_000),
        }
    }

    #[test]
    fn rates_are_work_over_seconds() {
        let work = Work {
            tokens: 40,
            flop: 3e9,
        };
        let timing = Timing::of(&step("generation"), Some(work), 0);
        assert_eq!(timing.tokens_per_second, Some(80.0));
        assert_eq!(timing.gflop_per_second, Some(6.0));
    }

    #[test]
    fn the_table_has_a_line_for_each_step_and_a_dash_where_no_model_ran() {
        let work = Work {
            tokens: 40,
            flop: 3e9,
        };
        let timings = [
            Timing::of(&step("load"), None, 0),
            Timing::of(&step("generation"), Some(work), 20),
        ];
        let table = table(&timings);
        let cells = |line: usize| -> Vec<&str> {
            let line = table.lines().nth(line);
            line.map_or_else(Vec::new, |line| line.split_whitespace().collect())
        };
        assert_eq!(cells(1), ["load", "0.50", "—", "—", "—", "—", "0", "1.50"]);
        assert_eq!(
            cells(2),
            [
                "generation",
                "0.50",
                "40",
                "80.0",
                "3.0",
                "6.0",
                "20",
                "1.50"
            ]
        );
        assert_eq!(table.lines().count(), 3);
    }
}
