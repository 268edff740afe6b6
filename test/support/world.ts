/// <reference types="@cloudflare/vitest-plugin/types" />

import { applyD1Migrations, createExecutionContext, type D1Migration, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type App, createApp } from "../../src/app.ts";
import { hashPassword } from "../../src/auth/password.ts";
import type { AccountBounds } from "../../src/base/bounds.ts";
import { randomIds } from "../../src/base/ids.ts";
import { createKeyring } from "../../src/base/keyring.ts";
import type { LogLine } from "../../src/base/log.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { businessSettings } from "../../src/dev/seeds/business-settings.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { writeDevAccounts } from "../../src/dev/seeds/dev-accounts.ts";
import { loadBusiness } from "../../src/dev/seeds/load.ts";
import { openLocalDatabase } from "../../src/dev/seeds/local-database.ts";
import { writeStory } from "../../src/dev/seeds/story/write-story.ts";
import { sandboxClient } from "../../src/dev/stripe-sandbox/client.ts";
import type { Bindings } from "../../src/env.ts";
import { bundledBusiness, bundledDevAccounts, bundledReferenceStory } from "./bundled-seeds.ts";
import { describedFetch } from "./described-fetch.ts";
import { connect } from "./mcp.ts";
import { NOW } from "./now.ts";
import { obtainToken } from "./oauth.ts";
import { unlimited } from "./unlimited.ts";
import { watchDatabase } from "./watched-database.ts";
import { widen } from "./wider-database.ts";

/** The public origin of the server under test. */
export const ORIGIN = "https://app.test";
/** The development account of the owner. */
export const OWNER = { email: "owner@bumpgrade.test", password: "bumpgrade-local-only" };
/** The development account of a buyer. */
export const BUYER = { email: "buyer@bumpgrade.test", password: "bumpgrade-local-only" };

interface TestBindings extends Bindings {
  readonly SANDBOX_DB: D1Database;
  readonly STRIPE_SANDBOX: Fetcher;
  readonly MIGRATIONS: D1Migration[];
  readonly SANDBOX_MIGRATIONS: D1Migration[];
  readonly SERVER_SECRET: string;
  readonly TEST_WIDER: string;
}

/**
 * As in a Worker, time passes with input and output alone: a round trip to the database takes a millisecond. It passes
 * for all worlds of a file, which share one database.
 */
let passed = 0;

/** A delivery of Stripe's as it travels. */
interface SignedEvent {
  readonly body: string;
  readonly signature: string;
}

/** The request that brings a delivery to the webhook. */
export const webhookRequest = ({ body, signature }: SignedEvent): Request =>
  new Request(`${ORIGIN}/api/stripe/webhook`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Stripe-Signature": signature },
    body,
  });

/** A server under test, with its database, the Stripe sandbox and the clocks of both. */
export type World = ReturnType<typeof openWorld>;

/** The options of a world. */
export interface WorldOptions {
  /** True: the story of the reference document is written too. */
  readonly story?: boolean;
  /** True: the database is that of a later version, with a column more in every table; `TEST_WIDER=1` makes every world so. */
  readonly wider?: boolean;
  /** Another business than the repository's; the story is the repository's own. */
  readonly business?: () => Business;
}

/**
 * The whole product on a real database, with the Stripe sandbox at the other end of the network: migrated, seeded, with
 * its two accounts. Each test file has its own storage. The clocks stand at `NOW` until the test moves them.
 */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const world = openWorld();
  await world.seed(options);
  return world;
}

/** One account of a world starts what many people start. */
const WIDE: AccountBounds = { openCheckouts: 100_000, startsADay: 100_000, unpaidEvidenceADay: 100_000 };

/** A world whose database is still empty. */
export function openWorld() {
  const real = env as unknown as TestBindings;
  const log: LogLine[] = [];
  const complain = (line: LogLine) => {
    if (line.event === "internal" && !world.quiet) console.error("internal:", line);
  };
  const note = (line: LogLine) => {
    complain(line);
    log.push(line);
  };
  let moved = 0;
  const clock = { now: () => NOW + passed + moved };
  const database = watchDatabase(real.DB, () => {
    passed += 1;
  });
  /** The settings that `npm run deploy` takes from the business. */
  let ofBusiness: Record<string, string> = {};
  const build = (overrides: Record<string, unknown> = {}, accountBounds = WIDE, noteLine = note) =>
    createApp({ ...real, ...unlimited, DB: database.binding, ...ofBusiness, ...overrides } as Bindings, {
      clock,
      ids: { next: (kind) => world.ids.next(kind) },
      log: noteLine,
      stripeTimeoutMs: 300_000,
      accountBounds,
    });
  let app = build();
  /** Another isolate with the settings of the running one. What it logs is not the log of the server under test. */
  let another = () => build(undefined, undefined, complain);

  const sendTo = async (isolate: App, request: Request): Promise<Response> => {
    const execution = createExecutionContext();
    const response = await describedFetch(isolate, request, execution);
    await waitOnExecutionContext(execution);
    if (world.recorded) {
      const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      world.recorded.push(
        `${request.method} ${request.url}\n${response.status}\n${head}\n${await response.clone().text()}`,
      );
    }
    return response;
  };
  const send = (request: Request) => sendTo(app, request);
  const sendElsewhere = (request: Request) => sendTo(another(), request);
  const grant = (as: { email: string; password: string }, resource: "mcp" | "api", scopes?: readonly string[]) =>
    obtainToken({ fetch: send, origin: ORIGIN, as, resource: `${ORIGIN}/${resource}`, ...(scopes && { scopes }) });
  const sandbox = sandboxClient((path, init) => real.STRIPE_SANDBOX.fetch(`http://stripe-sandbox.test${path}`, init));

  let reader: ReturnType<typeof connect> | undefined;
  const world = {
    /** Migrates the databases, and writes the business and its two people. */
    async seed({ story = false, wider = Boolean(real.TEST_WIDER), business: own = bundledBusiness }: WorldOptions) {
      await applyD1Migrations(real.DB, real.MIGRATIONS);
      if (wider) await widen(real.DB);
      await applyD1Migrations(real.SANDBOX_DB, real.SANDBOX_MIGRATIONS);
      const business = own();
      ofBusiness = businessSettings(business);
      world.restart();
      await loadBusiness(real.DB, business, Date.parse("2026-05-22T00:00:00.000Z"));
      const local = openLocalDatabase(real.DB, ORIGIN);
      const keyring = createKeyring(openSecrets([real.SERVER_SECRET]));
      if (story) await writeStory(local, business, bundledReferenceStory(business), keyring);
      await writeDevAccounts(local, bundledDevAccounts(business), NOW, hashPassword);
      // Another world of the same file may have moved Stripe's clock.
      await world.reset();
    },
    /** Every answer as text, from the time that a test sets a list. */
    recorded: undefined as string[] | undefined,
    /** True while a test causes errors: they are not printed. */
    quiet: false,
    /** Makes the ids of the server, also of one that runs already. */
    ids: randomIds,
    /** The database itself, for looking at rows. */
    db: real.DB,
    database,
    sandbox,
    log,
    clock,
    send,
    /** The server as it runs now. */
    app: () => app,
    /** Sends a request by path. */
    fetch: (path: string, init?: RequestInit) => send(new Request(new URL(path, ORIGIN), init)),
    /** The platform's own counters and settings, for a `restart` that wants them. */
    bindings: real,
    /** Moves the server's clock only, forward or back: clocks of two machines differ. */
    skew(seconds: number) {
      moved += seconds * 1000;
    },
    /** Sets both clocks to the same whole second, and clears the sandbox and all faults. The database keeps its rows. */
    async reset() {
      world.quiet = false;
      database.reset();
      await sandbox.reset();
      const whole = Math.ceil(passed / 1000);
      [passed, moved] = [whole * 1000, 0];
      await sandbox.advanceClock(whole);
    },
    /** Moves both clocks. */
    async advance(seconds: number) {
      moved += seconds * 1000;
      await sandbox.advanceClock(seconds);
    },
    /** A new isolate, as after a deploy or a crash, with other settings where given, and the bounds of a deployment if wanted. */
    restart(overrides?: Record<string, unknown>, accountBounds?: AccountBounds) {
      app = build(overrides, accountBounds);
      another = () => build(overrides, accountBounds, complain);
    },
    /** The scheduled run. */
    scheduled: () => app.scheduled(),
    /** The tokens and metadata of a client after sign-in and consent. */
    grant,
    token: async (...wish: Parameters<typeof grant>) => (await grant(...wish)).accessToken,
    /** Brings every waiting event to the webhook, as Stripe would; the answers in their order. */
    async deliver(): Promise<Response[]> {
      const answers: Response[] = [];
      for (const delivery of await sandbox.deliveries({ pending: true })) answers.push(await world.post(delivery));
      return answers;
    },
    /** Posts one delivery to the webhook. */
    post: (delivery: SignedEvent) => send(webhookRequest(delivery)),
    all: async <T = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<T[]> =>
      (
        await real.DB.prepare(sql)
          .bind(...values)
          .all<T>()
      ).results,
    /** Reads a public resource, as an agent does before it signs in, at an isolate that has kept nothing. */
    async read(uri: string): Promise<Record<string, unknown>> {
      reader ??= connect({ send: sendElsewhere, url: `${ORIGIN}/mcp/public` });
      // By the tool, since a client caches a resource, and a test changes versions in between.
      const answer = await (await reader).callTool({ name: "read_commerce", arguments: { uri } });
      if (answer.isError) throw new Error(`${uri}: ${JSON.stringify(answer.content)}`);
      return (answer.structuredContent as { content: Record<string, unknown> }).content;
    },
  };
  return world;
}
