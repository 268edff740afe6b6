import type { Counts } from "./counter.ts";

/** Rows of a call that PROMISES section 3 allows; the table marks each that is above it. */
export const MOST_ROWS = 20;

const COLUMNS: readonly (readonly [string, (counts: Counts) => string | number])[] = [
  ["answer", ({ answer }) => answer],
  ["trips", ({ trips }) => trips],
  ["statements", ({ statements }) => statements],
  ["rows read", ({ rowsRead }) => `${rowsRead}${rowsRead > MOST_ROWS ? " !" : ""}`],
  ["rows written", ({ rowsWritten }) => rowsWritten],
  ["KV read", ({ kvReads }) => kvReads],
  ["KV written", ({ kvWrites }) => kvWrites],
  ["R2", ({ r2 }) => r2],
  ["Stripe", ({ stripe }) => stripe],
  ["bytes", ({ bytes }) => bytes],
  ["tokens", ({ tokens }) => tokens ?? ""],
];

const HEADINGS: Readonly<Record<string, string>> = {
  tool: "Tools, at `/mcp`",
  resource: "Resources, by `read_commerce`",
  event: "Stripe's events",
  route: "Routes",
  run: "The scheduled run",
};

/** The table of counts as it is committed. */
export function rendered(rows: ReadonlyMap<string, Counts>, purchases: number): string {
  const sections = Object.entries(HEADINGS).map(([kind, heading]) => {
    const own = [...rows].filter(([name]) => name.startsWith(`${kind} `));
    const lines = own.map(([name, counts]) =>
      row([`\`${name.slice(kind.length + 1)}\``, ...COLUMNS.map(([, value]) => value(counts))]),
    );
    const head = ["", ...COLUMNS.map(([title]) => title)];
    return [`## ${heading}`, "", row(head), row(["---", ...COLUMNS.map(() => "---:")]), ...lines].join("\n");
  });
  return `${INTRODUCTION.replace("{purchases}", purchases.toLocaleString("en"))}\n${sections.join("\n\n")}\n`;
}

const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;

const INTRODUCTION = `# What each thing costs

A test counts this among {purchases} purchases, and compares it with this file: \`npx vitest run --project worker test/counts/table.test.ts\`,
with \`-u\` to write it anew. Counts come from the bindings: D1 says how many rows it read and wrote (entries of indexes are rows
too), and KV, R2 and Stripe are counted by call. \`answer\` is the HTTP status. Bytes are those of the body, not compressed. Tokens
(o200k_base) are those of the text that a model reads, with each random id taken as one of average cost. \`!\` marks more than
${MOST_ROWS} rows. \`again\` is the same call under the same key. \`(empty)\` is a form or a write without its fields or its token,
which is refused. A route that no label describes is asked once, by who may ask.
`;
