import { existsSync, readFileSync } from "node:fs";
import { type PublicKey, publicKeysOf } from "../../signing/public-key.ts";
import { ScriptError } from "./run-script.ts";

/** The text of a file. An unreadable file ends a script with 2, since nothing was checked. */
export function textOf(path: string): string {
  if (!existsSync(path)) throw new ScriptError(`There is no file ${path}.`, 2);
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new ScriptError(`${path} is no file that can be read.`, 2);
  }
}

/** Parses JSON; the error names `where`. */
export function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ScriptError(`${where} holds no JSON.`);
  }
}

/** The keys at a file or address that the caller gives. */
export async function keySetAt(place: string): Promise<readonly PublicKey[]> {
  const text = /^https?:\/\//.test(place) ? await fetched(place) : textOf(place);
  try {
    return publicKeysOf(jsonOf(text, place));
  } catch (error) {
    throw error instanceof ScriptError ? error : new ScriptError(`${place} holds no key set.`);
  }
}

async function fetched(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  if (!answer?.ok) throw new ScriptError(`${url} gives no key set: ${answer ? answer.status : "no answer"}.`);
  return answer.text();
}
