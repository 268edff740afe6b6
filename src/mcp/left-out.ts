import type * as z from "zod";

/**
 * The arguments of a call without the declared ones that are null at the top level. Some hosts fill in every argument and
 * send null for one that is left out; a required one is then refused as missing.
 */
export function withoutNulls(args: unknown, { shape }: z.ZodObject): unknown {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(
    Object.entries(args).filter(([name, value]) => value !== null || !Object.hasOwn(shape, name)),
  );
}
