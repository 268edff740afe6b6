import { randomUUID } from "node:crypto";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { betterAuth } from "better-auth/minimal";
import type { Database } from "../db/database.ts";
import { account, session, user, verification } from "../db/schema/people.ts";
import type { AuthContext } from "./context.ts";
import { PASSWORD_MAX, PASSWORD_MIN } from "./credentials.ts";
import type { Keys } from "./keys.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { sessionCookie } from "./session-cookie.ts";

/** How long a session lasts. It is not renewed, so that a page view writes nothing. */
export const SESSION_SECONDS = 7 * 24 * 60 * 60;

/**
 * With this prefix a sibling subdomain can't plant the cookie (see `openForms`), and the library writes it with `Secure`.
 * The library's own prefix is weaker.
 */
const cookiePrefix = (publicUrl: string) => (publicUrl.startsWith("https:") ? "__Host-commerce" : "commerce");

/** The name of the cookie that holds a session. */
export const sessionCookieName = (publicUrl: string): string => `${cookiePrefix(publicUrl)}.session_token`;

/** The sign-in library, on our tables. It trusts requests from the configured origin alone, and builds its links on it. */
export function openPeople({ publicUrl, db, keys }: { publicUrl: string; db: Database; keys: Keys }) {
  return betterAuth({
    baseURL: publicUrl,
    basePath: "/api/auth",
    secret: Buffer.from(keys.derive("better-auth")).toString("base64url"),
    trustedOrigins: [publicUrl],
    // D1 has no interactive transactions; the adapter runs its statements one by one.
    database: drizzleAdapter(db.build, {
      provider: "sqlite",
      schema: { user, session, account, verification },
      transaction: false,
    }),
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_MIN,
      maxPasswordLength: PASSWORD_MAX,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    plugins: [sessionCookie],
    session: {
      expiresIn: SESSION_SECONDS,
      disableSessionRefresh: true,
      additionalFields: { secondFactor: { type: "boolean", required: false, defaultValue: false, input: false } },
    },
    advanced: {
      cookiePrefix: cookiePrefix(publicUrl),
      useSecureCookies: false,
      // The library turns both checks off under a test runner; here tests run with them.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { disableIpTracking: true },
      database: { generateId: ({ model }) => `${model}-${randomUUID()}` },
    },
    // `guesses.ts` counts attempts: a counter in the memory of one isolate misses the attempts at the others.
    rateLimit: { enabled: false },
    // Its log lines can carry the values of a failed query, e-mail addresses among them.
    logger: { disabled: true },
    telemetry: { enabled: false },
  });
}

/** The sign-in library as it is configured here. */
export type People = ReturnType<typeof openPeople>;

/** A person with a live session in this browser. */
export interface Person {
  readonly userId: string;
  readonly sessionId: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  /** Whether this session has the owner's authority: it is the owner's, with the proofs that this deployment requires. */
  readonly isOwner: boolean;
  /** True for the owner in a session without the second factor that the owner's authority requires. */
  readonly lacksFactor: boolean;
  /** Whether this session was opened with the person's second factor. */
  readonly secondFactor: boolean;
  /** When this session began, in epoch milliseconds. */
  readonly signedInAt: number;
}

/** The person who is signed in in this browser, read from D1: an ended session is refused from the next request on. */
export async function findPerson(
  auth: Pick<AuthContext, "people" | "ownerUserId" | "ownerNeedsFactor">,
  request: Request,
): Promise<Person | undefined> {
  if (!request.headers.has("Cookie")) return undefined;
  const found = await auth.people.api.getSession({ headers: request.headers });
  if (!found) return undefined;
  const { user: person, session: current } = found;
  const secondFactor = current.secondFactor === true;
  const owner = person.id === auth.ownerUserId;
  const proven = secondFactor || !auth.ownerNeedsFactor;
  return {
    userId: person.id,
    sessionId: current.id,
    name: person.name,
    email: person.email,
    emailVerified: person.emailVerified,
    isOwner: owner && proven,
    lacksFactor: owner && !proven,
    secondFactor,
    signedInAt: current.createdAt.getTime(),
  };
}
