// ---- The generation browser ----

const TEXTS_AT_ONCE = 20;

class GenerationBrowser {
  constructor(data, prompts, rows) {
    Object.assign(this, { data, prompts, rows, shown: TEXTS_AT_ONCE });
    this.makeFilters();
    document.getElementById("more-texts").addEventListener("click", () => { this.shown += TEXTS_AT_ONCE; this.show(); });
    document.getElementById("left-out").append(...data.left_out.map((line) => make("li", {}, line)));
    this.update();
  }

  static async read() {
    const data = parsed("text-data");
    if (!data) return null;
    const prompts = await unpackedJson(data.prompts);
    const rows = await Promise.all(data.rows.map(async (row) => {
      const { texts, scores } = await unpackedJson(row.data);
      return { name: row.name, label: row.label, metrics: row.metrics, texts, scores };
    }));
    return new GenerationBrowser(data, prompts, rows);
  }

  makeFilters() {
    const { rows } = this;
    const option = (value, text) => make("option", { value }, text);
    const metrics = [...new Set(rows.flatMap((row) => row.metrics))];
    this.metric = make("select", { id: "text-metric" }, ...metrics.map((metric) => option(metric, metric)));
    this.order = make("select", { id: "text-order" }, option("", "in the order of the prompts"),
      ...rows.slice(1).flatMap((row, i) => [
        option(`${i + 1}:1`, `greatest fall: ${row.label}`),
        option(`${i + 1}:-1`, `greatest rise: ${row.label}`),
      ]));
    this.find = make("input", { id: "text-find", type: "search", placeholder: "any text" });
    this.boxes = rows.map((row, index) => make("input", { type: "checkbox", checked: index < 3, value: String(index) }));
    const form = document.getElementById("text-filters");
    form.append(
      make("label", {}, "Score", this.metric),
      make("label", {}, `Sort by change from ${rows[0].label}`, this.order),
      make("label", {}, "Find", this.find),
      blurSwitch("text-clear", "Show texts clearly"),
      make("fieldset", {}, make("legend", {}, "Side by side"),
        ...rows.map((row, index) => make("label", { className: "row" }, this.boxes[index], row.label))));
    form.addEventListener("input", () => { this.shown = TEXTS_AT_ONCE; this.update(); });
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  score(row, at) {
    const column = row.scores[row.metrics.indexOf(this.metric.value)];
    return column ? column[at] : null;
  }

  // The prompts that are looked for, in the order asked for; those without both scores last.
  update() {
    const words = this.find.value.toLowerCase();
    const holds = (text) => text !== null && text.toLowerCase().includes(words);
    const all = [...this.prompts.keys()];
    this.kept = words ? all.filter((at) => holds(this.prompts[at]) || this.rows.some((row) => holds(row.texts[at]))) : all;
    if (this.order.value) {
      const [index, sign] = this.order.value.split(":").map(Number);
      const change = (at) => {
        const [from, to] = [this.score(this.rows[0], at), this.score(this.rows[index], at)];
        return from === null || to === null ? Infinity : sign * (to - from);
      };
      this.kept.sort((a, b) => { const [x, y] = [change(a), change(b)]; return x === y ? a - b : x - y; });
    }
    document.getElementById("text-count").textContent = `${this.kept.length} of ${this.prompts.length} prompts`;
    this.show();
  }

  show() {
    const chosen = this.rows.filter((_, index) => this.boxes[index].checked);
    const prompts = this.kept.slice(0, this.shown).map((at) => {
      const answers = chosen.map((row) => {
        const scores = row.metrics.map((metric, i) => `${metric} ${row.scores[i][at] ?? "—"}`).join(", ");
        const text = row.texts[at] === null ? "no text" : row.texts[at];
        return make("div", { className: "answer" }, make("h4", {}, row.label),
          make("p", { className: "toxic" }, ...this.marked(text)), make("div", { className: "scores" }, scores));
      });
      const prompt = make("article", { className: "prompt" },
        make("p", {}, `${at + 1}. `, make("span", { className: "toxic" }, ...this.marked(this.prompts[at]))), make("div", { className: "answers" }, ...answers));
      prompt.dataset.at = at;
      return prompt;
    });
    document.getElementById("texts").replaceChildren(...prompts);
    document.getElementById("more-texts").hidden = this.shown >= this.kept.length;
  }

  // A text with what is looked for marked in it.
  marked(text) {
    const words = this.find.value.toLowerCase();
    if (!words) return [text];
    const out = [];
    const small = text.toLowerCase();
    let from = 0;
    // Where small letters change a text's length, places in it do not match and nothing is marked.
    for (let at = small.length === text.length ? small.indexOf(words) : -1; at >= 0; at = small.indexOf(words, from)) {
      out.push(text.slice(from, at), make("mark", {}, text.slice(at, at + words.length)));
      from = at + words.length;
    }
    return [...out, text.slice(from)];
  }
}
