import type { MiddlewareHandler } from "hono";
import { signInPath } from "../auth/fresh-sign-in.ts";
import { businessPage } from "../auth/pages.tsx";
import { pathOf } from "../auth/return-to.ts";
import { notFound, PROBLEMS, type Problem } from "../base/problem.ts";
import { asksForPage } from "../pages/asks-for-page.ts";
import { bounded } from "../pages/bounded.tsx";
import { htmlPage, namedByHost } from "../pages/layout.tsx";
import { securityHeaders } from "../pages/security-headers.ts";
import type { Site } from "../site.ts";
import { problemResponse } from "./json.ts";

/** Paths that programs alone call. A browser that opens one gets what a program gets. */
const FOR_PROGRAMS = /^\/(?:api\/|mcp|oauth\/|\.well-known\/)/;

/** Whether a refusal at the path follows `Accept` (RFC 9110 section 12.5.1): a page for a person, else problem details. */
export const refusesWithPages = (path: string): boolean => !FOR_PROGRAMS.test(path);
const isForBoth = (request: Request) => refusesWithPages(new URL(request.url).pathname);
const isForPerson = (request: Request) => isForBoth(request) && asksForPage(request);

const VARY = { Vary: "Accept" };

/** A refusal that a handler threw: a page for a person, problem details for a program. Reads no row: D1 may be the fault. */
export async function answerProblem(problem: Problem, request: Request, publicUrl: string): Promise<Response> {
  if (!isForBoth(request)) return problemResponse(problem);
  const headers = { ...securityHeaders(publicUrl), ...VARY };
  if (!isForPerson(request)) return problemResponse(problem, headers);
  const { title, detail } = problem.body;
  const wait = problem.details.retryAfterSeconds;
  return htmlPage({
    title,
    business: namedByHost(publicUrl),
    publicUrl,
    status: problem.status,
    headers: { ...VARY, ...(wait !== undefined && { "Retry-After": String(wait) }) },
    content: (
      <>
        <p>{detail}</p>
        {problem.code === "unauthenticated" && (
          <p>
            <a class="button" href={signInPath(wayBack(request))}>
              Sign in
            </a>
          </p>
        )}
      </>
    ),
  });
}

/** The page to come back to after sign-in: a form is not sent again, so its sender comes to their account. */
function wayBack({ method, url }: Request): string {
  return method === "GET" ? pathOf(new URL(url)) : "/account";
}

/** 405 with `Allow` (RFC 9110 section 15.5.6), for a person as a page. Reads no row. */
export async function answerOtherMethod(
  methods: readonly string[],
  request: Request,
  publicUrl: string,
): Promise<Response> {
  const Allow = methods.join(", ");
  if (!isForPerson(request)) {
    const headers = { ...securityHeaders(publicUrl), ...(isForBoth(request) && VARY), Allow };
    return new Response(null, { status: 405, headers });
  }
  return htmlPage({
    title: "This address can't be opened by itself",
    business: namedByHost(publicUrl),
    publicUrl,
    status: 405,
    headers: { ...VARY, Allow },
    content: (
      <>
        <p>This address works together with another page of ours. Start again there.</p>
        <WaysOn />
      </>
    ),
  });
}

/** What the router and the OAuth library answer first for a path that they lack; `unknownPaths` gives it its body. */
export const noRoute = () => new Response(null, { status: PROBLEMS.not_found.status });

/**
 * Middleware that answers an unknown path: problem details for a program, a page for a person. The page reads the name of
 * the business, so it is counted as a public read; problem details read nothing.
 */
export function unknownPaths(site: Site): MiddlewareHandler {
  const { ctx } = site;
  const read = bounded("publicReads", ctx);
  return async (c, next) => {
    await next();
    if (c.res.status !== PROBLEMS.not_found.status || c.res.body !== null) return;
    const request = c.req.raw;
    if (!isForPerson(request)) {
      c.res = await answerProblem(notFound(), request, ctx.publicUrl);
      // A client in a browser takes an answer that it can't read for a network failure.
      if (!isForBoth(request)) c.res.headers.set("Access-Control-Allow-Origin", "*");
      return;
    }
    const refused = await read(c, async () => {
      c.res = await unknownPathPage(site);
    });
    if (refused) c.res = refused;
  };
}

function unknownPathPage({ ctx }: Site): Promise<Response> {
  return businessPage(ctx, () => ({
    title: "Page not found",
    status: PROBLEMS.not_found.status,
    headers: VARY,
    content: (
      <>
        <p>There is no page at this address. It may have been mistyped, or cut off in a mail.</p>
        <WaysOn />
      </>
    ),
  }));
}

function WaysOn() {
  return (
    <ul>
      <li>
        <a href="/">Home</a>
      </li>
      <li>
        <a href="/account">Your account</a>
      </li>
    </ul>
  );
}
