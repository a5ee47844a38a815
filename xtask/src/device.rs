//! Which device a run takes, and why.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use anyhow::{Result, bail};
use burn::tensor::wgpu::{WgpuInitError, WgpuSetup, wgpu};
use burn::tensor::{Device, DeviceKind};
use clap::ValueEnum;
use counterpoise_study::{ChosenDevice, DeviceRecord};

use crate::progress;

/// What `--device` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceChoice {
    /// A GPU if there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU, or a software rasteriser if that is all there is.
    Gpu,
}

/// Kinds of adapter that are real hardware, best first.
const HARDWARE: [(wgpu::DeviceType, DeviceKind); 3] = [
    (wgpu::DeviceType::DiscreteGpu, DeviceKind::DiscreteGpu(0)),
    (
        wgpu::DeviceType::IntegratedGpu,
        DeviceKind::IntegratedGpu(0),
    ),
    (wgpu::DeviceType::VirtualGpu, DeviceKind::VirtualGpu(0)),
];

impl DeviceChoice {
    /// Opens the device and says on standard error which one it is.
    ///
    /// `auto` never takes a software rasteriser such as llvmpipe: the CPU backend is faster.
    ///
    /// # Errors
    /// `gpu` was asked for and no adapter can be opened.
    pub(crate) fn take(self) -> Result<ChosenDevice> {
        let taken = match self {
            Self::Cpu => cpu("`--device cpu` asks for it".to_owned()),
            Self::Auto => match hardware() {
                Ok(gpu) => because(gpu, "`--device auto` found a GPU"),
                Err(reason) => cpu(format!("`--device auto` found no GPU: {reason}")),
            },
            Self::Gpu => gpu()?,
        };
        progress::line(&format!(
            "device: {}; {}",
            taken.record.name, taken.record.why
        ));
        Ok(taken)
    }
}

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
    if let Ok(gpu) = hardware() {
        return Ok(because(gpu, "`--device gpu` asks for it"));
    }
    match open(&DeviceKind::DefaultDevice) {
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

/// The best hardware adapter, opened, or why there is none.
fn hardware() -> Result<ChosenDevice, String> {
    let present = adapter_types();
    let kind = (HARDWARE.iter()).find(|(hardware, _)| present.contains(hardware));
    match kind {
        Some((_, kind)) => open(kind).map_err(|error| error.to_string()),
        None if present.is_empty() => Err("no graphics adapter is here".to_owned()),
        None => Err("no graphics adapter here is hardware".to_owned()),
    }
}

/// What Vulkan, Metal or Direct3D has here. OpenGL is not asked: it adds no GPU that computes well,
/// and where there is no desktop its drivers print errors.
fn adapter_types() -> Vec<wgpu::DeviceType> {
    let backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let listing = pin!(instance.enumerate_adapters(backends));
    // Outside a browser the list is ready at once.
    match listing.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(adapters) => (adapters.iter())
            .map(|adapter| adapter.get_info().device_type)
            .collect(),
        Poll::Pending => Vec::new(),
    }
}

fn open(kind: &DeviceKind) -> Result<ChosenDevice, WgpuInitError> {
    let options = Device::wgpu_options().device_kind(kind.clone());
    let (device, WgpuSetup { adapter, .. }) = options.init_with_setup()?;
    let info = adapter.get_info();
    let software = match info.device_type {
        wgpu::DeviceType::Cpu => ", in software",
        _ => "",
    };
    Ok(ChosenDevice {
        record: DeviceRecord {
            name: format!("wgpu ({} on {:?}{software})", info.name, info.backend),
            why: String::new(),
        },
        device,
    })
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
