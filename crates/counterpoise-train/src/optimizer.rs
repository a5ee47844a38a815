//! Optimizers as they are needed here: RMSprop that keeps one tensor per parameter, and state that
//! a checkpoint puts back on the model's own device.

use burn::module::ParamGroup;
use burn::optim::{
    CenteredState, DynOptimizer, DynState, LearningRate, ModuleOptimizer, Optimizer, RecordState,
    RmsProp, RmsPropConfig, RmsPropState, SquareAvgState, StateSink, StateSource,
};
use burn::tensor::kind::BridgeTensor;
use burn::tensor::{Device, Tensor};

/// `torch.optim.RMSprop` with its defaults, for a model on `device`.
pub(crate) fn rms_prop(device: &Device) -> ModuleOptimizer {
    let burns = RmsPropConfig::new()
        .with_alpha(0.99)
        .with_epsilon(1e-8)
        .with_momentum(0.0)
        .with_centered(false)
        .build();
    on_device(Uncentred(burns), device)
}

/// `optimizer` for all parameters of a model on `device`.
pub(crate) fn on_device<O: Optimizer>(optimizer: O, device: &Device) -> ModuleOptimizer {
    let located = OnDevice::new(optimizer.clone(), device);
    ModuleOptimizer::from(optimizer).with_group(ParamGroup::all(), located, None)
}

/// An optimizer whose saved state is read back onto a device of its own.
///
/// burn reads it onto the default device, which is a GPU where one is compiled in: memory that may
/// not be there, and a device that nobody asked for.
pub(crate) struct OnDevice<O> {
    optimizer: O,
    device: Device,
}

impl<O: Optimizer> OnDevice<O> {
    pub(crate) fn new(optimizer: O, device: &Device) -> Self {
        Self {
            optimizer,
            device: device.clone(),
        }
    }
}

impl<O: Optimizer> DynOptimizer for OnDevice<O> {
    fn step_dyn(
        &self,
        rank: usize,
        rate: LearningRate,
        tensor: BridgeTensor,
        gradient: BridgeTensor,
        state: Option<DynState>,
    ) -> (BridgeTensor, Option<DynState>) {
        self.optimizer.step_dyn(rank, rate, tensor, gradient, state)
    }

    fn to_device_dyn(&self, state: DynState, device: &Device) -> DynState {
        self.optimizer.to_device_dyn(state, device)
    }

    fn state_flatten(&self, prefix: &str, state: &DynState, out: &mut StateSink) {
        DynOptimizer::state_flatten(&self.optimizer, prefix, state, out);
    }

    fn state_unflatten(
        &self,
        rank: usize,
        prefix: &str,
        source: &mut StateSource,
        _default: &Device,
    ) -> Option<DynState> {
        DynOptimizer::state_unflatten(&self.optimizer, rank, prefix, source, &self.device)
    }
}

/// burn's RMSprop without centring and momentum, by burn's arithmetic.
///
/// burn's own state names the one tensor twice: saved, it would take twice the disk, and read back,
/// twice the memory.
#[derive(Clone)]
struct Uncentred(RmsProp);

/// The running mean of squared gradients of one parameter.
#[derive(Clone)]
struct SquareAverage<const D: usize> {
    square_avg: Tensor<D>,
}

impl Optimizer for Uncentred {
    type State<const D: usize> = SquareAverage<D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let burns = state.map(|SquareAverage { square_avg }| {
            let centred = CenteredState::new(None, square_avg.clone());
            RmsPropState::new(SquareAvgState::new(square_avg), centred, None)
        });
        let (tensor, state) = self.0.step(rate, tensor, gradient, burns);
        let ours = state.map(|state| SquareAverage {
            square_avg: state.square_avg.square_avg,
        });
        (tensor, ours)
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        SquareAverage {
            square_avg: state.square_avg.to_device(device),
        }
    }
}

/// What the tensor is called in a checkpoint.
const SQUARE_AVERAGE: &str = "square_avg";

impl<const D: usize> RecordState for SquareAverage<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        out.push_tensor(prefix, SQUARE_AVERAGE, self.square_avg.to_data());
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, device: &Device) -> Option<Self> {
        let data = source.take_tensor(prefix, SQUARE_AVERAGE)?;
        Some(Self {
            square_avg: Tensor::from_data(data, device),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::module::{Module, Param};
    use burn::optim::GradientsParams;

    use super::*;

    #[derive(Module, Debug)]
    struct One {
        weight: Param<Tensor<1>>,
    }

    fn steps(mut optimizer: ModuleOptimizer, mut one: One) -> Vec<f32> {
        for gradient in [[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]] {
            let mut gradients = GradientsParams::new();
            let gradient = Tensor::<1>::from_floats(gradient, &Device::flex());
            gradients.register(one.weight.id, gradient);
            one = optimizer.step(0.01, one, gradients);
        }
        one.weight.val().try_into_vec_as().unwrap()
    }

    fn one() -> One {
        let device = Device::flex().autodiff();
        One {
            weight: Param::from_tensor(Tensor::from_floats([3.0, 4.0], &device)),
        }
    }

    #[test]
    fn steps_are_those_of_burns_rms_prop() {
        let config = RmsPropConfig::new().with_epsilon(1e-8).with_momentum(0.0);
        let one = one();
        let expected = steps(config.init(), one.clone());
        assert_eq!(steps(rms_prop(&Device::flex()), one), expected);
    }

    #[test]
    fn saved_state_is_one_tensor_and_comes_back_on_the_device_of_the_model() {
        let (plain, default) = (Device::flex(), Device::flex().autodiff());
        let square_avg = Tensor::<1>::from_floats([0.5, 2.0], &plain);
        let optimizer = OnDevice::new(Uncentred(RmsPropConfig::new().build()), &plain);
        let state = DynState::create(SquareAverage { square_avg }, 1);
        let mut saved = StateSink::default();
        optimizer.state_flatten("1", &state, &mut saved);
        assert_eq!(saved.tensors.len(), 1);
        let mut source = StateSource::default();
        for (name, data) in saved.tensors {
            source.insert_tensor(name, data);
        }
        let read = optimizer.state_unflatten(1, "1", &mut source, &default);
        let SquareAverage { square_avg } = read.unwrap().downcast::<SquareAverage<1>>();
        assert!(!square_avg.device().is_autodiff());
        assert_eq!(square_avg.try_into_vec_as::<f32>().unwrap(), [0.5, 2.0]);
    }
}
