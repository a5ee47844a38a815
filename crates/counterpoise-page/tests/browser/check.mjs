// Opens a page in headless Chromium and uses it as a reader would. Arguments: the browser, the page, the neuron table as
// CSV, the tokens of its neurons as JSON, a folder for screenshots. Prints what was measured as JSON; throws at the first thing that is not as it should be.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [browserPath, page, csv, words, shots] = process.argv.slice(2);
const tokens = JSON.parse(readFileSync(words, "utf8"));
const [header, ...lines] = readFileSync(csv, "utf8").trim().split("\n");
const names = header.split(",");
const rows = lines.map((line) => Object.fromEntries(line.split(",").map((value, i) => [names[i], Number(value)])));
const six = (value) => value.toPrecision(6);
const measured = {};

const browser = await puppeteer.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const tab = await browser.newPage();
  const complaints = [];
  const requests = [];
  tab.on("console", (message) => { if (["error", "warning", "warn"].includes(message.type())) complaints.push(message.text()); });
  tab.on("pageerror", (error) => complaints.push(String(error)));
  tab.on("dialog", (dialog) => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  tab.on("request", (request) => requests.push(request.url()));

  await tab.setViewport({ width: 1200, height: 900 });
  await tab.goto(pathToFileURL(page).href, { waitUntil: "load" });
  await tab.waitForFunction(() => document.documentElement.dataset.ready === "yes", { timeout: 60_000 });
  measured.ready_ms = Math.round(await tab.evaluate(() => performance.now()));

  await sorting(tab);
  await filtering(tab);
  await opening(tab);
  await nearest(tab);
  await toggling(tab);
  await hovering(tab);
  await zooming(tab);
  await texts(tab);

  for (const scheme of ["light", "dark"]) {
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    for (const width of [1200, 400]) {
      await tab.setViewport({ width, height: 900 });
      await tab.evaluate(() => scrollTo(0, 0));
      await new Promise((done) => setTimeout(done, 300));
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `at ${width} pixels the page is ${wide} wide`);
      await tab.screenshot({ path: `${shots}/${scheme}-${width}.png`, fullPage: true });
    }
  }

  await printing(tab);

  const outside = requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:") && !url.startsWith("blob:"));
  assert.deepEqual(outside, [], "the page asked the network");
  assert.equal(requests.filter((url) => url.startsWith("file:")).length, 1, "the page is one file");
  assert.deepEqual(complaints, [], "the console");
  assert.equal(await tab.evaluate(() => window.harm), undefined, "a text ran as a script");
} finally {
  await browser.close();
}
console.log(JSON.stringify(measured));

// The first rows that are shown, as lists of cells.
async function shown(tab) {
  return tab.$$eval("#neuron-table tbody tr[data-at]", (found) => found.map((row) => [...row.cells].map((cell) => cell.textContent)));
}

async function headings(tab) {
  return tab.$$eval("#neuron-table thead th", (cells) => cells.map((cell) => cell.dataset.column ?? "name"));
}

async function sorting(tab) {
  const columns = await headings(tab);
  const cells = async (column) => (await shown(tab)).map((cells) => cells[columns.indexOf(column)]);
  assert.deepEqual((await cells("rank")).slice(0, 3), ["0", "1", "2"], "by rank at first");
  const click = (column) => tab.$eval(`th[data-column="${column}"] button`, (button) => button.click());
  // Those of one group are by place, both ways.
  for (const way of ["ascending", "descending"]) {
    await click("group");
    assert.equal(await tab.$eval('th[data-column="group"]', (cell) => cell.ariaSort), way);
    const places = await tab.$$eval("#neuron-table tbody tr[data-at]", (found) => found.map((row) => Number(row.dataset.at)));
    assert.equal(new Set(await cells("group")).size, 1);
    assert.ok(places.length > 10 && places.every((at, i) => i === 0 || at > places[i - 1]), `${way}: ${places}`);
  }
  for (const [column, sign] of [["projection_diff", -1], ["projection_diff", 1], ["pt_cossim", -1]]) {
    await tab.$eval(`th[data-column="${column}"] button`, (button) => button.click());
    const wanted = rows.map((row) => Number(six(row[column]))).sort((a, b) => sign * (a - b));
    const found = (await shown(tab)).slice(0, 10).map((cells) => cells[columns.indexOf(column)]);
    assert.deepEqual(found, wanted.slice(0, 10).map(six), `sorted by ${column}`);
  }
  const drawn = await tab.$$eval("#neuron-table tbody tr", (found) => found.length);
  assert.ok(drawn < 80, `${drawn} rows are in the document`);
  // The last rows are reached by scrolling.
  await tab.$eval("#neuron-scroll", (scroll) => { scroll.scrollTop = scroll.scrollHeight; });
  await tab.waitForFunction(() => document.querySelector("#neuron-scroll").scrollTop > 0);
  await new Promise((done) => setTimeout(done, 200));
  const least = Math.min(...rows.map((row) => Number(six(row.pt_cossim))));
  assert.equal((await shown(tab)).at(-1)[columns.indexOf("pt_cossim")], six(least), "the last row");
  await click("projection_diff");
  assert.equal(await tab.$eval("#neuron-scroll", (scroll) => scroll.scrollTop), 0, "sorting goes to the first row");
}

async function filtering(tab) {
  const count = async () => tab.$eval("#neuron-count", (line) => Number(line.textContent.split(" of ")[0].replaceAll(",", "")));
  assert.equal(await count(), rows.length);
  await tab.select("#filter-layer", "1");
  assert.equal(await count(), rows.filter((row) => row.layer_idx === 1).length, "layer 1");
  await tab.select("#filter-layer", "");
  await tab.type("#filter-rank", "25");
  assert.equal(await count(), 25, "the first 25");
  await tab.$eval("#filter-rank", (input) => { input.value = ""; input.dispatchEvent(new Event("input", { bubbles: true })); });
  await tab.select("#filter-group", "0");
  const group = rows.filter((row) => row.pt_cossim > 0 && row.pt_activation_value >= 0 && row.activation_diff > 0);
  measured.group = { shown: await count(), csv: group.length };
  assert.ok((await shown(tab)).every((cells) => cells.includes("TP−")), "only the group");
  await tab.select("#filter-group", "");
  const find = (name) => tab.$eval("#filter-find", (input, name) => { input.value = name; input.dispatchEvent(new Event("input", { bubbles: true })); }, name);
  await find("1.3");
  assert.equal(await count(), 0, "a name is found by its start");
  await find("");
}

// Finds the neuron at this place and opens it.
async function openNeuron(tab, at) {
  const row = rows[at];
  const name = `L${row.layer_idx}.${row.neuron_idx}`;
  await tab.$eval("#filter-find", (input, name) => { input.value = name; input.dispatchEvent(new Event("input", { bubbles: true })); }, name);
  await tab.$eval(`#neuron-table tbody tr[data-at="${at}"] button`, (button) => button.click());
  await tab.waitForFunction(() => document.querySelector("#neuron-tokens").textContent !== "");
  return { name, words: await tab.$eval("#neuron-tokens", (line) => line.textContent) };
}

async function nearest(tab) {
  const layer = rows.filter((row) => row.layer_idx === 0).length;
  for (const at of [layer, 0, 1, 6, 8, 9, layer + 1, 2 * layer + 3, rows.length - 2, rows.length - 1]) {
    const found = await openNeuron(tab, at);
    const wanted = tokens[at] === undefined ? "It has none." : `Its value vector's nearest tokens: ${tokens[at]}`;
    assert.equal(found.words, wanted, found.name);
  }
  assert.ok(Object.keys(tokens).length < rows.length && tokens[3] === undefined);
  assert.equal((await openNeuron(tab, 3)).words, "It has none.");
  // Tokens and tables of tokens are blurred, and one switch clears all, whichever it is.
  await openNeuron(tab, 1);
  const blurred = () => tab.$$eval("#neuron-tokens .toxic, .veiled td:last-child, .answer .toxic", (found) => found.map((element) => /blur/.test(getComputedStyle(element).filter)));
  const switches = () => tab.$$eval(".clear-texts", (found) => found.map((box) => box.checked));
  for (const box of ["#token-clear", "#veil-0"]) {
    assert.ok((await blurred()).length > 2 && (await blurred()).every((is) => is), "blurred at first");
    await tab.$eval(box, (box) => box.click());
    assert.ok((await blurred()).every((is) => !is), `${box} clears`);
    assert.deepEqual(await switches(), [true, true, true]);
    await tab.$eval(box, (box) => box.click());
    assert.deepEqual(await switches(), [false, false, false]);
  }
  await tab.$eval("#filter-find", (input) => { input.value = ""; input.dispatchEvent(new Event("input", { bubbles: true })); });
}

async function opening(tab) {
  await tab.type("#filter-find", "L1.3");
  await tab.$eval("#neuron-table tbody tr[data-at] button", (button) => button.click());
  const detail = await tab.$eval("#neuron-detail", (element) => element.textContent);
  const row = rows.find((row) => detail.startsWith(`L${row.layer_idx}.${row.neuron_idx}R`));
  assert.ok(row, detail);
  for (const column of ["pt_activation_value", "dpo_activation_value", "pt_cossim", "dpo_cossim", "projection_diff"]) {
    assert.ok(detail.includes(six(row[column])), `${column} of ${detail}`);
  }
  await tab.$eval("#filter-find", (input) => { input.value = ""; input.dispatchEvent(new Event("input", { bubbles: true })); });
}

async function toggling(tab) {
  const figure = 'figure[data-figure^="fig2c"]';
  const marks = () => tab.$$eval(`${figure} .plot g[clip-path] > *`, (found) => found.length);
  const before = await marks();
  await tab.$eval(`${figure} .legend button`, (button) => button.click());
  const without = await marks();
  assert.ok(without < before, `${before} marks, then ${without}`);
  assert.equal(await tab.$eval(`${figure} .legend button`, (button) => button.ariaPressed), "false");
  await tab.$eval(`${figure} .legend button`, (button) => button.click());
  assert.equal(await marks(), before, "switched on again");
}

async function hovering(tab) {
  for (const name of ["fig2c", "fig4", "fig5a"]) {
    const figure = await tab.$(`figure[data-figure^="${name}"]`);
    if (!figure) continue;
    await figure.evaluate((element) => element.scrollIntoView({ block: "center" }));
    const head = await figure.$(".plot polygon, .plot g[clip-path] circle");
    await head.hover();
    const words = await figure.$eval(".readout", (line) => line.textContent);
    const found = /^L(\d+)\.(\d+) \(layer (\d+)\), .*: cosine (\S+) base, (\S+) tuned; activation (\S+) base, (\S+) tuned; reduction (\S+)$/.exec(words);
    assert.ok(found, `${name}: ${words}`);
    const [layer, index] = [Number(found[1]), Number(found[2])];
    const row = rows.find((row) => row.layer_idx === layer && row.neuron_idx === index);
    const wanted = ["pt_cossim", "dpo_cossim", "pt_activation_value", "dpo_activation_value", "projection_diff"].map((column) => six(row[column]));
    assert.deepEqual(found.slice(4), wanted, `${name}: ${words}`);
  }
}

async function zooming(tab) {
  const figure = await tab.$('figure[data-figure^="fig2c"]');
  const drawn = () => figure.$eval(".plot polygon", (mark) => mark.getAttribute("points"));
  const before = await drawn();
  await figure.$eval('button[aria-label="Zoom in"]', (button) => button.click());
  assert.notEqual(await drawn(), before, "zoomed in");
  await figure.$eval(".plot svg", (svg) => svg.focus());
  await tab.keyboard.press("0");
  assert.equal(await drawn(), before, "the key 0 shows all");
  await tab.keyboard.press("ArrowRight");
  const readout = () => figure.$eval(".readout", (line) => line.textContent);
  const first = await readout();
  assert.match(first, /^L\d+\.\d+/, "the keyboard steps through marks");
  await tab.keyboard.press("ArrowRight");
  const second = await readout();
  assert.notEqual(second, first);
  await tab.keyboard.press("ArrowRight");
  await tab.keyboard.press("ArrowLeft");
  assert.equal(await readout(), second, "and back");
  // How far the marks are apart, and where the first is.
  const spread = () => figure.$$eval(".plot polygon", (found) => {
    const places = found.map((mark) => Number(mark.getAttribute("points").split(",")[0]));
    return [Math.max(...places) - Math.min(...places), places[0]];
  });
  const [whole, place] = await spread();
  await tab.keyboard.press("-");
  assert.ok((await spread())[0] < 0.8 * whole, "the key - zooms out");
  await tab.keyboard.press("+");
  assert.ok(Math.abs((await spread())[0] - whole) < 1, "the key + zooms in");
  await tab.keyboard.down("Shift");
  await tab.keyboard.press("ArrowRight");
  await tab.keyboard.up("Shift");
  const [same, moved] = await spread();
  assert.ok(Math.abs(same - whole) < 1 && moved < place - 5, "shift and an arrow move");
  assert.equal(await readout(), second, "and choose nothing");
  await tab.keyboard.press("0");
  // The wheel zooms with Ctrl alone; away from marks nothing is read.
  const box = await (await figure.$("svg.chart")).boundingBox();
  await tab.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await tab.mouse.wheel({ deltaY: -1 });
  await new Promise((done) => setTimeout(done, 100));
  assert.ok(Math.abs((await spread())[0] - whole) < 1, "the wheel alone scrolls");
  await tab.keyboard.down("Control");
  await tab.mouse.wheel({ deltaY: -100 });
  await tab.keyboard.up("Control");
  await tab.waitForFunction((before) => document.querySelector('figure[data-figure^="fig2c"] .plot polygon').getAttribute("points") !== before, {}, before);
  assert.ok((await spread())[0] > 1.1 * whole, "Ctrl and the wheel zoom in");
  await figure.$eval('button[aria-label="Show all"]', (button) => button.click());
  assert.equal(await drawn(), before);
  const now = await (await figure.$("svg.chart")).boundingBox();
  await tab.mouse.move(now.x + 3, now.y + now.height - 3);
  assert.equal(await readout(), "", "nothing is near");
}

// On paper the page is light, without controls, and shows no toxic text.
async function printing(tab) {
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await tab.emulateMediaType("print");
  const look = (selector, property) => tab.$eval(selector, (element, property) => getComputedStyle(element)[property], property);
  assert.equal(await look("body", "color"), "rgb(29, 29, 31)", "dark on light");
  for (const gone of ["nav", ".filters", ".zoom", ".readout", "#neurons", "#generations"]) assert.equal(await look(gone, "display"), "none", gone);
  assert.notEqual(await look(".only-print", "display"), "none");
  const shown = () => tab.$$eval(".veiled td:last-child", (cells) => cells.map((cell) => getComputedStyle(cell).visibility));
  assert.deepEqual(await shown(), ["hidden"], "toxic tokens");
  await tab.evaluate(() => document.querySelector("#veil-0").click());
  assert.deepEqual(await shown(), ["visible"], "toxic tokens that were asked for");
  const shape = await tab.$eval("svg.chart", (svg) => [svg.viewBox.baseVal.width / svg.viewBox.baseVal.height, svg.clientWidth / svg.clientHeight]);
  assert.ok(Math.abs(shape[0] - shape[1]) < 0.02, `a figure of shape ${shape[0]} has the room of ${shape[1]}`);
  await tab.evaluate(() => document.querySelector("#veil-0").click());
  await tab.pdf({ path: `${shots}/print.pdf`, format: "A4" });
  await tab.emulateMediaType("screen");
}

async function texts(tab) {
  const blurred = () => tab.$eval(".answer .toxic", (text) => getComputedStyle(text).filter);
  assert.match(await blurred(), /blur/, "texts are blurred at first");
  await tab.click("#text-clear");
  assert.equal(await blurred(), "none");
  await tab.click("#text-clear");
  const order = () => tab.$$eval("article.prompt", (found) => found.map((prompt) => Number(prompt.dataset.at)));
  assert.deepEqual((await order()).slice(0, 3), [0, 1, 2]);
  await tab.select("#text-order", "1:1");
  // What the score of a row is above that of the first, prompt by prompt; none where one of them is missing.
  const changesOf = (row) => tab.$$eval("article.prompt", (found, row) => found.map((prompt) => {
    const values = [...prompt.querySelectorAll(".scores")].map((line) => Number(/^\S+ (\S+)/.exec(line.textContent)[1].replace(",", "")));
    return Number.isNaN(values[row] - values[0]) ? null : values[row] - values[0];
  }), row);
  for (const [row, sign] of [[1, 1], [1, -1], [2, 1]]) {
    await tab.select("#text-order", `${row}:${sign}`);
    const changes = await changesOf(row);
    assert.ok(new Set(changes).size > 10 && !changes.includes(null), `${changes}`);
    assert.ok(changes.every((change, i) => i === 0 || sign * change >= sign * changes[i - 1] - 1e-9), `sorted by change: ${changes}`);
  }
  // All of them, those without a score last.
  await tab.select("#text-order", "1:1");
  const shown = () => tab.$$eval("article.prompt", (found) => found.length);
  const prompts = await tab.$eval("#text-count", (line) => Number(line.textContent.split(" of ")[1].split(" ")[0]));
  assert.equal(await shown(), 20);
  await tab.click("#more-texts");
  assert.equal(await shown(), 40);
  for (let more = 60; more < prompts + 20; more += 20) await tab.$eval("#more-texts", (button) => button.click());
  assert.equal(await shown(), prompts);
  assert.equal(await tab.$eval("#more-texts", (button) => button.hidden), true);
  const all = await changesOf(1);
  const missing = all.filter((change) => change === null).length;
  assert.ok(missing > 0 && all.slice(-missing).every((change) => change === null), "missing scores last");
  await tab.select("#text-order", "");
  assert.ok((await tab.$$eval("article.prompt", (found) => found.map((prompt) => prompt.querySelectorAll(".answer").length))).every((answers) => answers === 3), "three rows at first");
  // A text that is in an edit's answers alone.
  await tab.type("#text-find", "onerror");
  assert.match(await tab.$eval("#text-count", (line) => line.textContent), /^1 of /);
  await tab.$eval("#text-find", (input) => { input.value = ""; input.dispatchEvent(new Event("input", { bubbles: true })); });
  const first = await tab.$eval("article.prompt .answer .toxic", (text) => text.textContent.trim().split(" ")[0]);
  await tab.type("#text-find", first);
  const marks = await tab.$$eval("article.prompt mark", (found) => found.map((mark) => mark.textContent.toLowerCase()));
  assert.ok(marks.length > 0 && marks.every((mark) => mark === first.toLowerCase()), `found ${first}`);
  await tab.$eval("#text-find", (input) => { input.value = ""; input.dispatchEvent(new Event("input", { bubbles: true })); });
}
