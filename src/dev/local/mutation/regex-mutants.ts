/** Other spellings of a regular expression literal, each with one part dropped or moved by one. */
export function regexMutants(literal: string): string[] {
  const end = literal.lastIndexOf("/");
  const body = literal.slice(1, end);
  const flags = literal.slice(end + 1);
  const bodies = new Set<string>();
  const cut = (from: number, to: number, put = "") => bodies.add(body.slice(0, from) + put + body.slice(to));

  for (const { start, stop, alternatives } of groupsOf(body)) {
    if (/^\(\?(<?[=!])/.test(body.slice(start, stop))) cut(start, stop);
    if (alternatives.length > 1) for (const [from, to] of withBar(alternatives)) cut(from, to);
  }
  for (const { at, text } of plainParts(body)) {
    if (text === "^" || text === "$") cut(at, at + 1);
    if (text === "+") cut(at, at + 1, "*");
    if (text === "*") cut(at, at + 1, "+");
    const counted = /^\{(\d+)(.*)\}$/.exec(text);
    if (counted) cut(at, at + text.length, `{${Number(counted[1]) + 1}${counted[2]}}`);
    if (text.startsWith("["))
      cut(at, at + text.length, text.startsWith("[^") ? `[${text.slice(2)}` : `[^${text.slice(1)}`);
  }
  const others = [...bodies].map((other) => `/${other}/${flags}`);
  for (const flag of flags) others.push(`/${body}/${flags.replace(flag, "")}`);
  return others.filter(isRegex);
}

/** What is neither escaped nor inside of a class: anchors, quantifiers, and each class as one part. */
function plainParts(body: string): { at: number; text: string }[] {
  const parts = body.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[\s\S]/g);
  return Array.from(parts, ({ index, 0: text }) => ({ at: index, text }));
}

interface Group {
  readonly start: number;
  readonly stop: number;
  /** From and to of each alternative, in the body. */
  readonly alternatives: readonly (readonly [number, number])[];
}

/** Every group, and the whole as one. */
function groupsOf(body: string): Group[] {
  const done: Group[] = [];
  const open: { start: number; cuts: number[] }[] = [{ start: 0, cuts: [0] }];
  const close = (stop: number, inner: number) => {
    const group = open.pop();
    if (!group) return;
    const ends = [...group.cuts.slice(1).map((cut) => cut - 1), inner];
    done.push({
      start: group.start,
      stop,
      alternatives: group.cuts.map((from, n) => [from, ends[n] ?? inner] as const),
    });
  };
  for (const { at, text } of plainParts(body)) {
    if (text === "(") {
      const inner = at + (/^\((?:\?(?:<?[=!]|:|<\w+>))?/.exec(body.slice(at))?.[0].length ?? 1);
      open.push({ start: at, cuts: [inner] });
    }
    if (text === "|") open.at(-1)?.cuts.push(at + 1);
    if (text === ")") close(at + 1, at);
  }
  close(body.length, body.length);
  return done;
}

/** Each alternative together with one of the bars beside it. */
function withBar(alternatives: Group["alternatives"]): (readonly [number, number])[] {
  return alternatives.map(([from, to], n): readonly [number, number] => (n === 0 ? [from, to + 1] : [from - 1, to]));
}

function isRegex(literal: string): boolean {
  const end = literal.lastIndexOf("/");
  try {
    return end > 1 && new RegExp(literal.slice(1, end), literal.slice(end + 1)) instanceof RegExp;
  } catch {
    return false;
  }
}
