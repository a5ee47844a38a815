// Opens a page in headless Chromium and uses it as a reader would. Arguments: the browser, the page, the neuron table as
// CSV, a folder for screenshots. Prints what was measured as JSON; throws at the first thing that is not as it should be.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [browserPath, page, csv, shots] = process.argv.slice(2);
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
  assert.match(await figure.$eval(".readout", (line) => line.textContent), /^L\d+\.\d+/, "the keyboard steps through marks");
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
  const changes = await tab.$$eval("article.prompt", (found) => found.map((prompt) => {
    const values = [...prompt.querySelectorAll(".scores")].map((line) => Number(/^\S+ (\S+)/.exec(line.textContent)[1].replace(",", "")));
    return values[1] - values[0];
  }));
  assert.ok(changes.length > 1 && changes.every((change, i) => i === 0 || change >= changes[i - 1] - 1e-9), `sorted by change: ${changes}`);
  await tab.select("#text-order", "");
  const first = await tab.$eval("article.prompt .answer .toxic", (text) => text.textContent.trim().split(" ")[0]);
  await tab.type("#text-find", first);
  const marks = await tab.$$eval("article.prompt mark", (found) => found.map((mark) => mark.textContent.toLowerCase()));
  assert.ok(marks.length > 0 && marks.every((mark) => mark === first.toLowerCase()), `found ${first}`);
  await tab.$eval("#text-find", (input) => { input.value = ""; input.dispatchEvent(new Event("input", { bubbles: true })); });
}
