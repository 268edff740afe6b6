import { join } from "node:path";
import { ROOT } from "../../src/dev/local/root.ts";
import { sourceFiles } from "./source-files.ts";

/** The test files that need neither a browser nor the built bundle, from the root. */
export const suiteFiles = (): readonly string[] =>
  sourceFiles(join(ROOT, "test"), /\.test\.ts$/)
    .map((name) => join("test", name))
    .filter((name) => !/^test\/(?:bench|browser|e2e)\//.test(name))
    .sort();
