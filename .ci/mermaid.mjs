// Parses flowcharts with Mermaid itself, and fails on the first that it refuses.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false });
for (const path of process.argv.slice(2)) {
  const text = readFileSync(path, "utf8");
  if (text.length > 50_000) throw new Error(`${path} has ${text.length} characters, more than Mermaid reads`);
  const { diagramType } = await mermaid.parse(text);
  const diagram = await mermaid.mermaidAPI.getDiagramFromText(text);
  const nodes = [...diagram.db.getVertices().values()];
  const drawn = text.split("\n").filter((line) => /^\s+n\d+\(/.test(line)).length;
  if (nodes.length !== drawn) throw new Error(`${path}: ${nodes.length} nodes where ${drawn} were written`);
  if (nodes.some((node) => node.link || node.haveCallback)) throw new Error(`${path} has a link`);
  console.log(`mermaid reads ${path}: ${diagramType}, ${nodes.length} nodes`);
}
process.exit(0);
