// ---- The page: figures first, then what is below them ----

(async () => {
  const neurons = await readNeurons();
  for (const data of parsed("figure-data")) {
    const element = document.querySelector(`[data-figure="${CSS.escape(data.name)}"]`);
    new Figure(element, data, neurons);
  }
  document.querySelectorAll("section.veiled").forEach((section, i) => {
    section.querySelector("h2").after(make("form", { className: "filters" }, blurSwitch(`veil-${i}`, "Show tokens clearly")));
  });
  if (neurons) new NeuronBrowser(neurons);
  await GenerationBrowser.read();
  document.documentElement.dataset.ready = "yes";
})();
