import "./quiet.ts";
import { dirname, join } from "node:path";
import { type Bindings, parseSettings, UnusableSettings } from "../../env.ts";
import { type SandboxClient, sandboxClient } from "../stripe-sandbox/client.ts";
import { configBeside } from "./bundle.ts";
import { persistFolder, prepareSandbox, prepareServer, SANDBOX_FOLDER, SERVER_CONFIG } from "./databases.ts";
import type { DevVars } from "./dev-vars.ts";
import { isFree } from "./ports.ts";
import { keepSecrets } from "./secrets.ts";
import { type RunningWorker, startOne } from "./start-worker.ts";
import { Told } from "./told.ts";

const TICK_MS = 1000;

export interface ServerWish {
  /** The folder of databases and secrets. */
  readonly state: string;
  readonly port: number;
  readonly sandboxPort: number;
  /** Settings of the person at this machine; they win over those made here. */
  readonly vars?: DevVars;
  /** A built bundle to run as it is; the source, and every edit of it, when left out. */
  readonly bundle?: string;
  readonly story?: boolean;
  readonly hear?: (line: string) => void;
}

export interface LocalServer {
  readonly publicUrl: string;
  /** Undefined where calls go to Stripe itself. */
  readonly sandbox: (SandboxClient & { readonly url: string }) | undefined;
  stop(): Promise<void>;
}

/**
 * Prepares both databases and starts the server and, unless there is a key for Stripe itself, the sandbox.
 * Throws a `Told` for what the person at this machine can put right.
 */
export async function startLocalServer(wish: ServerWish): Promise<LocalServer> {
  const { state, vars = {} } = wish;
  const withSandbox = vars.STRIPE_SECRET_KEY_SANDBOX === undefined;
  assertLocal(vars, withSandbox);
  for (const port of withSandbox ? [wish.port, wish.sandboxPort] : [wish.port]) {
    if (!(await isFree(port))) throw new Told(`Port ${port} is taken. Stop what listens there, or choose another.`);
  }
  const secrets = keepSecrets(state);
  const publicUrl = `http://localhost:${wish.port}`;
  const sandboxUrl = `http://localhost:${wish.sandboxPort}`;
  const serverVars = settled({
    SERVER_SECRET: secrets.serverSecret,
    STRIPE_PLANS_MODE: "sandbox",
    // The password of the owner of development is no secret, and one step is enough to it.
    OWNER_SECOND_FACTOR: "optional",
    ...(withSandbox && {
      STRIPE_SECRET_KEY_SANDBOX: secrets.sandboxKey,
      STRIPE_WEBHOOK_SECRET_SANDBOX: secrets.sandboxWebhookSecret,
      STRIPE_API_BASE_URL: sandboxUrl,
    }),
    ...vars,
    PUBLIC_URL: publicUrl,
  });
  assertUsable(serverVars);
  await Promise.all([
    prepareServer({
      state,
      publicUrl,
      serverSecret: serverVars.SERVER_SECRET ?? secrets.serverSecret,
      story: wish.story ?? false,
    }),
    withSandbox && prepareSandbox(state),
  ]);

  const common = { registry: join(state, "registry"), watch: wish.bundle === undefined };
  const starting: Promise<RunningWorker>[] = [
    startOne({
      ...common,
      name: "The server",
      config: wish.bundle ? configBeside(dirname(wish.bundle)) : SERVER_CONFIG,
      bundle: wish.bundle,
      vars: serverVars,
      port: wish.port,
      persist: persistFolder(state, "server"),
      hear: wish.hear,
    }),
  ];
  if (withSandbox) {
    starting.push(
      startOne({
        ...common,
        name: "The Stripe sandbox",
        config: join(SANDBOX_FOLDER, "wrangler.toml"),
        vars: {
          PUBLIC_URL: sandboxUrl,
          SECRET_KEYS: secrets.sandboxKey,
          WEBHOOK_URL: `${publicUrl}/api/stripe/webhook`,
          WEBHOOK_SECRET: serverVars.STRIPE_WEBHOOK_SECRET_SANDBOX ?? secrets.sandboxWebhookSecret,
          DELIVERY: "push",
        },
        port: wish.sandboxPort,
        persist: persistFolder(state, "sandbox"),
      }),
    );
  }
  const started = await Promise.allSettled(starting);
  const workers = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const stopAll = async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
  };
  const failed = started.find((one) => one.status === "rejected");
  if (failed) {
    await stopAll();
    throw failed.reason;
  }
  const sandbox = withSandbox ? { ...sandboxClient(fetchFrom(sandboxUrl)), url: sandboxUrl } : undefined;
  const ticking = sandbox && keepTicking(sandbox);
  return {
    publicUrl,
    sandbox,
    async stop() {
      clearInterval(ticking);
      await stopAll();
    },
  };
}

/** What can only go wrong is refused before anything starts. */
function assertLocal(vars: DevVars, withSandbox: boolean): void {
  if (withSandbox && vars.STRIPE_SECRET_KEY_LIVE !== undefined) {
    throw new Told(
      "STRIPE_SECRET_KEY_LIVE in .dev.vars is refused beside the Stripe sandbox. Take it out, or set STRIPE_SECRET_KEY_SANDBOX too.",
    );
  }
  if (!withSandbox && vars.STRIPE_WEBHOOK_SECRET_SANDBOX === undefined) {
    throw new Told(
      "With STRIPE_SECRET_KEY_SANDBOX, .dev.vars needs STRIPE_WEBHOOK_SECRET_SANDBOX too: `stripe listen` prints it.",
    );
  }
}

/** The server's own check, made here so that a wrong setting is told at once and not by a server that answers 500. */
function assertUsable(vars: Readonly<Record<string, string>>): void {
  const told = (words: string) => new Told(`${words}\nThe settings come from .dev.vars.`);
  try {
    const settings = parseSettings({ BUSINESS_OWNER_USER_ID: "as wrangler.toml says", ...vars } as unknown as Bindings);
    const faults = settings.stripe.faults.map(({ setting, rule }) => `${setting} ${rule}`);
    if (faults.length > 0) throw told(`The environment is not usable:\n- ${faults.join("\n- ")}`);
  } catch (error) {
    throw error instanceof UnusableSettings ? told(error.message) : error;
  }
}

function settled(vars: DevVars): Record<string, string> {
  return Object.fromEntries(Object.entries(vars).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function fetchFrom(origin: string) {
  return (path: string, init?: RequestInit) => fetch(new URL(path, origin), { redirect: "manual", ...init });
}

/** Retries and expiries fall due without a request; the sandbox looks at its clock when it is asked to. */
function keepTicking(sandbox: SandboxClient): NodeJS.Timeout {
  let asking = false;
  const ticking = setInterval(async () => {
    if (asking) return;
    asking = true;
    // It is away for a moment while it reloads; the next second asks again.
    await sandbox.tick().catch(() => undefined);
    asking = false;
  }, TICK_MS);
  ticking.unref();
  return ticking;
}
