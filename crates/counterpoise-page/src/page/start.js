// ---- The page: figures first, then what is below them ----

(async () => {
  const neurons = await readNeurons();
  for (const data of parsed("figure-data")) {
    const element = document.querySelector(`[data-figure="${CSS.escape(data.name)}"]`);
    new Figure(element, data, neurons);
  }
  if (neurons) new NeuronBrowser(neurons);
  await GenerationBrowser.read();
  document.documentElement.dataset.ready = "yes";
})();
