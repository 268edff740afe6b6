import { and, eq, type InferInsertModel, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Query } from "./database.ts";
import { personalNotes } from "./schema/index.ts";
import type { Store } from "./store.ts";

type NewNote = InferInsertModel<typeof personalNotes>;
type NoteKind = NewNote["noteKind"];

/** The statement that keeps what may name a person beside a sealed row; none where there is nothing to keep. */
export function insertNote(
  store: Store,
  rowId: string,
  noteKind: NoteKind,
  content: { readonly noteText: string } | { readonly noteHash: string } | undefined,
): Query[] {
  if (content === undefined) return [];
  return [store.db.build.insert(personalNotes).values({ ownerUserId: store.ownerUserId, rowId, noteKind, ...content })];
}

/** Finds a row's note in a left join. */
export const noteOf = (store: Store, rowId: SQLiteColumn, noteKind: NoteKind) =>
  and(
    eq(personalNotes.ownerUserId, store.ownerUserId),
    eq(personalNotes.rowId, rowId),
    eq(personalNotes.noteKind, noteKind),
  );

/** The words of a joined note; null where there are none, or where they were erased. */
export const noteText = sql<string | null>`${personalNotes.noteText}`.as("note_text");
