import { Problem } from "../base/problem.ts";
import { seeOther } from "../pages/see-other.ts";
import { signInPath } from "./fresh-sign-in.ts";

/** Leads a visitor without a session to sign-in, and then back to a page of ours; nothing was done. */
export function toSignIn({ publicUrl }: { readonly publicUrl: string }, returnTo: string): Response {
  return seeOther(publicUrl, publicUrl + signInPath(returnTo));
}

/** Whether a write was refused since its session ended on the way. */
export const endedOnTheWay = (thrown: unknown): boolean =>
  thrown instanceof Problem && thrown.code === "unauthenticated";
