import type { MiddlewareHandler } from "hono";
import type { BoundByBinding } from "../base/bounds.ts";
import type { Limits } from "../base/limits.ts";
import { Problem } from "../base/problem.ts";
import { waitText } from "../base/wait-text.ts";
import { asksForPage } from "./asks-for-page.ts";
import { htmlPage, namedByHost } from "./layout.tsx";

/**
 * Middleware that counts a request under a bound of its network, before any row is read. A person over the bound gets a
 * page; a program gets the Problem `rate_limited`, which the router answers.
 */
export function bounded(
  name: BoundByBinding,
  { limits, publicUrl }: { limits: Limits; publicUrl: string },
): MiddlewareHandler {
  return async ({ req }, next) => {
    try {
      await limits.checkNetwork(name, req.raw);
    } catch (thrown) {
      const seconds = thrown instanceof Problem ? thrown.details.retryAfterSeconds : undefined;
      if (seconds === undefined || !asksForPage(req.raw)) throw thrown;
      return tooManyVisits(seconds, publicUrl);
    }
    return next();
  };
}

/** The page reads no row: a flood of refused requests reaches no database. */
function tooManyVisits(seconds: number, publicUrl: string): Promise<Response> {
  return htmlPage({
    title: "Too many requests",
    business: namedByHost(publicUrl),
    publicUrl,
    status: 429,
    headers: { "Retry-After": String(seconds), Vary: "Accept" },
    secretAddress: true,
    content: <p>Too many requests came from your network. Wait {waitText(seconds)}, then load this page again.</p>,
  });
}
