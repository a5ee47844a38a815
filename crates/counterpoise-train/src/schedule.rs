//! Learning rates: linear warm-up, then constant or half a cosine down to zero.

use burn::lr_scheduler::LrSchedulerConfig;
use burn::lr_scheduler::cosine::CosineAnnealingLrSchedulerConfig;
use burn::lr_scheduler::linear::LinearLrSchedulerConfig;
use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::lr_scheduler::sequential::SequentialLrSchedulerConfig;

use crate::TrainError;

/// What the learning rate does once it has warmed up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AfterWarmUp {
    /// It stays.
    Constant,
    /// It falls along half a cosine and would reach zero at this step.
    CosineUntil(usize),
}

/// The schedule whose rate at step `k` (from 0) is `peak · (k + 1) / (warm_up + 1)` while
/// `k < warm_up`, and starts from `peak` at step `warm_up`.
///
/// # Errors
/// [`TrainError::Setting`] for a peak outside `(0, 1]` or a warm-up that leaves no cosine.
pub(crate) fn warm_up_then(
    peak: f64,
    warm_up: usize,
    after: AfterWarmUp,
) -> Result<ModuleLrScheduler, TrainError> {
    if !(peak > 0.0 && peak <= 1.0) {
        let expected = "more than 0, at most 1";
        return Err(TrainError::setting("learning_rate", expected, peak));
    }
    let mut phases = Vec::new();
    if warm_up > 0 {
        let first = peak / (warm_up as f64 + 1.0);
        phases.push(LrSchedulerConfig::Linear(LinearLrSchedulerConfig::new(
            first, peak, warm_up,
        )));
    }
    phases.push(match after {
        AfterWarmUp::Constant => LrSchedulerConfig::Constant(peak),
        AfterWarmUp::CosineUntil(end) if end > warm_up => {
            LrSchedulerConfig::Cosine(CosineAnnealingLrSchedulerConfig::new(peak, end - warm_up))
        }
        AfterWarmUp::CosineUntil(end) => {
            let expected = format!("less than the {end} steps of the run");
            return Err(TrainError::setting("warmup_steps", expected, warm_up));
        }
    });
    let milestones = if warm_up > 0 { vec![warm_up] } else { vec![] };
    SequentialLrSchedulerConfig::new(phases, milestones)
        .init()
        .map_err(|reason| TrainError::setting("learning_rate", reason, peak))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rates(peak: f64, warm_up: usize, after: AfterWarmUp, steps: usize) -> Vec<f64> {
        let mut schedule = warm_up_then(peak, warm_up, after).unwrap();
        (0..steps).map(|_| schedule.step().base()).collect()
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} != {expected}");
        }
    }

    #[test]
    fn warm_up_is_linear_and_then_the_rate_stays() {
        assert_close(
            &rates(0.8, 3, AfterWarmUp::Constant, 6),
            &[0.2, 0.4, 0.6, 0.8, 0.8, 0.8],
        );
        assert_close(&rates(0.8, 0, AfterWarmUp::Constant, 2), &[0.8, 0.8]);
    }

    #[test]
    fn the_cosine_starts_where_the_warm_up_ends() {
        // After the warm-up of 1 step: ½(1 + cos(π k / 4)) for k = 0, 1, 2, 3.
        let half_root = 0.5_f64.sqrt();
        assert_close(
            &rates(0.5, 1, AfterWarmUp::CosineUntil(5), 5),
            &[
                0.25,
                0.5,
                0.25 * (1.0 + half_root),
                0.25,
                0.25 * (1.0 - half_root),
            ],
        );
    }

    #[test]
    fn rates_and_warm_ups_that_make_no_schedule_are_refused() {
        for peak in [0.0, -1.0, 2.0, f64::NAN] {
            let error = warm_up_then(peak, 0, AfterWarmUp::Constant).err().unwrap();
            assert!(error.to_string().contains("learning_rate"), "{error}");
        }
        let error = warm_up_then(0.1, 5, AfterWarmUp::CosineUntil(5))
            .err()
            .unwrap();
        assert!(error.to_string().contains("warmup_steps"), "{error}");
    }
}
