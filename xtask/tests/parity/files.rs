//! A family's files are written as they were read.

use burn::tensor::Device;
use counterpoise_model::save;

use crate::array;
use crate::expected::Which;
use crate::golden::Golden;

pub(crate) fn check(golden: &Golden) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    save(&golden.model(Which::Base, &Device::flex()), &path).unwrap();
    let saved = array::read(&path);
    let read = array::read(&golden.folder.join("model.safetensors"));
    assert!(saved.keys().eq(read.keys()));
    for (name, read) in read {
        assert_eq!(saved[&name].shape, read.shape, "{name}");
        assert!(saved[&name].values == read.values, "{name}");
    }
}
