import { execFileSync } from "node:child_process";
import {
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, STATE } from "../root.ts";

/** A copy of the tree that may be spoiled. */
export interface Scratch {
  readonly root: string;
  read(file: string): string;
  write(file: string, text: string): void;
  /** The files that were written since this was last asked. */
  takeWritten(): string[];
  remove(): void;
}

/** Copies what git knows or would add; packages are hard links, so that they cost no room. */
export function makeScratch(): Scratch {
  const root = join(STATE, `mutation-${process.pid}`);
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", list, { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 26 });
  for (const file of files.split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(ROOT, file), join(root, file));
  }
  link(join(ROOT, "node_modules"), join(root, "node_modules"));
  const written = new Set<string>();
  return {
    root,
    read: (file) => readFileSync(join(root, file), "utf8"),
    write(file, text) {
      writeFileSync(join(root, file), text);
      written.add(file);
    },
    takeWritten() {
      const files = [...written];
      written.clear();
      return files;
    },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    // Caches are written to in place.
    if (entry.name === ".vite") continue;
    if (entry.isDirectory()) link(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkSync(source, target);
  }
}
