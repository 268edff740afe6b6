import { setTimeout as sleep } from "node:timers/promises";
import type { Player, Setting, StartPlayer } from "./player.ts";
import { type Cell, NotPossible, STEPS, type Step } from "./steps.ts";

/** The longest that a client may take over one step. */
const STEP_MS = 90_000;
const OFFER = "sandbox-launch-pass";
const OFFER_URI = `commerce://offers/${OFFER}`;

interface Offer {
  readonly updatedAt: string;
  readonly confirmationText: string;
}

/** Plays every step with one client. A step whose ground is missing is told as such, and the others go on. */
export async function play(
  start: StartPlayer,
  setting: Setting,
  told: (step: Step, cell: Cell) => void,
): Promise<Record<Step, Cell>> {
  const cells = {} as Record<Step, Cell>;
  const player = await start(setting).catch(unusable);
  const plan = steps(player, setting);
  try {
    for (const step of Object.keys(STEPS) as Step[]) {
      cells[step] = await outcome(plan[step].needs, cells, plan[step].play);
      told(step, cells[step]);
    }
  } finally {
    await Promise.race([player.close().catch(() => undefined), sleep(10_000, undefined, { ref: false })]);
  }
  return cells;
}

/** In place of a client that can't be started: it fails with that error from its first step on. */
function unusable(error: unknown): Player {
  const fail = () => Promise.reject(error);
  return {
    connect: fail,
    signIn: fail,
    list: fail,
    read: fail,
    call: fail,
    spoilToken: fail,
    forget: fail,
    close: async () => undefined,
  };
}

interface Played {
  readonly needs: readonly Step[];
  /** Answers how, where that is worth a word. */
  play(): Promise<string | undefined>;
}

function steps(player: Player, { person }: Setting): Record<Step, Played> {
  let address = "";
  let offer: Offer;
  const startCheckout = async (key: string, confirmationText: string) =>
    player.call("start_checkout", {
      offerId: OFFER,
      confirmationText,
      expectedUpdatedAt: offer.updatedAt,
      idempotencyKey: `${key}-${crypto.randomUUID()}`,
    });
  return {
    connect: {
      needs: [],
      async play() {
        address = await player.connect();
        const { pathname } = new URL(address);
        if (pathname !== "/authorize") throw new Error(`it sends its person to ${pathname}`);
        return undefined;
      },
    },
    signIn: {
      needs: ["connect"],
      async play() {
        await player.signIn(await person.allow(address));
        return undefined;
      },
    },
    list: {
      needs: ["signIn"],
      async play() {
        await listed(player);
        return undefined;
      },
    },
    read: {
      needs: ["signIn"],
      async play() {
        offer = parsed<Offer>(await player.read(OFFER_URI));
        if (!offer.confirmationText) throw new Error("the offer has no confirmation text");
        return undefined;
      },
    },
    sale: {
      needs: ["read"],
      async play() {
        const answer = await startCheckout("sale", offer.confirmationText);
        const [, checkoutIntentId = ""] = /"?checkoutIntentId\\?"?\s*:\s*\\?"([^"\\]+)/.exec(answer) ?? [];
        if (checkoutIntentId === "") throw new Error(`no checkout: ${answer}`);
        await person.pay(checkoutIntentId);
        const uri = `commerce://checkouts/${checkoutIntentId}`;
        await until(async () => parsed<{ status: string }>(await player.read(uri)).status === "paid");
        return undefined;
      },
    },
    refusal: {
      needs: ["read"],
      async play() {
        const answer = await startCheckout("refusal", `${offer.confirmationText}!`);
        if (!answer.includes("confirmation_mismatch")) throw new Error(`the caller sees: ${answer}`);
        return undefined;
      },
    },
    refresh: {
      needs: ["signIn"],
      async play() {
        await player.spoilToken();
        await works(player);
        return undefined;
      },
    },
    forgotten: {
      needs: ["signIn"],
      async play() {
        const what = await player.forget();
        const again = await player.connect();
        if (!player.startOver || (await person.isAsked(again))) {
          await player.signIn(await person.allow(again));
          await works(player);
          return what;
        }
        const { by, address: anew } = await player.startOver();
        await player.signIn(await person.allow(anew));
        await works(player);
        return `once ${by}`;
      },
    },
  };
}

async function listed(player: Player): Promise<void> {
  const tools = await player.list();
  if (!tools.some((name) => name.endsWith("start_checkout")))
    throw new Error(`start_checkout is not among ${tools.length} tools`);
}

/** A list alone may come from a cache. */
async function works(player: Player): Promise<void> {
  await listed(player);
  parsed<Offer>(await player.read(OFFER_URI));
}

async function outcome(needs: readonly Step[], cells: Record<Step, Cell>, run: Played["play"]): Promise<Cell> {
  const missing = needs.find((step) => cells[step].outcome !== "yes");
  if (missing) {
    const cause = cells[missing];
    return { outcome: cause.outcome === "no" ? "no" : "not possible", why: `without "${missing}"` };
  }
  try {
    const late = sleep(STEP_MS, undefined, { ref: false }).then(() => {
      throw new Error(`no end after ${STEP_MS / 1000} s`);
    });
    const how = await Promise.race([run(), late]);
    return { outcome: "yes", ...(how !== undefined && { how }) };
  } catch (error) {
    return { outcome: error instanceof NotPossible ? "not possible" : "no", why: inFewWords(error) };
  }
}

/** The first line of an error, at most 160 characters. */
function inFewWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 160 ? line : `${line.slice(0, 159)}…`;
}

/** The JSON in a text, which a client may wrap. */
function parsed<T>(text: string): T {
  const from = text.indexOf("{");
  return JSON.parse(text.slice(from, text.lastIndexOf("}") + 1)) as T;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(500);
}
