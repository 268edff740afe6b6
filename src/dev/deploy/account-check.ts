import { createDatabase, createNamespace } from "./config-check.ts";
import { differs, type Finding, missing, ok } from "./finding.ts";
import type { Outside, Ran } from "./outside.ts";
import { isPlaceholder, type Target, tomlTable } from "./target.ts";
import { commandText, jsonOf, reasonOf, unread } from "./wrangler-answers.ts";

const LOGIN = [
  "npx wrangler login",
  "or, in CI, the environment variables CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID",
];

/** Whether wrangler is signed in, and knows which account is meant. */
export async function accountFinding(target: Target, { run, env }: Outside): Promise<Finding> {
  const ran = await run(["whoami", "--json"]);
  const found = jsonOf(ran) as { loggedIn?: boolean; accounts?: readonly { id: string }[] } | undefined;
  const wanted = "wrangler is signed in to one account at Cloudflare";
  if (ran.code !== 0 || !found?.loggedIn) {
    const reason = found?.loggedIn === false ? "wrangler is not signed in" : reasonOf(ran);
    return missing("account", { found: reason, wanted, fix: LOGIN });
  }
  const accounts = found.accounts ?? [];
  const named = target.config.account_id ?? env.CLOUDFLARE_ACCOUNT_ID;
  if (accounts.length > 1 && named === undefined) {
    return differs("account", {
      found: `the sign-in reaches ${accounts.length} accounts, and none is named`,
      wanted,
      fix: ["export CLOUDFLARE_ACCOUNT_ID=… (npx wrangler whoami lists the ids)"],
    });
  }
  return ok("account", named ?? accounts[0]?.id ?? "signed in");
}

/** The database, the key-value namespace and the bucket, as the account has them. */
export async function storeFindings(target: Target, outside: Outside): Promise<readonly Finding[]> {
  return [
    await databaseFinding(target, outside),
    await namespaceFinding(target, outside),
    await bucketFinding(target, outside),
  ];
}

async function databaseFinding(target: Target, { run }: Outside): Promise<Finding> {
  const { name, id } = target.database;
  const args = ["d1", "list", "--json"];
  const ran = await run(args);
  const list = listOf<{ uuid: string; name: string }>(ran);
  const what = `D1 database ${name}`;
  if (!list) return unread(what, args, ran);
  const put = (uuid: string) => `in wrangler.toml, [[${tomlTable(target, "d1_databases")}]]: database_id = "${uuid}"`;
  return byId(what, {
    id,
    there: list.some(({ uuid }) => uuid === id),
    named: list.find((one) => one.name === name)?.uuid,
    put,
    create: createDatabase(target),
  });
}

async function namespaceFinding(target: Target, { run }: Outside): Promise<Finding> {
  const args = ["kv", "namespace", "list"];
  const ran = await run(args);
  const list = listOf<{ id: string; title: string }>(ran);
  const what = "KV namespace OAUTH_KV";
  if (!list) return unread(what, args, ran);
  // `kv namespace create OAUTH_KV --env staging` calls it staging-OAUTH_KV.
  const title = target.env === undefined ? "OAUTH_KV" : `${target.env}-OAUTH_KV`;
  return byId(what, {
    id: target.kvId,
    there: list.some(({ id }) => id === target.kvId),
    named: list.find((one) => one.title === title)?.id,
    put: (id) => `in wrangler.toml, [[${tomlTable(target, "kv_namespaces")}]]: id = "${id}"`,
    create: createNamespace(target),
  });
}

/** A store that `wrangler.toml` names by an id which the account gave. */
function byId(
  what: string,
  store: {
    id: string;
    there: boolean;
    /** The id of a store with the expected name. */
    named: string | undefined;
    put: (id: string) => string;
    create: string;
  },
): Finding {
  const { id, there, named, put, create } = store;
  if (there) return ok(what, id);
  const found = isPlaceholder(id)
    ? "wrangler.toml has the id that the repository came with"
    : `the account has no ${id}`;
  if (named !== undefined) return differs(what, { found, wanted: `the id ${named}`, fix: [put(named)] });
  return missing(what, {
    found,
    wanted: "one of the account's, by its id",
    fix: [create, put("the id that it printed")],
  });
}

async function bucketFinding({ bucket }: Target, { run }: Outside): Promise<Finding> {
  const what = `R2 bucket ${bucket}`;
  const info = ["r2", "bucket", "info", bucket, "--json"];
  const ran = await run(info);
  if (ran.code !== 0) {
    const reason = reasonOf(ran);
    const wanted = "a bucket of this name, without a public address";
    // Cloudflare's API: 10006 no such bucket, 10042 R2 is not switched on.
    if (reason.includes("[code: 10006]")) {
      return missing(what, { found: "no such bucket", wanted, fix: [commandText(["r2", "bucket", "create", bucket])] });
    }
    if (reason.includes("[code: 10042]")) {
      const fix = [
        "Cloudflare's dashboard: R2 Object Storage, Overview: add R2 to the account",
        commandText(["r2", "bucket", "create", bucket]),
      ];
      return missing(what, { found: "R2 is not switched on", wanted, fix });
    }
    return unread(what, info, ran);
  }
  const devUrl = ["r2", "bucket", "dev-url", "get", bucket];
  const domains = ["r2", "bucket", "domain", "list", bucket];
  const [url, domain] = [await run(devUrl), await run(domains)];
  const shut = url.stdout.includes("r2.dev URL is disabled");
  const none = domain.stdout.includes("no custom domains connected");
  if (shut && none) return ok(what, "there, without a public address");
  if (url.code !== 0 || domain.code !== 0)
    return unread(`${what}: public addresses`, url.code === 0 ? domains : devUrl, url.code === 0 ? domain : url);
  return differs(what, {
    found: "the bucket has a public address: everyone who has a file's name can fetch it",
    wanted: "no public address",
    fix: [
      ...(shut ? [] : [commandText(["r2", "bucket", "dev-url", "disable", bucket])]),
      ...(none
        ? []
        : [
            `${commandText(domains)}, then for each: ${commandText(["r2", "bucket", "domain", "remove", bucket, "--domain"])} …`,
          ]),
    ],
  });
}

function listOf<T>(ran: Ran): readonly T[] | undefined {
  const list = ran.code === 0 ? jsonOf(ran) : undefined;
  return Array.isArray(list) ? (list as T[]) : undefined;
}
