import type { Person } from "./person.ts";

/** What a step may use beside the client: the endpoint, the person at the browser, and a folder that is empty at first. */
export interface Setting {
  /** The address of `/mcp`. */
  readonly endpoint: string;
  readonly person: Person;
  /** Imports a module of the client's packages. Its type is what the version in the list exports; a step fails where it is not. */
  load<T>(specifier: string): Promise<T>;
  /** The path of a file in the client's `node_modules`. */
  file(path: string): string;
  /** A folder for the client's own files. */
  readonly home: string;
}

/** A client under test. A method throws `NotPossible` where the client has no way to do it, and any error where it fails. */
export interface Player {
  /** Starts without a token. Answers the address that the client sends its person to. */
  connect(): Promise<string>;
  /** The browser has come back to this address. */
  signIn(callback: URL): Promise<void>;
  /** The names of the tools. */
  list(): Promise<readonly string[]>;
  /** The text of a resource. */
  read(uri: string): Promise<string>;
  /** Calls a tool; answers the text that the client's caller sees, refused or not. */
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<string>;
  /** Makes the stored access token one that the server does not know. */
  spoilToken(): Promise<void>;
  /** Makes registration and tokens ones that the server does not know. Answers what it was, where it was less. */
  forget(): Promise<string | undefined>;
  /** How the client begins anew where it keeps a registration that our page refuses. Answers the way in words, and the next address. */
  startOver?(): Promise<{ readonly by: string; readonly address: string }>;
  close(): Promise<void>;
}

/** Starts a client of the list. */
export type StartPlayer = (setting: Setting) => Promise<Player>;
