//! The linear head that tells how toxic a text is from its mean hidden state, towards which PPLM steers.

use std::path::Path;

use counterpoise_weights::{Element, Stored, list_names, read_tensors, write_tensors};

use crate::TrainError;

/// Names of the tensors, as in PPLM's published heads.
const WEIGHT: &str = "mlp.weight";
const BIAS: &str = "mlp.bias";

/// Two classes of a text by the mean of its hidden states `h`, the last norm's output: `softmax(W·h + b)`. Class 1 has
/// the attribute, class 0 has not, as in PPLM's toxicity head.
///
/// All numbers are finite, and the two rows of `W` differ, which every constructor checks.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeHead {
    weight: [Vec<f32>; 2], // [2][d_model]
    bias: [f32; 2],
}

impl AttributeHead {
    /// A head of these weights, `[2][d_model]`, and biases.
    ///
    /// # Errors
    /// [`TrainError::Setting`] for rows of different lengths, numbers that are not finite, and rows that are the same:
    /// nothing leads from one class to the other.
    pub fn new(weight: [Vec<f32>; 2], bias: [f32; 2]) -> Result<Self, TrainError> {
        let refused = |expected, found: String| TrainError::setting("head", expected, found);
        let [civil, toxic] = &weight;
        if civil.len() != toxic.len() {
            let found = format!("{} and {}", civil.len(), toxic.len());
            return Err(refused("two rows of one width", found));
        }
        let numbers = civil.iter().chain(toxic).chain(&bias);
        if let Some(found) = numbers.copied().find(|x| !x.is_finite()) {
            return Err(refused("finite numbers", found.to_string()));
        }
        if civil == toxic {
            return Err(refused(
                "rows that differ",
                "the same row twice, or none".to_owned(),
            ));
        }
        Ok(Self { weight, bias })
    }

    /// The head whose log-odds of class 1 are `direction·h + bias`: rows `±direction/2`, biases `±bias/2`.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn of_log_odds(direction: &[f32], bias: f64) -> Result<Self, TrainError> {
        let row = |sign: f32| direction.iter().map(|x| sign * x).collect();
        let half = (bias / 2.0) as f32;
        Self::new([row(-0.5), row(0.5)], [-half, half])
    }

    /// Reads a head for a model that is `d_model` wide: `mlp.weight` `[2, d_model]` and `mlp.bias` `[2]`, alone in a
    /// `.safetensors`, `.pt` or `.pth` file. Pickled code is never run.
    ///
    /// # Errors
    /// [`TrainError::Weights`] for a file that cannot be read, [`TrainError::Head`] for one that holds something else.
    pub fn read(path: &Path, d_model: usize) -> Result<Self, TrainError> {
        let head = InFile { path };
        let tensors = read_tensors(path)?;
        let [bias, weight] = &tensors[..] else {
            return Err(head.without(&tensors));
        };
        if (bias.name.as_str(), weight.name.as_str()) != (BIAS, WEIGHT) {
            return Err(head.without(&tensors));
        }
        let weight = head.values(weight, &[2, d_model])?;
        let bias = head.values(bias, &[2])?;
        let (civil, toxic) = weight.split_at(d_model);
        Self::new([civil.to_vec(), toxic.to_vec()], [bias[0], bias[1]])
            .map_err(|error| head.bad("a head", error.to_string()))
    }

    /// Writes the head as safetensors of 32-bit floats, under the names that [`read`](Self::read) expects. The file
    /// appears whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TrainError> {
        let tensors = [
            (
                WEIGHT.to_owned(),
                vec![2, self.width()],
                self.weight.concat(),
            ),
            (BIAS.to_owned(), vec![2], self.bias.to_vec()),
        ];
        Ok(write_tensors(path, &tensors)?)
    }

    /// The width of the hidden states that it is for.
    pub fn width(&self) -> usize {
        self.weight[0].len()
    }

    /// Weights of class 0 and class 1, `[2][d_model]`.
    pub fn weight(&self) -> &[Vec<f32>; 2] {
        &self.weight
    }

    /// Biases of class 0 and class 1.
    pub fn bias(&self) -> [f32; 2] {
        self.bias
    }

    /// The log-odds of class 1 of a mean hidden state, `[d_model]`.
    pub fn log_odds(&self, hidden: &[f64]) -> f64 {
        let [civil, toxic] = &self.weight;
        let differences = civil.iter().zip(toxic).zip(hidden);
        let bias = f64::from(self.bias[1]) - f64::from(self.bias[0]);
        let product =
            differences.map(|((&civil, &toxic), h)| (f64::from(toxic) - f64::from(civil)) * h);
        bias + product.sum::<f64>()
    }
}

/// A file that is to hold a head.
struct InFile<'a> {
    path: &'a Path,
}

impl InFile<'_> {
    fn bad(&self, expected: impl Into<String>, found: impl Into<String>) -> TrainError {
        TrainError::Head {
            path: self.path.to_owned(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    fn without(&self, tensors: &[Stored]) -> TrainError {
        let names: Vec<String> = tensors.iter().map(|tensor| tensor.name.clone()).collect();
        let expected = format!("the tensors `{WEIGHT}` and `{BIAS}` alone");
        self.bad(expected, list_names(&names))
    }

    fn values(&self, tensor: &Stored, shape: &[usize]) -> Result<Vec<f32>, TrainError> {
        let name = &tensor.name;
        if let Element::Other(found) = &tensor.element {
            return Err(self.bad(format!("floats in `{name}`"), found));
        }
        if tensor.shape != shape {
            let expected = format!("`{name}` of shape {shape:?} for this model");
            return Err(self.bad(expected, format!("{:?}", tensor.shape)));
        }
        (tensor.values()).map_err(|reason| self.bad(format!("values in `{name}`"), reason))
    }
}
