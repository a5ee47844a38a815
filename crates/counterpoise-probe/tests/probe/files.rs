//! Probe files: every format that is read, and one of each way to be wrong.

use std::error::Error;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use counterpoise_data::DataError;
use counterpoise_probe::{Probe, ProbeError};
use counterpoise_weights::WeightsError;
use safetensors::tensor::{Dtype, TensorView, serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// What `data/make_probes.py` writes.
const VALUES: [f32; 4] = [0.5, -1.25, 3.0, 0.007_812_5];

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/probe/data")
        .join(name)
}

/// The problem with a file, after checking that the message names its path and tells its cause once.
#[track_caller]
fn problem(path: &Path, width: usize) -> ProbeError {
    let error = Probe::load(path, width).unwrap_err();
    let message = error.to_string();
    let places = message.matches(&path.display().to_string()).count();
    assert_eq!(places, 1, "{message}");
    assert!(
        error.source().is_none(),
        "the cause stands twice: {message}"
    );
    match error {
        ProbeError::InFile { problem, .. } => *problem,
        ProbeError::Weights(_) => error,
        other => panic!("no path in {other:?}"),
    }
}

/// Writes a safetensors file of tensors given as (name, element type, shape, bytes).
fn write(path: &Path, tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)]) {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (
            *name,
            TensorView::new(*dtype, shape.clone(), bytes).unwrap(),
        )
    });
    fs::write(path, serialize(views, None).unwrap()).unwrap();
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

#[test]
fn torch_files_are_read_bare_and_in_a_dictionary() {
    for name in ["bare.pt", "parameter_bf16.pt", "dictionary_f16.pt"] {
        let probe = Probe::load(&data(name), 4).unwrap();
        assert_eq!(probe.direction(), VALUES, "{name}");
    }
    let view = Probe::load(&data("strided_view.pt"), 2).unwrap();
    assert_eq!(view.direction(), [3.0, 3.0]);
}

#[test]
fn safetensors_are_read_in_every_float_type_and_both_shapes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.safetensors");
    let single = bytes_of(&VALUES);
    let double = VALUES.iter().flat_map(|&x| f64::from(x).to_le_bytes());
    // The upper half of an f32 is a bfloat16; these values lose nothing by it.
    let brain = VALUES.iter().flat_map(|x| x.to_le_bytes()[2..].to_vec());
    for (dtype, bytes) in [
        (Dtype::F32, single),
        (Dtype::F64, double.collect()),
        (Dtype::BF16, brain.collect()),
    ] {
        for shape in [vec![4], vec![1, 4]] {
            write(&path, &[("any name", dtype, shape, bytes.clone())]);
            assert_eq!(Probe::load(&path, 4).unwrap().direction(), VALUES);
        }
    }
}

#[test]
fn a_saved_probe_loads_bit_for_bit_and_leaves_no_temporary_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/probe.safetensors");
    let probe = Probe::new(vec![0.1, -1e-30, 3.4e38]).unwrap();
    probe.save(&path).unwrap();
    assert_eq!(Probe::load(&path, 3).unwrap(), probe);
    assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
}

#[test]
fn a_probe_of_another_width_names_both() {
    let error = Probe::load(&data("bare.pt"), 768).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("4 wide") && message.contains("768"),
        "{message}"
    );
}

#[test]
fn several_tensors_are_listed() {
    let found = |path: &Path| match problem(path, 4) {
        ProbeError::Weights(WeightsError::NotSingle { found, .. }) => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(found(&data("two.pt")), ["bias", "weight"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.safetensors");
    let vector = || (Dtype::F32, vec![4], bytes_of(&VALUES));
    let tensors = ["weight", "bias"].map(|name| {
        let (dtype, shape, bytes) = vector();
        (name, dtype, shape, bytes)
    });
    write(&path, &tensors);
    assert_eq!(found(&path), ["bias", "weight"]);
    write(&path, &[]);
    assert_eq!(found(&path), Vec::<String>::new());
}

#[test]
fn tensors_that_are_no_float_vector_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.safetensors");
    for shape in [vec![], vec![2, 2], vec![4, 1], vec![1, 1, 4]] {
        let elements = shape.iter().product();
        let bytes = bytes_of(&VALUES[..elements]);
        write(&path, &[("probe", Dtype::F32, shape.clone(), bytes)]);
        match problem(&path, 4) {
            ProbeError::Shape { found, .. } => assert_eq!(found, shape),
            other => panic!("{other:?}"),
        }
    }
    write(&path, &[("probe", Dtype::I32, vec![4], bytes_of(&VALUES))]);
    assert!(matches!(
        problem(&path, 4),
        ProbeError::Element { found, .. } if found == "I32"
    ));
    assert!(matches!(
        problem(&data("integers.pt"), 4),
        ProbeError::Element { found, .. } if found == "I64"
    ));
}

#[test]
fn directions_that_are_none_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.safetensors");
    let save = |values: &[f32]| {
        let tensor = ("probe", Dtype::F32, vec![values.len()], bytes_of(values));
        write(&path, &[tensor]);
    };
    save(&[1.0, f32::NAN]);
    assert!(matches!(
        problem(&path, 2),
        ProbeError::NotFinite { index: 1, .. }
    ));
    save(&[0.0, 0.0]);
    assert!(matches!(problem(&path, 2), ProbeError::Zero));
}

#[test]
fn broken_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.safetensors");
    write(&path, &[("probe", Dtype::F32, vec![4], bytes_of(&VALUES))]);
    let whole = fs::read(&path).unwrap();
    for length in [0, 7, 20, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let problem = problem(&path, 4);
        assert!(
            matches!(
                problem,
                ProbeError::Weights(WeightsError::Unreadable { .. })
            ),
            "{problem}"
        );
    }
    let text = folder.path().join("probe.txt");
    fs::write(&text, "0.5").unwrap();
    assert!(matches!(
        problem(&text, 4),
        ProbeError::Weights(WeightsError::Extension { found, .. }) if found == "txt"
    ));
}

#[test]
fn broken_torch_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.pt");
    let whole = fs::read(data("bare.pt")).unwrap();
    for length in [0, 3, 200, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = problem(&path, 4);
        assert!(
            matches!(error, ProbeError::Weights(WeightsError::TorchFile { .. })),
            "{length}: {error:?}"
        );
    }
    assert!(matches!(
        problem(&data("legacy.pt"), 4),
        ProbeError::Weights(WeightsError::Unreadable { .. })
    ));
}

/// A copy of `bare.pt` without the entry that ends in `gone`, and with another pickle if one is given.
fn tampered(path: &Path, gone: &str, pickle: Option<&[u8]>) {
    let mut source = ZipArchive::new(File::open(data("bare.pt")).unwrap()).unwrap();
    let mut copy = ZipWriter::new(File::create(path).unwrap());
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..source.len() {
        let mut entry = source.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if let (Some(pickle), true) = (pickle, name.ends_with("data.pkl")) {
            bytes = pickle.to_vec();
        }
        if gone.is_empty() || !name.ends_with(gone) {
            copy.start_file(name, stored).unwrap();
            copy.write_all(&bytes).unwrap();
        }
    }
    copy.finish().unwrap();
}

#[test]
fn an_archive_that_was_tampered_with_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.pt");
    tampered(&path, "", None);
    assert_eq!(Probe::load(&path, 4).unwrap().direction(), VALUES);
    tampered(&path, "data/0", None);
    let missing = problem(&path, 4).to_string();
    assert!(missing.contains("data/0"), "{missing}");
    tampered(&path, "data.pkl", None);
    let missing = problem(&path, 4).to_string();
    assert!(missing.contains("without `data.pkl`"), "{missing}");
    // What is saved is no tensor: a number, a list of numbers, an object of somebody's own.
    for pickle in [
        &b"\x80\x02K\x07."[..],
        b"\x80\x02](K\x01K\x02e.",
        b"\x80\x02}.",
    ] {
        tampered(&path, "", Some(pickle));
        let none = problem(&path, 4);
        assert!(
            matches!(&none, ProbeError::Weights(WeightsError::NotSingle { found, .. }) if found.is_empty()),
            "{none}"
        );
    }
    tampered(&path, "", Some(b"\x80\x02c__main__\nProbe\n)\x81."));
    let foreign = problem(&path, 4).to_string();
    assert!(foreign.contains("`__main__.Probe`"), "{foreign}");
}

#[test]
fn what_is_no_file_of_tensors_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["probe.pt", "probe.pth", "probe.safetensors"] {
        let path = folder.path().join(name);
        assert!(matches!(
            problem(&path, 4),
            ProbeError::Weights(WeightsError::File(DataError::Read { .. }))
        ));
        for bytes in [
            &b""[..],
            b"0.5 1.5\n",
            b"{\"probe\": [1, 2]}",
            b"\x80\xff\xff",
            &[0xff; 64],
        ] {
            fs::write(&path, bytes).unwrap();
            problem(&path, 4);
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(
            problem(&path, 4),
            ProbeError::Weights(WeightsError::File(DataError::Read { .. }))
        ));
    }
}

#[test]
fn a_tensor_named_twice_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.safetensors");
    let entry = r#""probe":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#;
    let header = format!("{{{entry},{entry}}}");
    let length = u64::try_from(header.len()).unwrap().to_le_bytes();
    fs::write(
        &path,
        [&length[..], header.as_bytes(), &bytes_of(&VALUES)].concat(),
    )
    .unwrap();
    let twice = problem(&path, 4).to_string();
    assert!(twice.contains("found `probe` twice"), "{twice}");
}

#[test]
fn pickled_code_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let command = format!("touch {}", trace.display());
    let mut pickle = b"\x80\x02cos\nsystem\nX".to_vec();
    pickle.extend(u32::try_from(command.len()).unwrap().to_le_bytes());
    pickle.extend(command.as_bytes());
    pickle.extend(b"\x85R.");
    let path = folder.path().join("probe.pt");
    fs::write(&path, pickle).unwrap();
    assert!(matches!(
        problem(&path, 4),
        ProbeError::Weights(WeightsError::ForeignClass { class, .. }) if class == "os.system"
    ));
    assert!(!trace.exists());
}

#[test]
fn a_probe_that_cannot_be_written_names_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let probe = Probe::new(VALUES.to_vec()).unwrap();
    let path = file.join("probe.safetensors");
    let error = probe.save(&path).unwrap_err();
    assert!(matches!(error, ProbeError::Weights(_)));
    assert!(error.to_string().contains(&path.display().to_string()));
}
