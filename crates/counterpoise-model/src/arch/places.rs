//! Where the parameters of a model lie in its files: as they are, transposed, or put together from several fields.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::{iter, slice};

use burn::tensor::{DType, Element, TensorData};
use burn_store::burn_pack::Tensor as PackTensor;
use burn_store::{ModuleSnapshot, bridge};
use counterpoise_weights::{Matrices, Precision, Rounding, Stored, deferred};
use half::{bf16, f16};
use rayon::prelude::*;

use super::Qkv;
use crate::parameters::shapes;
use crate::{Config, Transformer};

/// Where the files of a family have a parameter.
pub(crate) struct Place {
    /// The parameter, as `blocks.0.attn.qkv.weight`.
    pub(crate) parameter: String,
    /// Its shape in the model.
    shape: Vec<usize>,
    /// What it is put together from, along its outputs.
    pub(crate) parts: Vec<Part>,
    layout: Layout,
}

/// A part of a parameter.
pub(crate) struct Part {
    /// The field it is in, as `h.0.attn.c_attn.weight`.
    pub(crate) field: String,
    /// Which of the field's outputs it is, in the order of the parameter's.
    outputs: Vec<Range<usize>>,
}

impl Part {
    fn whole(field: String, outputs: usize) -> Self {
        Self {
            field,
            outputs: iter::once(0..outputs).collect(),
        }
    }

    /// The outputs of the field up to the last that this is.
    fn end(&self) -> usize {
        let ends = self.outputs.iter().map(|outputs| outputs.end);
        ends.max().unwrap_or(0)
    }
}

/// How a parameter lies in the model and in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// The same, its outputs first: vectors and embeddings.
    OutputsFirst,
    /// The same, its inputs first.
    InputsFirst,
    /// Inputs first in the model, outputs first in files.
    Transposed,
}

impl Place {
    fn of(parameter: &str, shape: Vec<usize>, config: &Config) -> Self {
        let names = &config.family.names;
        let is_table = !parameter.starts_with("blocks.");
        let layout = match (&shape[..], names.matrices) {
            ([_, _], Matrices::OutputsFirst) if !is_table => Layout::Transposed,
            ([_, _], Matrices::InputsFirst) if !is_table => Layout::InputsFirst,
            _ => Layout::OutputsFirst,
        };
        let mut place = Self {
            parameter: parameter.to_owned(),
            shape,
            parts: Vec::new(),
            layout,
        };
        place.parts = parts(parameter, place.outputs(), config);
        place
    }

    fn outputs(&self) -> usize {
        match self.layout {
            Layout::OutputsFirst => self.shape[0],
            Layout::InputsFirst | Layout::Transposed => self.shape[1],
        }
    }

    /// Values of each output.
    fn inputs(&self) -> usize {
        self.shape.iter().product::<usize>() / self.outputs().max(1)
    }

    /// The shape of a field with this many `outputs`.
    fn field_shape(&self, outputs: usize) -> Vec<usize> {
        match (self.layout, &self.shape[..]) {
            (Layout::OutputsFirst, [_, rest @ ..]) => [&[outputs], rest].concat(),
            (Layout::InputsFirst, _) => vec![self.inputs(), outputs],
            _ => vec![outputs, self.inputs()],
        }
    }

    /// Whether the parameter is a field as it lies in a file.
    fn is_field(&self) -> bool {
        self.layout != Layout::Transposed
            && matches!(&self.parts[..], [part] if *part.outputs == *slice::from_ref(&(0..self.outputs())))
    }
}

/// What a parameter of these `outputs` is put together from.
fn parts(parameter: &str, outputs: usize, config: &Config) -> Vec<Part> {
    let names = &config.family.names;
    let whole = |field: String| Part::whole(field, outputs);
    let Some((layer, rest)) = in_block(parameter) else {
        let name = match parameter {
            "embed.weight" => names.embed.to_owned(),
            "pos_embed.weight" => names.pos_embed.to_owned(),
            "unembed.weight" => names.head.to_owned(),
            other => other.replacen("ln_final", names.ln_final, 1),
        };
        return vec![whole(name)];
    };
    let (module, leaf) = rest.rsplit_once('.').unwrap_or((rest, ""));
    let field = |name: &str| format!("{}.{layer}.{name}.{leaf}", names.blocks);
    let (d_z, d_kv) = (
        config.n_head * config.d_head,
        config.n_kv_head * config.d_head,
    );
    match (module, &names.qkv, names.gate_and_up) {
        ("attn.qkv", Qkv::Together(name), _) => vec![whole(field(name))],
        ("attn.qkv", Qkv::Apart(each), _) => {
            let parts = each.iter().zip([d_z, d_kv, d_kv]);
            let part = |(name, width): (&&str, usize)| Part::whole(field(name), width);
            parts.map(part).collect()
        }
        ("attn.qkv", Qkv::ByHead(name), _) => {
            let d_head = config.d_head;
            let of_heads = |third| {
                let first = move |head| (3 * head + third) * d_head;
                (0..config.n_head).map(move |head| first(head)..first(head) + d_head)
            };
            vec![Part {
                field: field(name),
                outputs: (0..3).flat_map(of_heads).collect(),
            }]
        }
        ("mlp.gate", _, Some(name)) => vec![whole(field(name))],
        ("mlp.up", _, Some(name)) => vec![Part {
            field: field(name),
            outputs: iter::once(outputs..2 * outputs).collect(),
        }],
        _ => {
            let named = names.modules.iter().find(|(own, _)| *own == module);
            vec![whole(field(named.map_or(module, |(_, name)| name)))]
        }
    }
}

/// The block of a parameter, and its name there.
fn in_block(parameter: &str) -> Option<(&str, &str)> {
    parameter.strip_prefix("blocks.")?.split_once('.')
}

/// Where each parameter of `model` lies in the files of its family.
pub(crate) fn places(model: &Transformer) -> Vec<Place> {
    let parameters = shapes(model).into_iter();
    parameters
        .map(|(parameter, shape)| Place::of(&parameter, shape, model.config()))
        .collect()
}

/// The shape of every field in the files of `model`'s family, by name.
pub(crate) fn fields(places: &[Place]) -> BTreeMap<String, Vec<usize>> {
    let mut shapes = BTreeMap::new();
    for place in places {
        for part in &place.parts {
            // The part that ends last ends the field.
            let shape = place.field_shape(part.end());
            let largest = shapes
                .entry(part.field.clone())
                .or_insert_with(|| shape.clone());
            if shape > *largest {
                *largest = shape;
            }
        }
    }
    shapes
}

/// The parameters of a model from the `fields` of its files, which are all there and of the right shapes: matrices in
/// `precision`, vectors in 32-bit floats. What is lost of their values is told to `rounding`.
pub(crate) fn into_parameters(
    places: &[Place],
    fields: &BTreeMap<String, Stored>,
    precision: Precision,
    rounding: &Arc<Rounding>,
) -> Vec<PackTensor> {
    let parameter = |place: &Place| {
        let precision = match &place.shape[..] {
            [_, _] => precision,
            _ => Precision::F32,
        };
        let stored: Vec<Stored> = (place.parts.iter())
            .filter_map(|part| fields.get(&part.field).cloned())
            .collect();
        let first = stored.first()?.clone();
        let (name, shape, rounding) = (
            place.parameter.clone(),
            place.shape.clone(),
            Arc::clone(rounding),
        );
        if place.is_field() && first.shape == place.shape {
            let read = move || first.data(precision, &rounding);
            return Some(deferred(name, &shape, precision, read));
        }
        let outputs: Vec<_> = (place.parts.iter())
            .map(|part| part.outputs.clone())
            .collect();
        let (inputs, layout) = (place.inputs(), place.layout);
        let dims = shape.clone();
        let read = move || {
            let parts = stored.iter().zip(&outputs);
            let parts = parts.map(|(stored, outputs)| {
                Ok((stored.data(precision, &rounding)?, outputs.as_slice()))
            });
            let dims = dims.clone();
            match precision {
                Precision::F32 => put_together::<f32>(parts, inputs, layout, dims),
                Precision::F16 => put_together::<f16>(parts, inputs, layout, dims),
                Precision::Bf16 => put_together::<bf16>(parts, inputs, layout, dims),
            }
        };
        Some(deferred(name, &shape, precision, read))
    };
    places.iter().filter_map(parameter).collect()
}

/// A parameter of `shape` from outputs of fields, each field with the ranges that belong to it.
fn put_together<'a, E: Element + Default>(
    parts: impl Iterator<Item = Result<(TensorData, &'a [Range<usize>]), String>>,
    inputs: usize,
    layout: Layout,
    shape: Vec<usize>,
) -> Result<TensorData, String> {
    let mut rows = Vec::new(); // [outputs, inputs]
    for part in parts {
        let (data, outputs) = part?;
        let values = data.as_slice::<E>().map_err(|error| format!("{error:?}"))?;
        for outputs in outputs {
            rows.extend_from_slice(&values[outputs.start * inputs..outputs.end * inputs]);
        }
    }
    let values = match layout {
        Layout::Transposed => transposed(&rows, inputs),
        _ => rows,
    };
    Ok(TensorData::new(values, shape))
}

/// The fields of a model's files from its parameters, by name.
pub(crate) fn into_fields(model: &Transformer) -> Vec<PackTensor> {
    let tensors = model.collect(None, None, false).into_iter();
    let mut tensors: BTreeMap<String, PackTensor> = tensors
        .map(|tensor| (tensor.name.clone(), tensor))
        .collect();
    let places = places(model);
    let shapes = fields(&places);
    let mut whole = BTreeMap::new();
    let mut pieces: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
    for place in &places {
        let Some(mut tensor) = tensors.remove(&place.parameter) else {
            continue; // every parameter is collected
        };
        if place.is_field() && shapes[&place.parts[0].field] == place.shape {
            tensor.name.clone_from(&place.parts[0].field);
            whole.insert(tensor.name.clone(), widened(tensor));
            continue;
        }
        let mut first = 0;
        for part in &place.parts {
            pieces.entry(part.field.clone()).or_default().push(Piece {
                tensor: tensor.clone(),
                layout: place.layout,
                inputs: place.inputs(),
                first,
                to: part.outputs.clone(),
            });
            first += part.outputs.iter().map(Range::len).sum::<usize>();
        }
    }
    for (field, pieces) in pieces {
        let shape = shapes[&field].clone();
        let (name, dims) = (field.clone(), shape.clone().into());
        let tensor = bridge::deferred(name, DType::F32, dims, None, move || {
            let mut values = vec![0.0; shape.iter().product()];
            for piece in &pieces {
                piece.write(&mut values)?;
            }
            Ok(TensorData::new(values, shape.clone()))
        });
        whole.insert(field, tensor);
    }
    whole.into_values().collect()
}

/// A tensor in 32-bit floats, widened when its values are asked for.
fn widened(tensor: PackTensor) -> PackTensor {
    if tensor.dtype == DType::F32 {
        return tensor;
    }
    let (name, dims) = (tensor.name.clone(), tensor.shape.clone());
    bridge::deferred(name, DType::F32, dims, None, move || {
        Ok(bridge::to_data(&tensor)?.convert::<f32>())
    })
}

/// Outputs of a parameter that go into a field.
struct Piece {
    tensor: PackTensor,
    layout: Layout,
    inputs: usize,
    /// The first of them in the parameter.
    first: usize,
    to: Vec<Range<usize>>,
}

impl Piece {
    fn write(&self, field: &mut [f32]) -> Result<(), burn_store::burn_pack::Error> {
        let data = bridge::to_data(&self.tensor)?.convert::<f32>();
        let values = data
            .as_slice::<f32>()
            .map_err(|error| burn_store::burn_pack::Error::ValidationError(format!("{error:?}")))?;
        let inputs = self.inputs;
        let rows = match self.layout {
            Layout::Transposed => transposed(values, values.len() / inputs.max(1)),
            _ => values.to_vec(),
        }; // [outputs, inputs]
        let mut from = &rows[self.first * inputs..];
        for to in &self.to {
            let (part, rest) = from.split_at(to.len() * inputs);
            field[to.start * inputs..to.end * inputs].copy_from_slice(part);
            from = rest;
        }
        Ok(())
    }
}

/// `[rows, width]` as `[width, rows]`.
fn transposed<E: Copy + Default + Send + Sync>(values: &[E], width: usize) -> Vec<E> {
    /// Columns that are read together, so that each line of memory is read few times.
    const TOGETHER: usize = 16;
    let rows = values.len() / width.max(1);
    let mut turned = vec![E::default(); values.len()];
    let blocks = turned.par_chunks_mut((TOGETHER * rows).max(1)).enumerate();
    blocks.for_each(|(block, columns)| {
        for (row, values) in values.chunks_exact(width.max(1)).enumerate() {
            for (column, &value) in values[block * TOGETHER..].iter().take(TOGETHER).enumerate() {
                columns[column * rows + row] = value;
            }
        }
    });
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_transposed_and_back() {
        let (rows, width) = (37, 53);
        let values: Vec<f32> = (0..rows * width).map(|i| i as f32).collect();
        let turned = transposed(&values, width);
        assert_eq!(turned[5 * rows + 7], values[7 * width + 5]);
        assert_eq!(transposed(&turned, rows), values);
    }
}
