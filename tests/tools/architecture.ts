/**
 * The rules about who may import what, and about what a file may mention, read from syntax trees.
 *
 * Works in `deno test` only, as `Deno.lint` is there only.
 *
 * @module
 */

/** Something that an import reaches. */
export interface Import {
  /** What stands in the code. */
  readonly specifier: string;
  /** Whether only types are taken, so that nothing is loaded. */
  readonly isTypeOnly: boolean;
}

/** What the rules need to know about a file. */
export interface SourceFacts {
  readonly imports: readonly Import[];
  /** The global names that its code uses; not properties, keys, comments or strings. */
  readonly names: ReadonlySet<string>;
  /** Every identifier of its code, those of members too. */
  readonly identifiers: ReadonlySet<string>;
  /** What is taken from a name by a dot, such as `Math.random`. */
  readonly members: ReadonlySet<string>;
  /** Variables of the module that can change: `let`, `var`, or a container that begins empty and is not read-only. */
  readonly state: readonly string[];
  /** Members that are hidden by a keyword and not by `#`. */
  readonly keywords: readonly string[];
  /** How many statements of the top level are not re-exports. */
  readonly ownStatements: number;
}

type Node = Deno.lint.Node;
type Visitor = Deno.lint.LintVisitor;

/** Reads a file's facts. */
export function readFacts(path: string, source: string): SourceFacts {
  const imports: Import[] = [];
  const names = new Set<string>();
  const identifiers = new Set<string>();
  const members = new Set<string>();
  const state: string[] = [];
  const keywords: string[] = [];
  let ownStatements = 0;
  const add = (specifier: string | undefined, isTypeOnly: boolean) => {
    if (specifier !== undefined) imports.push({ specifier, isTypeOnly });
  };
  const member = (node: { readonly range: Deno.lint.Range }) => {
    const [keyword] =
      /^(?:\s|static|override|abstract|readonly)*(private|protected)\b/.exec(source.slice(...node.range)) ??
        [];
    if (keyword !== undefined) keywords.push(keyword);
  };
  const visitor: Visitor = {
    Program(node) {
      for (const statement of node.body) {
        if (!isReexport(statement)) ownStatements++;
        state.push(...stateOf(statement, source));
      }
    },
    ImportDeclaration(node) {
      const { specifiers, importKind } = node;
      const isEachTypeOnly = specifiers.length > 0 &&
        specifiers.every((each) => each.type === "ImportSpecifier" && each.importKind === "type");
      add(node.source.value, importKind === "type" || isEachTypeOnly);
    },
    ExportNamedDeclaration(node) {
      const isEachTypeOnly = node.specifiers.length > 0 && node.specifiers.every((each) => each.exportKind === "type");
      add(node.source?.value, node.exportKind === "type" || isEachTypeOnly);
    },
    ExportAllDeclaration(node) {
      add(node.source.value, node.exportKind === "type");
    },
    ImportExpression(node) {
      add(node.source.type === "Literal" ? String(node.source.value) : "(computed)", false);
    },
    TSImportType(node) {
      add(/import\(\s*["']([^"']+)["']/.exec(source.slice(...node.range))?.[1] ?? "(computed)", true);
    },
    Identifier(node) {
      identifiers.add(node.name);
      if (!isPropertyName(node)) names.add(node.name);
    },
    MemberExpression({ object, property }) {
      if (object.type === "Identifier" && property.type === "Identifier") {
        members.add(`${object.name}.${property.name}`);
      }
    },
    MethodDefinition: member,
    PropertyDefinition: member,
    TSParameterProperty: member,
  };
  Deno.lint.runPlugin({ name: "facts", rules: { read: { create: () => visitor } } }, path, source);
  return { imports, names, identifiers, members, state, keywords, ownStatements };
}

function isReexport(statement: Node): boolean {
  if (statement.type === "ExportAllDeclaration") return true;
  return statement.type === "ExportNamedDeclaration" && statement.source !== null && statement.source !== undefined;
}

/** The names that a statement of the top level declares and that can change. */
function stateOf(statement: Node, source: string): string[] {
  const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
  if (declaration?.type !== "VariableDeclaration" || declaration.declare) return [];
  return declaration.declarations
    .filter(({ id, init }) => {
      if (declaration.kind !== "const") return true;
      return isEmptyContainer(init) && !/:\s*[Rr]eadonly/.test(source.slice(id.range[0], init?.range[0]));
    })
    .map(({ id }) => id.type === "Identifier" ? id.name : id.type);
}

function isEmptyContainer(init: Node | null | undefined): boolean {
  if (init?.type === "NewExpression") {
    const isContainer = init.callee.type === "Identifier" && /^(Weak)?(Map|Set)$/.test(init.callee.name);
    return isContainer && init.arguments.length === 0;
  }
  if (init?.type === "ArrayExpression") return init.elements.length === 0;
  return init?.type === "ObjectExpression" && init.properties.length === 0;
}

/** Whether an identifier is the name of a member, not of a variable: `x.Date`, `{ Date: 1 }`, `Date(): void` of a class. */
function isPropertyName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent as Node & { computed?: boolean; property?: Node; key?: Node; shorthand?: boolean };
  const isHere = (other: Node | undefined) =>
    other !== undefined && other.range[0] === node.range[0] && other.range[1] === node.range[1];
  switch (parent.type) {
    case "MemberExpression":
      return !parent.computed && isHere(parent.property);
    case "Property":
      return !parent.computed && !parent.shorthand && isHere(parent.key);
    case "MethodDefinition":
    case "PropertyDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
    case "TSAbstractMethodDefinition":
    case "TSAbstractPropertyDefinition":
      return !parent.computed && isHere(parent.key);
    default:
      return false;
  }
}
