/** How errors are made. */

import { type ErrorDocument, errorClasses, type Outcome, TableTheoryError } from "./errors.js";

/** The error of an error document. A code this package does not know gives the base class. */
export function errorFromDocument(document: ErrorDocument, cause?: unknown): TableTheoryError {
  const made = errorClasses.get(document.code) ?? TableTheoryError;
  return new made(document, cause === undefined ? undefined : { cause });
}

/** An error that the host raises by itself. Its codes follow from the class: the parent's before its own. */
export function hostError(
  code: string,
  message: string,
  more: { path?: string; hint?: string; retryable?: boolean; outcome?: Outcome; cause?: unknown } = {},
): TableTheoryError {
  const { cause, ...known } = more;
  const parent = Object.getPrototypeOf(errorClasses.get(code) ?? TableTheoryError);
  const general = [...errorClasses].find(([, made]) => made === parent)?.[0];
  const codes = general === undefined ? [code] : [general, code];
  return errorFromDocument({ code, codes, message, retryable: false, outcome: "not_sent", ...known }, cause);
}
