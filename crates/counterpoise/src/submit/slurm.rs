//! A study as jobs of Slurm: an array for each stage, and one for `merge`, each of which waits for the one before.

use std::path::PathBuf;

use anyhow::{Context, Result};
use counterpoise_data::write_atomically;

use super::graph::Graph;
use super::text;

/// What submits the scripts beside it.
const SUBMIT: &str = r#"#!/bin/sh
# Submits the study: each stage waits until all of the one before has ended well. Arguments go to every sbatch.
set -eu
cd "$(dirname "$0")"
after() { echo "--dependency=afterok:${1%%;*} --kill-on-invalid-dep=yes"; }
measure=$(sbatch --parsable "$@" measure.sbatch)
rows=$(sbatch --parsable $(after "$measure") "$@" rows.sbatch)
merge=$(sbatch --parsable $(after "$rows") "$@" merge.sbatch)
echo "measure ${measure%%;*}, rows ${rows%%;*}, merge ${merge%%;*}"
"#;

/// Writes the script that submits and those that it submits, and answers where, in this order.
///
/// # Errors
/// Files that cannot be written; paths that no script can hold.
pub(super) fn write(graph: &Graph) -> Result<Vec<PathBuf>> {
    let mut scripts = vec![("submit.sh".to_owned(), SUBMIT.to_owned())];
    for (stage, count) in graph.stages {
        let array = format!("#SBATCH --array=0-{}\n", count - 1);
        // Slurm gives each task its number; the rest of the command is quoted.
        let shard = format!("\"$SLURM_ARRAY_TASK_ID/{count}\"");
        let command = graph.share(stage, SHARD);
        let command = quoted(&command)?.replace(SHARD, &shard);
        scripts.push((
            format!("{stage}.sbatch"),
            script(graph, stage, "-%a", &array, &command)?,
        ));
    }
    let merge = quoted(&graph.merge())?;
    scripts.push((
        "merge.sbatch".to_owned(),
        script(graph, "merge", "", "", &merge)?,
    ));
    let mut written = Vec::new();
    for (name, script) in scripts {
        let path = graph.folder.join(name);
        write_atomically(&path, script.as_bytes())?;
        written.push(path);
    }
    Ok(written)
}

/// Stands for the shard while the rest is quoted.
const SHARD: &str = "SHARD-OF-THIS-TASK";

/// The script of a stage.
fn script(graph: &Graph, stage: &str, task: &str, array: &str, command: &str) -> Result<String> {
    let log = text(&graph.folder.join(format!("{stage}{task}.log")))?;
    let cpus = graph.cpus.map_or(String::new(), |cpus| {
        format!("#SBATCH --cpus-per-task={cpus}\n")
    });
    Ok(format!(
        "#!/bin/sh\n\
         #SBATCH --job-name=counterpoise-{stage}\n\
         #SBATCH --output=\"{log}\"\n\
         #SBATCH --requeue\n\
         {array}{cpus}\
         export RAYON_NUM_THREADS=\"${{SLURM_CPUS_PER_TASK:-${{SLURM_CPUS_ON_NODE:-1}}}}\"\n\
         cd {}\n\
         exec {command}\n",
        quoted(std::slice::from_ref(&graph.from))?
    ))
}

/// A command as a shell reads it.
fn quoted(command: &[String]) -> Result<String> {
    let words = command.iter().map(String::as_str);
    shlex::try_join(words).context("a path has a zero byte, which no script can hold")
}
