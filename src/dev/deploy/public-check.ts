import { ROUTES } from "../../commerce/routes.ts";
import { differs, type Finding, missing, ok } from "./finding.ts";
import type { Outside } from "./outside.ts";
import type { Target } from "./target.ts";
import { withoutSecrets } from "./wrangler-answers.ts";

/** One question to the deployed server. */
interface Question {
  readonly what: string;
  readonly path: string;
  /** The answer that it has to give, in words. */
  readonly wanted: string;
  /** Sent by POST as JSON; left out, the question is a GET. */
  readonly body?: unknown;
  /** What is wrong with an answer of status 200; undefined for the wanted one. */
  wrongWith(text: string, target: Target): string | undefined;
}

const METADATA = "/.well-known/oauth-protected-resource/mcp";
/** A part of what `src/worker.ts` answers while its settings are unusable. */
const NOT_SET_UP = "is not set up";

const QUESTIONS: readonly Question[] = [
  {
    what: "/health",
    path: "/health",
    wanted: '200 and "status": "ok"',
    wrongWith: (text) => (read<{ status?: unknown }>(text)?.status === "ok" ? undefined : "another answer"),
  },
  {
    what: "/.well-known/oauth-protected-resource",
    path: METADATA,
    wanted: "the metadata of the endpoint /mcp of this address",
    wrongWith(text, { publicUrl }) {
      const resource = read<{ resource?: unknown }>(text)?.resource;
      return resource === `${publicUrl}/mcp` ? undefined : `it names ${String(resource)}`;
    },
  },
  {
    what: ROUTES.commerceSourceData,
    path: ROUTES.commerceSourceData,
    wanted: "the published document of the business",
    wrongWith: (text, target) =>
      namesOf(target).some((name) => text.includes(JSON.stringify(name).slice(1, -1)))
        ? undefined
        : `a document that does not name ${target.business.files.business.name} or anything that it sells`,
  },
  {
    what: "MCP initialize at /mcp/public",
    path: "/mcp/public",
    wanted: "a server that says its name",
    body: {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "npm run deploy", version: "1.0.0" },
      },
    },
    wrongWith: (text) =>
      rpc<{ serverInfo?: { name?: unknown } }>(text)?.serverInfo?.name ? undefined : "an answer that is no MCP",
  },
  {
    what: "MCP tools/list at /mcp/public",
    path: "/mcp/public",
    wanted: "the tool read_commerce",
    body: { jsonrpc: "2.0", id: 2, method: "tools/list", params: {} },
    wrongWith(text) {
      const names = rpc<{ tools?: readonly { name?: unknown }[] }>(text)?.tools?.map(({ name }) => name);
      return names?.includes("read_commerce") ? undefined : `tools: ${names?.join(", ") ?? "none"}`;
    },
  },
];

/** The server as its callers meet it, over HTTPS: five questions, and no redirect. A certificate that does not fit is no answer. */
export async function publicFindings(target: Target, outside: Outside): Promise<readonly Finding[]> {
  const [first, ...others] = QUESTIONS;
  if (!first) return [];
  const finding = await asked(first, target, outside);
  // An address that does not answer at all is one fault, not five.
  if (finding.state === "missing") return [finding];
  return [finding, ...(await Promise.all(others.map((question) => asked(question, target, outside))))];
}

async function asked(question: Question, target: Target, { fetch }: Outside): Promise<Finding> {
  const { path, body, wanted } = question;
  const url = `${target.publicUrl}${path}`;
  const what = `outside: ${question.what}`;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: MCP });
    text = await answer.text();
  } catch (error) {
    const fix = [
      `curl -i ${url}`,
      "a new custom domain takes some minutes until it has its certificate: Cloudflare's dashboard, Workers & Pages, the Worker, Settings, Domains & Routes",
    ];
    return missing(what, { found: `no answer (${causeOf(error)})`, wanted, fix });
  }
  const fix = [`curl -i ${url}`, ...hintsFor(answer, text, target)];
  if (answer.status >= 300 && answer.status < 400) {
    const to = answer.headers.get("Location") ?? "an unknown place";
    return differs(what, { found: `a redirect to ${to}`, wanted: `${wanted}, without a redirect`, fix });
  }
  if (!answer.ok) return differs(what, { found: `${answer.status} ${inShort(text)}`, wanted, fix });
  const wrong = question.wrongWith(text, target);
  return wrong === undefined ? ok(what, wanted) : differs(what, { found: wrong, wanted, fix });
}

const MCP = { "Content-Type": "application/json", Accept: "application/json, text/event-stream" };

/** What stands behind an answer that is not the wanted one. */
function hintsFor(answer: Response, text: string, target: Target): string[] {
  if (answer.status === 503 && text.includes(NOT_SET_UP)) {
    return [
      `npx wrangler tail ${target.worker} says which settings are wrong; npm run deploy -- --check says which secrets are missing`,
    ];
  }
  if (answer.status >= 300 && answer.status < 400) {
    return ["Cloudflare's dashboard, the domain: Rules and Access: no rule may redirect or guard this host"];
  }
  return [];
}

/** Whether an address is answered by this server, also by one without its settings; undefined where it is not answered. */
export async function isOurs(publicUrl: string, { fetch }: Outside): Promise<boolean | undefined> {
  try {
    const answer = await fetch(`${publicUrl}${METADATA}`);
    const text = await answer.text();
    if (answer.status === 503) return text.includes(NOT_SET_UP);
    return answer.ok && read<{ resource?: unknown }>(text)?.resource === `${publicUrl}/mcp`;
  } catch {
    return undefined;
  }
}

/** What the published document may call the business by. */
function namesOf({ business: { files } }: Target): string[] {
  return [
    files.business.name,
    files.business.confirmationName,
    ...files.offers.stacks.flatMap(({ offers }) => offers.map(({ publicOfferId }) => publicOfferId)),
    ...files.plans.plans.map(({ slug }) => slug),
  ];
}

function read<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** The result in an answer of MCP, which is JSON or one event of a stream. */
function rpc<T>(text: string): T | undefined {
  const data = /^data: (.*)$/m.exec(text)?.[1] ?? text;
  return read<{ result?: T }>(data)?.result;
}

const inShort = (text: string): string => withoutSecrets(text.replaceAll(/\s+/g, " ").trim()).slice(0, 120);

/** Node's `fetch failed` has the reason in its cause: ENOTFOUND, CERT_HAS_EXPIRED, … */
function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
