import type { ConfirmedWrite } from "../../src/kernel/confirmed-write.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { type Door, httpDoor, mcpDoor, type Person } from "./doors.ts";
import { connect } from "./mcp.ts";
import { type ObtainedToken, obtainToken } from "./oauth.ts";
import { BUYER, ORIGIN, type World } from "./world.ts";

/** What a person types into the fields of the limits. */
export type TypedLimits = Partial<Record<"mostAmount" | "mostCurrency" | "mostADay" | "until", string>>;

/** An app that a person connected with limits. */
export interface LimitedApp {
  readonly token: ObtainedToken;
  readonly grantId: string;
  /** `start_checkout` through `/mcp`. */
  readonly start: Door;
  door(write: ConfirmedWrite): Promise<Door>;
  /** `commerce://limits`, as the app reads it. */
  limits(): Promise<Record<string, unknown>>;
}

interface AppWish {
  readonly person?: Person;
  readonly clientName?: string;
  readonly scopes?: readonly string[];
}

/** Connects an app through the consent page, with the limits that its person types there. */
export async function limitedApp(world: World, typed: TypedLimits, wish: AppWish = {}): Promise<LimitedApp> {
  const { person = BUYER, clientName = "Limited app", scopes = ["checkout:write"] } = wish;
  const resource = `${ORIGIN}/mcp`;
  const token = await obtainToken({
    fetch: world.send,
    origin: ORIGIN,
    as: person,
    resource,
    scopes,
    clientName,
    typed,
  });
  const client = await connect({ send: world.send, url: resource, token: token.accessToken });
  const door = ({ name }: ConfirmedWrite) => mcpDoor(world, name, token.accessToken);
  return {
    token,
    grantId: grantIdOf(token),
    start: await door(startCheckout),
    door,
    async limits() {
      // By the tool, since a client keeps what it read as a resource.
      const answer = await client.callTool({ name: "read_commerce", arguments: { uri: "commerce://limits" } });
      if (answer.isError) throw new Error(JSON.stringify(answer.content));
      return (answer.structuredContent as { content: Record<string, unknown> }).content;
    },
  };
}

/** `start_checkout` over HTTP, for an app with limits. */
export async function limitedHttp(world: World, typed: TypedLimits, person: Person = BUYER): Promise<Door> {
  const scopes = ["checkout:write"];
  const token = await obtainToken({
    fetch: world.send,
    origin: ORIGIN,
    as: person,
    resource: `${ORIGIN}/api`,
    scopes,
    typed,
  });
  return httpDoor(world, startCheckout.route, { Authorization: `Bearer ${token.accessToken}` });
}

/** The grant that a token names. */
export const grantIdOf = ({ accessToken }: ObtainedToken): string => accessToken.split(":")[1] ?? "";

/** The stored limits of a grant. */
export const storedLimits = async (world: World, grantId: string) =>
  (await world.all("SELECT * FROM grant_limits WHERE grant_id = ?", grantId))[0];

/** How many checkouts count against the limit of a grant. */
export async function counted(world: World, grantId: string): Promise<number> {
  const [row] = await world.all<{ n: number }>(
    "SELECT count(*) AS n FROM checkout_intents WHERE grant_id = ? AND status NOT IN ('failed', 'expired', 'canceled')",
    grantId,
  );
  return row?.n ?? 0;
}
