//! Which device a run takes, and why.

#[cfg_attr(feature = "gpu", path = "gpu.rs")]
#[cfg_attr(not(feature = "gpu"), path = "no_gpu.rs")]
mod gpu;

use anyhow::{Result, bail};
use burn::tensor::Device;
use clap::ValueEnum;
use counterpoise_study::{ChosenDevice, DeviceRecord};

use crate::progress;

/// What `--device` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DeviceChoice {
    /// A GPU if there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU, or a software rasteriser if that is all there is.
    Gpu,
}

impl DeviceChoice {
    /// Opens the device and says on standard error which one it is.
    ///
    /// `auto` never takes a software rasteriser such as llvmpipe: the CPU backend is faster.
    ///
    /// # Errors
    /// `gpu` was asked for and no adapter can be opened.
    pub fn take(self) -> Result<ChosenDevice> {
        let taken = self.open()?;
        progress::line(&format!(
            "device: {}; {}",
            taken.record.name, taken.record.why
        ));
        Ok(taken)
    }

    /// [`Self::take`], when it is called.
    pub(crate) fn on_demand(self) -> impl FnMut() -> Result<Device> {
        move || Ok(self.take()?.device)
    }

    /// [`Self::take`] without a word, for commands that may not need the device.
    ///
    /// # Errors
    /// As for [`Self::take`].
    pub fn open(self) -> Result<ChosenDevice> {
        Ok(match self {
            Self::Cpu => cpu("`--device cpu` asks for it".to_owned()),
            Self::Auto => match gpu::hardware() {
                Ok(gpu) => because(gpu, "`--device auto` found a GPU"),
                Err(reason) => cpu(format!("`--device auto` found no GPU: {reason}")),
            },
            Self::Gpu => gpu()?,
        })
    }
}

/// Gives the device when it is needed, which is after the input is known to be good.
pub(crate) type OnDemand<'a> = &'a mut dyn FnMut() -> Result<Device>;

fn cpu(why: String) -> ChosenDevice {
    ChosenDevice {
        record: DeviceRecord {
            name: "flex (CPU)".to_owned(),
            why,
        },
        device: Device::flex(),
    }
}

/// The same device, and why it was chosen.
fn because(mut device: ChosenDevice, why: &str) -> ChosenDevice {
    why.clone_into(&mut device.record.why);
    device
}

fn gpu() -> Result<ChosenDevice> {
    if let Ok(gpu) = gpu::hardware() {
        return Ok(because(gpu, "`--device gpu` asks for it"));
    }
    match gpu::any() {
        Ok(adapter) => Ok(because(
            adapter,
            "`--device gpu` asks for it; no hardware GPU answered",
        )),
        Err(reason) => bail!(
            "`--device gpu` found no graphics adapter: {reason}; install a driver (on Linux, Mesa's \
             Vulkan drivers include a software one), or use `--device cpu`"
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_cpu_is_always_there() {
        let taken = DeviceChoice::Cpu.take().unwrap();
        assert_eq!(taken.device, Device::flex());
        assert!(taken.record.why.contains("asks for it"));
    }

    #[test]
    fn auto_always_takes_something_and_says_why() {
        let taken = DeviceChoice::Auto.take().unwrap();
        assert!(taken.record.why.contains("auto"), "{}", taken.record.why);
        assert!(
            !taken.record.name.contains("software"),
            "{}",
            taken.record.name
        );
    }
}
