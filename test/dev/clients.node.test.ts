import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { play } from "../../src/dev/clients/play.ts";
import type { Player, Setting } from "../../src/dev/clients/player.ts";
import { runRows } from "../../src/dev/clients/run.ts";
import { NotPossible } from "../../src/dev/clients/steps.ts";
import { endToken, forgetClient } from "../../src/dev/clients/stored-tokens.ts";

const setting = {
  endpoint: "http://localhost/mcp",
  home: "/",
  load: () => Promise.reject(new Error("no packages here")),
  file: (path: string) => path,
  person: {
    allow: async () => new URL("http://localhost/callback?code=1"),
    refusal: async () => undefined,
    pay: async () => undefined,
  },
} satisfies Setting;

/** A client that can do everything. */
const able: Player = {
  connect: async () => "http://localhost/authorize?client_id=1",
  signIn: async () => undefined,
  list: async () => ["start_checkout"],
  read: async (uri) =>
    uri.startsWith("commerce://offers/") ? '{"confirmationText":"Buy","updatedAt":"1"}' : '{"status":"paid"}',
  call: async (_, { confirmationText }) =>
    confirmationText === "Buy" ? '{"checkoutIntentId":"checkout-1"}' : '{"code":"confirmation_mismatch"}',
  spoilToken: async () => undefined,
  forget: async () => undefined,
  close: async () => undefined,
};
const outcomes = async (fault: Partial<Player>) => {
  const cells = await play(
    async () => ({ ...able, ...fault }),
    setting,
    () => undefined,
  );
  return Object.fromEntries(Object.entries(cells).filter(([, { outcome }]) => outcome !== "yes"));
};
const fails = (message: string) => () => Promise.reject(new Error(message));
const no = (why: string) => ({ outcome: "no", why });

test("a client that can do everything is told as such", async () => {
  expect(await outcomes({})).toEqual({});
});

test.each<[string, Partial<Player>, Record<string, unknown>]>([
  [
    "sends its person elsewhere",
    { connect: async () => "http://localhost/" },
    {
      connect: no("it sends its person to /"),
      signIn: no('without "connect"'),
      ...Object.fromEntries(["list", "read", "refresh", "forgotten"].map((step) => [step, no('without "signIn"')])),
      ...Object.fromEntries(["sale", "refusal"].map((step) => [step, no('without "read"')])),
    },
  ],
  [
    "lists other tools",
    { list: async () => ["another"] },
    Object.fromEntries(
      ["list", "refresh", "forgotten"].map((step) => [step, no("start_checkout is not among 1 tools")]),
    ),
  ],
  [
    "hides why it was refused",
    { call: async (_, args) => (args.confirmationText === "Buy" ? '{"checkoutIntentId":"c"}' : "failed") },
    { refusal: no("the caller sees: failed") },
  ],
  [
    "has no token to end",
    { spoilToken: fails("its store has no access token") },
    { refresh: no("its store has no access token") },
  ],
  [
    "can't be forgotten",
    { forget: () => Promise.reject(new NotPossible("it keeps nothing")) },
    { forgotten: { outcome: "not possible", why: "it keeps nothing" } },
  ],
])("a client that %s", async (_, fault, expected) => {
  expect(await outcomes(fault)).toEqual(expected);
});

test("a client that can't be started fails with its error", async () => {
  const cells = await play(
    () => Promise.reject(new Error("no such module")),
    setting,
    () => undefined,
  );
  expect(cells.connect).toEqual(no("no such module"));
});

test("a token is ended and a client forgotten in whichever way it is kept", () => {
  const folder = mkdtempSync(join(tmpdir(), "tokens-"));
  const path = join(folder, "tokens.json");
  try {
    writeFileSync(path, '{"accessToken":"a","refreshToken":"r","clientId":"c","expiresAt":1795917790897}');
    endToken([path]);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      accessToken: "unknown-to-the-server",
      refreshToken: "r",
      clientId: "c",
      expiresAt: 1000000000000,
    });
    writeFileSync(path, JSON.stringify({ kept: '{"access_token":"a","refresh_token":"r"}', client_id: "c" }));
    forgetClient([path]);
    expect(readFileSync(path, "utf8")).toMatch(/^(?!.*"[arc]\\?").*unknown.*unknown.*unknown/);
    writeFileSync(path, '{"accessToken":""}');
    expect(() => endToken([path])).toThrow("its store has no access token");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("reasons stand below the table, each once", () => {
  const cell = no("x");
  const cells = { connect: { outcome: "yes" }, signIn: cell, list: cell } as never;
  const client = { id: "a", name: "A", through: "its class", version: "1", cells: { ...(cells as object) } };
  const all = { read: cell, sale: cell, refusal: cell, refresh: cell, forgotten: { outcome: "yes", how: "y" } };
  const run = {
    date: "2026-01-01",
    node: "v24",
    clients: [{ ...client, cells: { ...client.cells, ...all } as never }],
  };
  const { rows, reasons } = runRows(run);
  expect(rows).toEqual([["A", "1", "yes", ...Array(6).fill("no (1)"), "yes (2)"]]);
  expect(reasons).toEqual(["x", "y"]);
});
