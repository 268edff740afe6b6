import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { STATE } from "./root.ts";

/** What the running dev server says of itself to the other scripts. */
export interface Running {
  readonly pid: number;
  readonly publicUrl: string;
}

const path = join(STATE, "running.json");

/** Leaves a note for the other scripts; the answer takes it away again. */
export function noteRunning(publicUrl: string): () => void {
  mkdirSync(STATE, { recursive: true });
  writeFileSync(path, JSON.stringify({ pid: process.pid, publicUrl } satisfies Running));
  return () => rmSync(path, { force: true });
}

/** The dev server of this folder, if one runs: a note whose process is gone counts for nothing. */
export function findRunning(): Running | undefined {
  if (!existsSync(path)) return undefined;
  const noted = JSON.parse(readFileSync(path, "utf8")) as Running;
  try {
    process.kill(noted.pid, 0);
    return noted;
  } catch {
    return undefined;
  }
}
