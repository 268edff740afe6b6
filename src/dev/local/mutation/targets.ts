import { globSync } from "node:fs";
import { ROOT } from "../root.ts";

/** Where a mistake costs a person money, access or privacy: what mutants are made of, by group. */
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  kernel: ["src/kernel/*.ts", "src/base/*.ts"],
  signing: ["src/receipts/*.ts", "src/signing/*.ts", "src/audit/*.ts"],
  auth: [
    "src/auth/{scopes,grants,one-time-tokens,password,totp,second-factor,fresh-sign-in,session-actor}.ts",
    "src/auth/{approving-actor,return-to,sign-up-policy}.ts",
  ],
  folds: [
    "src/facts/*.ts",
    "src/commerce/affiliates/commission.ts",
    "src/commerce/purchase/*.ts",
    "src/stripe/{verify-event,checkout-session}.ts",
  ],
  forms: ["src/auth/forms.ts", "src/http/owner-writes.ts", "src/pages/read-form.ts"],
};

/** Every file that mutants are made of, with its group. */
export function targetFiles(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(TARGETS).flatMap(([group, patterns]) =>
      patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT }).sort()).map((file) => [file, group] as const),
    ),
  );
}
