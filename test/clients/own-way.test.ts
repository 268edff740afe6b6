import {
  Client,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Browser, openBrowser, revoke, signIn } from "../support/oauth.ts";
import { BUYER, createWorld, ORIGIN, type World } from "../support/world.ts";

const CALLBACK = "http://localhost:6543/callback";
const ENDPOINT = new URL(`${ORIGIN}/mcp`);
let world: World;
let browser: Browser;
beforeAll(async () => {
  world = await createWorld();
  browser = openBrowser(world.send, ORIGIN);
  await signIn(browser, BUYER);
});
afterEach(() => void vi.restoreAllMocks());

/** What a host keeps for the client library, which goes the whole way by itself: nothing of ours speaks OAuth here. */
interface Kept {
  client?: StoredOAuthClientInformation | undefined;
  tokens?: StoredOAuthTokens | undefined;
  discovery?: OAuthDiscoveryState;
  verifier?: string;
  state?: string;
  /** Where the person is sent. */
  address?: URL | undefined;
}

function hostOf(kept: Kept): OAuthClientProvider {
  return {
    redirectUrl: CALLBACK,
    clientMetadata: { redirect_uris: [CALLBACK], client_name: "Finds its own way", token_endpoint_auth_method: "none" },
    state() {
      kept.state = crypto.randomUUID();
      return kept.state;
    },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void Object.assign(kept, { client }),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void Object.assign(kept, { tokens }),
    redirectToAuthorization: (address) => void Object.assign(kept, { address }),
    saveCodeVerifier: (verifier) => void Object.assign(kept, { verifier }),
    codeVerifier: () => kept.verifier ?? "",
    discoveryState: () => kept.discovery,
    saveDiscoveryState: (discovery) => void Object.assign(kept, { discovery }),
    invalidateCredentials(scope) {
      if (scope === "tokens") kept.tokens = undefined;
    },
  };
}

const transportOf = (authProvider: OAuthClientProvider) =>
  new StreamableHTTPClientTransport(ENDPOINT, {
    authProvider,
    fetch: (url, init) => world.send(new Request(url, init)),
  });

async function connected(authProvider: OAuthClientProvider): Promise<Client> {
  const client = new Client(
    { name: "own-way", version: "1.0.0" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  await client.connect(transportOf(authProvider));
  return client;
}

/** The person signs the client in: they come by the address that it sent them to, and press allow. */
async function allow({ address }: Kept, scope: readonly string[]): Promise<URLSearchParams> {
  const page = await browser.get(address?.href ?? "");
  const answer = await browser.submit(page, "/authorize", { decision: "allow", scope });
  return new URL(answer.headers.get("Location") ?? "").searchParams;
}

test("a client that knows the address alone is refused, sends its person to consent, comes back and goes on", async () => {
  const kept: Kept = {};
  const host = hostOf(kept);
  await expect(connected(host)).rejects.toThrow(UnauthorizedError);
  expect(kept.address?.searchParams.get("scope")).toBe("checkout:write affiliates:write");
  expect(kept.address?.searchParams.get("resource")).toBe(ENDPOINT.href);

  const callback = await allow(kept, ["checkout:write"]);
  expect(callback.get("state")).toBe(kept.state);
  await transportOf(host).finishAuth(callback);
  expect(kept.tokens?.scope).toBe("checkout:write");
  const client = await connected(host);
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("start_checkout");

  // A token that is taken no more is exchanged for the next without a word to the person.
  const first = kept.tokens;
  kept.tokens = first && { ...first, access_token: `${first.access_token}spoilt` };
  kept.address = undefined;
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("start_checkout");
  expect(kept.tokens?.access_token).not.toBe(first?.access_token);
  expect(kept.tokens?.refresh_token).not.toBe(first?.refresh_token);
  expect(kept.address).toBeUndefined();
});

test("a callback that names another issuer is not redeemed, and a connection that was ended asks the person again", async () => {
  const kept: Kept = {};
  const host = hostOf(kept);
  await expect(connected(host)).rejects.toThrow(UnauthorizedError);
  const callback = await allow(kept, ["checkout:write"]);
  const mixedUp = new URLSearchParams(callback);
  mixedUp.set("iss", "https://elsewhere.example");
  await expect(transportOf(host).finishAuth(mixedUp)).rejects.toThrow("elsewhere.example");
  await transportOf(host).finishAuth(callback);
  const client = await connected(host);

  const authorizationServer = kept.discovery?.authorizationServerMetadata;
  if (!authorizationServer || !kept.client || !kept.tokens) throw new Error("the host kept nothing");
  await revoke(world.send, { clientId: kept.client.client_id, authorizationServer }, kept.tokens.access_token);
  kept.address = undefined;
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  await expect(client.listTools()).rejects.toThrow(UnauthorizedError);
  expect(String(warned.mock.lastCall)).toContain("invalid_grant");
  expect(kept.tokens).toBeUndefined();
  expect((kept.address as URL | undefined)?.pathname).toBe("/authorize");
});
