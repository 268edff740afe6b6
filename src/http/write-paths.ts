import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";

/** Routes under it are for the owner's browser: a session, and no bearer token. */
export const OWNER_PREFIX = "/api/admin/";

/** The path of a write's route. */
export const pathOf = (write: ConfirmedWrite): string => write.route.slice("POST ".length);

/** Whether a write is for the owner's browser. */
export const isOwnerRoute = (write: ConfirmedWrite): boolean => pathOf(write).startsWith(OWNER_PREFIX);
