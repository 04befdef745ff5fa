// TypeScript in, a component out: QuickJS with the module's code in it, started up at build time. What the engine would
// want of WASI is cut off, so that the component asks for nothing but the contract's own imports.

import { readFile, writeFile } from "node:fs/promises";
import { componentize } from "componentize-qjs";
import ts from "typescript";

const here = new URL("./", import.meta.url);
const typed = await readFile(new URL("punchcard.ts", here), "utf8");
const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };
const { component } = await componentize({
  witPath: new URL("../../../wit/1.0.0", here).pathname,
  world: "vertical",
  jsSource: ts.transpileModule(typed, { compilerOptions }).outputText,
  sync: true,
  optSize: true,
  stubWasi: true,
});
await writeFile(process.argv[2] ?? "punchcard.wasm", component);
