// ---- Figures: axes, marks, hover, zoom, series that are switched off ----

const INK = "#222222";

function tickName(names, value) {
  if (names === "percent") return `${(100 * value).toFixed(Math.abs(value) < 0.1 && value !== 0 ? 1 : 0)} %`;
  if (names === "power") return String(Number(Math.pow(10, value).toPrecision(3)));
  if (names.given) return Number.isInteger(value) ? names.given[value] || "" : "";
  return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}

// A name that is too long without its middle: names differ at their ends.
function shortened(name, room) {
  if (name.length <= room) return name;
  const half = Math.max(2, Math.floor((room - 1) / 2));
  return `${name.slice(0, half)}…${name.slice(-half)}`;
}

// About `wanted` round values from `from` to `to`.
function roundTicks(from, to, wanted) {
  const rough = (to - from) / wanted;
  const unit = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 5, 10].map((digit) => digit * unit).find((step) => step >= rough);
  const ticks = [];
  for (let i = Math.ceil(from / step); i * step <= to; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

function ticksOf(axis, range, wanted) {
  const given = axis.ticks.filter((tick) => tick >= range[0] && tick <= range[1]);
  const whole = range[0] === axis.from && range[1] === axis.to;
  const kept = axis.names.given || axis.names === "power";
  if (kept && given.length > 0) return given;
  return whole && given.length <= wanted + 3 ? given : roundTicks(range[0], range[1], wanted);
}

class Figure {
  constructor(element, data, neurons) {
    Object.assign(this, { element, plot: data.plot, neurons, off: new Set(), chosen: -1 });
    this.reset();
    this.makeLegend();
    this.makeZoom();
    this.makeKey();
    const area = element.querySelector(".plot");
    area.addEventListener("pointermove", (event) => this.hover(event));
    area.addEventListener("pointerdown", (event) => this.hover(event));
    area.addEventListener("dblclick", () => { this.reset(); this.draw(); });
    area.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 0.8 : 1.25, this.place(event));
    }, { passive: false });
    area.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(area);
  }

  reset() {
    const { x, y } = this.plot;
    this.ranges = [[x.from, x.to], [y.from, y.to]];
  }

  makeLegend() {
    const legend = this.element.querySelector(".legend");
    for (const entry of this.plot.legend) {
      const swatch = makeSvg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" });
      const shape = typeof entry.mark === "string" ? "square" : Object.values(entry.mark)[0];
      swatch.append(marker(shape, 7, 7, 5, entry.colour));
      const button = make("button", { type: "button", ariaPressed: "true" }, swatch, entry.label);
      button.addEventListener("click", () => {
        if (!this.off.delete(entry.label)) this.off.add(entry.label);
        button.ariaPressed = String(!this.off.has(entry.label));
        this.chosen = -1;
        this.draw();
      });
      legend.append(button);
    }
  }

  makeZoom() {
    const actions = [
      ["+", "Zoom in", () => this.zoom(0.7)],
      ["−", "Zoom out", () => this.zoom(1 / 0.7)],
      ["Reset", "Show all", () => { this.reset(); this.draw(); }],
    ];
    const buttons = actions.map(([text, label, act]) => {
      const button = make("button", { type: "button", title: label, ariaLabel: label }, text);
      button.addEventListener("click", act);
      return button;
    });
    this.element.querySelector(".zoom").append(...buttons);
  }

  makeKey() {
    const entries = this.plot.key.filter((entry) => entry.number !== null);
    if (entries.length === 0) return;
    const items = entries.map((entry) =>
      make("li", { value: entry.number }, entry.label + (entry.on_frontier ? " *" : "")));
    this.element.append(make("details", {}, make("summary", {}, "What the numbers stand for"), make("ol", { className: "key" }, ...items)));
  }

  // Where on the axes a pointer is.
  place(event) {
    const box = this.element.querySelector("svg.chart").getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const [[x0, x1], [y0, y1]] = this.ranges;
    const { left, right, top, bottom } = this.frame;
    return [x0 + ((x - left) / (right - left)) * (x1 - x0), y0 + ((bottom - y) / (bottom - top)) * (y1 - y0)];
  }

  zoom(factor, centre) {
    this.ranges = this.ranges.map(([from, to], axis) => {
      const at = centre ? centre[axis] : (from + to) / 2;
      return [at + (from - at) * factor, at + (to - at) * factor];
    });
    this.draw();
  }

  pan(axis, part) {
    const [from, to] = this.ranges[axis];
    this.ranges[axis] = [from + part * (to - from), to + part * (to - from)];
    this.draw();
  }

  key(event) {
    const moves = { ArrowLeft: [0, -0.1], ArrowRight: [0, 0.1], ArrowDown: [1, -0.1], ArrowUp: [1, 0.1] };
    if (event.shiftKey && moves[event.key]) this.pan(...moves[event.key]);
    else if (event.key === "ArrowRight") this.choose(this.chosen + 1);
    else if (event.key === "ArrowLeft") this.choose(this.chosen - 1);
    else if (event.key === "+" || event.key === "=") this.zoom(0.7);
    else if (event.key === "-") this.zoom(1 / 0.7);
    else if (event.key === "0") { this.reset(); this.draw(); }
    else return;
    event.preventDefault();
  }

  // Draws everything again, in the ranges that are shown.
  draw() {
    const area = this.element.querySelector(".plot");
    const width = Math.max(240, area.clientWidth);
    const height = Math.round(Math.min(420, Math.max(260, 0.62 * width)));
    const given = this.plot.y.names.given;
    const narrow = width < 480;
    this.label = (value) => {
      const name = tickName(this.plot.y.names, value);
      return given && narrow ? name.split(" · ")[0] : name;
    };
    const yTicks = ticksOf(this.plot.y, this.ranges[1], 7);
    const longest = Math.max(...yTicks.map((tick) => this.label(tick).length), 2);
    const left = Math.min(0.45 * width, 26 + 6.6 * longest);
    this.room = Math.floor((left - 12) / 6.2);
    this.frame = { left, right: width - 12, top: 12, bottom: height - 44, width, height };
    const { right, top, bottom } = this.frame;
    const [[x0, x1], [y0, y1]] = this.ranges;
    this.x = (value) => left + ((value - x0) / (x1 - x0)) * (right - left);
    this.y = (value) => bottom - ((value - y0) / (y1 - y0)) * (bottom - top);
    this.marks = [];

    const clip = `clip-${this.element.dataset.figure}`;
    const marks = makeSvg("g", { "clip-path": `url(#${clip})` });
    for (const series of this.plot.series) {
      if (!series.label || !this.off.has(series.label)) this.drawSeries(marks, series);
    }
    this.drawNotes(marks);
    this.highlight = makeSvg("g", { class: "hit" });
    const svg = makeSvg("svg", {
      class: "chart", viewBox: `0 0 ${width} ${height}`, height, tabindex: 0, role: "img",
      "aria-label": `${this.element.querySelector("h3").textContent}. Arrow keys step through the marks, plus and minus zoom, shift and arrows move.`,
    },
    makeSvg("defs", {}, makeSvg("clipPath", { id: clip }, makeSvg("rect", { x: left, y: top, width: right - left, height: bottom - top }))),
    ...this.axes(yTicks, narrow), marks, this.highlight);
    const focused = area.contains(document.activeElement);
    area.replaceChildren(svg);
    if (focused) svg.focus();
  }

  axes(yTicks, narrow) {
    const { left, right, top, bottom, width, height } = this.frame;
    const { x, y, grid } = this.plot;
    const out = [];
    const line = (x1, y1, x2, y2, name) => out.push(makeSvg("line", { x1, y1, x2, y2, class: name }));
    const text = (words, x, y, anchor, extra = {}) => out.push(makeSvg("text", { x, y, "text-anchor": anchor, ...extra }, words));
    for (const tick of ticksOf(x, this.ranges[0], narrow ? 5 : 8)) {
      if (grid !== "horizontal") line(this.x(tick), top, this.x(tick), bottom, "grid");
      line(this.x(tick), bottom, this.x(tick), bottom + 4, "axis");
      text(tickName(x.names, tick), this.x(tick), bottom + 17, "middle");
    }
    for (const tick of yTicks) {
      if (grid !== "vertical") line(left, this.y(tick), right, this.y(tick), "grid");
      const name = this.label(tick);
      text(shortened(name, this.room), left - 6, this.y(tick) + 4, "end");
      out.at(-1).append(makeSvg("title", {}, name));
    }
    line(left, bottom, right, bottom, "axis");
    line(left, top, left, bottom, "axis");
    const zero = this.y(0);
    if (grid !== "vertical" && y.names !== "power" && !y.names.given && zero > top && zero < bottom) line(left, zero, right, zero, "axis");
    text(x.label, (left + right) / 2, height - 8, "middle");
    const middle = (top + bottom) / 2;
    if (y.label) text(y.label, 11, middle, "middle", { transform: `rotate(-90 11 ${middle})` });
    return out;
  }

  drawSeries(group, series) {
    const [[kind, value]] = Object.entries(series.marks);
    const { colour, opacity } = series;
    const paint = colour === INK ? { class: "ink" } : {};
    const path = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`).join("");
    const stroke = { fill: "none", stroke: colour, "stroke-opacity": opacity };
    if (kind === "area" && value.length > 0) {
      const ends = [[value[value.length - 1][0], 0], [value[0][0], 0]];
      group.append(makeSvg("path", { d: path([...value, ...ends]) + "Z", fill: colour, "fill-opacity": opacity }));
    } else if (kind === "line") {
      group.append(makeSvg("path", { ...stroke, d: path(value), "stroke-width": 2.5, ...(colour === INK ? { stroke: "currentColor" } : {}) }));
      if (!this.plot.series.some((other) => other.marks.points && other.label === series.label && series.label)) {
        for (const at of value) this.marks.push({ at, series });
      }
    } else if (kind === "segments") {
      const d = value.map(path).join("");
      group.append(makeSvg("path", { ...stroke, d, "stroke-width": 1.8, ...(colour === INK ? { stroke: "currentColor" } : {}) }));
    } else if (kind === "bars") {
      for (const bar of value) {
        const [[x0, x1], [y0, y1]] = [bar.x.map(this.x), bar.y.map(this.y)];
        group.append(makeSvg("rect", {
          x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0),
          fill: colour, "fill-opacity": opacity, class: "edge", "stroke-width": 0.6,
        }));
        this.marks.push({ box: [bar.x, bar.y], at: [(bar.x[0] + bar.x[1]) / 2, (bar.y[0] + bar.y[1]) / 2], about: bar.about, series });
      }
    } else if (kind === "points") {
      const [shape, points] = value;
      for (const point of points) {
        group.append(marker(shape, this.x(point.at[0]), this.y(point.at[1]), 4, colour, paint));
        this.marks.push({ at: point.at, about: point.about, series });
      }
    } else if (kind === "arrows") {
      for (const arrow of value) {
        group.append(...this.arrow(arrow, colour, opacity));
        this.marks.push({ at: arrow.to, from: arrow.from, about: arrow.about, series });
      }
    }
  }

  arrow({ from, to }, colour, opacity) {
    const [x0, y0, x1, y1] = [this.x(from[0]), this.y(from[1]), this.x(to[0]), this.y(to[1])];
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length < 2) return [makeSvg("circle", { cx: x1, cy: y1, r: 2, fill: colour, "fill-opacity": opacity })];
    const head = Math.min(8, length);
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
    const [bx, by] = [x1 - head * ux, y1 - head * uy];
    const corners = [[x1, y1], [bx - 0.45 * head * uy, by + 0.45 * head * ux], [bx + 0.45 * head * uy, by - 0.45 * head * ux]];
    return [
      makeSvg("line", { x1: x0, y1: y0, x2: bx, y2: by, stroke: colour, "stroke-opacity": opacity, "stroke-width": 1.6 }),
      makeSvg("polygon", { points: corners.map((corner) => corner.map((v) => v.toFixed(1)).join(",")).join(" "), fill: colour, "fill-opacity": opacity }),
    ];
  }

  drawNotes(group) {
    for (const note of this.plot.notes) {
      const x = this.x(note.at[0]) + note.shift[0] / 5;
      // What would leave the plane is cut to its first part; what has a room, to that, and it stands on a mark.
      const leaves = note.lean === "start" && x + 6.2 * note.text.length > this.frame.right;
      const room = note.room === null ? Infinity : Math.floor((this.x(note.at[0] + note.room) - this.x(note.at[0])) / 6.8);
      const words = leaves ? note.text.split(" · ")[0] : shortened(note.text, room);
      const text = makeSvg("text", { x, y: this.y(note.at[1]) + note.shift[1] / 5 + 4, "text-anchor": note.lean }, words);
      if (note.room !== null) text.classList.add("on-mark");
      group.append(text);
    }
    for (const entry of this.plot.key) {
      if (entry.number === null) continue;
      group.append(makeSvg("text", { x: this.x(entry.at[0]) + 7, y: this.y(entry.at[1]) - 6, "font-size": 10 }, String(entry.number)));
    }
  }

  hover(event) {
    if (!this.frame || !this.element.querySelector("svg.chart")) return;
    const box = this.element.querySelector("svg.chart").getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    let [best, least] = [-1, 14];
    this.marks.forEach((mark, index) => {
      const distance = this.distance(mark, px, py);
      if (distance <= least) [best, least] = [index, distance];
    });
    if (best !== this.chosen) this.choose(best);
  }

  // Pixels from a mark: 0 inside a bar, to the nearest point of an arrow, to a point.
  distance(mark, px, py) {
    const [x1, y1] = [this.x(mark.at[0]), this.y(mark.at[1])];
    if (mark.box) {
      const [xs, ys] = [mark.box[0].map(this.x).sort((a, b) => a - b), mark.box[1].map(this.y).sort((a, b) => a - b)];
      return Math.hypot(Math.max(xs[0] - px, 0, px - xs[1]), Math.max(ys[0] - py, 0, py - ys[1]));
    }
    if (!mark.from) return Math.hypot(px - x1, py - y1);
    const [x0, y0] = [this.x(mark.from[0]), this.y(mark.from[1])];
    const square = (x1 - x0) ** 2 + (y1 - y0) ** 2;
    const part = square ? Math.max(0, Math.min(1, ((px - x0) * (x1 - x0) + (py - y0) * (y1 - y0)) / square)) : 0;
    return Math.hypot(px - x0 - part * (x1 - x0), py - y0 - part * (y1 - y0));
  }

  choose(index) {
    this.chosen = Math.max(-1, Math.min(index, this.marks.length - 1));
    this.highlight.replaceChildren();
    const readout = this.element.querySelector(".readout");
    const mark = this.marks[this.chosen];
    if (!mark) { readout.textContent = ""; return; }
    this.highlight.append(makeSvg("circle", { cx: this.x(mark.at[0]), cy: this.y(mark.at[1]), r: 7 }));
    readout.textContent = this.words(mark);
  }

  words(mark) {
    if (!mark.about) {
      const { x, y } = this.plot;
      return `${x.label}: ${tickName(x.names, mark.at[0])}; ${y.label}: ${tickName(y.names, mark.at[1])}`;
    }
    if (mark.about.text !== undefined) return mark.about.text;
    const [layer, index] = mark.about.neuron;
    if (!this.neurons) return `L${layer}.${index}`;
    return neuronWords(this.neurons, layer * this.neurons.d_mlp + index);
  }
}

// A neuron in one line, its values as in neurons.csv.
function neuronWords(table, at) {
  const value = (name) => (table.by[name] ? shownValue(table, table.by[name], at) : "—");
  return `${neuronName(table, at)} (layer ${Math.floor(at / table.d_mlp)}), ${value("group")}: cosine ${value("pt_cossim")} base, ${value("dpo_cossim")} tuned; ` +
    `activation ${value("pt_activation_value")} base, ${value("dpo_activation_value")} tuned; reduction ${value("projection_diff")}`;
}

function marker(shape, x, y, size, colour, extra = {}) {
  if (shape === "circle") return makeSvg("circle", { cx: x, cy: y, r: size, fill: colour, ...extra });
  if (shape === "square") return makeSvg("rect", { x: x - size, y: y - size, width: 2 * size, height: 2 * size, fill: colour, ...extra });
  const points = [[x, y - size - 1], [x - size - 1, y + size], [x + size + 1, y + size]];
  return makeSvg("polygon", { points: points.map((point) => point.join(",")).join(" "), fill: colour, ...extra });
}
