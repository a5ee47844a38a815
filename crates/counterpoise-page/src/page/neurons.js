// ---- The neuron browser: sorted, filtered, and only the rows in view are in the document ----

const ROW_HEIGHT = 29;

class NeuronBrowser {
  constructor(table) {
    this.table = table;
    this.sort = { column: table.columns.findIndex((column) => column.name === "rank"), up: true };
    this.scroll = document.getElementById("neuron-scroll");
    this.head = document.querySelector("#neuron-table thead");
    this.body = document.querySelector("#neuron-table tbody");
    this.makeFilters();
    this.makeHead();
    this.scroll.addEventListener("scroll", () => this.show());
    this.update();
  }

  makeFilters() {
    const { table } = this;
    const layers = Math.ceil(table.count / table.d_mlp);
    const options = (first, names) => [make("option", { value: "" }, first), ...names.map((name, i) => make("option", { value: String(i) }, name))];
    this.layer = make("select", { id: "filter-layer" }, ...options("all layers", Array.from({ length: layers }, (_, i) => `layer ${i}`)));
    this.groups = table.columns.filter((column) => column.kind === "name").map((column) => {
      const select = make("select", { id: `filter-${column.name}` }, ...options("all groups", column.names));
      return { column, select };
    });
    this.rank = make("input", { id: "filter-rank", type: "number", min: "1", placeholder: "any" });
    this.find = make("input", { id: "filter-find", type: "search", placeholder: "L3.17" });
    const form = document.getElementById("neuron-filters");
    form.append(
      make("label", {}, "Layer", this.layer),
      ...this.groups.map(({ column, select }) => make("label", {}, column.heading, select)),
      make("label", {}, "Among the first, by rank", this.rank),
      make("label", {}, "Neuron", this.find),
      blurSwitch("token-clear", "Show tokens clearly"));
    form.addEventListener("input", () => this.update());
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  makeHead() {
    const cells = this.table.columns.map((column, index) => {
      const button = make("button", { type: "button" }, column.heading);
      button.addEventListener("click", () => {
        const same = this.sort.column === index;
        this.sort = { column: index, up: same ? !this.sort.up : column.kind !== "number" };
        this.update();
      });
      const cell = make("th", { scope: "col" }, button);
      cell.dataset.column = column.name;
      return cell;
    });
    this.head.append(make("tr", {}, make("th", { scope: "col" }, "Neuron"), ...cells));
  }

  // The neurons that the filters leave, in the order asked for, behind the one whose name was typed whole.
  rows() {
    const { table } = this;
    const layer = this.layer.value === "" ? -1 : Number(this.layer.value);
    const groups = this.groups.filter(({ select }) => select.value !== "")
      .map(({ column, select }) => [column.values, Number(select.value)]);
    const most = this.rank.value === "" ? Infinity : Number(this.rank.value);
    const ranks = table.by.rank ? table.by.rank.values : null;
    const name = this.find.value.trim();
    const kept = [];
    for (let at = 0; at < table.count; at++) {
      if (layer >= 0 && Math.floor(at / table.d_mlp) !== layer) continue;
      if (ranks && ranks[at] >= most) continue;
      if (groups.some(([values, wanted]) => values[at] !== wanted)) continue;
      if (name && !neuronName(table, at).startsWith(name)) continue;
      kept.push(at);
    }
    const { values } = table.columns[this.sort.column] || { values: null };
    if (values) kept.sort(this.sort.up ? (a, b) => values[a] - values[b] || a - b : (a, b) => values[b] - values[a] || a - b);
    const whole = name ? kept.findIndex((at) => neuronName(table, at) === name) : -1;
    if (whole > 0) kept.unshift(...kept.splice(whole, 1));
    return kept;
  }

  update() {
    this.kept = this.rows();
    const total = this.table.count.toLocaleString("en-US");
    document.getElementById("neuron-count").textContent = `${this.kept.length.toLocaleString("en-US")} of ${total} neurons`;
    [...this.head.querySelectorAll("th")].forEach((cell, index) => {
      if (index - 1 === this.sort.column) cell.ariaSort = this.sort.up ? "ascending" : "descending";
      else cell.removeAttribute("aria-sort");
    });
    this.scroll.scrollTop = 0;
    this.show();
  }

  // Puts the rows that are in view into the document, between two spaces as high as the others.
  show() {
    const { kept, table } = this;
    const first = Math.max(0, Math.floor(this.scroll.scrollTop / ROW_HEIGHT) - 8);
    const last = Math.min(kept.length, first + Math.ceil(this.scroll.clientHeight / ROW_HEIGHT) + 16);
    const space = (rows) => {
      const cell = make("td", { colSpan: table.columns.length + 1 });
      cell.style.height = `${rows * ROW_HEIGHT}px`;
      return make("tr", { className: "space" }, cell);
    };
    const rows = kept.slice(first, last).map((at) => {
      const open = make("button", { type: "button" }, neuronName(table, at));
      open.addEventListener("click", () => this.open(at));
      const row = make("tr", {}, make("td", {}, open), ...table.columns.map((column) => make("td", {}, shownValue(table, column, at))));
      row.dataset.at = at;
      return row;
    });
    this.body.replaceChildren(space(first), ...rows, space(kept.length - last));
  }

  async open(at) {
    const { table } = this;
    const list = make("dl");
    for (const column of table.columns) list.append(make("dt", {}, column.heading), make("dd", {}, shownValue(table, column, at)));
    const nearest = make("p", { id: "neuron-tokens" });
    document.getElementById("neuron-detail").replaceChildren(make("h3", {}, neuronName(table, at)), list, nearest);
    const { tokens, without } = await nearestTokens(at);
    if (tokens) nearest.append("Its value vector's nearest tokens: ", make("span", { className: "toxic" }, tokens.join(" ")));
    else nearest.append(without);
  }
}
