import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { expect } from "vitest";
import type { Proof } from "../../src/db/schema/vocabulary.ts";
import { proofRules } from "../../src/kernel/risk.ts";
import { writes } from "../../tools/index.ts";
import type { Person } from "../support/doors.ts";
import { BUMP, OFFER } from "../support/launch-pass.ts";
import { type ObtainedToken, obtainToken, openBrowser, signIn } from "../support/oauth.ts";
import { BUYER, ORIGIN, type World } from "../support/world.ts";

/** What a tool answered: the members of a result or of a refusal, whichever it was. */
export type Answer = Record<string, unknown> & {
  readonly code?: string;
  readonly approvalUrl?: string;
  readonly status?: string;
  readonly operationId?: string;
};

/** An agent that acts for a person, through a client that can show nothing. */
export interface Agent {
  readonly token: ObtainedToken;
  call(name: string, args: Record<string, unknown>): Promise<Answer>;
  /** How the operation under a key stands, as the agent is told. */
  standing(idempotencyKey: string): Promise<Answer>;
}

export interface AgentWish {
  readonly person?: Person;
  readonly scopes?: readonly string[];
  readonly clientName?: string;
}

export async function openAgent(world: World, wish: AgentWish = {}): Promise<Agent> {
  const { person = BUYER, scopes = ["checkout:write"], clientName = "Test client" } = wish;
  const resource = `${ORIGIN}/mcp`;
  const token = await obtainToken({ fetch: world.send, origin: ORIGIN, as: person, resource, scopes, clientName });
  const client = new Client(
    { name: "plain-agent", version: "1.0.0" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(resource), {
      fetch: (url, init) => world.send(new Request(url as string, init)),
      requestInit: { headers: { Authorization: `Bearer ${token.accessToken}` } },
    }),
  );
  const call: Agent["call"] = async (name, args) => answerIn(await client.callTool({ name, arguments: args }));
  return { token, call, standing: (idempotencyKey) => call("get_operation", { idempotencyKey }) };
}

/** The one text block of a tool's result. */
export function answerIn(result: unknown): Answer {
  const [block] = (result as { content?: { text?: string }[] }).content ?? [];
  return JSON.parse(block?.text ?? "{}") as Answer;
}

/** What can be bought, as an agent reads it. */
export interface Offer {
  readonly updatedAt: string;
  readonly confirmationText: string;
  readonly withBump: string;
}

export async function readOffer(world: World): Promise<Offer> {
  const offer = (await world.read(`commerce://offers/${OFFER}`)) as unknown as Omit<Offer, "withBump"> & {
    orderBumps: { orderBumpId: string; confirmationText: string }[];
  };
  const bump = offer.orderBumps.find(({ orderBumpId }) => orderBumpId === BUMP);
  return { ...offer, withBump: bump?.confirmationText ?? "" };
}

/** A purchase without a confirmation so far. */
export async function unconfirmed(world: World, idempotencyKey: string, more: Record<string, unknown> = {}) {
  const { updatedAt } = await readOffer(world);
  return { offerId: OFFER, expectedUpdatedAt: updatedAt, idempotencyKey, ...more };
}

/** Lets an agent ask for the launch pass; the path of the page that its person is sent to. */
export async function ask(world: World, agent: Agent, key: string, more: Record<string, unknown> = {}) {
  const asked = await agent.call("start_checkout", await unconfirmed(world, key, more));
  return pathIn(asked);
}

/** The page that a refusal sends the person to. */
export function pathIn(asked: Answer): string {
  expect(asked, JSON.stringify(asked)).toMatchObject({ code: "approval_required" });
  return new URL(asked.approvalUrl ?? "").pathname;
}

/** A browser in which a person is signed in. */
export async function browserOf(world: World, person: Person = BUYER) {
  const browser = openBrowser(world.send, ORIGIN);
  await signIn(browser, person);
  return browser;
}

/** Fills in the approval's form and sends it. */
export async function decide(
  browser: Awaited<ReturnType<typeof browserOf>>,
  path: string,
  decision: { readonly approve: string } | "decline",
): Promise<Response> {
  const page = await browser.get(path);
  expect(page.status).toBe(200);
  if (decision === "decline") return browser.submit(page, path, { decision });
  return browser.submit(page, path, { decision: "approve", confirmationText: decision.approve });
}

/** What must not move while something is refused: approvals in their states, operations, checkouts, Stripe's sessions. */
export async function effects(world: World) {
  const count = async (sql: string) =>
    Number((await world.all<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`))[0]?.n);
  return {
    approved: await count("approvals WHERE status = 'approved'"),
    operations: await count("operations"),
    checkouts: await count("checkout_intents"),
    audits: await count("payment_audit_events WHERE event_kind NOT LIKE 'approval_%'"),
    sessions: (await world.sandbox.sessions()).length,
  };
}

interface Told {
  readonly event_kind: string;
  readonly subject_status: string;
  readonly operation_id: string;
  readonly proof: string | null;
  readonly audit_correlation_id: string;
}

/** Every asking and every end that is no yes has its one row in the audit; a yes has those of its operation. */
export async function storiesAreWhole(world: World) {
  const approvals = await world.all<Record<string, string | null>>("SELECT * FROM approvals");
  const rows = await world.all<Told & { subject_id: string }>("SELECT * FROM payment_audit_events ORDER BY sequence");
  for (const { id, status, operation_id, arguments_sealed, withdrawn_because } of approvals) {
    const own = rows.filter(({ subject_id }) => subject_id === id);
    const ended = ["declined", "withdrawn", "expired"].includes(status ?? "") ? [status] : [];
    expect(own.map(({ subject_status }) => subject_status)).toEqual(["pending", ...ended]);
    const kind = status === "declined" ? "approval_declined" : "approval_withdrawn";
    expect(own.map(({ event_kind }) => event_kind)).toEqual(["approval_asked", ...ended.map(() => kind)]);
    for (const row of own) expect(row.operation_id).toBe(operation_id);
    expect([id, arguments_sealed === null]).toEqual([id, status !== "pending"]);
    expect([id, withdrawn_because === null]).toEqual([id, status !== "withdrawn"]);
    const story = rows.filter((row) => row.operation_id === operation_id && row.event_kind !== "");
    expect(new Set(story.map((row) => row.audit_correlation_id)).size).toBe(1);
    const [operation] = await world.all("SELECT id FROM operations WHERE id = ?", operation_id);
    expect([id, operation !== undefined]).toEqual([id, status === "approved"]);
  }
}

/** The proof of an operation wherever it is kept: its row, and every audit row of it. */
export async function storedProofs(world: World, operationId: string | undefined) {
  const [operation] = await world.all<{ proof: string }>("SELECT proof FROM operations WHERE id = ?", operationId);
  const audits = await world.all<{ proof: string }>(
    "SELECT proof FROM payment_audit_events WHERE operation_id = ? AND actor_kind <> 'stripe_webhook' AND event_kind NOT LIKE 'approval_%'",
    operationId,
  );
  expect(audits.length).toBeGreaterThan(0);
  return [...new Set([operation?.proof, ...audits.map(({ proof }) => proof)])];
}

/** The owner's rules for a write, as their page stores them. */
export async function setMinimum(world: World, write: string, proof: Proof) {
  for (const { name } of writes.filter((declared) => declared.name === write).flatMap(proofRules)) {
    await world.all(
      `INSERT INTO minimum_proofs (owner_user_id, write_name, minimum_proof, updated_at) SELECT owner_user_id, ?, ?, 0 FROM businesses WHERE true
       ON CONFLICT DO UPDATE SET minimum_proof = excluded.minimum_proof`,
      name,
      proof,
    );
  }
}
