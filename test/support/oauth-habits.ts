import { type Browser, hiddenFields, type Send, tickedBoxes } from "../../src/dev/local/browser-session.ts";
import cases from "../fixtures/oauth-clients.json" with { type: "json" };

type Pairs = readonly (readonly [name: string, value: string])[];

/** How one client behaves, as a line of the fixture tells it. `null` stands for a member that the client leaves out. */
export interface Habit {
  readonly name: string;
  readonly registration?: Readonly<Record<string, unknown>>;
  readonly authorize?: {
    readonly scope?: string | null;
    readonly resource?: string | null;
    readonly redirect_uri?: string;
    /** The challenge in place of a right one; `null` sends none. */
    readonly challenge?: string | null;
    readonly query?: Pairs;
  };
  readonly token?: {
    readonly auth?: "registered" | "basic" | "basic-encoded" | "post" | "none" | "wrong";
    readonly resource?: string | null;
    /** In place of the one that the code was sent to; `null` sends none. */
    readonly redirect_uri?: string | null;
    readonly verifier?: string;
    /** Sends the fields as JSON. */
    readonly json?: boolean;
    readonly form?: Pairs;
  };
  /** Words that the consent page has to show. */
  readonly page?: readonly string[];
  /** Members that the registration has to answer with. */
  readonly registered?: Readonly<Record<string, unknown>>;
  readonly ends: { readonly scopes: string } | Refused;
}

/** Where a client is refused. Words are patterns. */
export interface Refused {
  readonly refused: "registration" | "consent" | "token";
  readonly error?: string;
  readonly says: string;
}

/** The habits of the fixture. */
export const habits = cases.clients as unknown as readonly Habit[];

/** What came of a client's attempt. */
export interface Ending {
  /** The step at which it ended. */
  readonly at: "registration" | "consent" | "token";
  readonly status: number;
  /** The answer to the registration. */
  readonly registered?: Readonly<Record<string, unknown>>;
  /** The page of consent, or the page that refuses. */
  readonly page?: string;
  /** The address that the browser was sent to after consent. */
  readonly location?: string;
  /** The answer of the last step: JSON, or the query of a redirect. */
  readonly answer: Readonly<Record<string, unknown>>;
}

const VERIFIER = "a-verifier-of-43-characters-or-more-0123456789-abcdef";

/** Registers, asks for consent and exchanges the code as the habit says, and ends at the first refusal. */
export async function tryOut(habit: Habit, { send, origin, browser }: World): Promise<Ending> {
  const registration = await send(
    jsonPost(`${origin}/oauth/register`, {
      client_name: habit.name,
      ...cases.usual.registration,
      ...named(habit.registration ?? {}),
    }),
  );
  const registered = (await registration.json()) as Record<string, unknown>;
  if (registration.status !== 201) return { at: "registration", status: registration.status, answer: registered };
  const client = {
    client_id: String(registered.client_id),
    client_secret: String(registered.client_secret ?? ""),
    mcp: `${origin}/mcp`,
    origin,
  };
  const redirectUri = habit.authorize?.redirect_uri ?? (registered.redirect_uris as string[])[0] ?? "";
  const consent = await askForConsent(habit, { origin, browser, client, redirectUri });
  const at = { registered, page: consent.page, ...(consent.location && { location: consent.location }) };
  const query = Object.fromEntries(new URL(consent.location ?? "about:blank").searchParams);
  if (!query.code) return { at: "consent", status: consent.status, answer: query, ...at };

  const token = { ...cases.usual.token, ...habit.token } as NonNullable<Habit["token"]>;
  const known = { ...client, code: query.code };
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code: query.code,
    code_verifier: token.verifier?.padEnd(43, "-") ?? VERIFIER,
  });
  if (token.redirect_uri !== null) body.set("redirect_uri", token.redirect_uri ?? redirectUri);
  if (token.resource) body.set("resource", filled(token.resource, known));
  const headers = identified(token.auth ?? "registered", known, body, String(registered.token_endpoint_auth_method));
  for (const [name, value] of token.form ?? []) body.append(name, filled(value, known));
  const url = `${origin}/oauth/token`;
  const answer = await send(
    token.json ? jsonPost(url, Object.fromEntries(body)) : new Request(url, { method: "POST", body, headers }),
  );
  return { at: "token", status: answer.status, answer: (await answer.json()) as Record<string, unknown>, ...at };
}

interface World {
  readonly send: Send;
  readonly origin: string;
  /** The browser of a person who is signed in. */
  readonly browser: Browser;
}

interface Known {
  readonly client_id: string;
  readonly client_secret: string;
  readonly mcp: string;
  readonly origin: string;
}

async function askForConsent(
  habit: Habit,
  { origin, browser, client, redirectUri }: Omit<World, "send"> & { client: Known; redirectUri: string },
) {
  const {
    scope,
    resource,
    challenge,
    query = [],
  } = {
    ...cases.usual.authorize,
    challenge: await challengeOf(VERIFIER),
    ...habit.authorize,
  };
  const url = new URL("/authorize", origin);
  const given = {
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirectUri,
    state: "of the client",
  };
  for (const [name, value] of Object.entries(given)) url.searchParams.append(name, value);
  if (scope) url.searchParams.append("scope", scope);
  if (resource) url.searchParams.append("resource", filled(resource, client));
  if (challenge) url.searchParams.append("code_challenge", challenge);
  if (challenge && !query.some(([name]) => name === "code_challenge_method"))
    url.searchParams.append("code_challenge_method", "S256");
  for (const [name, value] of query) url.searchParams.append(name, value);
  const shown = await browser.get(url.href);
  const page = await shown.text();
  const moved = shown.headers.get("Location");
  if (moved !== null || !page.includes('name="decision"'))
    return { status: shown.status, page, location: moved ?? undefined };
  const answer = await browser.post("/authorize", {
    ...hiddenFields(page, "/authorize"),
    decision: "allow",
    scope: tickedBoxes(page),
  });
  return { status: answer.status, page, location: answer.headers.get("Location") ?? undefined };
}

/** Puts the client's proof of itself into headers or form. */
function identified(
  auth: NonNullable<Required<Habit>["token"]["auth"]>,
  { client_id: id, client_secret: secret }: Known,
  form: URLSearchParams,
  registeredFor: string,
): Record<string, string> {
  const basic = (name: string, word: string) => ({ Authorization: `Basic ${btoa(`${name}:${word}`)}` });
  const kinds = { none: "none", client_secret_basic: "basic", client_secret_post: "post" } as const;
  const way = auth === "registered" ? (kinds[registeredFor as keyof typeof kinds] ?? "none") : auth;
  if (way === "basic") return basic(encodeURIComponent(id), encodeURIComponent(secret));
  if (way === "basic-encoded") return basic(everyCharacter(id), everyCharacter(secret));
  if (way === "wrong") return basic(id, "made-up");
  form.set("client_id", id);
  if (way === "post") form.set("client_secret", secret);
  return {};
}

/** Percent-encoded as a whole, which RFC 6749 section 2.3.1 allows (it asks for it where a character needs it). */
const everyCharacter = (text: string) =>
  [...text].map((one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`).join("");

/** Without `token_endpoint_auth_method: null`, which stands for a client that does not name it; other nulls are sent. */
function named(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...members, ...(members.token_endpoint_auth_method === null && { token_endpoint_auth_method: undefined }) };
}

function filled(text: string, known: Known & { code?: string }): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => known[name as keyof Known] ?? "");
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return Buffer.from(digest).toString("base64url");
}

const jsonPost = (url: string, body: object) =>
  new Request(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
