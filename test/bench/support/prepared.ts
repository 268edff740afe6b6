import { cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "../../../src/db/database.ts";
import { buildBundle } from "../../../src/dev/local/bundle.ts";
import { inLocalDatabase } from "../../../src/dev/local/databases.ts";
import { devPeople } from "../../../src/dev/local/dev-people.ts";
import { freePort } from "../../../src/dev/local/ports.ts";
import { keepSecrets } from "../../../src/dev/local/secrets.ts";
import { startLocalServer } from "../../../src/dev/local/server.ts";
import { businessSettings } from "../../../src/dev/seeds/business-settings.ts";
import { businessFromFolder } from "../../../src/dev/seeds/folder.ts";
import { connect } from "../../support/mcp.ts";
import { obtainToken, overSocket } from "../../support/oauth.ts";
import { copyId, copyPaidCheckout } from "./paid-checkouts.ts";
import type { RawRequest } from "./send.ts";

const OFFER = "commerce://offers/sandbox-launch-pass";
const DECISION_TEXT = "Record non-billing post-purchase decision for Bumpgrade checkout";
const REPLAYED = "bench-replayed";

/** What a client does in a call that is measured, in the order of measuring. */
export const kinds = ["lists the tools", "reads an offer", "replays a write", "writes"] as const;
export type Kind = (typeof kinds)[number];

/** A database with a buyer, a token of theirs and paid checkouts, and the requests that a real client sends. */
export interface Prepared {
  readonly publicUrl: string;
  readonly vars: Readonly<Record<string, string>>;
  /** A copy of the databases, for one Worker. */
  copy(name: string): string;
  /** The request of a client. `number` is that of a write: each answers the offer of another checkout. */
  call(kind: Kind, number: number): RawRequest;
}

/**
 * Runs our bundle once with the Stripe sandbox: a buyer signs in, an agent buys and answers an offer, and its requests are
 * kept as they went over the socket. Then it stops, and the paid checkout is copied as often as writes are measured.
 */
export async function prepare(
  folder: string,
  { bundle, writes }: { bundle: string; writes: number },
): Promise<Prepared> {
  const state = join(folder, "prepared");
  const server = await startLocalServer({ state, bundle, port: await freePort(), sandboxPort: await freePort() });
  const { publicUrl, sandbox } = server;
  if (!sandbox) throw new Error("a local server without a key of Stripe's has the sandbox");
  const sent = new Map<Kind, RawRequest>();
  let last: RawRequest | undefined;
  let checkoutIntentId: string;
  try {
    const { accessToken: token } = await obtainToken({
      fetch: overSocket,
      origin: publicUrl,
      as: devPeople().buyer,
      resource: `${publicUrl}/mcp`,
      scopes: ["checkout:write"],
    });
    const client = await connect({
      url: `${publicUrl}/mcp`,
      token,
      send: async (request) => {
        last = await rawRequest(request.clone());
        return overSocket(request);
      },
    });
    const keep = (kind: Kind) => {
      if (last) sent.set(kind, last);
    };
    await client.listTools();
    keep("lists the tools");
    const read = async <T>(uri: string) => {
      const [content] = (await client.readResource({ uri })).contents as { text: string }[];
      return JSON.parse(content?.text ?? "null") as T;
    };
    const offer = await read<{ confirmationText: string; updatedAt: string }>(OFFER);
    keep("reads an offer");
    const call = async (name: string, args: Record<string, unknown>) => {
      const answer = await client.callTool({ name, arguments: args });
      if (answer.isError) throw new Error(`${name}: ${JSON.stringify(answer.content)}`);
      return (answer.structuredContent as { result: { checkoutIntentId: string; checkoutUrl: string } }).result;
    };
    const buy = async (idempotencyKey: string) => {
      const started = await call("start_checkout", {
        offerId: "sandbox-launch-pass",
        confirmationText: offer.confirmationText,
        expectedUpdatedAt: offer.updatedAt,
        idempotencyKey,
      });
      await fetch(started.checkoutUrl, { redirect: "manual" });
      const session = (await sandbox.sessions()).find((one) => one.client_reference_id === started.checkoutIntentId);
      await sandbox.pay(session?.id ?? "", "paid");
      await sandbox.sendAll();
      // The server may be at the event already, since the sandbox also sends by its own clock.
      while ((await read<{ status: string }>(`commerce://checkouts/${started.checkoutIntentId}`)).status !== "paid") {
        await sleep(100);
      }
      return started.checkoutIntentId;
    };
    const answerOffer = async (id: string, idempotencyKey: string) => {
      const checkout = await read<{ updatedAt: string }>(`commerce://checkouts/${id}`);
      await call("record_post_purchase_decision", {
        checkoutIntentId: id,
        decisionKind: "decline_upsell",
        presentedOfferId: "offer-upsell-launch-accelerator",
        confirmationText: DECISION_TEXT,
        expectedUpdatedAt: checkout.updatedAt,
        idempotencyKey,
      });
      keep("replays a write");
    };
    await answerOffer(await buy("bench-answered"), REPLAYED);
    checkoutIntentId = await buy("bench-paid");
    await client.close();
  } finally {
    await server.stop();
  }
  let updatedAt = "";
  await inLocalDatabase(state, async (db) => {
    updatedAt = new Date(await copyPaidCheckout(db, checkoutIntentId, writes)).toISOString();
    // As the scheduled run does.
    await openDatabase(db).optimize();
  });
  const secrets = keepSecrets(state);
  const vars = {
    ...businessSettings(businessFromFolder()),
    SERVER_SECRET: secrets.serverSecret,
    STRIPE_MAX_MODE: "sandbox",
    OWNER_SECOND_FACTOR: "optional",
    CLIENT_METADATA_DOCUMENTS: "off",
    STRIPE_SECRET_KEY_SANDBOX: secrets.sandboxKey,
    STRIPE_WEBHOOK_SECRET_SANDBOX: secrets.sandboxWebhookSecret,
    PUBLIC_URL: publicUrl,
  };
  const required = (kind: Kind): RawRequest => {
    const found = sent.get(kind);
    if (!found) throw new Error(`no client ${kind}`);
    return found;
  };
  return {
    publicUrl,
    vars,
    copy(name) {
      const own = join(folder, name);
      cpSync(join(state, "server"), own, { recursive: true });
      return own;
    },
    call(kind, number) {
      if (kind !== "writes") return required(kind);
      const request = required("replays a write");
      const body = JSON.parse(request.body ?? "") as { params: { arguments: Record<string, unknown> } };
      Object.assign(body.params.arguments, {
        checkoutIntentId: copyId(checkoutIntentId, number),
        expectedUpdatedAt: updatedAt,
        idempotencyKey: `bench-write-${number}`,
      });
      return { ...request, body: JSON.stringify(body) };
    },
  };
}

/** The bundle of one of the Workers of this folder. */
export const bundleOf = (folder: string, worker: "bare" | "floor" | "recorder" | "empty", minify = true) =>
  buildBundle(join(folder, worker), { entry: `test/bench/${worker}/worker.ts`, minify });

async function rawRequest(request: Request): Promise<RawRequest> {
  const { pathname } = new URL(request.url);
  return {
    method: request.method,
    path: pathname,
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
  };
}
