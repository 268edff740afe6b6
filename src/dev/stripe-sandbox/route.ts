import type { Change } from "./change.ts";
import type { FormFields } from "./form.ts";
import { fields, type Read, type Readers, required } from "./parameters.ts";
import type { Sandbox } from "./sandbox.ts";

/** What a call answers, and what has to be committed before it may. */
export interface Answer {
  body: object;
  change?: Change;
}

/** A call whose parameters were accepted. May be run again when it lost a race. */
export type AcceptedCall = (sandbox: Sandbox) => Promise<Answer>;

/** One call of the API. */
export interface Route {
  /** `METHOD /v1/…`, with `:id` for the id. Faults name a call in this spelling. */
  name: string;
  method: string;
  path: string;
  /** What reads each top-level parameter that the call knows. */
  parameters: Readers;
  /** Reads the parameters, or throws Stripe's refusal: nothing has been executed then, and no result is stored under the key. */
  accept(form: FormFields, id: string, sandbox: Sandbox): AcceptedCall;
}

/** Declares a call: its name, which parameters it takes, and what it does. */
export function route<R extends Readers>(
  name: `${"GET" | "POST" | "DELETE"} /v1/${string}`,
  parameters: R,
  run: (sandbox: Sandbox, call: { id: string; parameters: Read<R> }) => Promise<Answer>,
  /** Rules over several parameters, or over the clock. Throws like a reader. */
  check: (parameters: Read<R>, sandbox: Sandbox) => void = () => {},
): Route {
  const [method = "", path = ""] = name.split(" ");
  return {
    name,
    method,
    path,
    parameters,
    accept(form, id, sandbox) {
      const accepted = required(fields(parameters))(form, "");
      check(accepted, sandbox);
      return (current) => run(current, { id, parameters: accepted });
    },
  };
}

/** Finds the call for a request, and the id in its path. */
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
