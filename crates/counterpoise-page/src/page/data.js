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

// Every neuron: { count, d_mlp, columns: [{ name, heading, kind, values }], by: columns by name, tokens: by place }.
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
  table.tokens = new Map(table.tokens.map((row) => [row.at, row.tokens]));
  delete table.data;
  return table;
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

function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
