/** A place in a text, both from 1. Columns count UTF-16 units, as editors do. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** What keeps a text from being JSON, or makes a reader of it lose something, with a way out. */
interface JsonFault extends Place {
  readonly message: string;
}

/** The value of a JSON text, or where and why it has none. */
type JsonRead = { readonly value: unknown } | { readonly fault: JsonFault };

/**
 * Reads JSON as RFC 8259 has it, and tells the place of what is not: a comment, a comma before a closing bracket, a byte order
 * mark. A name that stands twice in an object is a fault too: `JSON.parse` would keep the later value in silence.
 */
export function readJsonText(text: string): JsonRead {
  const fault = new Reader(text).fault();
  if (fault) return { fault: { ...placeOf(text, fault.at), message: fault.message } };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: { ...placeOf(text, 0), message: "is not JSON" } };
  }
}

function placeOf(text: string, at: number): Place {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Brackets within brackets; the files of a business have fewer than ten. */
const DEEPEST = 100;

class Unreadable extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Walks a text as the grammar of JSON says, and stops at the first place where it can't. */
class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  constructor(text: string) {
    this.#text = text;
  }

  fault(): { at: number; message: string } | undefined {
    try {
      if (this.#text.startsWith("\uFEFF")) {
        throw new Unreadable(0, "starts with a byte order mark: save it as UTF-8 without one");
      }
      this.#value();
      this.#blank();
      if (this.#at < this.#text.length) throw this.#unexpected("the end of the file");
      return undefined;
    } catch (error) {
      if (error instanceof Unreadable) return { at: error.at, message: error.message };
      throw error;
    }
  }

  #value(): void {
    this.#blank();
    const character = this.#text[this.#at];
    if (character === "{") this.#list("}", () => this.#member(new Set()));
    else if (character === "[") this.#list("]", () => () => this.#value());
    else if (character === '"') this.#string();
    else this.#word();
  }

  /** `opened` gives the reader of one entry. */
  #list(end: "}" | "]", opened: () => () => void): void {
    const entry = opened();
    if (this.#depth === DEEPEST) throw new Unreadable(this.#at, `has more than ${DEEPEST} brackets open: close some`);
    this.#depth += 1;
    this.#at += 1;
    this.#blank();
    if (this.#text[this.#at] === end) {
      this.#close();
      return;
    }
    for (;;) {
      entry();
      this.#blank();
      const next = this.#text[this.#at];
      if (next === end) {
        this.#close();
        return;
      }
      if (next !== ",") throw this.#unexpected(`a comma or ${end}`);
      const comma = this.#at;
      this.#at += 1;
      this.#blank();
      if (this.#text[this.#at] === end) throw new Unreadable(comma, `has a comma before ${end}: take the comma out`);
    }
  }

  #close(): void {
    this.#at += 1;
    this.#depth -= 1;
  }

  #member(seen: Set<string>): () => void {
    return () => {
      this.#blank();
      const from = this.#at;
      if (this.#text[from] !== '"') throw this.#unexpected('a name in "quotes"');
      const name = this.#string();
      if (seen.has(name)) {
        throw new Unreadable(
          from,
          `has the name "${name}" twice in an object: only the later one would be read, so keep one`,
        );
      }
      seen.add(name);
      this.#blank();
      if (this.#text[this.#at] !== ":") throw this.#unexpected("a colon");
      this.#at += 1;
      this.#value();
    };
  }

  #string(): string {
    const from = this.#at;
    const found = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/uy;
    found.lastIndex = from;
    const [string] = found.exec(this.#text) ?? [];
    if (string === undefined) {
      throw new Unreadable(
        from,
        "has a text that is not closed on its line, or has a character that needs a backslash",
      );
    }
    this.#at += string.length;
    return JSON.parse(string) as string;
  }

  #word(): void {
    const found = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
    found.lastIndex = this.#at;
    const [word] = found.exec(this.#text) ?? [];
    if (word === undefined) throw this.#unexpected("a value");
    this.#at += word.length;
  }

  #blank(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
    if (/^\/[/*]/.test(this.#text.slice(this.#at, this.#at + 2))) {
      throw new Unreadable(this.#at, "has a comment, and JSON has none: take it out");
    }
  }

  #unexpected(wanted: string): Unreadable {
    const found = this.#text.codePointAt(this.#at);
    const seen = found === undefined ? "the end of the file" : JSON.stringify(String.fromCodePoint(found));
    return new Unreadable(this.#at, `is not JSON: ${seen} stands where ${wanted} has to be`);
  }
}
