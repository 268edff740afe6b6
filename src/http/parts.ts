import type { Auth } from "../auth/index.ts";
import type { Limits } from "../base/limits.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { Context } from "../kernel/context.ts";
import type { SigningKeys } from "../signing/keys.ts";

/** What the HTTP doors are made of. */
export interface HttpParts {
  readonly auth: Auth;
  readonly ctx: Context;
  readonly limits: Limits;
  readonly signingKeys: SigningKeys;
  readonly writes: readonly ConfirmedWrite[];
}
