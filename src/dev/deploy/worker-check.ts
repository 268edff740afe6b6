import { SERVER_SECRETS } from "./config-check.ts";
import { differs, type Finding, missing, ok } from "./finding.ts";
import type { Outside, Ran } from "./outside.ts";
import { deployCommand, envArgument, type Target } from "./target.ts";
import { commandText, jsonOf, reasonOf, unread } from "./wrangler-answers.ts";

/** A binding of a version, as Cloudflare's API and `versions view --json` have it; the fields depend on the type. */
interface Binding {
  readonly type: string;
  readonly name: string;
  readonly text?: string;
  readonly id?: string;
  readonly namespace_id?: string;
  readonly bucket_name?: string;
}

/** The version that serves, and when it was deployed. */
export interface Serving {
  readonly versionId: string;
  readonly deployedAt: number;
}

/** The version that serves now; undefined where the Worker was never deployed, or the answer that told nothing. */
export async function servingVersion(target: Target, { run }: Outside): Promise<Serving | undefined | Ran> {
  const ran = await run(statusCommand(target));
  const status = jsonOf(ran) as
    | { created_on: string; versions: readonly { version_id: string; percentage: number }[] }
    | undefined;
  if (ran.code !== 0 || !status?.versions) return isUnknownWorker(ran) ? undefined : ran;
  const [first] = status.versions.toSorted((a, b) => b.percentage - a.percentage);
  return first && { versionId: first.version_id, deployedAt: Date.parse(status.created_on) };
}

const statusCommand = (target: Target) => ["deployments", "status", "--json", envArgument(target)];

/** Cloudflare's API answers 10007 or 10090 for a Worker that does not exist. */
const isUnknownWorker = (ran: Ran): boolean =>
  /has no deployments|\[code: (10007|10090)\]|Worker ".*" .*not found/.test(reasonOf(ran));

/** The deployed Worker against `wrangler.toml` and the business: its variables, its bindings. */
export async function workerFindings(
  target: Target,
  outside: Outside,
): Promise<{ findings: readonly Finding[]; serving: Serving | undefined }> {
  const what = `Worker ${target.worker}`;
  const serving = await servingVersion(target, outside);
  if (serving === undefined) {
    const words = { found: "it was never deployed", wanted: "a deployed version", fix: [deployCommand(target)] };
    return { findings: [missing(what, words)], serving: undefined };
  }
  if ("code" in serving) return { findings: [unread(what, statusCommand(target), serving)], serving: undefined };
  const view = viewCommand(target, serving);
  const ran = await outside.run(view);
  const bindings = bindingsIn(ran);
  if (!bindings) return { findings: [unread(what, view, ran)], serving };
  return { findings: [variables(target, bindings), stores(target, bindings)], serving };
}

const viewCommand = (target: Target, { versionId }: Serving) => [
  "versions",
  "view",
  versionId,
  "--json",
  envArgument(target),
];

function bindingsIn(ran: Ran): readonly Binding[] | undefined {
  const version = jsonOf(ran) as { resources?: { bindings?: readonly Binding[] } } | undefined;
  return ran.code === 0 ? version?.resources?.bindings : undefined;
}

/** The variables of the version that serves, by name; undefined where the Worker was never deployed, or why they can't be read. */
export async function servingVariables(
  target: Target,
  outside: Outside,
): Promise<ReadonlyMap<string, string | undefined> | undefined | { readonly reason: string }> {
  const serving = await servingVersion(target, outside);
  if (serving === undefined) return undefined;
  if ("code" in serving) return { reason: reasonOf(serving) };
  const ran = await outside.run(viewCommand(target, serving));
  const bindings = bindingsIn(ran);
  return bindings ? variablesIn(bindings) : { reason: reasonOf(ran) };
}

const variablesIn = (bindings: readonly Binding[]): ReadonlyMap<string, string | undefined> =>
  new Map(bindings.flatMap(({ type, name, text }) => (type === "plain_text" ? [[name, text] as const] : [])));

/** Names alone: a person may have put anything into a variable. */
function variables(target: Target, bindings: readonly Binding[]): Finding {
  const what = "deployed variables";
  const has = variablesIn(bindings);
  const wanted = new Map(Object.entries({ ...target.config.vars, ...target.settings }));
  const other = [...wanted].filter(([name, value]) => has.get(name) !== value).map(([name]) => name);
  const extra = [...has.keys()].filter((name) => !wanted.has(name));
  if (other.length === 0 && extra.length === 0) return ok(what, `${[...wanted.keys()].join(", ")} as here`);
  const of = target.folder;
  return differs(what, {
    found: [
      ...other.map(
        (name) =>
          `${name} is ${has.has(name) ? "another" : "not set"}${name in target.settings ? ` (${of} wants "${target.settings[name]}")` : ""}`,
      ),
      ...extra.map((name) => `${name} is set there alone`),
    ].join("; "),
    wanted: "the variables of wrangler.toml and of the business, and no other",
    fix: [deployCommand(target)],
  });
}

function stores(target: Target, bindings: readonly Binding[]): Finding {
  const what = "deployed bindings";
  const { config } = target;
  const wanted = [
    ...config.d1_databases.map(({ binding, database_id }) => `${binding} (d1 ${database_id})`),
    ...config.kv_namespaces.map(({ binding, id }) => `${binding} (kv_namespace ${id})`),
    ...config.r2_buckets.map(({ binding, bucket_name }) => `${binding} (r2_bucket ${bucket_name})`),
    ...config.ratelimits.map(({ name, namespace_id }) => `${name} (ratelimit ${namespace_id})`),
    ...config.send_email.map(({ name }) => `${name} (send_email)`),
  ];
  const has = new Set(
    bindings.map(({ name, type, id, namespace_id, bucket_name }) => {
      const detail = id ?? namespace_id ?? bucket_name;
      return `${name} (${type}${detail && type !== "send_email" ? ` ${detail}` : ""})`;
    }),
  );
  const lacking = wanted.filter((one) => !has.has(one));
  if (lacking.length === 0) return ok(what, `${wanted.length} as here`);
  return differs(what, {
    found: `without ${lacking.join(", ")}`,
    wanted: "the bindings of wrangler.toml",
    fix: [deployCommand(target)],
  });
}

/** The secrets that this target needs, by name. Their values can't be read, and are not asked for. */
export async function secretFindings(target: Target, { run }: Outside): Promise<readonly Finding[]> {
  const args = ["secret", "list", "--format", "json", envArgument(target)];
  const ran = await run(args);
  const list = jsonOf(ran);
  const never = ran.code !== 0 && isUnknownWorker(ran);
  if (!never && (ran.code !== 0 || !Array.isArray(list))) return [unread("secrets", args, ran)];
  const has = new Set(never ? [] : (list as { name: string }[]).map(({ name }) => name));
  const needed = SERVER_SECRETS.filter(
    (name) => name === "SERVER_SECRET" || target.modes.some((mode) => name.endsWith(mode.toUpperCase())),
  );
  const unused = SERVER_SECRETS.filter((name) => has.has(name) && !needed.includes(name));
  return [
    ...needed.map((name) =>
      has.has(name)
        ? ok(`secret ${name}`, "set")
        : missing(`secret ${name}`, {
            found: "not set",
            ...wantedSecret(name, commandText(["secret", "put", name, envArgument(target)])),
          }),
    ),
    ...unused.map((name) => ok(`secret ${name}`, "set, and used by nothing in this mode")),
  ];
}

function wantedSecret(name: (typeof SERVER_SECRETS)[number], put: string): { wanted: string; fix: readonly string[] } {
  if (name === "SERVER_SECRET") {
    return {
      wanted: "32 or more random characters, kept: all keys come from it",
      fix: [`openssl rand -base64 32 | ${put}`],
    };
  }
  const mode = name.endsWith("LIVE") ? "live" : "sandbox";
  return name.startsWith("STRIPE_SECRET")
    ? {
        wanted: `a restricted key of the ${mode} mode`,
        fix: ["Stripe's Dashboard, API keys (https://dashboard.stripe.com/apikeys), Create restricted key", put],
      }
    : {
        wanted: `the signing secret of the ${mode} webhook endpoint`,
        fix: [`${put} (Stripe shows it with the endpoint: see the line "Stripe webhook ${mode}")`],
      };
}
