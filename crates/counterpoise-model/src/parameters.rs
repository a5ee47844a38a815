//! The names and shapes of a model's parameters.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Tensor};

use crate::{Precision, Transformer};

/// The shape of every parameter by name, without drawing values for those that have none yet.
pub(crate) fn shapes(model: &Transformer) -> BTreeMap<String, Vec<usize>> {
    let mut shapes = Shapes::default();
    model.visit(&mut shapes);
    shapes.by_name
}

#[derive(Default)]
struct Shapes {
    /// The fields that lead to where the walk is.
    path: Vec<String>,
    by_name: BTreeMap<String, Vec<usize>>,
}

impl ModuleVisitor for Shapes {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape = param.lazy_shape().to_vec();
        self.by_name.insert(self.path.join("."), shape);
    }
}

/// The fewest bits that any parameter is kept in.
pub(crate) fn precision(model: &Transformer) -> Precision {
    let mut fewest = Fewest::default();
    model.visit(&mut fewest);
    fewest.precision
}

#[derive(Default)]
struct Fewest {
    precision: Precision,
}

impl ModuleVisitor for Fewest {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        match param.val().dtype() {
            DType::F16 => self.precision = Precision::F16,
            DType::BF16 => self.precision = Precision::Bf16,
            _ => {}
        }
    }
}
