//! The arguments of every command.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use counterpoise_model::Precision;
use counterpoise_study::Shard;

use crate::bench::BenchArgs;
use crate::commands::score::ScoreArgs;
use crate::device::DeviceChoice;
use crate::doctor::DoctorArgs;
#[cfg(feature = "hub")]
use crate::fetch::FetchArgs;
use crate::fitting::FitCommand;
use crate::init::InitArgs;
use crate::making::MakeCommand;
use crate::submit::SubmitArgs;
use crate::training::TrainCommand;

/// Runs counterpoise studies, whole or in parts.
#[derive(Debug, Parser)]
#[command(name = "counterpoise", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a study: tables, figures, neuron table and claims. One that was interrupted resumes.
    Replicate(ReplicateArgs),
    /// Put the shares of a study together that `replicate --shard` made: the same results, byte for byte.
    Merge(RunArgs),
    /// Hand a study in shares to an engine: processes here, HyperQueue or Slurm.
    Submit(SubmitArgs),
    /// Measure every neuron of a model pair and write the neuron table.
    Neurons(NeuronsArgs),
    /// Continue prompts and write the continuations.
    Generate(GenerateArgs),
    /// Measure a model's perplexity on a text.
    Perplexity(PerplexityArgs),
    /// Measure the F1 of a model's continuations against gold texts.
    F1(F1Args),
    /// Time the steps of a study on its base model: tokens and GFLOP per second, peak memory.
    Bench(BenchArgs),
    /// Download the files of a study that can be, and say how to come by the rest.
    #[cfg(feature = "hub")]
    Fetch(FetchArgs),
    /// List every file that a study needs: found, missing, wrong.
    Doctor(DoctorArgs),
    /// Make the tables, claims and figures of a finished run again, without a model.
    Render(RenderArgs),
    /// Score the continuations of a finished run again, without a model, or export them for a scorer elsewhere.
    Score(ScoreArgs),
    /// Compare a finished run with the published figures; fails unless every one is within its band.
    Verify(VerifyArgs),
    /// Fit a toxicity probe or scorer, or tune a model with DPO.
    #[command(subcommand)]
    Train(TrainCommand),
    /// Make preference pairs for DPO of any text, by steering a model, or all of what a study's tuned model takes.
    #[command(subcommand)]
    Make(MakeCommand),
    /// Find what edits need in labelled texts: directions of preference pairs, neurons that tell comments apart.
    #[command(subcommand)]
    Fit(FitCommand),
    /// Write a study that comes with this program into studies/ of the current folder.
    Init(InitArgs),
}

/// `replicate`
#[derive(Debug, Args)]
pub struct ReplicateArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Make one of N equal shares of a stage, counted from 0, beside other processes that make theirs; then `merge`.
    #[arg(long, value_name = "I/N", requires = "stage")]
    pub(crate) shard: Option<Shard>,
    /// What to make a share of: measure (both models), or rows, when both are measured.
    #[arg(long, value_enum, requires = "shard")]
    pub(crate) stage: Option<StageChoice>,
}

/// What `--stage` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StageChoice {
    /// Measure both models.
    Measure,
    /// Run the rows, and what else follows from both models.
    Rows,
}

/// Which study is run, and how.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// A study in studies/, here or above, by its name, or a study file.
    #[arg(long, value_name = "NAME|FILE", default_value = "small")]
    pub(crate) study: String,
    /// Do these parts only: tables and claims, figures, or the neuron table alone.
    #[arg(long, value_delimiter = ',', value_name = "PART,...")]
    pub(crate) only: Vec<Part>,
    /// Use the first N challenge prompts and the first N F1 samples; the text stays whole.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroUsize>,
    /// Where the results go; out/<study> beside studies/ unless given.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Where the model runs.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) device: DeviceChoice,
    /// Say nothing but errors.
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// A part of a study's results. Each needs the neuron table, which is always written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Both tables, the generations they score, and the claims.
    Tables,
    /// The figures.
    Figures,
    /// The neuron table.
    Neurons,
}

/// `render`
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// The run's folder, such as out/mini.
    #[arg(long, value_name = "DIR")]
    pub(crate) run: PathBuf,
    /// Another finished run, which report.html then compares it with.
    #[arg(long, value_name = "DIR")]
    pub(crate) against: Option<PathBuf>,
}

/// `verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The run's folder, such as out/gpt2-medium; verify.md is written there.
    #[arg(long, value_name = "DIR")]
    pub(crate) run: PathBuf,
    /// The published figures; those of the study's model unless given.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) published: Option<PathBuf>,
}

/// `neurons`
#[derive(Debug, Args)]
pub struct NeuronsArgs {
    /// The base model's folder: config.json, tokenizer.json and weights.
    #[arg(long, value_name = "DIR")]
    pub(crate) base: PathBuf,
    /// The tuned model: a folder, or one weight file (.safetensors, .pt, .bin).
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) tuned: PathBuf,
    #[command(flatten)]
    pub(crate) weights: WeightArgs,
    /// The toxicity probe: one float tensor, in .safetensors or .pt.
    #[arg(long, value_name = "FILE")]
    pub(crate) probe: PathBuf,
    /// Challenge prompts, one JSON object with `prompt` a line.
    #[arg(long, value_name = "JSONL")]
    pub(crate) prompts: PathBuf,
    /// The neuron table to write: .csv or .parquet.
    #[arg(long, value_name = "CSV")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) decoding: DecodingArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// `generate`
#[derive(Debug, Args)]
pub struct GenerateArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// Prompts, one JSON object with `prompt` a line.
    #[arg(long, value_name = "JSONL")]
    pub(crate) prompts: PathBuf,
    /// Rows of `prompt`, `tokens` (the new ones) and `text` to write.
    #[arg(long, value_name = "JSONL")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) decoding: DecodingArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// `perplexity`
#[derive(Debug, Args)]
pub struct PerplexityArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// The text, tokenised as a whole.
    #[arg(long, value_name = "FILE")]
    pub(crate) text: PathBuf,
    /// Tokens per window; 1,024, or all of the model's positions if fewer, unless given.
    #[arg(long, value_name = "TOKENS")]
    pub(crate) window: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// `f1`
#[derive(Debug, Args)]
pub struct F1Args {
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// Samples, one JSON object with `prompt` and `gold` a line.
    #[arg(long, value_name = "JSONL")]
    pub(crate) prompts: PathBuf,
    #[command(flatten)]
    pub(crate) decoding: DecodingArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// A model, and what is done to it first.
#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    /// The model's folder: config.json, tokenizer.json and weights.
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// Run a tuned version of it instead: a folder, or one weight file.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) weights: WeightArgs,
    /// Interventions to apply: the [[intervention]] tables of a study.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) edit: Option<PathBuf>,
    /// The neuron table (.csv or .parquet) that interventions select from; wins over the edit file's.
    #[arg(long, value_name = "CSV", requires = "edit")]
    pub(crate) neurons: Option<PathBuf>,
}

/// How weights are held.
#[derive(Clone, Copy, Debug, Args)]
pub struct WeightArgs {
    /// What weight matrices are kept in, on the CPU: f32, or f16 or bf16 for half the memory; computing is in f32.
    #[arg(long, value_name = "f32|f16|bf16", default_value_t)]
    pub dtype: Precision,
}

/// How prompts are continued.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct DecodingArgs {
    /// Tokens of a prompt that are read, from its start; a beginning token of the tokenizer stands on top.
    #[arg(long, value_name = "N", default_value = "32")]
    pub(crate) max_prompt_tokens: NonZeroUsize,
    /// New tokens per prompt.
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) max_new_tokens: NonZeroUsize,
}

/// What every single command has.
#[derive(Clone, Copy, Debug, Args)]
pub struct CommonArgs {
    /// Where the model runs.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) device: DeviceChoice,
    /// Use the first N prompts, samples, windows, pairs or comments only.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroUsize>,
    /// Prompts (128 unless given, or as many as 1.5 GiB of cached keys and values serve), windows (those in 1,024 tokens), comments or texts of pairs (64) run together;
    /// changes the speed, never a result.
    #[arg(long, value_name = "N")]
    pub(crate) batch_size: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// How results are told.
#[derive(Clone, Copy, Debug, Args)]
pub struct OutputArgs {
    /// Print one JSON line of results on standard output, and nothing else there.
    #[arg(long)]
    pub(crate) json: bool,
}

impl CommonArgs {
    /// The limit as a number.
    pub(crate) fn limit(self) -> Option<usize> {
        self.limit.map(NonZeroUsize::get)
    }
}

impl DecodingArgs {
    /// The sizes for a run.
    pub(crate) fn sizes(self, common: CommonArgs) -> counterpoise_eval::DecodingSizes {
        counterpoise_eval::DecodingSizes {
            max_prompt_tokens: self.max_prompt_tokens.get(),
            max_new_tokens: self.max_new_tokens.get(),
            batch_size: common.batch_size,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn parts_are_separated_by_commas() {
        let line = [
            "xtask",
            "replicate",
            "--only",
            "tables,neurons",
            "--limit",
            "3",
        ];
        let Command::Replicate(args) = Cli::try_parse_from(line).unwrap().command else {
            unreachable!("replicate was asked for");
        };
        assert_eq!(args.run.only, [Part::Tables, Part::Neurons]);
        assert_eq!(args.run.limit.map(NonZeroUsize::get), Some(3));
        assert_eq!(args.run.device, DeviceChoice::Auto);
    }

    #[test]
    fn nothing_is_run_on_no_prompts() {
        for zero in ["--limit", "--batch-size", "--max-new-tokens"] {
            let line = ["xtask", "f1", "--model", "m", "--prompts", "p", zero, "0"];
            assert!(Cli::try_parse_from(line).is_err(), "{zero}");
        }
    }
}
