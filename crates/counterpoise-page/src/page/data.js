"use strict";

// Reads the JSON of an element of data; null if it is not there.
function parsed(id) {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent) : null;
}

// Bytes from raw DEFLATE in base64.
async function unpacked(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function unpackedJson(base64) {
  return JSON.parse(new TextDecoder().decode(await unpacked(base64)));
}

// Four planes of bytes as little-endian words.
function words(bytes, start, count, Type) {
  const out = new Uint8Array(4 * count);
  for (let plane = 0; plane < 4; plane++) {
    const from = start + plane * count;
    for (let i = 0; i < count; i++) out[4 * i + plane] = bytes[from + i];
  }
  return new Type(out.buffer);
}

// Every neuron: { count, d_mlp, columns: [{ name, heading, kind, values }], by: columns by name }.
async function readNeurons() {
  const table = parsed("neuron-data");
  if (!table) return null;
  const bytes = await unpacked(table.data);
  let at = 0;
  for (const column of table.columns) {
    if (column.kind === "name") {
      column.values = bytes.subarray(at, at + table.count);
      at += table.count;
    } else {
      const Type = column.kind === "count" ? Uint32Array : Float32Array;
      column.values = words(bytes, at, table.count, Type);
      at += 4 * table.count;
    }
  }
  table.by = Object.fromEntries(table.columns.map((column) => [column.name, column]));
  delete table.data;
  return table;
}

// The nearest tokens of value vectors: { each, texts, places, rows: by place of the neuron, without }; null if there are none.
async function readTokens() {
  const data = parsed("token-data");
  if (!data) return null;
  const [texts, places, at] = await Promise.all([unpackedJson(data.texts), unpacked(data.places), unpacked(data.at)]);
  const rows = new Map();
  words(at, 0, data.count, Uint32Array).forEach((place, row) => rows.set(place, row));
  return { ...data, texts, places: words(places, 0, data.count * data.each, Uint32Array), rows };
}

let allTokens = null;

// A neuron's nearest tokens in quotes, a number where one is no text; or what is said where it has none. They are unpacked for
// the first neuron that is asked for.
async function nearestTokens(at) {
  allTokens ??= readTokens();
  const tokens = await allTokens;
  if (!tokens) return { without: "Nearest tokens of value vectors are not among the results." };
  const row = tokens.rows.get(at);
  if (row === undefined) return { without: tokens.without };
  const places = [...tokens.places.subarray(row * tokens.each, (row + 1) * tokens.each)];
  return { tokens: places.map((place) => tokens.texts[place]).map((text) => (typeof text === "number" ? `#${text}` : JSON.stringify(text))) };
}

function neuronName(table, at) {
  return `L${Math.floor(at / table.d_mlp)}.${at % table.d_mlp}`;
}

// A value of a column as it is shown: six significant digits, as in neurons.csv.
function shownValue(table, column, at) {
  const value = column.values[at];
  if (column.kind === "name") return column.names[value];
  if (column.kind === "count") return value.toLocaleString("en-US");
  return value.toPrecision(table.digits);
}

// An element with properties and children; text children are never read as HTML.
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// A switch that shows toxic texts clearly, everywhere in the page; all of them stand as one.
function blurSwitch(id, words) {
  const box = make("input", { id, type: "checkbox", className: "clear-texts", checked: !document.body.classList.contains("blurred") });
  box.addEventListener("change", () => {
    document.body.classList.toggle("blurred", !box.checked);
    for (const other of document.querySelectorAll(".clear-texts")) other.checked = box.checked;
  });
  // It filters nothing.
  box.addEventListener("input", (event) => event.stopPropagation());
  return make("label", { className: "row" }, box, words);
}

function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
