import { expect } from "vitest";
import type { publishedTypes } from "./published-types.ts";
import { SECRET_KEY, type startSandbox } from "./start.ts";

type Started = Awaited<ReturnType<typeof startSandbox>>;

/** The JSON of an object, as it goes over the wire. */
export async function wire({ fetcher }: Started, path: string): Promise<Record<string, unknown>> {
  const response = await fetcher(path, { headers: { authorization: `Bearer ${SECRET_KEY}` } });
  expect(response.status, path).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

/** The same, held against a published type. */
export async function hold(sandbox: Started, path: string, published: ReturnType<typeof publishedTypes>, type: string) {
  const body = await wire(sandbox, path);
  expect(published.mismatches(body, type), path).toEqual([]);
  return body;
}
