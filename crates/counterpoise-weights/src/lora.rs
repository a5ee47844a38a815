//! Low-rank factors of LoRA, added to the weights that they belong to: `W + s·B·A`, in 32-bit floats and in the order in
//! which PEFT's `merge_and_unload` computes it on the CPU.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use counterpoise_data::shortened;

use crate::WeightsError;
use crate::adapter_config::AdapterConfig;
use crate::layout::{Layout, Matrices};
use crate::names::without_infixes;
use crate::stored::{Element, Stored};

/// One tensor of an adapter.
#[derive(Debug)]
pub(crate) struct Factor {
    /// What stands before the field's name.
    pub(crate) root: String,
    /// The field whose weight it changes; none for a module that the model does not have.
    field: Option<String>,
    /// The module, as PEFT knows it.
    module: String,
    /// The adapter's name, where the file gives one.
    adapter: Option<String>,
    side: Side,
    tensor: Stored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// `[rank, in]`
    A,
    /// `[out, rank]`
    B,
    /// A tensor of another kind of adapter.
    Other,
}

/// The tensors of adapters in a file.
pub(crate) type Factors = Vec<Factor>;

impl Factor {
    /// The factor that a tensor is, if its name says so.
    pub(crate) fn parse(name: &str, layout: &Layout, tensor: Stored) -> Option<Self> {
        let parts: Vec<&str> = name.split('.').collect();
        let place = parts.iter().position(|part| part.starts_with("lora_"))?;
        let module = parts[..place].join(".");
        let (adapter, is_weight) = match parts[place + 1..] {
            ["weight"] => (None, true),
            [adapter, "weight"] => (Some(adapter.to_owned()), true),
            _ => (None, false),
        };
        let side = match parts[place] {
            "lora_A" if is_weight => Side::A,
            "lora_B" if is_weight => Side::B,
            _ => Side::Other,
        };
        let weight = format!("{module}.weight");
        let (root, field) = match layout.split(&weight) {
            Some((root, field)) => (root.to_owned(), Some(field.to_owned())),
            None => (String::new(), None),
        };
        Some(Self {
            root,
            field,
            module: bare_module(&module).to_owned(),
            adapter,
            side,
            tensor,
        })
    }
}

/// A module's name without what PEFT puts before it.
fn bare_module(name: &str) -> &str {
    let inside = name.find("base_model.model.");
    inside.map_or(name, |place| &name[place + "base_model.model.".len()..])
}

/// Both factors of one weight.
struct Pair {
    module: String,
    a: Stored,
    b: Stored,
}

/// Adds an adapter to the weights it belongs to.
///
/// # Errors
/// Tensors of another kind of adapter; several adapters; half of a pair; shapes or ranks that do not fit; a weight that
/// is not there.
pub(crate) fn merge(
    path: &Path,
    factors: Factors,
    config: &AdapterConfig,
    matrices: Matrices,
    fields: &mut BTreeMap<String, Stored>,
) -> Result<usize, WeightsError> {
    let bad = |found: String| WeightsError::Adapter {
        path: path.to_owned(),
        found,
    };
    let pairs = pairs(factors).map_err(bad)?;
    let count = pairs.len();
    for (field, pair) in pairs {
        let Some(weight) = fields.remove(&field) else {
            return Err(bad(format!("factors for `{field}`, and no such weight")));
        };
        let merged = merged(&pair, weight, config, matrices).map_err(bad)?;
        fields.insert(field, merged);
    }
    Ok(count)
}

/// The factors, two to a field.
fn pairs(factors: Factors) -> Result<BTreeMap<String, Pair>, String> {
    let adapters: BTreeSet<_> = factors.iter().map(|factor| &factor.adapter).collect();
    if adapters.len() > 1 {
        let names = adapters.iter().map(|name| match name {
            Some(name) => format!("`{}`", shortened(name)),
            None => "one without a name".to_owned(),
        });
        let names: Vec<String> = names.collect();
        return Err(format!("several adapters: {}", names.join(", ")));
    }
    let mut halves = BTreeMap::<String, [Option<Factor>; 2]>::new();
    for factor in factors {
        let name = shortened(&factor.tensor.name);
        let place = match factor.side {
            Side::A => 0,
            Side::B => 1,
            Side::Other => return Err(format!("`{name}`, which is not a factor of plain LoRA")),
        };
        let Some(field) = factor.field.clone() else {
            return Err(format!(
                "`{name}`, a factor for a module that has no weight here to be added to"
            ));
        };
        if let Some(twice) = halves.entry(field).or_default()[place].replace(factor) {
            let other = shortened(&twice.tensor.name);
            return Err(format!("`{other}` and `{name}` for one weight"));
        }
    }
    let whole = halves.into_iter().map(|(field, halves)| match halves {
        [Some(a), Some(b)] => {
            let pair = Pair {
                module: a.module,
                a: a.tensor,
                b: b.tensor,
            };
            Ok((field, pair))
        }
        _ => Err(format!("only one of the two factors of `{field}`")),
    });
    whole.collect()
}

/// `weight` with the product of the factors added.
fn merged(
    pair: &Pair,
    weight: Stored,
    config: &AdapterConfig,
    matrices: Matrices,
) -> Result<Stored, String> {
    let Pair { module, a, b } = pair;
    let name = shortened(&a.name);
    let (&[rank, d_in], &[d_out, other_rank]) = (&a.shape[..], &b.shape[..]) else {
        return Err(format!(
            "`{name}` and its other factor, which are not matrices"
        ));
    };
    let (expected, order) = match matrices {
        Matrices::InputsFirst => ([d_in, d_out], "inputs"),
        Matrices::OutputsFirst => ([d_out, d_in], "outputs"),
    };
    if rank != other_rank || rank == 0 || weight.shape != expected {
        return Err(format!(
            "`{name}` of {:?} and {:?} for a weight of {:?} ({order} first)",
            a.shape, b.shape, weight.shape
        ));
    }
    let scale = config.scale(module, rank)?;
    for tensor in [a, b, &weight] {
        if let Element::Other(found) = &tensor.element {
            let name = shortened(&tensor.name);
            return Err(format!("`{name}` of {found}, where floats were expected"));
        }
    }
    let (shape, element) = (weight.shape.clone(), weight.element.clone());
    let (a, b) = (a.clone(), b.clone());
    let values = move || {
        let (a, b, mut values) = (a.values()?, b.values()?, weight.values()?);
        match matrices {
            Matrices::InputsFirst => add_product(&a, &b, scale, d_in, &mut values),
            // (b·a)ᵀ of the factors exchanged and transposed is their product as it is.
            Matrices::OutputsFirst => {
                let (a, b) = (by_columns(&b, rank), by_columns(&a, d_in));
                add_product(&a, &b, scale, d_out, &mut values);
            }
        }
        Ok(values)
    };
    Ok(Stored::computed(module.clone(), shape, element, values))
}

/// `[rows, width]` as `[width, rows]`.
fn by_columns(values: &[f32], width: usize) -> Vec<f32> {
    let column = |at: usize| values.iter().skip(at).step_by(width.max(1)).copied();
    (0..width).flat_map(column).collect()
}

/// Adds `scale·(b·a)ᵀ` to `weight`, `[in, out]`, where `a` is `[rank, in]` and `b` `[out, rank]`.
fn add_product(a: &[f32], b: &[f32], scale: f32, d_in: usize, weight: &mut [f32]) {
    let rank = a.len() / d_in.max(1);
    let d_out = b.len() / rank.max(1);
    // `b` by its columns, so that the inner loop runs along memory.
    let columns: Vec<Vec<f32>> = (0..rank)
        .map(|k| (0..d_out).map(|o| b[o * rank + k]).collect())
        .collect();
    let mut row = vec![0.0; d_out];
    for (i, weights) in weight.chunks_exact_mut(d_out.max(1)).enumerate() {
        row.fill(0.0);
        for (k, column) in columns.iter().enumerate() {
            let factor = a[k * d_in + i];
            for (sum, value) in row.iter_mut().zip(column) {
                *sum += factor * value;
            }
        }
        for (weight, sum) in weights.iter_mut().zip(&row) {
            *weight += sum * scale;
        }
    }
}

/// Takes the tensors of an adapter's own file, in which nothing else may be.
///
/// # Errors
/// A tensor that is not a factor.
pub(crate) fn factors(
    path: &Path,
    tensors: BTreeMap<String, Stored>,
    layout: &Layout,
) -> Result<Factors, WeightsError> {
    let factors = tensors.into_iter().map(|(name, tensor)| {
        Factor::parse(&without_infixes(&name), layout, tensor).ok_or_else(|| {
            WeightsError::Adapter {
                path: path.to_owned(),
                found: format!(
                    "`{}`, which is not a factor of plain LoRA",
                    shortened(&name)
                ),
            }
        })
    });
    factors.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_added_transposed_and_scaled() {
        // a = [[1, 2, 3], [0, 1, -1]], b = [[1, 2], [3, 4]], so that b·a = [[1, 4, 1], [3, 10, 5]].
        let (a, b) = ([1.0, 2.0, 3.0, 0.0, 1.0, -1.0], [1.0, 2.0, 3.0, 4.0]);
        let mut weight = [100.0; 6];
        add_product(&a, &b, 0.5, 3, &mut weight);
        assert_eq!(weight, [100.5, 101.5, 102.0, 105.0, 100.5, 102.5]);
    }

    #[test]
    fn the_product_is_added_as_it_is_where_outputs_come_first() {
        // The same factors, exchanged and transposed.
        let (a, b) = ([1.0, 2.0, 3.0, 0.0, 1.0, -1.0], [1.0, 2.0, 3.0, 4.0]);
        let (a, b) = (by_columns(&b, 2), by_columns(&a, 3));
        let mut weight = [100.0; 6];
        add_product(&a, &b, 0.5, 2, &mut weight);
        assert_eq!(weight, [100.5, 102.0, 100.5, 101.5, 105.0, 102.5]);
    }
}
