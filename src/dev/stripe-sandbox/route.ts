import type { Change } from "./change.ts";
import type { FormFields } from "./form.ts";
import { fields, type Read, type Readers, required } from "./parameters.ts";
import type { Sandbox } from "./sandbox.ts";

/** The answer of a call, and the change that is committed before it is sent. */
interface Answer {
  body: object;
  change?: Change;
}

/** A call with accepted parameters. It runs again after a lost race. */
export type AcceptedCall = (sandbox: Sandbox) => Promise<Answer>;

/** One call of the API. */
export interface Route {
  /** `METHOD /v1/…`, with `:id` for the id; the `path` of a fault has this spelling. */
  name: string;
  method: string;
  path: string;
  /** A reader for each top-level parameter of the call. */
  parameters: Readers;
  /** Reads the parameters. Throws Stripe's refusal: the call has not run then, and no answer is stored under the key. */
  accept(form: FormFields, id: string, sandbox: Sandbox): Promise<AcceptedCall>;
}

/** Declares a call: its name, its parameters and what it does. */
export function route<R extends Readers>(
  name: `${"GET" | "POST" | "DELETE"} /v1/${string}`,
  parameters: R,
  run: (sandbox: Sandbox, call: { id: string; parameters: Read<R> }) => Promise<Answer>,
  /** Rules between parameters, about the clock, the account or objects that the call names. Throws like a reader. */
  check: (parameters: Read<R>, sandbox: Sandbox) => void | Promise<void> = () => {},
): Route {
  const [method = "", path = ""] = name.split(" ");
  return {
    name,
    method,
    path,
    parameters,
    async accept(form, id, sandbox) {
      const accepted = required(fields(parameters))(form, "");
      await check(accepted, sandbox);
      return (current) => run(current, { id, parameters: accepted });
    },
  };
}

/** The call of a request and the id in its path; null for a path that the sandbox does not answer. */
export function findRoute(routes: readonly Route[], method: string, path: string): { route: Route; id: string } | null {
  const segments = path.split("/");
  for (const route of routes) {
    const pattern = route.path.split("/");
    if (route.method !== method || pattern.length !== segments.length) continue;
    if (!pattern.every((part, index) => part === ":id" || part === segments[index])) continue;
    return { route, id: segments[pattern.indexOf(":id")] ?? "" };
  }
  return null;
}
