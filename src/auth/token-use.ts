import { BOUNDS } from "../base/bounds.ts";
import { sha256 } from "../base/digest.ts";
import { faultOf } from "../base/log.ts";
import { claimUse, type KeptRecord, readForUse } from "../db/grant-records.ts";
import type { AuthContext } from "./context.ts";
import { openRecords } from "./grant-records.ts";
import { markRevoked } from "./grants.ts";
import { REFRESH_SECONDS } from "./oauth.ts";
import { oauthError, tooOften, tryLater } from "./oauth-error.ts";
import { grantIdOfToken } from "./token-store.ts";

/** A code or refresh token as it was sent, unverified. */
interface Credential {
  readonly kind: "authorization_code" | "refresh_token";
  readonly text: string;
  readonly grantId: string;
}

/** The first use of a token: the answer, and the grant's record before it. */
interface FirstUse {
  readonly recordJson: string;
  readonly answer: string;
}

const FIELDS = { authorization_code: "code", refresh_token: "refresh_token" } as const;

/** The code or refresh token of a token request; undefined for other requests, and for a text that names no grant. */
export function credentialIn(form: URLSearchParams): Credential | undefined {
  const kind = form.get("grant_type");
  if (kind !== "authorization_code" && kind !== "refresh_token") return undefined;
  const text = form.get(FIELDS[kind]) ?? "";
  const grantId = grantIdOfToken(text);
  return grantId ? { kind, text, grantId } : undefined;
}

/**
 * Answers a code or refresh token so that it has one answer: the use is claimed in D1 together with the grant's next record,
 * and the sealed answer is kept for a minute. Within it a second use is checked by the library against the record that
 * the first one saw, client and verifier included, and then gets the first answer. A code is refused the second time
 * (RFC 6749 section 4.1.2); within the minute its grant lives on, since pages that finish a sign-in do so twice.
 */
export async function useToken(
  auth: AuthContext,
  store: KVNamespace,
  given: Credential,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const tokenSha256 = await sha256(given.text);
  const read = () => auth.db.read(readForUse(auth, tokenSha256, given.grantId));
  const found = await read().catch((error: unknown) => logUnreachable(auth, error));
  if (!found) return notNow();
  const { grants, records, uses, refreshes } = found;
  const first = uses[0] && (await openUse(auth, tokenSha256, uses[0].answerSealed));
  // Before the library stores an access token. The claim counts.
  const isRefresh = given.kind === "refresh_token";
  if (isRefresh && !first && (refreshes[0]?.count ?? 0) >= BOUNDS.refreshesAGrant.most) {
    return tooOften(await auth.limits.refuse("refreshesAGrant"));
  }
  const seen = { recordJson: (first ?? records[0])?.recordJson };
  const own = openRecords(auth, { seen, rehearsal: first !== undefined });
  const answer = await auth.oauth.serveUse(request, context, { records: own, standing: grants[0] });
  if (!answer.ok) {
    const isPresent = presentTokenIn(records[0]?.recordJson) === tokenSha256;
    if (!first && !isPresent) await noticeReuse(auth, store, tokenSha256, given, answer);
    return answer;
  }
  if (first) return secondAnswer(given, first, answer);

  const next = own.written();
  const [before] = records;
  if (!next || !before) throw new Error("the library answered a token without its grant's record");
  const use: FirstUse = { recordJson: before.recordJson, answer: await answer.text() };
  const refused = await claim(auth, store, given, tokenSha256, { ...next, revision: before.revision }, use);
  if (refused === undefined) return new Response(use.answer, answer);
  const tooMany = await auth.limits.refusalOf(refused);
  if (tooMany) return tooOften(tooMany);

  // Another use was written first, or the answer of the claim was lost. The library has checked this one.
  const after = await read().catch((error: unknown) => logUnreachable(auth, error));
  const winner = after?.uses[0] && (await openUse(auth, tokenSha256, after.uses[0].answerSealed));
  if (winner) return secondAnswer(given, winner, answer);
  return after && after.grants[0]?.revokedAt !== null ? ended() : notNow();
}

/**
 * Revokes a token (RFC 7009). A refresh token that was used within the minute still gets an answer, so it ends its grant like
 * the present one: the library checks it, client included, against the record in which it was present.
 */
export async function revokeToken(
  auth: AuthContext,
  text: string,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const grantId = grantIdOfToken(text);
  const tokenSha256 = await sha256(text);
  const { uses = [] } = grantId === undefined ? {} : await auth.db.read(readForUse(auth, tokenSha256, grantId));
  if (!uses[0]) return auth.oauth.serve(request, context);
  const seen = await openUse(auth, tokenSha256, uses[0].answerSealed);
  return auth.oauth.serveUse(request, context, { records: openRecords(auth, { seen }), standing: undefined });
}

/** Stores the use and the next record; answers the guard that refused, or `unknown` where D1 did not answer. */
async function claim(
  auth: AuthContext,
  store: KVNamespace,
  { kind }: Credential,
  tokenSha256: string,
  next: KeptRecord & { readonly revision: number },
  use: FirstUse,
): Promise<string | undefined> {
  const answerSealed = await auth.keyring.seal(JSON.stringify(use), placeOf(tokenSha256));
  try {
    // Before the claim, so that no used token is forgotten. The token that is present in the record is never a used one.
    if (kind === "refresh_token") await store.put(usedKey(tokenSha256), "1", { expirationTtl: REFRESH_SECONDS });
    return await auth.db.tryCommit(claimUse(auth, next, { kind, tokenSha256, answerSealed }));
  } catch (error) {
    logUnreachable(auth, error);
    return "unknown";
  }
}

/** The answer to a second use that the library has checked like the first. `checked` is its own answer, never given. */
function secondAnswer({ kind }: Credential, { answer }: FirstUse, checked: Response): Response {
  if (kind === "refresh_token") return new Response(answer, checked);
  return oauthError(400, "invalid_grant", "The code was used already");
}

/**
 * A stolen refresh token shows when the thief and the client use it one after the other (RFC 9700 section 4.14.2). Only a
 * token that was once accepted ends its grant: a made-up token must not end a person's connection.
 */
async function noticeReuse(
  auth: AuthContext,
  store: KVNamespace,
  tokenSha256: string,
  { kind, grantId }: Credential,
  answer: Response,
): Promise<void> {
  // The library itself ends the grant of a used code.
  if (kind !== "refresh_token" || answer.status !== 400 || (await store.get(usedKey(tokenSha256))) === null) return;
  const body: unknown = await answer.clone().json();
  if (!isInvalidGrant(body)) return;
  await auth.db.commit(markRevoked(auth, { grantId, at: auth.clock.now() }));
}

/** The hash of the refresh token that the library takes next. */
function presentTokenIn(recordJson: string | undefined): string | undefined {
  return recordJson === undefined ? undefined : (JSON.parse(recordJson) as { refreshTokenId?: string }).refreshTokenId;
}

async function openUse(auth: AuthContext, tokenSha256: string, sealed: string): Promise<FirstUse> {
  return JSON.parse(await auth.keyring.open(sealed, placeOf(tokenSha256))) as FirstUse;
}

const placeOf = (tokenSha256: string) => `oauth-token-use:${tokenSha256}`;
const usedKey = (tokenSha256: string) => `refresh-used:${tokenSha256}`;
const ended = () => oauthError(400, "invalid_grant", "This connection was ended");
const notNow = () => tryLater(503, 1, "The tokens can't be stored at the moment. Repeat the request.");

function logUnreachable({ log }: AuthContext, error: unknown): undefined {
  log({ event: "internal", name: "oauth/token", code: "store_unreachable", fault: faultOf(error) });
}

function isInvalidGrant(body: unknown): boolean {
  return typeof body === "object" && body !== null && "error" in body && body.error === "invalid_grant";
}
