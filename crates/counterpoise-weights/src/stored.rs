//! One tensor of a file: what is known of it without its values, and how those are read.

use std::fmt;
use std::sync::Arc;

use burn::tensor::{DType, TensorData};
use burn_store::bridge;
use burn_store::burn_pack::{Error as StoreError, Tensor as PackTensor};

/// Reads the values of a tensor, row-major.
type Read = Arc<dyn Fn() -> Result<Vec<f32>, String> + Send + Sync>;

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
    /// A tensor whose values are what `read` answers, converted to 32-bit floats.
    pub(crate) fn new(
        name: String,
        shape: Vec<usize>,
        element: Element,
        read: impl Fn() -> Result<TensorData, String> + Send + Sync + 'static,
    ) -> Self {
        let values = move || {
            let data = read()?.convert::<f32>();
            data.try_into_vec::<f32>()
                .map_err(|error| format!("{error:?}"))
        };
        Self::computed(name, shape, element, values)
    }

    /// A tensor whose values are computed by `read`, row-major.
    pub fn computed(
        name: String,
        shape: Vec<usize>,
        element: Element,
        read: impl Fn() -> Result<Vec<f32>, String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            shape,
            element,
            read: Arc::new(read),
        }
    }

    /// Its values as 32-bit floats, row-major.
    ///
    /// # Errors
    /// What went wrong while they were read from the file.
    pub fn values(&self) -> Result<Vec<f32>, String> {
        (self.read)()
    }

    /// The number of its elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tensor as burn's modules take it, `name` being the field: 32-bit floats, read when the module asks for them,
    /// and refused if any is NaN or infinite (see [`count_not_finite`]).
    pub fn into_pack(self, name: String) -> PackTensor {
        let shape = self.shape.clone();
        bridge::deferred(name, DType::F32, shape.clone().into(), None, move || {
            let values = self.values().map_err(StoreError::ValidationError)?;
            let count = values.iter().filter(|value| !value.is_finite()).count();
            if count > 0 {
                return Err(StoreError::ValidationError(format!("{NOT_FINITE}{count}.")));
            }
            Ok(TensorData::new(values, shape.clone()))
        })
    }
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
