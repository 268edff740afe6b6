import type { Auth } from "./auth/index.ts";
import type { ConfirmedWrite } from "./kernel/confirmed-write.ts";
import type { Context } from "./kernel/context.ts";
import type { SigningKeys } from "./signing/keys.ts";

/** The parts that every page and HTTP route works with, built once per isolate. */
export interface Site {
  readonly auth: Auth;
  readonly ctx: Context;
  readonly signingKeys: SigningKeys;
  readonly writes: readonly ConfirmedWrite[];
}
