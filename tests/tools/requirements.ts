/**
 * What some tests need of the machine besides Deno. A test that lacks it is skipped and says what to install; where the
 * variable `CI` is set it fails instead, so that nothing is skipped there unseen.
 *
 * @module
 */

/** One thing that a test needs, to be spread into its definition: `Deno.test({ ignore: chromium.ignore, … })`. */
export interface Requirement {
  /** Where it is. */
  readonly path: string;
  /** Whether the tests that need it are to be skipped, as it is not there. */
  readonly ignore: boolean;
  /** Why they are skipped, with the command that helps; `""` when it is there. */
  readonly reason: string;
}

/** How a line begins that the runner of the tests repeats at the end of its output. */
export const MISSING = "Missing ";

/**
 * Looks for a file that a Debian package installs.
 *
 * @throws {Error} If it is missing and `CI` is set.
 */
export function requireBinary(path: string, debianPackage: string): Requirement {
  return requirement(path, path, debianPackage);
}

/** Debian's Chromium, for tests in a browser. */
export function requireChromium(): Requirement {
  return requireBinary("/usr/bin/chromium", "chromium");
}

/** Debian's Python with its `websockets` package. The path is the interpreter's. */
export function requirePythonWebsockets(): Requirement {
  return requirement("/usr/bin/python3", "/usr/lib/python3/dist-packages/websockets", "python3-websockets");
}

function requirement(path: string, needed: string, debianPackage: string): Requirement {
  if (exists(needed)) return { path, ignore: false, reason: "" };
  const reason = `${MISSING}${needed}: sudo apt-get install -y ${debianPackage}`;
  if (Deno.env.get("CI")) throw new Error(`Cannot run these tests, and "CI" is set. ${reason}`);
  console.warn(reason);
  return { path, ignore: true, reason };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
