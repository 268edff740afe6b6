import ts from "typescript";

/** The parts of a source file that run or don't: the module itself, and each block and body in it. */
export interface Marked {
  /** The source, which notes in a global set which of its parts were entered. */
  readonly text: string;
  /** The innermost part around a position. */
  partAt(position: number): string;
}

/** Where marks are kept while a test runs. */
const REACHED = "globalThis.__reachedParts";

/** Marks every part of a source. */
export function marked(file: string, text: string): Marked {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const parts: { name: string; start: number; end: number }[] = [];
  const inserts: { at: number; put: string }[] = [];
  const part = (start: number, end: number) => {
    const name = `${file}#${parts.length}`;
    parts.push({ name, start, end });
    return `(${REACHED} ??= new Set()).add(${JSON.stringify(name)})`;
  };
  inserts.push({ at: 0, put: `${part(0, text.length)};` });
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node)) {
      inserts.push({ at: node.getStart(source) + 1, put: `${part(node.getStart(source), node.end)};` });
    } else if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
      const start = node.body.getStart(source);
      inserts.push({ at: start, put: `(${part(start, node.body.end)}, ` }, { at: node.body.end, put: ")" });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return {
    text: inserts
      .sort((left, right) => right.at - left.at)
      .reduce((now, { at, put }) => now.slice(0, at) + put + now.slice(at), text),
    partAt(position) {
      const around = parts.filter(({ start, end }) => start <= position && position < end);
      const innermost = around.reduce((best, next) => (next.end - next.start <= best.end - best.start ? next : best));
      return innermost.name;
    },
  };
}

/** What a test file gets at its end, so that it says what it reached. */
export const TELL = `
import { afterAll as afterAllTests } from "vitest";
afterAllTests(() => console.log("reached:" + JSON.stringify([...(${REACHED} ?? [])])));
`;

/** What a test file said that it reached, out of its output. */
export function reachedIn(output: string): string[] {
  const [, list] = /^reached:(\[.*\])$/m.exec(output) ?? [];
  return list === undefined ? [] : (JSON.parse(list) as string[]);
}
