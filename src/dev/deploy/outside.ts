import "../local/quiet.ts";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ROOT } from "../local/root.ts";

/** What a command left behind. A command that did not start or hung has the code 127 or 124. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command of wrangler is run. */
export interface RunOptions {
  /** True: the person at the terminal sees its output and answers its questions. */
  readonly atTerminal?: boolean;
  /** The file to which wrangler appends what it did, one JSON a line (`WRANGLER_OUTPUT_FILE_PATH`). */
  readonly reportTo?: string;
}

/** All that a check or a deploy does outside of this process. Tests play recorded answers in its place. */
export interface Outside {
  /** Runs `npx wrangler` with these arguments. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  fetch(url: string, init?: RequestInit): Promise<Response>;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): number;
  wait(milliseconds: number): Promise<void>;
}

const RUN_MS = 10 * 60_000;
const FETCH_MS = 20_000;

/** Wrangler of this repository, and the network. */
export function realOutside(): Outside {
  return {
    run: runWrangler,
    fetch: (url, init) => fetch(url, { redirect: "manual", signal: AbortSignal.timeout(FETCH_MS), ...init }),
    env: process.env,
    now: Date.now,
    wait: (milliseconds) => setTimeout(milliseconds),
  };
}

function runWrangler(args: readonly string[], { atTerminal = false, reportTo }: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, [join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js"), ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...(reportTo && { WRANGLER_OUTPUT_FILE_PATH: reportTo }),
      // With CI wrangler asks nothing: a question without a terminal would be answered by its default in silence.
      ...(!atTerminal && { CI: "1", NO_COLOR: "1", FORCE_COLOR: "0" }),
    },
    stdio: atTerminal ? "inherit" : ["ignore", "pipe", "pipe"],
    timeout: RUN_MS,
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data) => (stdout += data));
  child.stderr?.on("data", (data) => (stderr += data));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 127, stdout, stderr: `${stderr}${error.message}` }));
    child.on("close", (code) => resolve({ code: code ?? 124, stdout, stderr }));
  });
}
