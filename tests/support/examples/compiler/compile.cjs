// Checks one TypeScript file with the strict rules and writes JavaScript: `node compile.cjs FILE TARGET MODULES`.
const fs = require("node:fs");
const path = require("node:path");

const [file, target, modules] = process.argv.slice(2);
const ts = require(path.join(modules, "typescript"));

const options = {
  strict: true,
  noUnusedLocals: true,
  noImplicitReturns: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ["lib.es2022.d.ts"],
  types: ["node"],
  typeRoots: [path.join(modules, "@types")],
  skipLibCheck: true,
};
const program = ts.createProgram([file], options);
const result = program.emit(undefined, (_name, text) => fs.writeFileSync(target, text));
const found = ts.getPreEmitDiagnostics(program).concat(result.diagnostics);
for (const { file: source, start, messageText } of found) {
  const line = source ? source.getLineAndCharacterOfPosition(start).line + 1 : 0;
  console.error(`${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
}
process.exit(found.length ? 1 : 0);
