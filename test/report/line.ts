/** A line of a paper: what is promised, and the tests that show it. */
export interface Line {
  /** The name of its result file, and what `--only` takes. */
  readonly id: string;
  readonly title: string;
  /** The promised figure, in words. */
  readonly promised: string;
  /** Test files, from the root. They call `tell` with the figures of the line. */
  readonly tests: readonly string[];
  /** The promised size: parts run until this count reaches it. Without it, one part is the full size. */
  readonly full?: { readonly count: string; readonly size: number };
  /** What the tests depend on without importing it: files and folders, from the root. */
  readonly sources?: readonly string[];
}

/** A paper that is made from result files. */
export interface Paper {
  /** The file, from the root. */
  readonly path: string;
  readonly command: "report" | "bench";
  readonly title: string;
  readonly introduction: string;
  readonly lines: readonly Line[];
}
