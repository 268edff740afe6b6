import { randomUUID } from "node:crypto";
import { and, eq, ne } from "drizzle-orm";
import { randomToken } from "../base/digest.ts";
import { guardChanged, type Query } from "../db/database.ts";
import { session } from "../db/schema/people.ts";
import type { AuthContext } from "./context.ts";
import { withCookie } from "./cookies.ts";
import { rememberBrowser } from "./known-browser.ts";
import { findPerson, type Person, SESSION_SECONDS } from "./people.ts";

/** The statements that write a session, and its token for `openedAnswer` once they are committed. */
interface Opening {
  readonly token: string;
  readonly statements: readonly Query[];
}

/** Opens a session for a person whose proofs our own code has checked: a password or link, and any second factor. */
export function openingSession({ db, clock }: AuthContext, userId: string, secondFactor: boolean): Opening {
  const token = randomToken();
  const now = clock.now();
  const row = {
    id: `session-${randomUUID()}`,
    token,
    userId,
    secondFactor,
    expiresAt: new Date(now + SESSION_SECONDS * 1000),
    createdAt: new Date(now),
    updatedAt: new Date(now),
  };
  return { token, statements: [db.build.insert(session).values(row)] };
}

/** Gives this session a new token and ends the person's others, after a change of password or second factor. */
export function endingOtherSessions({ db }: AuthContext, person: Person, secondFactor: boolean): Opening {
  const token = randomToken();
  const { sessionId, userId } = person;
  return {
    token,
    statements: [
      db.build
        .update(session)
        .set({ token, secondFactor })
        .where(and(eq(session.id, sessionId), eq(session.userId, userId))),
      guardChanged(db, "session_over"),
      db.build.delete(session).where(and(eq(session.userId, userId), ne(session.id, sessionId))),
    ],
  };
}

/** Ends the session that a browser already has when it signs in: it may be planted or forgotten. */
export async function endSessionOf(auth: AuthContext, request: Request): Promise<void> {
  const before = await findPerson(auth, request);
  if (before) await auth.db.commit([auth.db.build.delete(session).where(eq(session.id, before.sessionId))]);
}

/** The library's answer that sets the cookie of an opened session. */
export async function openedAnswer(auth: AuthContext, token: string): Promise<Response> {
  const answer = await auth.people.api.sessionCookie({ body: { token }, asResponse: true });
  if (!answer.ok) throw new Error(`the session's cookie was answered with ${answer.status}`);
  return answer;
}

/** Ends the session that this browser had, and answers with the cookies of the new one and of a known browser. */
export async function signedInAnswer(
  auth: AuthContext,
  request: Request,
  { token, email }: { readonly token: string; readonly email: string },
): Promise<Response> {
  await endSessionOf(auth, request);
  return withCookie(await openedAnswer(auth, token), rememberBrowser(auth, request, email));
}

/** The cookies that an answer of the library sets. */
export function cookiesIn(answer: Response): Headers {
  const headers = new Headers();
  for (const cookie of answer.headers.getSetCookie()) headers.append("Set-Cookie", cookie);
  return headers;
}
