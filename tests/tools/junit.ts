/**
 * Reads the JUnit reports of `deno test` and counts what they tell. Pure.
 *
 * @module
 */

/** What became of one test. */
export type Outcome = "passed" | "failed" | "skipped";

/** One test, or one step of a test. */
export interface TestResult {
  /** The module that holds it, as the report names it: a path that begins with "./". */
  readonly module: string;
  /** Its name; a step's follows the test's after " > ". */
  readonly name: string;
  /** What became of it. */
  readonly outcome: Outcome;
}

/** A report, counted. */
export interface Report {
  /** The modules whose tests ran. */
  readonly modules: ReadonlySet<string>;
  /** Every test; a test with steps is told by its steps, see {@linkcode readReport}. */
  readonly results: readonly TestResult[];
}

/** How many tests had which outcome. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Reads a report.
 *
 * A test with steps is a container: its steps count and it does not, so that nothing counts twice. It counts itself when
 * it failed although none of its steps did.
 */
export function readReport(xml: string): Report {
  const modules = new Set<string>();
  const all: { module: string; name: string; outcome: Outcome }[] = [];
  let module = "";
  for (const [, name = "", attributes = ""] of xml.matchAll(/<(testsuite|testcase|failure|error|skipped)\b([^>]*)>/g)) {
    if (name === "testsuite") {
      module = attribute(attributes, "name");
      modules.add(module);
    } else if (name === "testcase") {
      all.push({ module, name: attribute(attributes, "name"), outcome: "passed" });
    } else {
      const last = all.at(-1);
      if (last !== undefined) last.outcome = name === "skipped" ? "skipped" : "failed";
    }
  }
  return { modules, results: all.filter((test) => isCounted(test, all)) };
}

/** Counts outcomes. */
export function count(results: readonly TestResult[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of results) counts[outcome]++;
  return counts;
}

/** Adds counts up. */
export function sum(all: readonly Counts[]): Counts {
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    failed: all.reduce((total, { failed }) => total + failed, 0),
    skipped: all.reduce((total, { skipped }) => total + skipped, 0),
  };
}

/** The line with which every run of tests ends. */
export function summaryLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function isCounted(test: TestResult, all: readonly TestResult[]): boolean {
  const steps = all.filter((each) => each.module === test.module && each.name.startsWith(`${test.name} > `));
  if (steps.length === 0) return true;
  return test.outcome === "failed" && !steps.some((step) => step.outcome === "failed");
}

function attribute(attributes: string, name: string): string {
  const [, value = ""] = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes) ?? [];
  return value.replace(/&(lt|gt|quot|apos|amp|#x?[0-9a-fA-F]+);/g, (whole, entity: string) => {
    if (entity.startsWith("#x")) return String.fromCodePoint(parseInt(entity.slice(2), 16));
    if (entity.startsWith("#")) return String.fromCodePoint(parseInt(entity.slice(1), 10));
    return ENTITIES[entity] ?? whole;
  });
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
