import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { expireCheckout } from "../../tools/expire-checkout.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { recordRevocationIntent } from "../../tools/record-revocation-intent.ts";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { uploadProductAsset } from "../../tools/upload-product-asset.ts";
import { browserOf } from "../approvals/asking.ts";
import { type Door, httpDoor, mcpDoor, type Person } from "../support/doors.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { openBrowser, signUp } from "../support/oauth.ts";
import { ownerBrowser } from "../support/owner-doors.ts";
import { BUYER, ORIGIN, OWNER, type World } from "../support/world.ts";
import { APPS, type App } from "./plan.ts";

const OTHER: Person & { name: string } = {
  name: "Olive Other",
  email: "olive@example.com",
  password: "olive's long password",
};

const BUYERS_WRITES = [
  startCheckout,
  startPlanCheckout,
  expireCheckout,
  createCommissionEvidence,
  recordPostPurchaseDecision,
] as const;
const OWNERS_WRITES = [reviewCommissionEvidence, recordRevocationIntent, uploadProductAsset] as const;

/** The doors of one caller: `write name` and `http` or `mcp`. */
export type CallerDoors = (write: string, door: "http" | "mcp") => Door;

/** Everyone who acts in a world, signed in and connected. */
export interface Cast {
  readonly apps: Readonly<Record<App, CallerDoors>>;
  readonly owner: CallerDoors;
  /** The browsers in which the buyers are signed in. */
  readonly browsers: Readonly<Record<App, Awaited<ReturnType<typeof browserOf>>>>;
  /** What an app reads with its token. */
  readonly read: (app: App, uri: string) => Promise<Record<string, unknown>>;
}

/** Signs the people up and in, and connects their apps. */
export async function openCast(world: World): Promise<Cast> {
  await signUp(openBrowser(world.send, ORIGIN), OTHER);
  await lowerProofs(world);
  const persons: Record<App, Person> = {
    "buyer's app": BUYER,
    "buyer's other app": BUYER,
    "other buyer's app": OTHER,
  };
  const scopes = ["checkout:write", "affiliates:write"];
  const doorsOf = async (person: Person): Promise<[CallerDoors, Door]> => {
    const [mcp, api] = [await world.token(person, "mcp", scopes), await world.token(person, "api", scopes)];
    const doors = new Map<string, Door>();
    for (const { name, route } of BUYERS_WRITES) {
      doors.set(`${name} mcp`, await mcpDoor(world, name, mcp));
      doors.set(`${name} http`, httpDoor(world, route, { Authorization: `Bearer ${api}` }));
    }
    return [found(doors), await mcpDoor(world, "read_commerce", mcp)];
  };
  const opened = await Promise.all(APPS.map(async (app) => [app, await doorsOf(persons[app])] as const));
  const byApp = new Map(opened);
  const browsers = await Promise.all(APPS.map(async (app) => [app, await browserOf(world, persons[app])] as const));
  return {
    apps: record(opened.map(([app, [doors]]) => [app, doors] as const)),
    browsers: record(browsers),
    owner: await ownersDoors(world),
    async read(app, uri) {
      const answer = await byApp.get(app)?.[1]({ uri });
      if (!answer || answer.code !== undefined) throw new Error(`${uri}: ${answer?.text}`);
      return (answer.body as { content: Record<string, unknown> }).content;
    },
  };
}

async function ownersDoors(world: World): Promise<CallerDoors> {
  const token = await world.token(OWNER, "mcp", ["owner:write"]);
  const doors = new Map<string, Door>();
  for (const { name, route } of OWNERS_WRITES) {
    const { headers } = await ownerBrowser(world, route.slice("POST ".length), OWNER);
    doors.set(`${name} mcp`, await mcpDoor(world, name, token));
    doors.set(`${name} http`, httpDoor(world, route, headers));
  }
  return found(doors);
}

const found =
  (doors: ReadonlyMap<string, Door>): CallerDoors =>
  (write, door) => {
    const one = doors.get(`${write} ${door}`);
    if (!one) throw new Error(`there is no ${door} door of ${write}`);
    return one;
  };

/** The cast holds: there is one entry for each app. */
const record = <T>(entries: readonly (readonly [App, T])[]) => Object.fromEntries(entries) as Record<App, T>;
