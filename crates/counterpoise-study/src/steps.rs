//! What each step of a run cost: seconds and peak memory.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What was done.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
    /// The most memory the process held during the step, resident; `null` where the system does
    /// not tell.
    pub peak_memory_bytes: Option<u64>,
}

/// The steps of a run, in order.
#[derive(Debug, Default)]
pub struct Steps {
    done: Vec<Step>,
}

impl Steps {
    /// Runs one step and notes what it cost, whether or not it succeeds.
    pub fn run<T>(&mut self, name: impl Into<String>, step: impl FnOnce() -> T) -> T {
        let peak_starts_here = reset_peak();
        let start = Instant::now();
        let result = step();
        self.done.push(Step {
            name: name.into(),
            seconds: start.elapsed().as_secs_f64(),
            peak_memory_bytes: peak_starts_here.then(peak_memory).flatten(),
        });
        result
    }

    /// Adds a step that was run before.
    pub fn add(&mut self, step: Step) {
        self.done.push(step);
    }

    /// The steps so far.
    pub fn done(&self) -> &[Step] {
        &self.done
    }

    /// The most memory that any step so far held, in words.
    pub fn peak_memory(&self) -> String {
        let peaks = self.done.iter().filter_map(|step| step.peak_memory_bytes);
        match peaks.max() {
            Some(bytes) => format!("peak memory {:.2} GB", bytes as f64 / 1e9),
            None => "peak memory not known".to_owned(),
        }
    }
}

/// Sets the process's peak to what it holds now; false where the system cannot.
fn reset_peak() -> bool {
    cfg!(target_os = "linux") && std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// Peak resident memory since the last reset, in bytes.
fn peak_memory() -> Option<u64> {
    peak_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// The high-water mark in the text of Linux's `/proc/self/status`.
fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_gives_its_result_and_leaves_its_cost() {
        let mut steps = Steps::default();
        let sum: u64 = steps.run("sum", || (0..1000_u64).sum());
        let failed: Result<(), ()> = steps.run("fail", || Err(()));
        assert_eq!((sum, failed), (499_500, Err(())));
        let names: Vec<_> = steps.done().iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["sum", "fail"]);
        assert!(steps.done().iter().all(|step| step.seconds >= 0.0));
    }

    #[test]
    fn the_high_water_mark_is_read_in_bytes() {
        let status = "Name:\txtask\nVmPeak:\t  999 kB\nVmHWM:\t   12345 kB\n";
        assert_eq!(peak_in(status), Some(12_345 * 1024));
        assert_eq!(peak_in("Name:\txtask\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_step_that_holds_memory_shows_it() {
        let mut steps = Steps::default();
        steps.run("hold", || std::hint::black_box(vec![1_u8; 64 << 20]).len());
        if let Some(peak) = steps.done()[0].peak_memory_bytes {
            assert!(peak > 64 << 20, "{peak}");
        }
    }
}
