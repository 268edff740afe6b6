import type { Config } from "./config.ts";
import { differs, type Finding, missing, ok } from "./finding.ts";
import { envArgument, isPlaceholder, modesOfData, type Target, tomlTable } from "./target.ts";
import { commandText } from "./wrangler-answers.ts";

/** What `wrangler.toml` alone tells: address, mode, mail, cron. It needs no account. */
export function configFindings(target: Target): readonly Finding[] {
  return [
    addressFinding(target),
    idsFinding(target),
    modeFinding(target),
    mailFinding(target),
    cronFinding(target),
    filesFinding(target),
    ...apartFinding(target),
    ...plainSecrets(target),
  ];
}

/** Secrets of the server by name; which of them a deployment needs follows from its modes. */
export const SERVER_SECRETS = [
  "SERVER_SECRET",
  "STRIPE_SECRET_KEY_SANDBOX",
  "STRIPE_WEBHOOK_SECRET_SANDBOX",
  "STRIPE_SECRET_KEY_LIVE",
  "STRIPE_WEBHOOK_SECRET_LIVE",
] as const;

const ADDRESS = "address";
/** Hosts that RFC 2606 keeps for examples. */
const EXAMPLE_HOST = /(^|\.)example\.(com|net|org)$|\.example$/;

function addressFinding(target: Target): Finding {
  const { publicUrl, config } = target;
  const wanted = "PUBLIC_URL is an https origin of yours, and wrangler.toml has a route for its host";
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined;
  const inVars = `in wrangler.toml, [${tomlTable(target, "vars")}]: PUBLIC_URL = "https://your-shop.your-domain"`;
  const routeOf = (host: string) =>
    `in wrangler.toml, ${target.env === undefined ? "above the first [table]" : `in [env.${target.env}]`}: routes = [{ pattern = "${host}", custom_domain = true }]`;
  if (!url || url.origin !== publicUrl || url.protocol !== "https:") {
    return differs(ADDRESS, { found: `PUBLIC_URL is "${publicUrl}"`, wanted, fix: [inVars] });
  }
  if (EXAMPLE_HOST.test(url.hostname)) {
    const found = `PUBLIC_URL is still ${publicUrl}`;
    return missing(ADDRESS, { found, wanted, fix: [inVars, routeOf("your-shop.your-domain")] });
  }
  const routes = (config.routes ?? []).map((route) => (typeof route === "string" ? route : route.pattern));
  const host = (pattern: string) => pattern.replace(/^https?:\/\//, "").split("/")[0] ?? "";
  if (!routes.some((pattern) => host(pattern) === url.hostname)) {
    const found = routes.length === 0 ? "wrangler.toml has no route" : `routes to ${routes.join(", ")} alone`;
    return missing(ADDRESS, { found, wanted, fix: [routeOf(url.hostname)] });
  }
  const other = routes.filter((pattern) => host(pattern) !== url.hostname);
  if (other.length > 0) {
    const found = `routes to ${routes.join(", ")} for ${publicUrl}`;
    return differs(ADDRESS, { found, wanted: `a route to ${url.hostname} alone`, fix: [routeOf(url.hostname)] });
  }
  return ok(ADDRESS, `${publicUrl}, with a route`);
}

function idsFinding(target: Target): Finding {
  const what = "ids in wrangler.toml";
  const { database, kvId } = target;
  const left = [
    ...(isPlaceholder(database.id) ? [{ of: "database_id of DB", create: createDatabase(target) }] : []),
    ...(isPlaceholder(kvId) ? [{ of: "id of OAUTH_KV", create: createNamespace(target) }] : []),
  ];
  if (left.length === 0) return ok(what, "the account's own");
  return missing(what, {
    found: `as the repository came: ${left.map(({ of }) => of).join(", ")}`,
    wanted: "the ids that Cloudflare gives",
    fix: left.map(({ of, create }) => `${create}, and put the printed id into wrangler.toml as the ${of}`),
  });
}

/** The command that makes the database of a target. */
export const createDatabase = ({ database }: Target): string => commandText(["d1", "create", database.name]);
/** The command that makes the key-value namespace of a target. */
export const createNamespace = (target: Target): string =>
  commandText(["kv", "namespace", "create", "OAUTH_KV", envArgument(target)]);

function modeFinding(target: Target): Finding {
  const { maxMode, business } = target;
  const data = modesOfData(business);
  const live = data.filter((mode) => mode === "live").length;
  const table = `in wrangler.toml, [${tomlTable(target, "vars")}]`;
  const what = "mode";
  if (maxMode === undefined) {
    return missing(what, {
      found: "STRIPE_MAX_MODE is not set: no plan is sold, and every offer is sold as a test",
      wanted: '"sandbox" or "live"',
      fix: [`${table}: STRIPE_MAX_MODE = "sandbox"`],
    });
  }
  if (maxMode === "live" && live === 0) {
    return differs(what, {
      found: 'STRIPE_MAX_MODE is "live", and no offer or plan has "stripeMode": "live": everything is sold as a test',
      wanted: "live in both places to take real money, sandbox in the variable otherwise",
      fix: [
        `in ${target.folder}/offers.json and plans.json: "stripeMode": "live" for what takes real money`,
        `or ${table}: STRIPE_MAX_MODE = "sandbox"`,
      ],
    });
  }
  if (maxMode === "live") return ok(what, `live: ${live} of ${data.length} offers and plans take real money`);
  const held = live > 0 ? `, also the ${live} that the data sell for real` : "";
  return ok(what, `sandbox: ${data.length} offers and plans are sold as tests${held}`);
}

function mailFinding(target: Target): Finding {
  const from = target.config.vars.MAIL_FROM;
  const bound = target.config.send_email.some(({ name }) => name === "MAIL");
  const what = "mail";
  const wanted = "the binding MAIL and the variable MAIL_FROM, or neither";
  if (bound && from === undefined) {
    const fix = [`in wrangler.toml, [${tomlTable(target, "vars")}]: MAIL_FROM = "shop@your-domain"`];
    return missing(what, { found: "the binding MAIL without MAIL_FROM: no mail is sent", wanted, fix });
  }
  if (!bound && from !== undefined) {
    const fix = [`in wrangler.toml: [[${tomlTable(target, "send_email")}]] with name = "MAIL"`];
    return missing(what, { found: "MAIL_FROM without the binding MAIL: the server does not start", wanted, fix });
  }
  return ok(what, bound ? `sent from ${from}` : "none is sent, and the pages say so");
}

function cronFinding(target: Target): Finding {
  const crons = target.config.triggers.crons ?? [];
  if (crons.length > 0) return ok("cron", crons.join(", "));
  return missing("cron", {
    found: "no schedule: interrupted work is not finished, and the audit is not sealed",
    wanted: "a run every 15 minutes",
    fix: [`in wrangler.toml: [${tomlTable(target, "triggers")}] with crons = ["*/15 * * * *"]`],
  });
}

function filesFinding({ migrations, releaseFaults }: Target): Finding {
  const what = "migration files";
  if (releaseFaults.length === 0) return ok(what, `${migrations.length}, forward only`);
  return differs(what, {
    found: releaseFaults.join("; "),
    wanted: "released files as they were released, and later ones that only add",
    fix: ["restore what migrations/released.json holds, and write a change as a new file in migrations/"],
  });
}

/** An environment beside production shares nothing with it. */
function apartFinding({ env, config, above }: Target): Finding[] {
  if (env === undefined) return [];
  const what = "apart from production";
  const same = <T>(of: (config: Config) => T): boolean => of(config) === of(above);
  const counters = config.ratelimits.filter(({ namespace_id }) =>
    above.ratelimits.some((other) => other.namespace_id === namespace_id),
  );
  const shared = [
    ...(same(({ vars }) => vars.PUBLIC_URL) ? ["the address"] : []),
    ...(same(({ d1_databases: [one] }) => one?.database_name) ? ["the name of the database"] : []),
    ...(sharedId(config.d1_databases[0]?.database_id, above.d1_databases[0]?.database_id) ? ["the database"] : []),
    ...(sharedId(config.kv_namespaces[0]?.id, above.kv_namespaces[0]?.id) ? ["the namespace"] : []),
    ...(same(({ r2_buckets: [one] }) => one?.bucket_name) ? ["the bucket"] : []),
    ...counters.map(({ name }) => `the counter ${name}`),
  ];
  if (shared.length === 0) return [ok(what, `${env} has an address, stores and counters of its own`)];
  return [
    differs(what, {
      found: `${env} has ${shared.join(", ")} of production`,
      wanted: "an address, stores and counters of its own",
      fix: [`in wrangler.toml, [env.${env}]: others for ${shared.join(", ")}`],
    }),
  ];
}

const sharedId = (id: string | undefined, above: string | undefined): boolean =>
  id !== undefined && id === above && !isPlaceholder(id);

function plainSecrets(target: Target): Finding[] {
  const { vars } = target.config;
  return SERVER_SECRETS.filter((name) => name in vars).map((name) =>
    differs(`${name} in wrangler.toml`, {
      found: "a secret stands in the file, and would be shown on the dashboard",
      wanted: "secrets are kept as secrets",
      fix: [`take ${name} out of wrangler.toml, change its value where it comes from, and put the new one as a secret`],
    }),
  );
}
