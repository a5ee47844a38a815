//! A study as a job of HyperQueue: a job definition file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use counterpoise_data::write_atomically;
use serde::Serialize;

use super::graph::Graph;
use super::text;

/// The file.
#[derive(Serialize)]
struct Job {
    name: String,
    task: Vec<Task>,
}

/// A task, which waits for those whose numbers are in `deps`.
#[derive(Serialize)]
struct Task {
    id: usize,
    command: Vec<String>,
    cwd: String,
    stdout: &'static str,
    stderr: String,
    deps: Vec<usize>,
    env: BTreeMap<&'static str, String>,
    request: [Request; 1],
}

#[derive(Serialize)]
struct Request {
    resources: BTreeMap<&'static str, String>,
}

/// Writes the job, and answers where.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(graph: &Graph) -> Result<PathBuf> {
    let path = graph.folder.join("hyperqueue.toml");
    write_atomically(&path, toml::to_string(&job(graph)?)?.as_bytes())?;
    Ok(path)
}

fn job(graph: &Graph) -> Result<Job> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut before = 0..0;
    for (stage, count) in graph.stages {
        let first = tasks.len();
        for index in 0..count {
            let command = graph.share(stage, &format!("{index}/{count}"));
            let name = format!("{stage}-{index}");
            tasks.push(task(graph, &name, tasks.len(), before.clone(), command)?);
        }
        before = first..tasks.len();
    }
    tasks.push(task(graph, "merge", tasks.len(), before, graph.merge())?);
    Ok(Job {
        name: format!("counterpoise {}", graph.name),
        task: tasks,
    })
}

fn task(
    graph: &Graph,
    name: &str,
    id: usize,
    deps: std::ops::Range<usize>,
    command: Vec<String>,
) -> Result<Task> {
    let cpus = graph.cpus.map(|cpus| cpus.to_string());
    let threads = cpus.clone().map(|cpus| ("RAYON_NUM_THREADS", cpus));
    let cpus = cpus.unwrap_or_else(|| "all".to_owned());
    Ok(Task {
        id,
        command,
        cwd: graph.from.clone(),
        stdout: "none",
        stderr: text(&graph.folder.join(format!("{name}.log")))?,
        deps: deps.collect(),
        env: threads.into_iter().collect(),
        request: [Request {
            resources: [("cpus", cpus)].into(),
        }],
    })
}
