import { join } from "node:path";

/** The repository's own folder, wherever a script was started from. */
export const ROOT = join(import.meta.dirname, "..", "..", "..");

/** Where `npm run dev` keeps databases and secrets between two starts. */
export const STATE = join(ROOT, ".state");
