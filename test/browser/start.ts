import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";
import { ROOT } from "../../src/dev/local/root.ts";

/** Where Chromium's fonts are named, in the folder into which it was unpacked. */
export const FONTS_FILE = "fonts.conf";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder into which Chromium was unpacked. */
    readonly chromium: string;
  }
}

/**
 * Unpacks the Chromium that stands in its package, with the libraries and fonts that a bare machine lacks, once per
 * version. It is unpacked aside and moved into place, so that no other run can find half of it.
 */
export default function start(project: TestProject): void {
  const home = join(ROOT, "node_modules", "@sparticuz", "chromium");
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
  const folder = join(ROOT, "node_modules", ".cache", `chromium-${version}`);
  if (!existsSync(folder)) unpack(folder);
  writeFileSync(join(folder, FONTS_FILE), fontsOf(folder));
  project.provide("chromium", folder);
}

/** The package's own settings name folders of another machine. With these, its fonts are the only ones on any machine. */
function fontsOf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, "fonts")}</dir>
  <cachedir>${join(folder, "fonts-cache")}</cachedir>
</fontconfig>
`;
}

function unpack(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const aside = mkdtempSync(`${folder}-`);
  const script = 'await (await import("@sparticuz/chromium")).default.executablePath()';
  // It unpacks into the temporary folder, and the libraries only where it thinks that they are missing.
  const env = { ...process.env, TMPDIR: aside, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" };
  execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: ROOT, env, stdio: "pipe" });
  try {
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    // Another run was first.
    if (!existsSync(folder)) throw error;
  }
}
