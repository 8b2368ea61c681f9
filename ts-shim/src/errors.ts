/** Errors: one base class, one class per code that callers tell apart. */

import type { Group } from "./api/action.js";
import { type Stats, type StatsDocument, statsOf } from "./stats.js";

/** Whether a write may have happened: refused before sending, refused by the service, or not known. */
export type Outcome = "not_sent" | "rejected" | "unknown";

/** A problem of a DMS document. */
export interface Problem {
  code: string;
  severity: "error" | "warning";
  message: string;
  /** JSON pointer into the document. */
  pointer: string;
  line: number;
  column: number;
  hint?: string;
}

/** An error document (`error.schema.json`). */
export interface ErrorDocument {
  code: string;
  codes: string[];
  message: string;
  path?: string;
  hint?: string;
  retryable: boolean;
  outcome: Outcome;
  request_id?: string;
  status?: number;
  service?: { code: string; message?: string };
  item?: unknown;
  batch?: BatchReport;
  reasons?: Reason[];
  problems?: Problem[];
  stats?: StatsDocument;
}

/** Where an item or key of a batch stands in its call: number of the group, number within it. */
export type Position = readonly [group: number, index: number];

/** What became of the parts of a batch that did not end well: every position of the call is in one of the lists. */
export interface BatchReport {
  /** Of writes: stored, or deleted. */
  readonly written?: readonly Position[];
  /** Of writes: surely neither. */
  readonly unwritten?: readonly Position[];
  /** Of writes: sent, and nobody knows whether they were carried out. */
  readonly unknown?: readonly Position[];
  /** Of reads: looked up; `results` has the item, or undefined for an absent one. */
  readonly read?: readonly Position[];
  /** Of reads: not looked up. */
  readonly unread?: readonly Position[];
  /** Of reads: what was read, by group. */
  readonly results?: readonly (readonly (Record<string, unknown> | null)[])[];
}

/** Why a transaction was cancelled: what one of its actions had to do with it. */
export interface Reason {
  /** Position of the action. */
  readonly index: number;
  readonly code: string;
  readonly codes: readonly string[];
  readonly message: string;
  /** JSON pointer into the call document. */
  readonly path: string;
  /** The service's own words. They may quote data: not enumerable. */
  readonly service?: { readonly code: string; readonly message: string };
  /** The item as it was, if the action asked for it with `returnOldOnFailure`. Not enumerable. */
  readonly item?: Record<string, unknown>;
}

const brand = Symbol.for("tabletheory.error");

/**
 * Base of all errors. `message` is lower case and holds no item value and no secret.
 * The service's own words (`service`), the old item (`item`) and what a batch has read (`batch`) may hold data: they are not enumerable, so that
 * logging an error does not print them.
 */
export class TableTheoryError extends Error {
  /** The most specific code, for instance `ErrVersionConflict`. */
  readonly code: string;
  /** All codes that apply, the general before the specific. */
  readonly codes: readonly string[];
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** Whether a write may have happened. */
  readonly outcome: Outcome;
  /** JSON pointer into the call document. */
  declare readonly path?: string;
  /** What to do about it. */
  declare readonly hint?: string;
  /** The service's request id. */
  declare readonly requestId?: string;
  /** HTTP status. */
  declare readonly status?: number;
  /** Why a transaction was cancelled, by action; actions that had no part in it are left out. */
  declare readonly reasons?: readonly Reason[];
  /** What became of the parts of a batch. */
  declare readonly batch?: BatchReport;
  /** Problems of a DMS document. */
  declare readonly problems?: readonly Problem[];
  /** What the call cost until it failed. */
  declare readonly stats?: Stats;
  /** The service's own error. Its message may quote data. */
  declare readonly service?: { readonly code: string; readonly message: string };
  /** The item that failed the condition, when asked for with `returnOldOnFailure`. */
  declare readonly item?: Record<string, unknown>;

  /** Errors are made by the library. */
  constructor(document: ErrorDocument, options?: ErrorOptions) {
    super(document.message, options);
    this.code = document.code;
    this.codes = document.codes;
    this.retryable = document.retryable;
    this.outcome = document.outcome;
    // The code, not the class's name: minifiers rename classes.
    Object.defineProperty(this, "name", { value: document.code, configurable: true, writable: true });
    Object.defineProperty(this, brand, { value: document.codes });
    const shown = {
      path: document.path,
      hint: document.hint,
      requestId: document.request_id,
      status: document.status,
      reasons: document.reasons?.map(discreet),
      problems: document.problems,
      stats: document.stats && statsOf(document.stats),
    };
    for (const [name, value] of Object.entries(shown)) {
      if (value !== undefined) Object.defineProperty(this, name, { value, enumerable: true });
    }
    const { service } = document;
    if (service) Object.defineProperty(this, "service", { value: { message: "", ...service } });
    for (const name of ["item", "batch"] as const) {
      if (document[name] !== undefined) Object.defineProperty(this, name, { value: document[name] });
    }
  }

  /** Whether `code` is among the codes. */
  is(code: string): boolean {
    return this.codes.includes(code);
  }

  /** Holds across the two copies (ESM and CommonJS) of this package that one process may load. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked, which may be a subclass
    const asked = this as typeof TableTheoryError;
    if (Function.prototype[Symbol.hasInstance].call(asked, value)) return true;
    const codes = typeof value === "object" && value !== null ? (value as Record<symbol, unknown>)[brand] : undefined;
    if (!Array.isArray(codes)) return false;
    return asked === TableTheoryError || codes.some((code: string) => errorClasses.get(code) === asked);
  }
}

/** A reason that shows no data when it is printed. */
function discreet({ service, item, ...shown }: Reason): Reason {
  if (service !== undefined) Object.defineProperty(shown, "service", { value: service });
  if (item !== undefined) Object.defineProperty(shown, "item", { value: item });
  return shown;
}

/** No item has this key. */
export class ItemNotFound extends TableTheoryError {}
/** The call does not fit the model: unknown model or attribute, wrong shape. */
export class InvalidModel extends TableTheoryError {}
/** A value does not fit its attribute. */
export class InvalidValue extends InvalidModel {}
/** A number would lose digits as a JavaScript number: read it with `numbers: "bigint"` or `"string"`. */
export class NumberPrecisionLoss extends TableTheoryError {}
/** The item is larger than DynamoDB takes. */
export class ItemTooLarge extends InvalidModel {}
/** A key attribute is missing. */
export class MissingPrimaryKey extends TableTheoryError {}
/** A key attribute is empty, too long or of the wrong type. */
export class InvalidPrimaryKey extends TableTheoryError {}
/** A condition was not met. */
export class ConditionFailed extends TableTheoryError {}
/** The expected version was not the stored one. */
export class VersionConflict extends ConditionFailed {}
/** Another item has this value of a unique attribute. */
export class UniqueConstraint extends ConditionFailed {}
/** An operator, operand, path or option that DynamoDB does not take. */
export class InvalidOperator extends TableTheoryError {}
/** The table does not exist. */
export class TableNotFound extends TableTheoryError {}
/** The index does not exist. */
export class IndexNotFound extends TableTheoryError {}
/** The model has encrypted attributes and the client has no encryption. */
export class EncryptionNotConfigured extends TableTheoryError {}
/** A stored envelope is malformed or does not decrypt. */
export class InvalidEncryptedEnvelope extends TableTheoryError {}
/** An encrypted attribute in a condition, filter or key. */
export class EncryptedFieldNotQueryable extends TableTheoryError {}
/** The model is `write_once` and the operation would change an item. */
export class ImmutableModelMutation extends TableTheoryError {}
/** The operation would change a protected attribute. */
export class ProtectedFieldMutation extends TableTheoryError {}
/** Deploy evidence that is not authoritative. */
export class RejectedDeployAuthorityEvidence extends TableTheoryError {}
/** Someone else holds the lease. */
export class LeaseHeld extends TableTheoryError {}
/** The lease is not, or no longer, ours. */
export class LeaseNotOwned extends TableTheoryError {}
/** A transaction was cancelled. */
export class TransactionFailed extends TableTheoryError {}
/** A transaction met another one on the same item. */
export class TransactionConflict extends TransactionFailed {}
/** The token of a transaction was used for another one within ten minutes. */
export class IdempotentParameterMismatch extends TransactionFailed {}
/** The service throttled the request until the retries were used up. */
export class Throttled extends TableTheoryError {}
/** Part of a batch was not carried out, or may not have been: `batch` says which. */
export class BatchOperationFailed extends TableTheoryError {
  /** What is left to do (not written, not read, or not known): groups to call `batchWrite` or `batchGet` with again. */
  // biome-ignore lint/suspicious/noExplicitAny: groups of writes, or of reads
  declare readonly remaining: readonly Group<any, any>[];
}
/** A cursor that is malformed or belongs to another query. */
export class InvalidCursor extends InvalidOperator {}
/** A DMS document that cannot be read or is invalid; `problems` lists why. */
export class InvalidDocument extends TableTheoryError {}
/** A call that is not well formed: an unknown option, a missing member. */
export class InvalidCall extends TableTheoryError {}
/** The client is closed. */
export class InvalidHandle extends TableTheoryError {}
/** Settings that do not work: no region, an endpoint that is no URL. */
export class ConfigurationError extends TableTheoryError {}
/** No credentials were found, or the service refused them. */
export class CredentialsError extends TableTheoryError {}
/** The credentials do not allow the action. */
export class AccessDenied extends TableTheoryError {}
/** The service could not be reached, or the connection broke. */
export class TransportError extends TableTheoryError {}
/** The service did not answer in time, or the call ran out of its own time. */
export class TimeoutError extends TableTheoryError {}
/** The answer is not one of DynamoDB's. */
export class InvalidResponse extends TableTheoryError {}
/** The service refused the request for another reason; `service` says which. */
export class ServiceError extends TableTheoryError {}
/** The caller cancelled, or the client was closed meanwhile. */
export class Canceled extends TableTheoryError {}
/** The core is not the one that this package was built for. */
export class ContractVersionError extends TableTheoryError {}
/** A bug of ours: the core failed and was restarted. */
export class InternalError extends TableTheoryError {}

/** The class of each code. Nouns that mean other things in JavaScript too end in `Error`. */
export const errorClasses: ReadonlyMap<string, typeof TableTheoryError> = new Map(
  Object.entries({
    ErrItemNotFound: ItemNotFound,
    ErrInvalidModel: InvalidModel,
    ErrInvalidValue: InvalidValue,
    ErrNumberPrecisionLoss: NumberPrecisionLoss,
    ErrItemTooLarge: ItemTooLarge,
    ErrMissingPrimaryKey: MissingPrimaryKey,
    ErrInvalidPrimaryKey: InvalidPrimaryKey,
    ErrConditionFailed: ConditionFailed,
    ErrVersionConflict: VersionConflict,
    ErrUniqueConstraint: UniqueConstraint,
    ErrInvalidOperator: InvalidOperator,
    ErrTableNotFound: TableNotFound,
    ErrIndexNotFound: IndexNotFound,
    ErrEncryptionNotConfigured: EncryptionNotConfigured,
    ErrInvalidEncryptedEnvelope: InvalidEncryptedEnvelope,
    ErrEncryptedFieldNotQueryable: EncryptedFieldNotQueryable,
    ErrImmutableModelMutation: ImmutableModelMutation,
    ErrProtectedFieldMutation: ProtectedFieldMutation,
    ErrRejectedDeployAuthorityEvidence: RejectedDeployAuthorityEvidence,
    ErrLeaseHeld: LeaseHeld,
    ErrLeaseNotOwned: LeaseNotOwned,
    ErrTransactionFailed: TransactionFailed,
    ErrTransactionConflict: TransactionConflict,
    ErrIdempotentParameterMismatch: IdempotentParameterMismatch,
    ErrThrottled: Throttled,
    ErrBatchOperationFailed: BatchOperationFailed,
    ErrInvalidCursor: InvalidCursor,
    ErrInvalidDocument: InvalidDocument,
    ErrInvalidCall: InvalidCall,
    ErrInvalidHandle: InvalidHandle,
    ErrConfiguration: ConfigurationError,
    ErrCredentials: CredentialsError,
    ErrAccessDenied: AccessDenied,
    ErrTransport: TransportError,
    ErrTimeout: TimeoutError,
    ErrInvalidResponse: InvalidResponse,
    ErrService: ServiceError,
    ErrCanceled: Canceled,
    ErrContractVersion: ContractVersionError,
    ErrInternal: InternalError,
  }),
);
