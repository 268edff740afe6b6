import { join } from "node:path";

/** The folder of the repository. */
export const ROOT = join(import.meta.dirname, "..", "..", "..");

/** The folder in which `npm run dev` keeps databases and secrets. */
export const STATE = join(ROOT, ".state");
