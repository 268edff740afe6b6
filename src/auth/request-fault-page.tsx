import { type AuthorizationError, authorizationErrorRedirect } from "@cloudflare/workers-oauth-provider";
import type { AuthContext } from "./context.ts";
import { destinationOf } from "./destination.ts";
import { DestinationName } from "./destination-words.tsx";
import { businessPage, problemPage } from "./pages.tsx";
import { faultOfCode, type RequestFault, requestFault } from "./request-fault.ts";

/** An app that the library has found, with a redirect address that is registered for it. */
interface Asking {
  readonly redirectUri: string;
  readonly state?: string | undefined;
  readonly issuer?: string | undefined;
}

/**
 * The page for a faulty request of a known app. Any stranger can register an app, so no browser is sent to its address
 * unless the person follows the link (RFC 9700 section 4.11.2).
 */
export function faultPage(
  auth: AuthContext,
  query: URLSearchParams,
  { redirectUri, state, issuer }: Asking,
  { code, words }: RequestFault,
): Promise<Response> {
  const destination = destinationOf(redirectUri);
  // Of two addresses or two apps neither can be told to be the one that asks.
  const isOne = query.getAll("client_id").length === 1 && query.getAll("redirect_uri").length === 1;
  if (!destination || !isOne) return cannotConnectPage(auth, words);
  const back = authorizationErrorRedirect(
    {
      redirectUri,
      ...(state && query.getAll("state").length === 1 ? { state } : {}),
      ...(issuer === undefined ? {} : { issuer }),
    },
    code,
    words,
  );
  return businessPage(auth, () => ({
    title: "This app asked for access in a faulty way",
    status: 400,
    content: (
      <>
        <p>{words} Nothing was granted.</p>
        <p>
          Its answers go to <DestinationName destination={destination} />. Follow this link only if you know the app:{" "}
          <a href={back} rel="noreferrer">
            tell the app about the fault
          </a>
          .
        </p>
      </>
    ),
  }));
}

/** The page for a request that names no address to go back to, or none that can be trusted. */
export function cannotConnectPage(auth: AuthContext, detail: string): Promise<Response> {
  return problemPage(auth, 400, "This app can't be connected", detail);
}

/** What helps where the library found no app or no address, by its own fixed descriptions. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  "Invalid client_id":
    "This server does not know the app: its registration has ended, or was made at another server. Remove this server in the app and add it again, then the app registers anew.",
  "client_id is required": "The request does not say which app it comes from. Start to connect in the app again.",
  "Invalid redirect URI":
    "The app has not registered the redirect address that it names. Remove this server in the app and add it again, then the app registers anew.",
};

/** The page for an error of the library's. A description may quote the request, so ours stand in its place. */
export function libraryErrorPage(
  auth: AuthContext,
  query: URLSearchParams,
  { redirectUri, code, state, issuer, description }: AuthorizationError,
): Promise<Response> {
  if (redirectUri !== undefined) {
    const fault = requestFault(query) ?? faultOfCode(code);
    return faultPage(auth, query, { redirectUri, state, issuer }, fault);
  }
  const wayOut = WAYS_OUT[description] ?? "This page has expired, or was answered already. Connect again in the app.";
  return cannotConnectPage(auth, wayOut);
}
