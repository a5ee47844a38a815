//! Which device a run takes, and why.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use anyhow::{Result, bail};
use burn::tensor::wgpu::{WgpuInitError, WgpuSetup, wgpu};
use burn::tensor::{Device, DeviceKind};
use clap::ValueEnum;
use serde::Serialize;

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

/// A device, and how it was chosen.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TakenDevice {
    /// The backend and the hardware behind it.
    pub(crate) name: String,
    /// Why this one.
    pub(crate) why: String,
    /// burn's handle.
    #[serde(skip)]
    pub(crate) device: Device,
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
    pub(crate) fn take(self) -> Result<TakenDevice> {
        let taken = match self {
            Self::Cpu => cpu("`--device cpu` asks for it".to_owned()),
            Self::Auto => match hardware() {
                Ok(gpu) => TakenDevice {
                    why: "`--device auto` found a GPU".to_owned(),
                    ..gpu
                },
                Err(reason) => cpu(format!("`--device auto` found no GPU: {reason}")),
            },
            Self::Gpu => gpu()?,
        };
        progress::line(&format!("device: {}; {}", taken.name, taken.why));
        Ok(taken)
    }
}

fn cpu(why: String) -> TakenDevice {
    TakenDevice {
        name: "flex (CPU)".to_owned(),
        why,
        device: Device::flex(),
    }
}

fn gpu() -> Result<TakenDevice> {
    if let Ok(gpu) = hardware() {
        return Ok(TakenDevice {
            why: "`--device gpu` asks for it".to_owned(),
            ..gpu
        });
    }
    match open(&DeviceKind::DefaultDevice) {
        Ok(adapter) => Ok(TakenDevice {
            why: "`--device gpu` asks for it; no hardware GPU answered".to_owned(),
            ..adapter
        }),
        Err(reason) => bail!(
            "`--device gpu` found no graphics adapter: {reason}; install a driver (on Linux, Mesa's \
             Vulkan drivers include a software one), or use `--device cpu`"
        ),
    }
}

/// The best hardware adapter, opened, or why there is none.
fn hardware() -> Result<TakenDevice, String> {
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

fn open(kind: &DeviceKind) -> Result<TakenDevice, WgpuInitError> {
    let options = Device::wgpu_options().device_kind(kind.clone());
    let (device, WgpuSetup { adapter, .. }) = options.init_with_setup()?;
    let info = adapter.get_info();
    let software = match info.device_type {
        wgpu::DeviceType::Cpu => ", in software",
        _ => "",
    };
    Ok(TakenDevice {
        name: format!("wgpu ({} on {:?}{software})", info.name, info.backend),
        why: String::new(),
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
        assert!(taken.why.contains("asks for it"));
    }

    #[test]
    fn auto_always_takes_something_and_says_why() {
        let taken = DeviceChoice::Auto.take().unwrap();
        assert!(taken.why.contains("auto"), "{}", taken.why);
        assert!(!taken.name.contains("software"), "{}", taken.name);
    }
}
