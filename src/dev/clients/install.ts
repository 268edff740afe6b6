import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../local/root.ts";
import { ScriptError } from "../local/run-script.ts";
import type { ListedClient } from "./list.ts";
import type { Setting } from "./player.ts";

/** Each package has a folder of its own, so that none is given another's dependencies. */
const FOLDER = join(ROOT, "artifacts", "clients");

/** Lets a client's modules be imported from its own folder. */
const LOADER = "export const load = (name) => import(name);\n";

/** What is installed: an exact version of a package, in a folder of this name. */
type Wanted = Pick<ListedClient, "id" | "package" | "version">;

/** The installed packages of a client. */
interface Installed extends Pick<Setting, "load" | "file"> {
  readonly version: string;
}

/** Installs a package from the registry, unless that version is there. */
export async function install({ id, package: name, version }: Wanted): Promise<Installed> {
  const folder = join(FOLDER, id);
  if (installedVersion(folder, name) !== version) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    await npm(["install", "--prefix", folder, "--save-exact", "--no-audit", "--no-fund", `${name}@${version}`]);
  }
  const loader = join(folder, "load.mjs");
  writeFileSync(loader, LOADER);
  const { load } = (await import(loader)) as { load(specifier: string): Promise<unknown> };
  return {
    version: installedVersion(folder, name) ?? version,
    load: async <T>(specifier: string) => (await load(specifier)) as T,
    file: (path) => join(folder, "node_modules", path),
  };
}

/** The version of an installed package; undefined where there is none. */
function installedVersion(folder: string, name: string): string | undefined {
  const path = join(folder, "node_modules", name, "package.json");
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

async function npm(args: readonly string[]): Promise<void> {
  const child = spawn("npm", args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new ScriptError(`npm ${args.join(" ")} failed:\n${output}`);
}
