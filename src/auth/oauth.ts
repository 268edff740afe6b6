import {
  OAuthAuthorizationServer,
  OAuthError,
  type OAuthHelpers,
  type OAuthResourceAuth,
  OAuthResourceServer,
  type OAuthResourceTokenValidator,
} from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import { type Log, oauthCode } from "../base/log.ts";
import { Problem } from "../base/problem.ts";
import type { Clock } from "../base/time.ts";
import type { Database } from "../db/database.ts";
import type { Scope } from "../kernel/actor.ts";
import { withEitherSecret } from "./either-secret.ts";
import { openRecords, type RequestRecords } from "./grant-records.ts";
import { assertGrant, grantEnded } from "./grants.ts";
import { dropWarningsOfDocuments } from "./library-warnings.ts";
import { patientStore } from "./patient-store.ts";
import { openRegisteredClients, type RegisteredClients } from "./registered-clients.ts";
import { everydayScopes } from "./scopes.ts";
import { type GrantStanding, type OAuthEnv, watchedStore } from "./token-store.ts";

/** The two audiences. A token works at one of them (RFC 8707), so a leaked token opens only that door. */
export type ResourceName = "mcp" | "api";

/** The data that the consent page seals into a grant. Only a holder of one of its tokens can open it. */
const tokenProps = z.object({
  userId: z.string(),
  clientName: z.string(),
  /** Whether the session that granted it was opened with a second factor. */
  secondFactor: z.boolean().default(false),
});
type TokenProps = z.output<typeof tokenProps>;

const DAY = 24 * 60 * 60;
/** A connection ends after this long without use: each use of a refresh token issues the next one. */
export const REFRESH_SECONDS = 30 * DAY;
const MAX_REGISTRATION_CHARACTERS = 8_000;

/** A validated token: person, client and scopes, not yet checked for revocation. */
interface ValidToken {
  readonly props: TokenProps;
  readonly auth: OAuthResourceAuth;
}

/** How one call of `validate` reaches the library's resource server, and how the token comes back. */
interface ResourceEnv {
  readonly validate: OAuthResourceTokenValidator<unknown>;
  accept(props: unknown, auth: OAuthResourceAuth): void;
}

/**
 * Where else clients look for the metadata of an issuer with a path: as OpenID Connect Discovery places it, and under the
 * issuer, as clients of early 2025 do.
 */
export const OTHER_METADATA_PATHS = [
  "/.well-known/openid-configuration/oauth",
  "/oauth/.well-known/openid-configuration",
  "/oauth/.well-known/oauth-authorization-server",
];

/** Both OAuth roles in this Worker: the server that issues tokens, and the two resources that take them. */
export interface OAuth {
  /** Has a path, so that the root has no metadata: a client of the public endpoint that finds some starts to sign in. */
  readonly issuer: string;
  readonly resources: Readonly<Record<ResourceName, string>>;
  /** Registrations, which a consent keeps. */
  readonly clients: Pick<RegisteredClients, "hold" | "keep">;
  /** The library's calls for consent and revocation. A grant's record that they write is the caller's to commit. */
  helpers(records?: RequestRecords): OAuthHelpers;
  /** RFC 8414 metadata, token and revocation, registration; 404 for the rest. */
  serve(request: Request, context: ExecutionContext): Promise<Response>;
  /** The RFC 8414 metadata, at one of `OTHER_METADATA_PATHS`. */
  serveMetadata(request: Request, context: ExecutionContext): Promise<Response>;
  /** `serve` for a code or refresh token, by the records and the grant that the request has read. */
  serveUse(
    request: Request,
    context: ExecutionContext,
    read: { readonly records: RequestRecords; readonly standing: GrantStanding | undefined },
  ): Promise<Response>;
  /** RFC 9728 metadata of the resource at exactly its own address; 404 for the rest. */
  serveResourceMetadata(request: Request, context: ExecutionContext): Promise<Response>;
  /** The token that the request carries, valid for this resource, or the answer that refuses it. Reads the token store only. */
  validate(request: Request, resource: ResourceName, context: ExecutionContext): Promise<ValidToken | Response>;
  /** The refusal of a token whose grant has ended, with the challenge that an unknown token gets. */
  refuse(request: Request, resource: ResourceName, context: ExecutionContext): Promise<Response>;
}

/** Wires the OAuth library. `watchedStore` says how its store differs from KV. */
export function openOAuth(parts: {
  publicUrl: string;
  ownerUserId: string;
  store: KVNamespace;
  db: Database;
  clock: Clock;
  log: Log;
  /** Whether a client may be known by a metadata document, which this server then fetches. */
  clientMetadataDocuments: boolean;
  /** The scopes that open anything here. */
  offered: readonly Scope[];
}): OAuth {
  const { publicUrl, ownerUserId, store, db, clock, log, clientMetadataDocuments, offered } = parts;
  dropWarningsOfDocuments();
  const issuer = `${publicUrl}/oauth`;
  const resources = { mcp: `${publicUrl}/mcp`, api: `${publicUrl}/api` } as const;

  const patient = patientStore(store);
  const clients = openRegisteredClients(patient, clock);
  const env = (records = openRecords({ db, ownerUserId, clock }), standing?: GrantStanding): OAuthEnv => ({
    OAUTH_KV: withEitherSecret(watchedStore(patient, records, clients)),
    standing,
  });

  const server = new OAuthAuthorizationServer<OAuthEnv>({
    issuer,
    resources: Object.values(resources),
    // Clients of early 2025 know no `resource`, and speak MCP.
    defaultResource: resources.mcp,
    authorizeEndpoint: "/authorize",
    tokenEndpoint: "/oauth/token",
    clientRegistrationEndpoint: "/oauth/register",
    scopesSupported: [...offered],
    clientIdMetadataDocumentEnabled: clientMetadataDocuments,
    // Editors claim schemes of their own; `destinationOf` holds them to a list at registration and at consent.
    allowPrivateUseRedirectUris: true,
    accessTokenTTL: 60 * 60,
    refreshTokenTTL: REFRESH_SECONDS,
    refreshTokenIdleTTL: REFRESH_SECONDS,
    clientRegistrationCallback: ({ clientMetadata }) =>
      JSON.stringify(clientMetadata).length > MAX_REGISTRATION_CHARACTERS
        ? { code: "invalid_client_metadata", description: "The client metadata is too large" }
        : undefined,
    // A code or refresh token of an ended grant is refused, even while its record is still there.
    tokenExchangeCallback: ({ props, env: { standing } }) => {
      const holder = tokenProps.safeParse(props);
      try {
        if (!holder.success || standing?.userId !== holder.data.userId) throw grantEnded();
        assertGrant([standing], { scopes: new Set() });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        throw new OAuthError("invalid_grant", { description: "This connection was ended" });
      }
    },
    onError: ({ code, internal }) =>
      log({ event: "auth", name: `${internal.category}.${internal.reason}`, code: oauthCode(code) }),
  });

  const resourceServer = (resource: string) =>
    new OAuthResourceServer<ResourceEnv, unknown>({
      resourceMetadata: { resource, authorization_servers: [issuer], bearer_methods_supported: ["header"] },
      requiredScopes: everydayScopes.filter((scope) => offered.includes(scope)),
      validateToken: ({ validate }) => validate,
      handler: {
        fetch(_request, { accept }, context) {
          accept(context.props, context.auth);
          return new Response(null, { status: 204 });
        },
      },
    });
  const servers = { mcp: resourceServer(resources.mcp), api: resourceServer(resources.api) };
  const withoutToken: ResourceEnv = { validate: async () => null, accept: () => undefined };

  return {
    issuer,
    resources,
    clients,
    helpers: (records) => server.getOAuthApi(env(records)),
    serve: (request, context) => server.fetch(request, env(), context),
    serveMetadata(request, context) {
      const address = new URL(request.url);
      address.pathname = "/.well-known/oauth-authorization-server/oauth";
      return server.fetch(new Request(address, request), env(), context);
    },
    serveUse: (request, context, { records, standing }) => server.fetch(request, env(records, standing), context),
    serveResourceMetadata: (request, context) =>
      servers[new URL(request.url).pathname.endsWith("/api") ? "api" : "mcp"].fetch(request, withoutToken, context),
    async validate(request, resource, context) {
      let accepted: ValidToken | undefined;
      let failure: { readonly error: unknown } | undefined;
      const answer = await servers[resource].fetch(
        request,
        {
          validate: async (audience, token) => {
            try {
              const found = await server.validateToken(audience, token, env());
              return found && tokenProps.safeParse(found.props).success ? found : null;
            } catch (error) {
              failure = { error };
              throw error;
            }
          },
          accept: (props, auth) => {
            accepted = { props: tokenProps.parse(props), auth };
          },
        },
        context,
      );
      // The library would answer an empty 503. Thrown again, the failure is logged and answered with its reference.
      if (failure) throw failure.error;
      return accepted ?? answer;
    },
    refuse: (request, resource, context) => servers[resource].fetch(request, withoutToken, context),
  };
}
