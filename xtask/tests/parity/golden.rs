//! A set of golden files with the models and inputs they were made from.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use burn::tensor::Device;
use counterpoise_data::{read_prompts, read_samples, read_text};
use counterpoise_groups::NeuronTable;
use counterpoise_model::{Decoding, LastToken, Tokenizer, Transformer, load};
use counterpoise_probe::Probe;
use counterpoise_study::{MeasuredModel, Silent, measure};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::expected::{Expected, SampleTokens, Which};

/// A pair of models, its inputs, and what `transformers` gives for them.
pub(crate) struct Golden {
    /// The folder of the golden files.
    pub(crate) folder: PathBuf,
    pub(crate) expected: Expected,
    /// The texts of the perplexities, by name.
    pub(crate) texts: BTreeMap<String, Vec<u32>>,
    inputs: Inputs,
    models: [PathBuf; 2],
    probe: PathBuf,
    measured: OnceLock<Pair>,
}

/// Both models of a pair, measured, and the table of them.
pub(crate) struct Pair {
    pub(crate) base: MeasuredModel,
    pub(crate) tuned: MeasuredModel,
    pub(crate) table: NeuronTable,
}

impl Pair {
    /// Measures them with the function that a study uses.
    fn measure(golden: &Golden) -> Self {
        /// Prompts per batch: each batch holds prompts of several lengths.
        const BATCH: usize = 16;
        let tokenizer = tokenizer();
        let [base, tuned] = [Which::Base, Which::Tuned].map(|which| {
            let model = golden.model(which, &Device::flex());
            measure(
                "measured",
                &model,
                &tokenizer,
                &golden.prompts(),
                &golden.decoding(BATCH),
                &golden.probe(),
                &mut Silent,
            )
            .unwrap()
        });
        let table = NeuronTable::new(&base.neurons, &tuned.neurons).unwrap();
        Self { base, tuned, table }
    }

    pub(crate) fn of(&self, which: Which) -> &MeasuredModel {
        match which {
            Which::Base => &self.base,
            Which::Tuned => &self.tuned,
        }
    }
}

/// What the golden files were made from, read here anew.
struct Inputs {
    hook_prompt: Vec<u32>,
    /// Whole, however long.
    prompts: Vec<Vec<u32>>,
    samples: Vec<SampleTokens>,
}

/// The random pairs have no tokenizer; this one has a text for each of their tokens.
pub(crate) fn tokenizer() -> Tokenizer {
    Tokenizer::read(&fixtures().join("mini/base")).unwrap()
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn read_json<T: DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; fixtures/golden/README.md says how to make it",
            path.display()
        )
    });
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Golden {
    /// The random pair, whose inputs are token ids.
    pub(crate) fn random() -> &'static Self {
        static GOLDEN: OnceLock<Golden> = OnceLock::new();
        GOLDEN.get_or_init(|| Self::of_tokens(fixtures().join("golden/random")))
    }

    /// The random pair of a family.
    pub(crate) fn family(name: &'static str) -> &'static Self {
        static GOLDEN: Mutex<BTreeMap<&str, &Golden>> = Mutex::new(BTreeMap::new());
        let mut golden = GOLDEN.lock().unwrap();
        golden.entry(name).or_insert_with(|| {
            let folder = fixtures().join("golden/families").join(name);
            Box::leak(Box::new(Self::of_tokens(folder)))
        })
    }

    /// A pair whose inputs are token ids.
    fn of_tokens(folder: PathBuf) -> Self {
        /// `cases.json`.
        #[derive(Deserialize)]
        struct Cases {
            hook_prompt: Vec<u32>,
            prompts: Vec<Vec<u32>>,
            samples: Vec<SampleTokens>,
            text: Vec<u32>,
            text_with_single_token_window: Vec<u32>,
        }
        let cases: Cases = read_json(&folder.join("cases.json"));
        let single = "text_with_single_token_window";
        Self {
            expected: read_json(&folder.join("expected.json")),
            texts: [
                ("text", cases.text),
                (single, cases.text_with_single_token_window),
            ]
            .map(|(name, text)| (name.to_owned(), text))
            .into(),
            inputs: Inputs {
                hook_prompt: cases.hook_prompt,
                prompts: cases.prompts,
                samples: cases.samples,
            },
            models: [folder.clone(), folder.join("tuned")],
            probe: folder.join("probe.safetensors"),
            measured: OnceLock::new(),
            folder,
        }
    }

    /// The miniature pair, whose inputs are texts, tokenised here.
    pub(crate) fn mini() -> &'static Self {
        static GOLDEN: OnceLock<Golden> = OnceLock::new();
        GOLDEN.get_or_init(|| {
            let (mini, folder) = (fixtures().join("mini"), fixtures().join("golden/mini"));
            let expected: Expected = read_json(&folder.join("expected.json"));
            let tokenizer = Tokenizer::read(&mini.join("base")).unwrap();
            let encode = |text: &str| tokenizer.encode(text).unwrap();
            let text = encode(&read_text(&mini.join("text.txt")).unwrap());
            let prompts = read_prompts(&mini.join("prompts.jsonl")).unwrap().prompts;
            let samples = read_samples(&mini.join("wiki.jsonl")).unwrap();
            Self {
                inputs: Inputs {
                    hook_prompt: text[..expected.hook_prompt.len()].to_vec(),
                    prompts: prompts.iter().map(|row| encode(&row.prompt)).collect(),
                    samples: samples[..expected.samples.len()]
                        .iter()
                        .map(|row| SampleTokens {
                            prompt: encode(&row.prompt),
                            gold: encode(&row.gold),
                        })
                        .collect(),
                },
                texts: [("text".to_owned(), text)].into(),
                models: ["base", "dpo"].map(|name| mini.join(name)),
                probe: mini.join("probe.safetensors"),
                measured: OnceLock::new(),
                expected,
                folder,
            }
        })
    }

    pub(crate) fn model(&self, which: Which, device: &Device) -> Transformer {
        load(&self.models[which as usize], device).unwrap().model
    }

    pub(crate) fn probe(&self) -> Probe {
        let width = self.model(Which::Base, &Device::flex()).d_model();
        Probe::load(&self.probe, width).unwrap()
    }

    /// The prompts, cut as a model reads them.
    pub(crate) fn prompts(&self) -> Vec<Vec<u32>> {
        let limit = self.expected.decoding.max_prompt_tokens;
        let cut = |prompt: &Vec<u32>| prompt[..prompt.len().min(limit)].to_vec();
        self.inputs.prompts.iter().map(cut).collect()
    }

    pub(crate) fn samples(&self) -> &[SampleTokens] {
        &self.inputs.samples
    }

    /// The golden files' decoding, `batch_size` prompts at a time, the last token fed.
    pub(crate) fn decoding(&self, batch_size: usize) -> Decoding {
        let limits = &self.expected.decoding;
        Decoding {
            max_new_tokens: limits.max_new_tokens,
            batch_size: NonZeroUsize::new(batch_size),
            stop: limits.stop.into(),
            last_token: LastToken::Fed,
            ..Decoding::default()
        }
    }

    /// Both models measured on the prompts, on the CPU, once for all tests.
    pub(crate) fn measured(&self) -> &Pair {
        self.measured.get_or_init(|| Pair::measure(self))
    }
}

/// What is read here is what the golden files were made from, token by token.
pub(crate) fn check_inputs(golden: &Golden) {
    let (inputs, expected) = (&golden.inputs, &golden.expected);
    let limit = expected.decoding.max_prompt_tokens;
    let cut = |prompt: &Vec<u32>| prompt[..prompt.len().min(limit)].to_vec();
    assert_eq!(inputs.hook_prompt, expected.hook_prompt);
    assert_eq!(golden.prompts(), expected.prompts);
    assert_eq!(inputs.samples.len(), expected.samples.len());
    for (read, expected) in inputs.samples.iter().zip(&expected.samples) {
        assert_eq!(cut(&read.prompt), expected.prompt);
        assert_eq!(read.gold, expected.gold);
    }
    for values in expected.models.values() {
        for (name, perplexity) in &values.perplexity {
            assert_eq!(golden.texts[name].len(), perplexity.tokens, "{name}");
        }
    }
}
