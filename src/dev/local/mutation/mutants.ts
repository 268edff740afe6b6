import ts from "typescript";
import { regexMutants } from "./regex-mutants.ts";

/** One small mistake, as a programmer could make it in a source file. */
export interface Mutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly replacement: string;
}

/** The source with the mistake in it. */
export function mutated(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Every mutant of a source file that still parses, no text twice. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = new Map<string, Mutant>();
  const visit = (node: ts.Node): void => {
    if (isSpared(node)) return;
    for (const { kind, at = node, put, from = at.getStart(source), to = at.end } of changesOf(node)) {
      const line = source.getLineAndCharacterOfPosition(from).line + 1;
      const mutant = { file, line, kind, start: from, end: to, original: text.slice(from, to), replacement: put };
      const whole = mutated(text, mutant);
      if (whole !== text && parses(file, whole) && !found.has(whole)) found.set(whole, mutant);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found.values()];
}

/** Types and imports do nothing at run time; the message of an `Error` goes to the log, and no caller sees it. */
function isSpared(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return true;
  return (
    (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) &&
    ts.isNewExpression(node.parent) &&
    /^(Range|Type)?Error$/.test(node.parent.expression.getText())
  );
}

interface Change {
  readonly kind: string;
  /** The node that is replaced; the visited one unless said. */
  readonly at?: ts.Node;
  /** A place of its own, where it is more than a node. */
  readonly from?: number;
  readonly to?: number;
  readonly put: string;
}

function changesOf(node: ts.Node): Change[] {
  if (ts.isIfStatement(node)) return fixed(node.expression);
  if (ts.isConditionalExpression(node)) return fixed(node.condition);
  if (ts.isBinaryExpression(node)) return binary(node);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [{ kind: "negation", put: `(${node.operand.getText()})` }];
  }
  if (ts.isCallExpression(node)) return call(node);
  if (ts.isReturnStatement(node)) return result(node.expression);
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return result(node.body);
  if (ts.isExpressionStatement(node) || ts.isThrowStatement(node)) return [{ kind: "statement", put: ";" }];
  if (ts.isContinueStatement(node) || ts.isBreakStatement(node)) return [{ kind: "statement", put: ";" }];
  if (ts.isArrayLiteralExpression(node)) return without("element", node.elements);
  if (ts.isObjectLiteralExpression(node)) return without("property", node.properties);
  if ((ts.isParameter(node) || ts.isBindingElement(node)) && node.initializer) {
    return [
      {
        kind: "default",
        put: node
          .getText()
          .slice(0, -node.initializer.getText().length)
          .replace(/\s*=\s*$/, ""),
      },
    ];
  }
  return literal(node);
}

function fixed(condition: ts.Expression): Change[] {
  return ["true", "false"].map((put) => ({ kind: "condition", at: condition, put }));
}

const OPERATORS: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "&&": "||",
  "||": "&&",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "+=": "-=",
  "-=": "+=",
  "&": "|",
  "|": "&",
  "^": "&",
  "<<": ">>",
  ">>": "<<",
  ">>>": "<<",
};

function binary(node: ts.BinaryExpression): Change[] {
  const [left, operator, right] = [node.left.getText(), node.operatorToken.getText(), node.right.getText()];
  if (operator === "??") return [left, right].map((put) => ({ kind: "default", put: `(${put})` }));
  const other = OPERATORS[operator];
  if (other === undefined) return [];
  // Assignments keep their form; parentheses keep everything else together.
  const put = /[^<>!=]=$/.test(operator) ? `${left} ${other} ${right}` : `(${left} ${other} ${right})`;
  return [{ kind: `operator ${operator}`, put }];
}

/** Calls that have a twin, and calls that can be left out. */
const TWINS: Readonly<Record<string, string>> = {
  some: "every",
  every: "some",
  startsWith: "endsWith",
  endsWith: "startsWith",
  min: "max",
  max: "min",
  toLowerCase: "toUpperCase",
  toUpperCase: "toLowerCase",
};
const OPTIONAL =
  /^(filter|sort|toSorted|slice|trim|replace|replaceAll|normalize|padStart|toLowerCase|reverse|min|max|strict|optional|nullable|regex)$/;

function call(node: ts.CallExpression): Change[] {
  const callee = node.expression;
  if (!ts.isPropertyAccessExpression(callee)) return [];
  const name = callee.name.text;
  const twin = TWINS[name];
  return [
    ...(twin ? [{ kind: "call", at: callee.name, put: twin }] : []),
    ...(OPTIONAL.test(name) && callee.expression.getText() !== "Math"
      ? [{ kind: "call", put: callee.expression.getText() }]
      : []),
  ];
}

/** Nothing in the place of what is returned; the opposite of a refusal in the place of a check. */
function result(expression: ts.Expression | undefined): Change[] {
  if (!expression || expression.getText() === "undefined") return [];
  const check =
    ts.isPrefixUnaryExpression(expression) ||
    (ts.isBinaryExpression(expression) && /^(&&|\|\||[!=]==|[<>]=?)$/.test(expression.operatorToken.getText())) ||
    (ts.isCallExpression(expression) &&
      /\.(test|has|some|every|includes|startsWith)$/.test(expression.expression.getText()));
  return ["undefined", ...(check ? ["true"] : [])].map((put) => ({ kind: "result", at: expression, put }));
}

/** Each item of a list left out, with a comma beside it. */
function without(kind: string, items: ts.NodeArray<ts.Node>): Change[] {
  return items.map((item, n) => {
    const next = items[n + 1]?.getStart();
    const from = next === undefined ? (items[n - 1]?.end ?? item.getStart()) : item.getStart();
    return { kind, from, to: next ?? item.end, put: "" };
  });
}

function literal(node: ts.Node): Change[] {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [{ kind: "boolean", put: "false" }];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [{ kind: "boolean", put: "true" }];
  if (ts.isRegularExpressionLiteral(node)) return regexMutants(node.text).map((put) => ({ kind: "regex", put }));
  const named = ts.isPropertyName(node) && "name" in node.parent && node.parent.name === node;
  if (named) return [];
  if (ts.isNumericLiteral(node)) return [{ kind: "number", put: String(Number(node.text) + 1) }];
  if (ts.isBigIntLiteral(node)) return [{ kind: "number", put: `${BigInt(node.text.replace(/[n_]/g, "")) + 1n}n` }];
  if (ts.isStringLiteralLike(node)) return [{ kind: "string", put: node.text === "" ? '"mutant"' : '""' }];
  if (ts.isTemplateExpression(node)) return [{ kind: "string", put: '""' }];
  return [];
}

function parses(file: string, text: string): boolean {
  const { diagnostics = [] } = ts.transpileModule(text, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  });
  return diagnostics.length === 0;
}
