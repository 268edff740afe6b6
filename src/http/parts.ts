import type { Auth } from "../auth/index.ts";
import type { Context } from "../context.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { Limits } from "../limits.ts";
import type { SigningKeys } from "../signing/keys.ts";

/** What the HTTP doors are made of. */
export interface HttpParts {
  readonly auth: Auth;
  readonly ctx: Context;
  readonly limits: Limits;
  readonly signingKeys: SigningKeys;
  readonly writes: readonly ConfirmedWrite[];
}
