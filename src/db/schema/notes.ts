import { sql } from "drizzle-orm";
import { check, primaryKey, text } from "drizzle-orm/sqlite-core";
import { oneOf, ownerUserId } from "./columns.ts";
import { declareTable, internal, priv } from "./declare.ts";
import * as words from "./vocabulary.ts";

/**
 * What may name a person, of a row that can't be changed: one row a fact. It can be erased; the sealed row then says that
 * there was a reason, and no more.
 */
export const personalNotes = declareTable(
  "personal_notes",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    /** The random id of the sealed row that the fact belongs to. */
    rowId: internal(text("row_id").notNull()),
    noteKind: internal(text("note_kind", { enum: words.NOTE_KINDS }).notNull()),
    /** The owner's own words, at most 500 characters. Shown on the owner's page; no answer holds them. */
    noteText: priv(text("note_text")),
    /** A keyed hash, where the words themselves are not kept. */
    noteHash: priv(text("note_hash")),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.rowId, t.noteKind] }),
    oneOf("personal_notes_kind", t.noteKind, words.NOTE_KINDS),
    check("personal_notes_content", sql`(${t.noteText} IS NULL) <> (${t.noteHash} IS NULL)`),
    check("personal_notes_length", sql`length(${t.noteText}) <= 500`),
  ],
);
