import { type FileIds, type FileRow, fileOf, type Holder } from "../../db/files.ts";
import type { Context } from "../../kernel/context.ts";
import { announcedObject } from "../assets/upload.ts";
import { endedWords } from "./holdings.ts";

/** A file that its holder may download now, or one whose access has ended. */
type FoundFile =
  | { readonly kind: "open"; readonly row: FileRow }
  | { readonly kind: "ended"; readonly because: string };

/**
 * The file behind a request, decided from the database each time: access that ended a moment ago is ended. Undefined for all
 * that the holder may not know of: foreign, unknown, not delivered, not stored.
 */
export async function findFile(holder: Holder, ids: FileIds, ctx: Context): Promise<FoundFile | undefined> {
  const [row] = (await ctx.db.read({ file: fileOf(ctx, holder, ids) })).file;
  if (!row) return undefined;
  return row.status === "active" ? { kind: "open", row } : { kind: "ended", because: endedWords(row) };
}

/** The stored object of a file. */
export const objectOf = ({ upload }: FileRow) => announcedObject(upload);
