import { sha256 } from "../base/digest.ts";
import { isoTime } from "../base/time.ts";
import { insertSeal, latestSeal, sealByNumber, unsealedRows } from "../db/audit-seals.ts";
import { paymentAuditEvents } from "../db/schema/index.ts";
import { recordOf } from "../db/sealed-rows.ts";
import type { Context } from "../kernel/context.ts";
import type { SigningKeys } from "../signing/keys.ts";
import { check, sign } from "../signing/signed.ts";
import type { HeadStore } from "./head-store.ts";
import { rowsSha256, SEAL } from "./seal.ts";

/** The most rows of a seal and the most seals of a run: ten thousand rows a run. */
const ROWS_PER_SEAL = 1000;
const SEALS_PER_RUN = 10;

/** Calls to D1 and R2 that a run makes at most. */
export const TRIPS_TO_SEAL = 2 * SEALS_PER_RUN + 4;

/** The rows and seals that one run added. */
export interface SealReport {
  readonly rows: number;
  readonly seals: number;
  /** `differs`: the database has lost or changed a sealed row. Sealing stops until a person has looked. */
  readonly head: "kept" | "differs";
}

/**
 * Seals the audit rows since the last run: signs a hash of the rows and of the previous seal, and keeps the latest seal
 * outside of the database. A change to a sealed row by an intruder with the database alone then shows. Two runs at once
 * make one chain: the database takes each number once.
 */
export async function sealAudit(keys: SigningKeys, heads: HeadStore, ctx: Context): Promise<SealReport> {
  const kept = await heads.latest(ctx.ownerUserId);
  if (await lacksKeptSeal(kept, keys, ctx)) {
    ctx.log({ event: "internal", name: "seal_audit", code: "head_differs" });
    return { rows: 0, seals: 0, head: "differs" };
  }
  const counts = { rows: 0, seals: 0 };
  let latest: string | undefined;
  for (let turn = 0; turn <= SEALS_PER_RUN; turn++) {
    const found = await ctx.db.read({ last: latestSeal(ctx), rows: unsealedRows(ctx, ROWS_PER_SEAL) });
    const [last] = found.last;
    latest = last?.seal;
    const records = found.rows.map((row) => recordOf(paymentAuditEvents, row));
    const newest = found.rows.at(-1);
    if (!newest || turn === SEALS_PER_RUN) break;
    const now = ctx.clock.now();
    const number = (last?.number ?? 0) + 1;
    const seal = await sign(
      SEAL,
      {
        owner: ctx.ownerUserId,
        number,
        after: last?.throughSequence ?? 0,
        through: newest.sequence,
        rows: records.length,
        rowsSha256: await rowsSha256(records),
        previousSha256: last ? await sha256(last.seal) : null,
        sealedAt: isoTime(now),
      },
      keys,
    );
    const row = { number, throughSequence: newest.sequence, sealedAt: now, seal };
    // Refused when another run has stored a seal with this number: the next turn reads that one.
    if (await ctx.db.tryCommit([insertSeal(ctx, row)])) continue;
    counts.rows += records.length;
    counts.seals++;
  }
  // After a run that died before this line, the next run keeps the seal.
  if (latest !== undefined && latest !== kept) await heads.keep(ctx.ownerUserId, latest);
  return { ...counts, head: "kept" };
}

/** Whether the seal that is kept outside is missing from the database. */
async function lacksKeptSeal(kept: string | undefined, keys: SigningKeys, ctx: Context): Promise<boolean> {
  if (kept === undefined) return false;
  const checked = await check(SEAL, kept, (await keys.published()).keys);
  if (checked.kind === "unproven") return true;
  const { number } = checked.said;
  const { seal } = await ctx.db.read({ seal: sealByNumber(ctx, number) });
  return seal[0]?.seal !== kept;
}
