import "./quiet.ts";
import { dirname, join } from "node:path";
import { limitBindings } from "../../base/bounds.ts";
import { type Bindings, parseSettings, UnusableSettings } from "../../env.ts";
import { businessSettings } from "../seeds/business-settings.ts";
import { businessFromFolder } from "../seeds/folder.ts";
import { type SandboxClient, sandboxClient } from "../stripe-sandbox/client.ts";
import { configBeside } from "./bundle.ts";
import { persistFolder, prepareSandbox, prepareServer, SANDBOX_FOLDER, SERVER_CONFIG } from "./databases.ts";
import type { DevVars } from "./dev-vars.ts";
import { assertFree } from "./ports.ts";
import { ScriptError } from "./run-script.ts";
import { keepSecrets } from "./secrets.ts";
import { type RunningWorker, startOne } from "./start-worker.ts";

const TICK_MS = 1000;

/** The options of a local server. */
interface ServerOptions {
  /** The folder of databases and secrets. */
  readonly state: string;
  readonly port: number;
  readonly sandboxPort: number;
  /** Settings of `.dev.vars`; they take precedence over those made here. */
  readonly vars?: DevVars;
  /** The folder of the business; left out, `BUSINESS_DIR`. */
  readonly businessDir?: string;
  /** A built bundle to run; left out, the source runs and is reloaded at each edit. */
  readonly bundle?: string;
  readonly story?: boolean;
  readonly onLine?: (line: string) => void;
}

/** A running server and its sandbox. */
export interface LocalServer {
  readonly publicUrl: string;
  /** Undefined when the server calls Stripe itself. */
  readonly sandbox: (SandboxClient & { readonly url: string }) | undefined;
  stop(): Promise<void>;
}

/**
 * Prepares the databases and starts the server and, without a key for Stripe itself, the sandbox. Throws a `ScriptError`
 * when a port is taken or a setting is wrong.
 */
export async function startLocalServer(options: ServerOptions): Promise<LocalServer> {
  const { state, vars = {} } = options;
  const withSandbox = vars.STRIPE_SECRET_KEY_SANDBOX === undefined;
  assertLocal(vars, withSandbox);
  for (const port of withSandbox ? [options.port, options.sandboxPort] : [options.port]) await assertFree(port);
  const secrets = keepSecrets(state);
  const publicUrl = `http://localhost:${options.port}`;
  const sandboxUrl = `http://localhost:${options.sandboxPort}`;
  const business = businessFromFolder(options.businessDir);
  const serverVars = defined({
    ...businessSettings(business),
    SERVER_SECRET: secrets.serverSecret,
    STRIPE_MAX_MODE: "sandbox",
    // The owner's password of development is public: a second factor would protect nothing.
    OWNER_SECOND_FACTOR: "optional",
    // A client that finds metadata documents advertised registers no more, and without a network its own can't be fetched.
    CLIENT_METADATA_DOCUMENTS: "off",
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
      business,
      businessDir: options.businessDir,
      publicUrl,
      serverSecret: serverVars.SERVER_SECRET ?? secrets.serverSecret,
      story: options.story ?? false,
    }),
    withSandbox && prepareSandbox(state),
  ]);

  const common = { registry: join(state, "registry"), watch: options.bundle === undefined };
  const starting: Promise<RunningWorker>[] = [
    startOne({
      ...common,
      name: "The server",
      config: options.bundle ? configBeside(dirname(options.bundle)) : SERVER_CONFIG,
      bundle: options.bundle,
      vars: serverVars,
      port: options.port,
      persist: persistFolder(state, "server"),
      onLine: options.onLine,
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
        port: options.sandboxPort,
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

/** Throws for settings of Stripe that contradict each other. */
function assertLocal(vars: DevVars, withSandbox: boolean): void {
  if (withSandbox && vars.STRIPE_SECRET_KEY_LIVE !== undefined) {
    throw new ScriptError(
      "STRIPE_SECRET_KEY_LIVE in .dev.vars is refused beside the Stripe sandbox. Take it out, or set STRIPE_SECRET_KEY_SANDBOX too.",
    );
  }
  if (!withSandbox && vars.STRIPE_WEBHOOK_SECRET_SANDBOX === undefined) {
    throw new ScriptError(
      "With STRIPE_SECRET_KEY_SANDBOX, .dev.vars needs STRIPE_WEBHOOK_SECRET_SANDBOX too: `stripe listen` prints it.",
    );
  }
}

/** Checks the settings as the server does, so that a wrong one stops the start. */
function assertUsable(vars: Readonly<Record<string, string>>): void {
  const unusable = (words: string) => new ScriptError(`${words}\nThe settings come from .dev.vars.`);
  try {
    // Bindings of wrangler.toml, which no variable can be.
    const settings = parseSettings({ ...namedObjects(limitBindings), ...vars } as unknown as Bindings);
    const faults = settings.stripe.faults.map(({ setting, rule }) => `${setting} ${rule}`);
    if (faults.length > 0) throw unusable(`The environment is not usable:\n- ${faults.join("\n- ")}`);
  } catch (error) {
    throw error instanceof UnusableSettings ? unusable(error.message) : error;
  }
}

function defined(vars: DevVars): Record<string, string> {
  return Object.fromEntries(Object.entries(vars).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

const namedObjects = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));

function fetchFrom(origin: string) {
  return (path: string, init?: RequestInit) => fetch(new URL(path, origin), { redirect: "manual", ...init });
}

/** Calls the sandbox each second: it runs due retries and expiries at requests only. */
function keepTicking(sandbox: SandboxClient): NodeJS.Timeout {
  let calling = false;
  const ticking = setInterval(async () => {
    if (calling) return;
    calling = true;
    // While the sandbox reloads it does not answer; the next second calls again.
    await sandbox.tick().catch(() => undefined);
    calling = false;
  }, TICK_MS);
  ticking.unref();
  return ticking;
}
