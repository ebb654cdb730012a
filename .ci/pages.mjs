// Opens pages and pictures in Chromium, wide and narrow, light and dark, and fails on anything that is not calm:
// a message, a request, an anchor without a target, a line that runs out of the page, a contrast below AA.
// pages.mjs CHROMIUM FOLDER FILE…: screenshots of the pages go to the folder.
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [chromium, folder, ...files] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox"] });
const failures = [];
const check = (holds, what) => { if (!holds) failures.push(what); };

async function open(file, { width = 1280, height = 900, scheme = "light", script = true, media = "screen" }) {
  const page = await browser.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("dialog", (dialog) => { said.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== pathToFileURL(resolve(file)).href) said.push(`request ${request.url()}`);
  });
  await page.setJavaScriptEnabled(script);
  await page.setViewport({ width, height });
  await page.emulateMediaType(media);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(pathToFileURL(resolve(file)).href);
  return { page, said };
}

// Runs in the page: texts whose contrast with what is behind them is below AA.
function faint() {
  const parse = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest("svg, script") || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(parse(style.color)), light(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${element.className || element.tagName} ${ratio.toFixed(2)}`);
  }
  return [...new Set(found)];
}

for (const file of files.filter((file) => file.endsWith(".html"))) {
  const name = basename(file, ".html");
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    for (const scheme of ["light", "dark"]) {
      const what = `${name} at ${width} in ${scheme}`;
      const { page, said } = await open(file, { width, height, scheme });
      const seen = await page.evaluate(() => ({
        broken: [...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute("href").slice(1)).filter((id) => !document.getElementById(id)),
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        verdict: document.querySelector(".verdict .word").getBoundingClientRect().bottom,
        steps: document.querySelectorAll(".step").length,
        squeezed: [...document.querySelectorAll(".table td")].filter((cell) => {
          const range = document.createRange();
          range.selectNodeContents(cell);
          const lines = range.getBoundingClientRect().height / parseFloat(getComputedStyle(cell).lineHeight);
          return lines > 6 && cell.textContent.length < lines * 12;
        }).map((cell) => cell.textContent.slice(0, 40)),
      }));
      check(seen.broken.length === 0, `${what}: anchors without target: ${seen.broken.slice(0, 3)}`);
      check(seen.wide <= 0, `${what}: ${seen.wide} pixels wider than the window`);
      check(seen.verdict < height / 2, `${what}: the verdict is at ${seen.verdict}`);
      check(seen.squeezed.length === 0, `${what}: a word a line: ${seen.squeezed.slice(0, 3)}`);
      const faded = await page.evaluate(faint);
      check(faded.length === 0, `${what}: contrast ${faded.slice(0, 5).join(", ")}`);
      await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png`, fullPage: name !== "big" });
      if (seen.steps === 0) {
        check(said.length === 0, `${what}: ${said.slice(0, 3).join("; ")}`);
        await page.close();
        continue;
      }
      // The filter, and an anchor into something closed.
      await page.type(".filter input[type=search]", "no such step");
      const hidden = await page.evaluate(() => document.querySelectorAll(".step:not([hidden])").length);
      check(hidden === 0, `${what}: the filter leaves ${hidden} steps`);
      await page.evaluate(() => { const input = document.querySelector(".filter input"); input.value = ""; input.dispatchEvent(new Event("input")); });
      await page.evaluate(() => { document.querySelectorAll("details").forEach((part) => { part.open = false; }); location.hash = document.querySelector(".step").id; });
      const opened = () => document.querySelector(".step").open && document.querySelector("details.phase").open;
      const opens = await page.waitForFunction(opened, { timeout: 5000 }).catch(() => null);
      check(opens, `${what}: an anchor does not open its step`);
      check(said.length === 0, `${what}: ${said.slice(0, 3).join("; ")}`);
      await page.close();
      const plain = await open(file, { width, height, scheme, script: false });
      const without = await plain.page.evaluate(() => [document.querySelectorAll(".step").length, document.querySelector(".filter").checkVisibility()]);
      check(without[0] === seen.steps && !without[1], `${what} without script: ${without}`);
      await plain.page.close();
    }
  }
  const { page } = await open(file, { media: "print" });
  if (name !== "big") {
    const closed = await page.evaluate(() => [...document.querySelectorAll(".step .body")].filter((body) => body.getBoundingClientRect().height < 20).length);
    check(closed === 0, `${name} printed: ${closed} steps are closed`);
    await page.pdf({ path: `${folder}/${name}.pdf`, format: "A4" });
  }
  await page.close();
  console.log(`chromium shows ${name}`);
}
for (const file of files.filter((file) => file.endsWith(".svg") && !file.endsWith(".dot.svg"))) {
  const { page, said } = await open(file, {});
  const out = await page.evaluate(() => {
    const inside = [];
    for (const node of document.querySelectorAll(".node")) {
      const box = node.querySelector("rect").getBoundingClientRect();
      for (const text of node.querySelectorAll("text")) {
        const own = text.getBoundingClientRect();
        if (own.right > box.right || own.left < box.left) inside.push(text.textContent);
      }
    }
    return inside;
  });
  check(out.length === 0, `${basename(file)}: labels wider than their boxes: ${out.slice(0, 3)}`);
  check(said.length === 0, `${basename(file)}: ${said.slice(0, 3).join("; ")}`);
  await page.close();
}
await browser.close();
if (failures.length > 0) {
  console.error(failures.join("\n"));
  process.exit(1);
}
console.log(`chromium: ${files.length} files are as they should be`);
