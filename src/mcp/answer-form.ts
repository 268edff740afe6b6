/** The form in which a caller takes the answer of protocol 2025, whose library answers in a stream of events. */
export type AnswerForm = "events" | "json";

/** What the library wants to read before it answers (MCP transports of 2025-11-25, "Sending Messages to the Server"). */
const BOTH = "application/json, text/event-stream";

/**
 * The form that an `Accept` header asks for. A header that is missing or names any type at all is what plain HTTP clients
 * send: they read JSON. Undefined for a caller who takes neither form, and is refused.
 */
function askedForm(accept: string | null): AnswerForm | undefined {
  const named = (accept || "*/*").toLowerCase();
  if (named.includes("text/event-stream")) return "events";
  return /\*\/\*|application\/(\*|json)/.test(named) ? "json" : undefined;
}

/** The headers of a request as the library takes them, and the form of its answer. */
export function withBothForms(given: Headers): { headers: Headers; form: AnswerForm } {
  const form = askedForm(given.get("Accept"));
  if (!form) return { headers: given, form: "events" };
  const headers = new Headers(given);
  headers.set("Accept", BOTH);
  return { headers, form };
}

/** A stream of events that ends with the answers, as one JSON body: a list where the request was a list. */
export async function asJson(response: Response, batch: boolean): Promise<Response> {
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) return response;
  const answers = (await response.text()).split("\n").flatMap(answerIn);
  const headers = new Headers(response.headers);
  headers.set("Content-Type", "application/json");
  headers.delete("X-Accel-Buffering");
  return new Response(JSON.stringify(batch ? answers : answers[0]), { status: response.status, headers });
}

/** The answer in one line of a stream; notifications and comments are left out. */
function answerIn(line: string): unknown[] {
  const message: unknown = line.startsWith("data: {") ? JSON.parse(line.slice("data: ".length)) : {};
  return "id" in (message as object) && !("method" in (message as object)) ? [message] : [];
}
