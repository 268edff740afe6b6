import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** What a command printed, and how it ended. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  /** Standard output and standard error. */
  readonly output: string;
}

/** A command that runs. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** The address of our consent page that it opened in the browser; rejects when it ends without one. */
  address(): Promise<string>;
}

/** Programs of a client at the command line, with a home of their own and a browser that only notes what it is to open. */
interface Commands {
  readonly home: string;
  start(file: string, args: readonly string[], env?: Readonly<Record<string, string>>): RunningCommand;
  /** Runs to the end. */
  run(file: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Ends what still runs. */
  stop(): Promise<void>;
}

const NAMES = ["xdg-open", "browser", "sensible-browser", "www-browser"];

/** Commands in this home. The environment is bare, so that no setting of this machine reaches them. */
export function commandsIn(home: string): Commands {
  const opened = join(home, "opened-in-browser");
  const bin = join(home, "bin");
  mkdirSync(bin, { recursive: true });
  for (const name of NAMES) {
    writeFileSync(join(bin, name), `#!/bin/sh\nprintf '%s\\n' "$1" >> '${opened}'\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const running = new Set<ChildProcess>();
  const base = {
    HOME: home,
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(":"),
    BROWSER: join(bin, "browser"),
    TERM: "dumb",
    DO_NOT_TRACK: "1",
  };

  const start: Commands["start"] = (file, args, env = {}) => {
    rmSync(opened, { force: true });
    // A group of its own, so that its children end with it.
    const child = spawn(file, args, {
      cwd: home,
      env: { ...base, ...env },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    running.add(child);
    let stdout = "";
    let output = "";
    child.stdout.on("data", (data) => {
      stdout += data;
      output += data;
    });
    child.stderr.on("data", (data) => (output += data));
    const ended = new Promise<Ended>((resolve) => {
      child.on("error", (error) => resolve({ code: null, stdout, output: `${output}\n${error.message}` }));
      child.on("close", (code) => {
        running.delete(child);
        resolve({ code, stdout, output });
      });
    });
    return {
      child,
      ended,
      async address() {
        let over: Ended | undefined;
        void ended.then((end) => (over = end));
        for (;;) {
          const found = existsSync(opened) ? readFileSync(opened, "utf8").split("\n")[0] : addressIn(output);
          if (found) return found;
          if (over) throw new Error(lastWords(over));
          await sleep(100);
        }
      },
    };
  };
  return {
    home,
    start,
    run(file, args, env) {
      const { child, ended } = start(file, args, env);
      child.stdin?.end();
      return ended;
    },
    async stop() {
      for (const { pid } of running) if (pid !== undefined) process.kill(-pid, "SIGKILL");
      await sleep(100);
    },
  };
}

/** Escapes of a terminal: colours, and links with their address. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what is looked for
const ESCAPES = /\u001b(?:\[[0-9;?]*[a-zA-Z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

const addressIn = (output: string) =>
  /https?:\/\/localhost:\d+\/authorize\?[^\s"']+/.exec(output.replace(ESCAPES, " "))?.[0];

/** The end of what a command printed, for the reason of a step that failed. */
export function lastWords({ code, output }: Ended): string {
  const plain = output.replace(ESCAPES, "").trim();
  return `exit ${code}: ${plain.slice(-140)}`;
}
