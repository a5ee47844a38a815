//! The page in a real browser: used as a reader would, with texts that try to do harm.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use counterpoise_groups::{Group, Measured, Neuron, NeuronId, NeuronShift};
use counterpoise_page::{
    Column, Generations, NeuronTokens, Neurons, Page, PageFigure, Section, TextRow, Values,
};
use counterpoise_report::{ActivationShifts, Figure, NeuronArrows, ShiftPanel, TopActivations};

const COLUMNS: &str = "layer_idx,neuron_idx,pt_projection_value,dpo_projection_value,pt_activation_value,\
                       dpo_activation_value,pt_cossim,dpo_cossim,projection_diff,activation_diff";

/// Texts that would run a script if any of them were read as HTML.
const HARM: [&str; 3] = [
    "<script>window.harm = 1</script>",
    "</script><img src=x onerror=\"window.harm = 2\">",
    "<svg onload='window.harm = 3'> & {{ 7 * 7 }} [a](javascript:window.harm=4)",
];

/// Numbers that look drawn, the same every time: the fraction of multiples of the golden ratio.
fn drawn(number: usize, salt: f64) -> f64 {
    ((number as f64 + salt) * 0.618_033_988_749_894_9 * (1.0 + salt)).fract()
}

fn neuron(layer: usize, neuron: usize, d_mlp: usize) -> Neuron {
    let number = layer * d_mlp + neuron;
    let end = |salt: f64| {
        let (cosine, activation) = (drawn(number, salt) - 0.5, drawn(number, salt + 0.37) - 0.4);
        Measured {
            activation,
            projection: cosine * activation * 1.7,
            cosine,
        }
    };
    let base = end(0.1);
    let moved = |value: f64, salt: f64| value * (0.6 + 0.5 * drawn(number, salt));
    let tuned = Measured {
        activation: moved(base.activation, 0.7),
        projection: moved(base.projection, 0.7),
        cosine: base.cosine,
    };
    Neuron {
        id: NeuronId { layer, neuron },
        base,
        tuned,
    }
}

fn group(neuron: &Neuron) -> Option<Group> {
    if neuron.activation_diff() <= 0.0 {
        return None;
    }
    match (neuron.base.cosine > 0.0, neuron.base.activation >= 0.0) {
        (true, true) => Some(Group::TpMinus),
        (false, false) => Some(Group::AnMinus),
        _ => None,
    }
}

fn csv(neurons: &[Neuron]) -> String {
    let mut text = format!("{COLUMNS}\n");
    for Neuron { id, base, tuned } in neurons {
        let (reduction, change) = (
            base.projection - tuned.projection,
            base.activation - tuned.activation,
        );
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{},{reduction},{change}",
            id.layer,
            id.neuron,
            base.projection,
            tuned.projection,
            base.activation,
            tuned.activation,
            base.cosine,
            tuned.cosine
        );
    }
    text
}

fn columns(neurons: &[Neuron], d_mlp: usize) -> Neurons {
    let number = |name: &str, value: fn(&Neuron) -> f64| Column {
        name: name.to_owned(),
        heading: name.to_owned(),
        values: Values::Numbers(neurons.iter().map(value).collect()),
    };
    let mut order: Vec<usize> = (0..neurons.len()).collect();
    order.sort_by(|a, b| neurons[*b].reduction().total_cmp(&neurons[*a].reduction()));
    let mut ranks = vec![0; neurons.len()];
    for (rank, at) in (0u32..).zip(order) {
        ranks[at] = rank;
    }
    let place = |neuron: &Neuron| match group(neuron) {
        None => 4,
        Some(group) => {
            u8::try_from(Group::ALL.iter().position(|known| *known == group).unwrap()).unwrap()
        }
    };
    let names = Group::ALL.map(|group| group.to_string()).into_iter();
    Neurons {
        d_mlp,
        columns: vec![
            Column {
                name: "rank".to_owned(),
                heading: "Rank".to_owned(),
                values: Values::Counts(ranks),
            },
            Column {
                name: "group".to_owned(),
                heading: "Group".to_owned(),
                values: Values::Names(
                    names.chain(["in no group".to_owned()]).collect(),
                    neurons.iter().map(place).collect(),
                ),
            },
            number("projection_diff", Neuron::reduction),
            number("pt_cossim", |neuron| neuron.base.cosine),
            number("dpo_cossim", |neuron| neuron.tuned.cosine),
            number("pt_activation_value", |neuron| neuron.base.activation),
            number("dpo_activation_value", |neuron| neuron.tuned.activation),
            number("pt_projection_value", |neuron| neuron.base.projection),
            number("dpo_projection_value", |neuron| neuron.tuned.projection),
        ],
        tokens: tokens(neurons.len()),
    }
}

/// Tokens of a vocabulary.
const VOCABULARY: usize = 50_257;

/// Five tokens of all neurons but each seventh, drawn from everywhere in a vocabulary, which compresses worst.
fn tokens(neurons: usize) -> NeuronTokens {
    let id = |number: usize| (drawn(number, 0.3) * VOCABULARY as f64) as u32;
    let at: Vec<u32> = (0..neurons as u32).filter(|at| at % 7 != 3).collect();
    let ids: Vec<u32> = (at.iter())
        .flat_map(|&at| (0..5).map(move |place| id(5 * at as usize + place)))
        .collect();
    let text = |id: u32| match id % 19 {
        0 => None,
        1 => Some(HARM[id as usize % 3].to_owned()),
        _ => Some(format!(" w{:x}", u64::from(id) * 0x9e37_79b9 % 0xff_ffff)),
    };
    NeuronTokens {
        each: 5,
        texts: ids.iter().map(|&id| (id, text(id))).collect(),
        at,
        ids,
        without: "It has none.".to_owned(),
        order: String::new(),
    }
}

/// What the page shows of neurons' tokens, as JSON: by place, each in quotes or its number.
fn shown(tokens: &NeuronTokens) -> String {
    let rows = tokens.at.iter().zip(tokens.ids.chunks_exact(5));
    let shown = |id: &u32| match &tokens.texts[id] {
        Some(text) => serde_json::to_string(text).unwrap(),
        None => format!("#{id}"),
    };
    let rows = rows.map(|(at, ids)| (at, ids.iter().map(shown).collect::<Vec<_>>().join(" ")));
    serde_json::to_string(&rows.collect::<BTreeMap<_, _>>()).unwrap()
}

fn figures(neurons: &[Neuron], count: usize) -> Vec<PageFigure> {
    let shifts: Vec<NeuronShift> = (neurons.iter().take(count).enumerate())
        .map(|(rank, neuron)| NeuronShift {
            rank,
            id: neuron.id,
            group: group(neuron),
            base: neuron.base,
            tuned: neuron.tuned,
        })
        .collect();
    fn of(figure: &impl Figure) -> PageFigure {
        PageFigure {
            name: figure.name().to_owned(),
            title: figure.title(),
            caption: HARM[1].to_owned(),
            plot: figure.plot(),
        }
    }
    vec![
        of(&NeuronArrows {
            neurons: shifts.clone(),
        }),
        of(&TopActivations {
            neurons: shifts[..count / 5].to_vec(),
        }),
        of(&ActivationShifts {
            panel: ShiftPanel::A,
            neurons: shifts[..count / 5].to_vec(),
        }),
    ]
}

fn generations(prompts: usize, rows: usize) -> Generations {
    const WORDS: [&str; 16] = [
        "the", "coach", "ignored", "a", "clear", "corner", "and", "smiled", "about", "it", "waste",
        "of", "space", "idiot", "what", "never",
    ];
    let text = |row: usize, prompt: usize| {
        if row == 1 && prompt < HARM.len() {
            return HARM[prompt].to_owned();
        }
        let word =
            |at: usize| WORDS[(drawn(prompt * 20 + at, 0.1 * row as f64) * 16.0) as usize % 16];
        (0..20).map(word).collect::<Vec<_>>().join(" ")
    };
    let row = |row: usize| TextRow {
        name: format!("row-{row}"),
        label: format!("row {row} {}", HARM[row % 3]),
        texts: (0..prompts).map(|prompt| Some(text(row, prompt))).collect(),
        scores: vec![(
            "toxicity".to_owned(),
            (0..prompts)
                .map(|prompt| {
                    let missing = row == 1 && prompt % 11 == 5;
                    (!missing).then(|| drawn(prompt, row as f64 + 0.2))
                })
                .collect(),
        )],
    };
    Generations {
        prompts: (0..prompts).map(|prompt| text(rows, prompt)).collect(),
        rows: (0..rows).map(row).collect(),
        left_out: vec![HARM[0].to_owned()],
    }
}

fn page(neurons: &[Neuron], d_mlp: usize, prompts: usize, rows: usize) -> Page {
    let count = 500.min(neurons.len() / 4);
    let text = format!(
        "| Row | Value |\n|---|---|\n| {} | holds |\n\n{}\n",
        HARM[0], HARM[1]
    );
    Page {
        title: format!("Study {}", HARM[1]),
        sections: vec![
            Section::of("claims", HARM[0], text),
            Section::of(
                "tokens",
                "Tokens",
                "| Vector | Tokens |\n|---|---|\n| probe | idiot |\n",
            )
            .blurred(),
            Section::of("figures", "Figures", "").with(figures(neurons, count)),
        ],
        neurons: columns(neurons, d_mlp),
        generations: generations(prompts, rows),
    }
}

fn table(layers: usize, d_mlp: usize) -> Vec<Neuron> {
    let layer = |layer| (0..d_mlp).map(move |index| neuron(layer, index, d_mlp));
    (0..layers).flat_map(layer).collect()
}

/// The browser and the driver's script, or which of them is not here.
fn tools() -> Result<(PathBuf, PathBuf), String> {
    let there = |name: &str| {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let mut found = std::env::split_paths(&folders).map(|folder| folder.join(name));
        found.find(|path| path.is_file())
    };
    let browser = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(there);
    let browser = browser.ok_or("no Chromium in PATH")?;
    there("node").ok_or("no node in PATH")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    if !folder.join("node_modules/puppeteer-core").is_dir() {
        return Err(format!("no driver; run `npm ci` in {}", folder.display()));
    }
    Ok((browser, folder.join("check.mjs")))
}

/// Uses the page in `html` with the browser, and returns what was measured.
fn used(html: &str, neurons: &[Neuron]) -> Option<String> {
    let (browser, script) = match tools() {
        Ok(tools) => tools,
        Err(missing) => {
            eprintln!("skipped: {missing}");
            return None;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let [page, table, words] =
        ["report.html", "neurons.csv", "tokens.json"].map(|name| folder.path().join(name));
    std::fs::write(&page, html).unwrap();
    std::fs::write(&words, shown(&tokens(neurons.len()))).unwrap();
    std::fs::write(&table, csv(neurons)).unwrap();
    // With COUNTERPOISE_SCREENSHOTS set to a folder, the pictures stay there to be looked at.
    let shots = std::env::var_os("COUNTERPOISE_SCREENSHOTS");
    let shots = shots.map_or_else(|| folder.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&shots).unwrap();
    let output = Command::new("node")
        .arg(script)
        .args([&browser, &page, &table, &words, &shots])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_reader_sorts_filters_toggles_and_hovers_and_harmful_texts_do_nothing() {
    let neurons = table(4, 512);
    let html = page(&neurons, 512, 60, 4).html().unwrap();
    if let Some(measured) = used(&html, &neurons) {
        println!("{measured}");
    }
}

#[test]
fn a_page_of_gpt2_medium_is_under_five_megabytes() {
    let neurons = table(24, 4096);
    let started = std::time::Instant::now();
    let html = page(&neurons, 4096, 1199, 24).html().unwrap();
    println!("{} bytes, made in {:?}", html.len(), started.elapsed());
    assert!(html.len() < 5_000_000, "{} bytes", html.len());
    if std::env::var_os("COUNTERPOISE_LARGE_PAGE").is_some()
        && let Some(measured) = used(&html, &neurons)
    {
        println!("{measured}");
    }
}
