//! The floats that weight matrices are kept in.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use burn::tensor::{DType, Element, TensorData};
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use serde::{Deserialize, Serialize};

/// The floats that a model's matrices are kept in. What is computed of them is computed in 32-bit floats, to which every
/// 16-bit float is widened without loss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits, 11 of them significant; at most 65,504.
    F16,
    /// 16 bits, 8 of them significant; as large as 32-bit floats.
    Bf16,
}

impl Precision {
    /// The same as burn calls it.
    pub fn dtype(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::F16 => DType::F16,
            Self::Bf16 => DType::BF16,
        }
    }

    /// Whether `value` is finite, and what it is rounded to is not.
    pub fn is_too_large(self, value: f32) -> bool {
        let rounded = match self {
            Self::F32 => value,
            Self::F16 => f16::from_f32(value).to_f32(),
            Self::Bf16 => bf16::from_f32(value).to_f32(),
        };
        value.is_finite() && !rounded.is_finite()
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::F32, Self::F16, Self::Bf16];
        let named = all
            .into_iter()
            .find(|precision| precision.to_string() == name);
        named.ok_or_else(|| "expected f32, f16 or bf16".to_owned())
    }
}

/// Which tensors lost something when their values were rounded to fewer bits.
#[derive(Debug, Default)]
pub struct Rounding {
    /// The largest change of a value, as a share of the tensor's largest value, by tensor.
    changes: Mutex<BTreeMap<String, f32>>,
}

impl Rounding {
    /// What a reader of the results should know of it, unless nothing was lost.
    pub fn remark(&self, precision: Precision) -> Option<String> {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, most) = changes.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
        Some(format!(
            "values of {} tensors do not fit into {precision} and were rounded, by up to {most:.1e} of the largest value \
             beside them (`{name}`); dtype = \"f32\" keeps them as they are",
            changes.len()
        ))
    }

    fn note(&self, name: &str, change: f32) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.insert(name.to_owned(), change);
    }
}

/// `data`, the values of the tensor `name`, in `precision`: as they are if they are of it, otherwise by way of 32-bit floats and
/// rounded to the nearest, ties to even.
///
/// # Errors
/// Values that are finite and larger than the largest of `precision`.
pub(crate) fn in_precision(
    name: &str,
    data: TensorData,
    precision: Precision,
    rounding: &Rounding,
) -> Result<TensorData, String> {
    if data.dtype() == precision.dtype() {
        return Ok(data);
    }
    let data = data.convert::<f32>();
    match precision {
        Precision::F32 => Ok(data),
        Precision::F16 => rounded::<f16>(name, &data, f16::to_f32, precision, rounding),
        Precision::Bf16 => rounded::<bf16>(name, &data, bf16::to_f32, precision, rounding),
    }
}

fn rounded<H: Element + Default>(
    name: &str,
    data: &TensorData,
    widened: impl Fn(H) -> f32,
    precision: Precision,
    rounding: &Rounding,
) -> Result<TensorData, String>
where
    [H]: HalfFloatSliceExt,
{
    let values = data
        .as_slice::<f32>()
        .map_err(|error| format!("{error:?}"))?;
    let mut halves = vec![H::default(); values.len()];
    halves.convert_from_f32_slice(values);
    let (mut largest, mut change, mut too_large) = (0.0_f32, 0.0_f32, 0_usize);
    for (&value, &half) in values.iter().zip(&halves) {
        if value.is_finite() {
            let half = widened(half);
            too_large += usize::from(!half.is_finite());
            largest = largest.max(value.abs());
            change = change.max((half - value).abs());
        }
    }
    if too_large > 0 {
        return Err(format!("{TOO_LARGE}{too_large} ({precision})"));
    }
    if change > 0.0 {
        rounding.note(name, change / largest);
    }
    Ok(TensorData::new(halves, data.shape().clone()))
}

/// Marks, in the one string a store error can carry, that values were larger than the largest that can be kept.
const TOO_LARGE: &str = "values too large: ";

/// How many values were too large for the precision, where that is what a message of burn's store is about.
pub fn count_too_large(message: &str) -> Option<usize> {
    let (_, count) = message.split_once(TOO_LARGE)?;
    let digits: String = count.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// How many of `data` are NaN or infinite, 16-bit floats or 32-bit ones.
pub(crate) fn not_finite(data: &TensorData) -> Result<usize, String> {
    fn count<E: Element>(
        data: &TensorData,
        is_finite: impl Fn(&E) -> bool,
    ) -> Result<usize, String> {
        let values = data.as_slice::<E>().map_err(|error| format!("{error:?}"))?;
        Ok(values.iter().filter(|value| !is_finite(value)).count())
    }
    match data.dtype() {
        DType::F16 => count::<f16>(data, |value| value.is_finite()),
        DType::BF16 => count::<bf16>(data, |value| value.is_finite()),
        _ => count::<f32>(data, |value| value.is_finite()),
    }
}
