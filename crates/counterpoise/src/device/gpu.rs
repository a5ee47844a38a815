//! GPUs, through wgpu.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use burn::tensor::wgpu::{WgpuInitError, WgpuSetup, wgpu};
use burn::tensor::{Device, DeviceKind};
use counterpoise_study::{ChosenDevice, DeviceRecord};

/// Kinds of adapter that are real hardware, best first.
const HARDWARE: [(wgpu::DeviceType, DeviceKind); 3] = [
    (wgpu::DeviceType::DiscreteGpu, DeviceKind::DiscreteGpu(0)),
    (
        wgpu::DeviceType::IntegratedGpu,
        DeviceKind::IntegratedGpu(0),
    ),
    (wgpu::DeviceType::VirtualGpu, DeviceKind::VirtualGpu(0)),
];

/// The best hardware adapter, opened, or why there is none.
pub(super) fn hardware() -> Result<ChosenDevice, String> {
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

/// Any adapter, a software rasteriser too, or why there is none.
pub(super) fn any() -> Result<ChosenDevice, String> {
    open(&DeviceKind::DefaultDevice).map_err(|error| error.to_string())
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
