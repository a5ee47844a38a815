//! One tensor of a file: what is known of it without its values, and how those are read.

use std::fmt;
use std::sync::Arc;

use burn::tensor::{DType, TensorData};
use burn_store::bridge;
use burn_store::burn_pack::{Error as StoreError, Tensor as PackTensor};

use crate::precision::{Precision, Rounding, in_precision, not_finite};

/// Reads the values of a tensor, row-major.
type Read = Arc<dyn Fn() -> Result<TensorData, String> + Send + Sync>;

/// A tensor of a file. Its values are read from there each time they are asked for.
#[derive(Clone)]
pub struct Stored {
    /// Its name in the file.
    pub name: String,
    /// Its extents, outermost first.
    pub shape: Vec<usize>,
    /// Its element type.
    pub element: Element,
    read: Read,
}

/// The element type of a stored tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// Floating-point numbers that are read: F64, F32, F16 or BF16.
    Float(DType),
    /// Anything else, by its name.
    Other(String),
}

impl Element {
    /// The element type that burn knows as `dtype`.
    pub(crate) fn of(dtype: DType) -> Self {
        match dtype {
            DType::F32 | DType::F16 | DType::BF16 | DType::F64 => Self::Float(dtype),
            other => Self::Other(format!("{other:?}")),
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float(dtype) => write!(f, "{dtype:?}"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

impl Stored {
    /// A tensor whose values are what `read` answers.
    pub(crate) fn new(
        name: String,
        shape: Vec<usize>,
        element: Element,
        read: impl Fn() -> Result<TensorData, String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            shape,
            element,
            read: Arc::new(read),
        }
    }

    /// A tensor whose values are computed by `read` in 32-bit floats, row-major.
    pub fn computed(
        name: String,
        shape: Vec<usize>,
        element: Element,
        read: impl Fn() -> Result<Vec<f32>, String> + Send + Sync + 'static,
    ) -> Self {
        let data = {
            let shape = shape.clone();
            move || Ok(TensorData::new(read()?, shape.clone()))
        };
        Self::new(name, shape, element, data)
    }

    /// Its values as 32-bit floats, row-major.
    ///
    /// # Errors
    /// What went wrong while they were read from the file.
    pub fn values(&self) -> Result<Vec<f32>, String> {
        let data = (self.read)()?.convert::<f32>();
        data.try_into_vec::<f32>()
            .map_err(|error| format!("{error:?}"))
    }

    /// Its values in `precision`, row-major: as the file has them if they are of it. What is lost otherwise is told to
    /// `rounding`.
    ///
    /// # Errors
    /// What went wrong while they were read from the file; values too large (see [`count_too_large`](crate::count_too_large)).
    pub fn data(&self, precision: Precision, rounding: &Rounding) -> Result<TensorData, String> {
        in_precision(&self.name, (self.read)()?, precision, rounding)
    }

    /// The number of its elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A tensor as burn's modules take it: values in `precision`, read when the module asks for them, and refused if any is NaN or
/// infinite (see [`count_not_finite`]).
pub fn deferred(
    name: String,
    shape: &[usize],
    precision: Precision,
    read: impl Fn() -> Result<TensorData, String> + Send + Sync + 'static,
) -> PackTensor {
    let dims = shape.to_vec().into();
    bridge::deferred(name, precision.dtype(), dims, None, move || {
        let data = read().map_err(StoreError::ValidationError)?;
        match not_finite(&data).map_err(StoreError::ValidationError)? {
            0 => Ok(data),
            count => Err(StoreError::ValidationError(format!("{NOT_FINITE}{count}."))),
        }
    })
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.name, self.element, self.shape)
    }
}

/// Marks, in the one string a store error can carry, that values were not finite.
const NOT_FINITE: &str = "values not finite: ";

/// How many values were not finite, where that is what a message of burn's store is about.
pub fn count_not_finite(message: &str) -> Option<usize> {
    let (_, count) = message.split_once(NOT_FINITE)?;
    let digits: String = count.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
