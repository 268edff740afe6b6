import { expect } from "vitest";
import type { World } from "./world.ts";

/** A digest of the rows of each table: two states are equal when nothing was written in between. */
export async function databaseState({ db }: World): Promise<Record<string, string>> {
  const { results: tables } = await db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name != 'd1_migrations' ORDER BY name",
    )
    .all<{ name: string }>();
  const contents = await db.batch(tables.map(({ name }) => db.prepare(`SELECT * FROM "${name}"`)));
  const states = await Promise.all(
    contents.map(async ({ results }) => `${results.length} rows, ${await digest(JSON.stringify(results))}`),
  );
  return Object.fromEntries(tables.map(({ name }, index) => [name, states[index] ?? ""]));
}

/** Runs `run`, and fails when a table other than those of `except` changed. */
export async function unchanged<T>(world: World, run: () => Promise<T>, except: readonly string[] = []): Promise<T> {
  const others = (state: Record<string, string>) =>
    Object.fromEntries(Object.entries(state).filter(([table]) => !except.includes(table)));
  const before = others(await databaseState(world));
  const answer = await run();
  expect(others(await databaseState(world))).toEqual(before);
  return answer;
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes.slice(0, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
