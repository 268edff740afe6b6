import { gzipSync } from "node:zlib";
import { transform } from "esbuild";
import { packageOf } from "./modules.ts";

interface Weight {
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** What the text of each package in an unminified bundle weighs, minified and gzipped on its own. */
export async function packageWeights(bundle: string, modules: readonly string[]): Promise<Map<string, Weight>> {
  const texts = new Map<string, string[]>();
  for (const [at, line] of bundle.split("\n").entries()) {
    const name = packageOf(modules[at] ?? "?");
    const lines = texts.get(name) ?? [];
    lines.push(line);
    texts.set(name, lines);
  }
  const weights = new Map<string, Weight>();
  for (const [name, lines] of texts) {
    const text = lines.join("\n");
    // A text that is no whole program, as the bundler's own head and foot, is weighed as it stands.
    const minified = await transform(text, { minify: true, target: "es2024", logLevel: "silent" }).then(
      ({ code }) => code,
      () => text,
    );
    weights.set(name, { bytes: Buffer.byteLength(minified), gzipBytes: gzipSync(minified).length });
  }
  return weights;
}
