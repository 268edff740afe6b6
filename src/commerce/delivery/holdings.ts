import { filesOfProducts, type Holder, type HoldingRow, holdingsOf } from "../../db/files.ts";
import { ifJoined } from "../../db/joined.ts";
import type { Context } from "../../kernel/context.ts";
import { type TaskWords, taskWords } from "../access/task-words.ts";

/** A file of a holding. `stored` is undefined until the owner has uploaded it. */
interface HeldFile {
  readonly assetId: string;
  readonly stored: { readonly fileName: string; readonly byteCount: number } | undefined;
}

/** What a person may use by one entitlement, or could use until it ended. */
interface Holding {
  readonly entitlementId: string;
  readonly checkoutIntentId: string;
  readonly name: string;
  readonly since: number;
  readonly isTest: boolean;
  /** Why it has ended; undefined while it is active. */
  readonly ended: string | undefined;
  /** What a person does for it, and where that stands; undefined where it has ended, or its files are delivered here. */
  readonly task: TaskWords | undefined;
  /** Only of an active one whose product delivers its files. */
  readonly files: readonly HeldFile[];
}

/** What a holder may use, the newest first, each with its files. */
export async function readHoldings(holder: Holder, ctx: Context): Promise<Holding[]> {
  const { holdings } = await ctx.db.read({ holdings: holdingsOf(ctx, holder) });
  const open = holdings.filter(({ status }) => status === "active").map(({ productId }) => productId);
  const files =
    open.length > 0 && ctx.parts.has("files")
      ? (await ctx.db.read({ files: filesOfProducts(ctx, [...new Set(open)]) })).files
      : [];
  return holdings.map((row) =>
    withTask(row, {
      entitlementId: row.id,
      checkoutIntentId: row.checkoutIntentId,
      name: row.productName ?? UNNAMED,
      since: row.grantedAt,
      isTest: row.stripeMode === "sandbox",
      ended: row.status === "active" ? undefined : endedWords(row),
      files:
        row.status === "active"
          ? files
              .filter(({ productId }) => productId === row.productId)
              .map(({ assetId, fileName, byteCount }) => ({
                assetId,
                stored: fileName === null || byteCount === null ? undefined : { fileName, byteCount },
              }))
          : [],
    }),
  );
}

/** Adds where the task of an active entitlement stands. Files that are here to download need no person. */
function withTask(row: HoldingRow, holding: Omit<Holding, "task">): Holding {
  const task = ifJoined(row.task);
  const isOfPerson = row.status === "active" && !holding.files.some(({ stored }) => stored);
  return { ...holding, task: task && isOfPerson ? taskWords(task) : undefined };
}

/** For a product that the catalog no longer names. */
const UNNAMED = "A product that is no longer sold";

/** Why an entitlement has ended, for the person who had it. */
export function endedWords({
  storedStatus,
  checkoutStatus,
}: Pick<HoldingRow, "storedStatus" | "checkoutStatus">): string {
  if (storedStatus === "active") return "It was a test, and gives nothing here.";
  switch (checkoutStatus) {
    case "refunded":
      return "It ended when the payment was refunded.";
    case "disputed":
      return "It ended when the payment was disputed at the bank.";
    default:
      return "It has ended.";
  }
}
