//! One step of the truncated Newton method for logistic regression.

use crate::logistic::Design;

/// The objective: mean log-loss over the rows plus the penalty.
pub(crate) struct Problem<'a, D> {
    pub(crate) design: &'a D,
    pub(crate) labels: &'a [bool],
    pub(crate) l2: f64,
}

/// The objective around one point.
pub(crate) struct Local {
    loss: f64,
    gradient: Vec<f64>,
    /// `σ(f)(1 − σ(f))/n` of each row: the Hessian is `Xᵀ·diag(curvature)·X + λ`.
    curvature: Vec<f64>,
    /// Diagonal of the Hessian, the preconditioner.
    diagonal: Vec<f64>,
}

impl Local {
    pub(crate) fn gradient_norm(&self) -> f64 {
        dot(&self.gradient, &self.gradient).sqrt()
    }
}

impl<D: Design> Problem<'_, D> {
    /// `w·x + b` of a row.
    fn log_odds(&self, parameters: &[f64], row: usize) -> f64 {
        let intercept = parameters[self.design.width()];
        let entries = self.design.entries(row);
        entries.fold(intercept, |sum, (column, value)| {
            sum + parameters[column] * value
        })
    }

    /// The log-odds of the wrong class.
    fn wrong(&self, parameters: &[f64], row: usize) -> f64 {
        let log_odds = self.log_odds(parameters, row);
        if self.labels[row] {
            -log_odds
        } else {
            log_odds
        }
    }

    /// The objective at `parameters`, `[w, b]`.
    pub(crate) fn loss(&self, parameters: &[f64]) -> f64 {
        let rows = self.design.rows();
        let losses = (0..rows).map(|row| softplus(self.wrong(parameters, row)));
        let weights = &parameters[..self.design.width()];
        losses.sum::<f64>() / rows as f64 + 0.5 * self.l2 * dot(weights, weights)
    }

    /// The objective with its derivatives at `parameters`.
    pub(crate) fn expand_at(&self, parameters: &[f64]) -> Local {
        let width = self.design.width();
        let share = 1.0 / self.design.rows() as f64;
        let mut gradient = vec![0.0; width + 1];
        let mut diagonal = vec![0.0; width + 1];
        let mut curvature = Vec::with_capacity(self.design.rows());
        for row in 0..self.design.rows() {
            let probability = sigmoid(self.log_odds(parameters, row));
            let residual = share * (probability - f64::from(u8::from(self.labels[row])));
            let curve = share * probability * (1.0 - probability);
            for (column, value) in self.design.entries(row).chain([(width, 1.0)]) {
                gradient[column] += residual * value;
                diagonal[column] += curve * value * value;
            }
            curvature.push(curve);
        }
        for column in 0..width {
            gradient[column] += self.l2 * parameters[column];
            diagonal[column] += self.l2;
        }
        // Saturated rows can leave the intercept without curvature.
        diagonal[width] = diagonal[width].max(f64::MIN_POSITIVE);
        Local {
            loss: self.loss(parameters),
            gradient,
            curvature,
            diagonal,
        }
    }

    /// The Hessian times `vector`.
    fn hessian_times(&self, local: &Local, vector: &[f64]) -> Vec<f64> {
        let width = self.design.width();
        let mut product = vec![0.0; width + 1];
        for (row, curve) in local.curvature.iter().enumerate() {
            let along = curve * self.log_odds(vector, row);
            for (column, value) in self.design.entries(row).chain([(width, 1.0)]) {
                product[column] += along * value;
            }
        }
        for column in 0..width {
            product[column] += self.l2 * vector[column];
        }
        product
    }

    /// Solves `H·step = −gradient` by preconditioned conjugate gradients, ever more exactly as the
    /// gradient shrinks.
    pub(crate) fn newton_step(&self, local: &Local) -> Vec<f64> {
        let norm = local.gradient_norm();
        let enough = norm * norm.clamp(1e-8, 0.1);
        let precondition = |residual: &[f64]| -> Vec<f64> {
            let pairs = residual.iter().zip(&local.diagonal);
            pairs
                .map(|(residual, diagonal)| residual / diagonal)
                .collect()
        };
        let mut step = vec![0.0; local.gradient.len()];
        let mut residual: Vec<f64> = local.gradient.iter().map(|slope| -slope).collect();
        let mut scaled = precondition(&residual);
        let mut direction = scaled.clone();
        let mut energy = dot(&residual, &scaled);
        for _ in 0..2 * local.gradient.len() {
            let product = self.hessian_times(local, &direction);
            let length = energy / dot(&direction, &product);
            if !length.is_finite() {
                break;
            }
            add_scaled(&mut step, length, &direction);
            add_scaled(&mut residual, -length, &product);
            if dot(&residual, &residual).sqrt() <= enough {
                break;
            }
            scaled = precondition(&residual);
            let next = dot(&residual, &scaled);
            let keep = next / energy;
            energy = next;
            for (direction, scaled) in direction.iter_mut().zip(&scaled) {
                *direction = scaled + keep * *direction;
            }
        }
        step
    }

    /// Moves along `step`, halving it until the loss falls (Armijo's rule); false if it never does.
    pub(crate) fn advance(&self, parameters: &mut Vec<f64>, local: &Local, step: &[f64]) -> bool {
        let slope = dot(&local.gradient, step);
        // Near the minimum the loss can only be told apart to within its rounding.
        let rounding = 4.0 * f64::EPSILON * local.loss.abs();
        let mut length = 1.0;
        for _ in 0..40 {
            let mut trial = parameters.clone();
            add_scaled(&mut trial, length, step);
            if self.loss(&trial) <= local.loss + 1e-4 * length * slope + rounding {
                *parameters = trial;
                return true;
            }
            length *= 0.5;
        }
        false
    }
}

/// `1/(1 + e^−x)`, without overflow.
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let odds = x.exp();
        odds / (1.0 + odds)
    }
}

/// `log(1 + e^x)`, without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(l, r)| l * r).sum()
}

fn add_scaled(sum: &mut [f64], scale: f64, vector: &[f64]) {
    for (sum, value) in sum.iter_mut().zip(vector) {
        *sum += scale * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoid_and_softplus_do_not_overflow() {
        assert_eq!(sigmoid(-1000.0), 0.0);
        assert_eq!(sigmoid(1000.0), 1.0);
        assert_eq!(sigmoid(0.0), 0.5);
        assert_eq!(softplus(1000.0), 1000.0);
        assert_eq!(softplus(-1000.0), 0.0);
        assert!((softplus(0.0) - 2_f64.ln()).abs() < 1e-15);
    }
}
