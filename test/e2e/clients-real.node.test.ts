import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { callFrom } from "../../src/dev/clients/network.ts";
import { openPerson } from "../../src/dev/clients/person.ts";
import { play } from "../../src/dev/clients/play.ts";
import type { StartPlayer } from "../../src/dev/clients/player.ts";
import { aiSdk } from "../../src/dev/clients/players/ai-sdk.ts";
import { sdkV1 } from "../../src/dev/clients/players/sdk-v1.ts";
import { sdkV2 } from "../../src/dev/clients/players/sdk-v2.ts";
import { STEPS } from "../../src/dev/clients/steps.ts";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { sandboxClient } from "../../src/dev/stripe-sandbox/client.ts";

const { origin, sandboxUrl } = inject("server");
const sandbox = sandboxClient((path, init) => fetch(new URL(path, sandboxUrl), init));
const V1 = "@modelcontextprotocol/sdk";

/** The part of `npm run test:clients` that is cheap enough for every run: what most agents carry, by its ages. */
const clients: [name: string, player: StartPlayer, installedAs: string, forgotten?: string][] = [
  // It keeps a registration that the server does not know; our page says so to its person.
  ["the SDK of May 2025", sdkV1, "sdk-1.12", "once its host has cleared its store"],
  ["the SDK of October 2025", sdkV1, "sdk-1.20"],
  ["the latest SDK of 2025", sdkV1, V1],
  ["the SDK of 2026", sdkV2, "@modelcontextprotocol/client"],
  ["a client with OAuth of its own", aiSdk, "@ai-sdk/mcp"],
];

test.each(clients)(
  "%s connects, signs in, sells, is refused, refreshes and comes back",
  async (_, player, name, how) => {
    callFrom(`198.51.100.${clients.findIndex((one) => one[2] === name) + 1}`);
    const home = mkdtempSync(join(tmpdir(), "client-"));
    const person = await openPerson(origin, devPeople().buyer, sandbox);
    const cells = await play(
      player,
      {
        endpoint: `${origin}/mcp`,
        person,
        home,
        load: async <T>(specifier: string) => (await import(specifier.replace(V1, name))) as T,
        file: (path) => join(ROOT, "node_modules", path),
      },
      () => undefined,
    );
    rmSync(home, { recursive: true });
    expect(cells).toEqual({
      ...Object.fromEntries(Object.keys(STEPS).map((step) => [step, { outcome: "yes" }])),
      forgotten: { outcome: "yes", ...(how && { how }) },
    });
  },
);
