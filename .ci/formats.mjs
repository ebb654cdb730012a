// Reads what the SARIF validator found; ends with 1 if anything is there that is not known and accepted.
import { readFileSync } from "node:fs";

// The project has no address yet; rules have words for ids; and an approved plan has no results to judge.
const accepted = new Set(["SARIF2005", "SARIF2009"]);
const log = JSON.parse(readFileSync(process.argv[2], "utf8").replace(/^\uFEFF/, ""));
const results = log.runs.flatMap((run) => run.results ?? []);
const serious = results.filter((result) => (result.level ?? "warning") !== "note" && !accepted.has(result.ruleId));
for (const result of serious) {
  const place = result.locations?.[0]?.physicalLocation;
  const text = result.message?.text ?? `${result.message?.id}: ${(result.message?.arguments ?? []).join(" | ")}`;
  console.error(`${result.ruleId} ${place?.artifactLocation?.uri}:${place?.region?.startLine}: ${text}`);
}
console.log(`sarif: ${serious.length} problems in 4 cases, ${results.length - serious.length} remarks`);
process.exit(serious.length === 0 ? 0 : 1);
