//! Everything that a run's results follow from.

use std::num::NonZeroUsize;

use counterpoise_eval::Protocol;
use serde::{Deserialize, Serialize};

use super::{Inputs, RunOptions};
use crate::error::{Context, Result};
use crate::hashing::{hash_file, hash_text};
use crate::row::RowPlan;

/// Everything that a run's results follow from. Parts of a run that differs in any of it are not used.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// SHA-256 of the program that runs.
    pub(super) program: String,
    /// SHA-256 of every file it reads, the study's among them.
    pub(super) inputs: Vec<String>,
    pub(super) limit: Option<NonZeroUsize>,
    pub(super) rows: RowPlan,
    pub(super) device: String,
    /// What products are computed by, on a CPU.
    #[serde(default)]
    pub(super) processor: String,
    #[serde(default)]
    pub(super) protocol: Protocol,
}

/// Instruction sets that the CPU's kernels choose between: another choice rounds otherwise.
pub(super) fn processor() -> String {
    #[cfg(target_arch = "x86_64")]
    let sets = [
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let sets: [(&str, bool); 0] = [];
    let present = sets.iter().filter(|(_, present)| *present);
    let names = present.map(|(name, _)| *name);
    std::iter::once(std::env::consts::ARCH)
        .chain(names)
        .collect::<Vec<_>>()
        .join(" ")
}

impl Identity {
    /// The identity of a run by this program.
    ///
    /// # Errors
    /// A program that cannot be read.
    pub(super) fn of(inputs: &Inputs, options: &RunOptions, protocol: Protocol) -> Result<Self> {
        let program = std::env::current_exe().context("the program that runs cannot be found")?;
        let hashes = inputs.hashes.iter().map(|file| file.sha256.clone());
        Ok(Self {
            program: hash_file("program", &program, &mut |_| {})?.sha256,
            inputs: hashes.collect(),
            limit: options.limit,
            rows: options.plan,
            device: options.device.record.name.clone(),
            processor: processor(),
            protocol,
        })
    }

    /// The hash that stands in every part of the run.
    pub(super) fn hash(&self) -> Result<String> {
        Ok(hash_text(&serde_json::to_string(self)?))
    }

    /// What differs from `other`, in words.
    pub(super) fn differs_in(&self, other: &Self) -> String {
        let same = [
            ("program", self.program == other.program),
            ("study or input", self.inputs == other.inputs),
            ("limit", self.limit == other.limit),
            ("choice of parts", self.rows == other.rows),
            ("device", self.device == other.device),
            ("processor", self.processor == other.processor),
            ("protocol", self.protocol == other.protocol),
        ];
        let differ = same.iter().filter(|(_, same)| !same);
        differ.map(|(what, _)| *what).collect::<Vec<_>>().join(", ")
    }
}
