// Bundles TypeScript and CSS into dist/ under names that carry their content's hash, each with a gzipped twin.
import { build } from "esbuild";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/app.ts", "src/style.css", "src/icon.svg"],
  outdir: "dist",
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "linked",
  loader: { ".svg": "copy" },
});
for (const name of await readdir("dist")) {
  const bytes = await readFile(`dist/${name}`);
  await writeFile(`dist/${name}.gz`, gzipSync(bytes, { level: 9 }));
}
await writeFile("dist/bundled", "the time of this file is when the bundle was made\n");
await writeFile("dist/bundled.gz", gzipSync("the time of this file is when the bundle was made\n"));
