//! Whether a file `torch.save` wrote holds tensors and plain values only.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

use counterpoise_data::{DataError, shortened};

use crate::WeightsError;
use crate::git_lfs::refuse_pointer;
use crate::pickle::{Contents, contents};

/// Bytes that a zip archive begins with, with entries and without.
const ZIP: [&[u8; 4]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The number that the first pickle of a file written before PyTorch 1.6 holds.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// What such a file begins with: that number, a version, facts about the machine, what was saved,
/// and the keys of its storages, a pickle each.
const PICKLES_BEFORE_STORAGES: usize = 5;

/// What a pickle in an archive may unpack to beyond the size of its file. Tensors lie outside of it, and PyTorch does
/// not compress: more would be an archive made to fill the memory.
const LARGEST_PICKLE: u64 = 1 << 19;

/// Checks the pickles of a `.pt`, `.pth` or `.bin` file without running them: whatever is saved beside
/// the tensors, they may ask for nothing but what tensors, dictionaries and numbers are rebuilt with.
pub(crate) fn check(path: &Path) -> Result<(), WeightsError> {
    let unreadable = |reason| DataError::Read {
        path: path.to_owned(),
        reason,
    };
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let start = file.fill_buf().map_err(unreadable)?;
    refuse_pointer(path, start)?;
    let bad = |found: String| WeightsError::TorchFile {
        path: path.to_owned(),
        found,
    };
    let pickles = if start.is_empty() {
        return Err(bad("an empty file".to_owned()));
    } else if ZIP.iter().any(|zip| start.starts_with(*zip)) {
        drop(file);
        let file = BufReader::new(File::open(path).map_err(unreadable)?);
        in_archive(file).map_err(bad)?
    } else if start[0] == 0x80 {
        let is_old = start
            .windows(MAGIC.len())
            .take(64)
            .any(|part| part == MAGIC);
        let count = if is_old { PICKLES_BEFORE_STORAGES } else { 1 };
        (0..count)
            .map(|_| contents(&mut file))
            .collect::<Result<_, _>>()
            .map_err(bad)?
    } else {
        return Err(bad("a file of another format".to_owned()));
    };
    pickles
        .iter()
        .try_for_each(|pickle| check_pickle(path, pickle))
}

/// Every `data.pkl` of an archive; at least one.
fn in_archive(file: BufReader<File>) -> Result<Vec<Contents>, String> {
    let size = file.get_ref().metadata();
    let size = size.map_err(|error| format!("a file without a size: {error}"))?;
    let most = LARGEST_PICKLE + size.len();
    let broken = |error: zip::result::ZipError| format!("a zip archive that is damaged: {error}");
    let mut archive = ZipArchive::new(file).map_err(broken)?;
    let mut pickles = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?;
        if name.rsplit('/').next() == Some("data.pkl") {
            let mut input = BufReader::new(entry.take(most));
            pickles.push(contents(&mut input)?);
        }
    }
    if pickles.is_empty() {
        return Err("a zip archive without `data.pkl`".to_owned());
    }
    Ok(pickles)
}

fn check_pickle(path: &Path, pickle: &Contents) -> Result<(), WeightsError> {
    if let Some(class) = pickle.classes.iter().find(|class| !is_data(class)) {
        return Err(WeightsError::ForeignClass {
            path: path.to_owned(),
            class: shortened(class),
        });
    }
    if pickle.has_altered_tensor {
        return Err(WeightsError::TorchFile {
            path: path.to_owned(),
            found: "a tensor saved as the negative or conjugate of what is stored, which \
                    `resolve_neg()` and `resolve_conj()` undo"
                .to_owned(),
        });
    }
    match &pickle.repeated_key {
        None => Ok(()),
        Some(key) => Err(WeightsError::TensorTwice {
            path: path.to_owned(),
            tensor: shortened(key),
        }),
    }
}

/// Whether a class or function rebuilds data: tensors and their storages, numbers of NumPy, and
/// Python's own containers. Wherever Python was run, it could do no more.
fn is_data(class: &str) -> bool {
    let Some((module, name)) = class.rsplit_once('.') else {
        return false;
    };
    match module {
        "torch" => {
            name.ends_with("Storage")
                || ["Tensor", "Size", "device"].contains(&name)
                || is_dtype(name)
        }
        "torch.cuda" => name.ends_with("Storage"),
        "torch.storage" => ["TypedStorage", "UntypedStorage"].contains(&name),
        "torch._utils" => [
            "_rebuild_tensor",
            "_rebuild_tensor_v2",
            "_rebuild_tensor_v3",
            "_rebuild_parameter",
            "_rebuild_parameter_with_state",
        ]
        .contains(&name),
        "torch._tensor" => name == "_rebuild_from_type_v2",
        "torch.nn.parameter" => name == "Parameter",
        "collections" => name == "OrderedDict",
        "builtins" | "__builtin__" => {
            ["set", "frozenset", "bytes", "bytearray", "complex"].contains(&name)
        }
        "_codecs" => name == "encode",
        "numpy" => ["dtype", "ndarray"].contains(&name),
        "numpy.core.multiarray" | "numpy._core.multiarray" => {
            ["scalar", "_reconstruct"].contains(&name)
        }
        _ => false,
    }
}

/// Whether `torch.` and this is an element type.
fn is_dtype(name: &str) -> bool {
    let digits = name.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
    let kind = &name[..name.len() - digits.len()];
    match kind {
        "bool" => digits.is_empty(),
        "int" | "uint" | "float" | "bfloat" | "complex" => digits.parse::<u16>().is_ok(),
        _ => false,
    }
}
