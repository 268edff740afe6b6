import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { USUAL_URL } from "./ports.ts";
import { STATE } from "./root.ts";
import { ScriptError } from "./run-script.ts";

/** The process and address of the running dev server, for the other scripts. */
interface Running {
  readonly pid: number;
  readonly publicUrl: string;
}

const path = join(STATE, "running.json");

/** Writes the note that `findRunning` reads. The answer is a function that removes it. */
export function noteRunning(publicUrl: string): () => void {
  mkdirSync(STATE, { recursive: true });
  writeFileSync(path, JSON.stringify({ pid: process.pid, publicUrl } satisfies Running));
  return () => rmSync(path, { force: true });
}

/** The dev server of this folder, if it runs; a note of a process that has ended is ignored. */
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

/** The origin of the server to call: the one given, the running dev server's, or its usual one. */
export function serverUrl(given: string | undefined): string {
  return (given ?? findRunning()?.publicUrl ?? USUAL_URL).replace(/\/$/, "");
}

/** The error of a script whose server does not answer. */
export const noAnswer = (url: string) =>
  new ScriptError(`The server at ${url} does not answer. Start it first: npm run dev`);

/** Throws while the dev server runs: two programs can't open its database at once. */
export function assertStopped(): void {
  if (findRunning()) throw new ScriptError("Stop npm run dev first: two programs can't open its database at once.");
}
