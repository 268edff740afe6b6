import { existsSync, readFileSync } from "node:fs";
import { type PublicKey, publicKeysOf } from "../../signing/public-key.ts";
import { Told } from "./told.ts";

/** A file's text. What cannot be read says nothing about what was to be checked: exit code 2. */
export function textOf(path: string): string {
  if (!existsSync(path)) throw new Told(`There is no file ${path}.`, 2);
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Told(`${path} is no file that can be read.`, 2);
  }
}

export function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Told(`${where} holds no JSON.`);
  }
}

/** The keys at a file or address: from where the caller says, never from what is to be checked. */
export async function keySetAt(place: string): Promise<readonly PublicKey[]> {
  const text = /^https?:\/\//.test(place) ? await fetched(place) : textOf(place);
  try {
    return publicKeysOf(jsonOf(text, place));
  } catch (error) {
    throw error instanceof Told ? error : new Told(`${place} holds no key set.`);
  }
}

async function fetched(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  if (!answer?.ok) throw new Told(`${url} gives no key set: ${answer ? answer.status : "nothing answers"}.`);
  return answer.text();
}
