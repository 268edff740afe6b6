import ts from "typescript";

const PROBE = "/published-types.probe.ts";

/** The types that the `stripe` package publishes, read by the compiler, so that JSON and names can be held against them at run time. */
export function publishedTypes(expressions: readonly string[]) {
  const names = new Map(expressions.map((expression, index) => [expression, `T${index}`]));
  const text = [
    'import type Stripe from "stripe";',
    ...Array.from(names, ([expression, name]) => `export type ${name} = ${expression};`),
  ].join("\n");
  const program = compile(text);
  const probe = program.getSourceFile(PROBE);
  if (probe === undefined) throw new Error("The probe was not compiled.");
  const faults = program.getSemanticDiagnostics(probe);
  if (faults.length > 0) throw new Error(ts.formatDiagnostics(faults, formatHost));
  const checker = program.getTypeChecker();
  const types = new Map<string, ts.Type>();
  probe.forEachChild((node) => {
    if (ts.isTypeAliasDeclaration(node)) types.set(node.name.text, checker.getTypeFromTypeNode(node.type));
  });

  function typeOf(expression: string): ts.Type {
    const type = types.get(names.get(expression) ?? "");
    if (type === undefined) throw new Error(`${expression} was not asked for.`);
    return type;
  }

  return {
    /** The names that an interface declares or inherits. */
    membersOf: (expression: string) =>
      checker
        .getPropertiesOfType(typeOf(expression))
        .map(({ name }) => name)
        .sort(),
    /** Where a JSON value is not what the type says: fields that are missing, of another kind, or not published. */
    mismatches: (value: unknown, expression: string) => mismatches(checker, value, typeOf(expression), expression),
  };
}

function mismatches(checker: ts.TypeChecker, value: unknown, type: ts.Type, at: string): string[] {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return [];
  if (type.isUnion()) return closest(checker, value, type, at);
  if (type.flags & ts.TypeFlags.Null) return value === null ? [] : [said(at, "null", value)];
  if (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) {
    return value === undefined ? [] : [said(at, "nothing", value)];
  }
  if (type.isStringLiteral() || type.isNumberLiteral()) {
    return value === type.value ? [] : [said(at, JSON.stringify(type.value), value)];
  }
  if (type.flags & ts.TypeFlags.BooleanLiteral) {
    return String(value) === checker.typeToString(type) ? [] : [said(at, checker.typeToString(type), value)];
  }
  if (type.flags & ts.TypeFlags.String) return typeof value === "string" ? [] : [said(at, "a string", value)];
  if (type.flags & ts.TypeFlags.Number) return Number.isFinite(value) ? [] : [said(at, "a number", value)];
  // Stripe's decimals are text on the wire.
  if (type.aliasSymbol?.name === "Decimal")
    return typeof value === "string" ? [] : [said(at, "a decimal as text", value)];
  if (checker.isArrayType(type)) {
    const [item] = checker.getTypeArguments(type as ts.TypeReference);
    if (!Array.isArray(value) || item === undefined) return [said(at, "a list", value)];
    return value.flatMap((part, index) => mismatches(checker, part, item, `${at}[${index}]`));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [said(at, "an object", value)];
  return fieldMismatches(checker, new Map(Object.entries(value)), type, at);
}

function fieldMismatches(checker: ts.TypeChecker, value: Map<string, unknown>, type: ts.Type, at: string): string[] {
  const properties = checker.getPropertiesOfType(type);
  const names = new Set(properties.map(({ name }) => name));
  const free = checker.getIndexTypeOfType(type, ts.IndexKind.String);
  const found = properties.flatMap((property) => {
    const here = `${at}.${property.name}`;
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    if (!value.has(property.name)) return optional ? [] : [`${here} is missing`];
    return mismatches(checker, value.get(property.name), checker.getTypeOfSymbol(property), here);
  });
  const others = [...value].filter(([name]) => !names.has(name));
  return [
    ...found,
    ...others.flatMap(([name, part]) =>
      free === undefined ? [`${at}.${name} is not published`] : mismatches(checker, part, free, `${at}.${name}`),
    ),
  ];
}

/** Of a union, the member that fits best. Published words are the only ones: Stripe's `OtherString` beside them does not count. */
function closest(checker: ts.TypeChecker, value: unknown, type: ts.UnionType, at: string): string[] {
  const words = type.types.some((member) => member.isStringLiteral());
  const members = type.types.filter((member) => !(words && member.isIntersection()));
  const alike = members.filter((member) => sameTag(checker, value, member));
  let best: string[] | null = null;
  for (const member of alike.length > 0 ? alike : members) {
    const found = mismatches(checker, value, member, at);
    if (found.length === 0) return [];
    if (best === null || found.length < best.length) best = found;
  }
  return words && typeof value === "string" ? [said(at, "one of the published words", value)] : (best ?? []);
}

/** True of the member whose literal `type` or `object` is the value's. */
function sameTag(checker: ts.TypeChecker, value: unknown, member: ts.Type): boolean {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map(Object.entries(value));
  return ["type", "object"].some((tag) => {
    const property = checker.getPropertyOfType(member, tag);
    const literal = property && checker.getTypeOfSymbol(property);
    return literal?.isStringLiteral() === true && literal.value === fields.get(tag);
  });
}

function said(at: string, wanted: string, value: unknown): string {
  return `${at} should be ${wanted} and is ${JSON.stringify(value)?.slice(0, 80)}`;
}

function compile(text: string): ts.Program {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  const here = new URL("probe.ts", import.meta.url).pathname;
  host.getSourceFile = (name, languageVersion, ...rest) =>
    name === PROBE ? ts.createSourceFile(PROBE, text, languageVersion) : getSourceFile(name, languageVersion, ...rest);
  host.fileExists = (name) => name === PROBE || fileExists(name);
  host.resolveModuleNameLiterals = (literals, containing) =>
    literals.map((literal) =>
      ts.resolveModuleName(literal.text, containing === PROBE ? here : containing, options, host),
    );
  return ts.createProgram([PROBE], options, host);
}

const formatHost: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => "",
  getNewLine: () => "\n",
};
