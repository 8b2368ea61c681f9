/** Models declared in code: the shape of a DMS model, and the types that follow from it. */

import type { NumberValue } from "../values/encode.js";

/** A key attribute. */
export interface KeyAttribute {
  readonly attribute: string;
  readonly type: string;
}

/** An attribute of a model, as in a DMS document. */
export interface AttributeDefinition {
  readonly attribute: string;
  readonly type: string;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly omit_empty?: boolean;
  readonly json?: boolean;
  readonly binary?: boolean;
  /** No two items have the same value. */
  readonly unique?: boolean;
  readonly format?: string;
  readonly roles?: readonly string[];
  readonly encryption?: object;
  readonly tags?: object;
}

/** A secondary index. */
export interface IndexDefinition {
  readonly name: string;
  readonly type: "GSI" | "LSI";
  /** One attribute, or up to four of a GSI. */
  readonly partition: KeyAttribute | readonly KeyAttribute[];
  readonly sort?: KeyAttribute | readonly KeyAttribute[];
  readonly projection?: { readonly type: string; readonly fields?: readonly string[] };
}

/** A model, as in a DMS document: it goes to the core word for word. */
export interface ModelDefinition {
  readonly name: string;
  readonly table: { readonly name: string };
  readonly naming?: { readonly convention: string };
  readonly keys: { readonly partition: KeyAttribute; readonly sort?: KeyAttribute };
  readonly attributes: readonly AttributeDefinition[];
  readonly indexes?: readonly IndexDefinition[];
  readonly write_policy?: { readonly mode?: string; readonly protected_attributes?: readonly string[] };
}

/**
 * Declares a model in code. The core checks it in `connect`, as it checks a document.
 * Items are typed by `InferItem` and `InferInput`.
 */
export function defineModel<const M extends ModelDefinition>(model: M): M {
  return model;
}

/**
 * How N values are read:
 * - `number`: as numbers; `NumberPrecisionLoss` where a number cannot hold the value
 * - `bigint`: as numbers, integers that a number cannot hold as bigints
 * - `exact`: as `bigint`, and other values that a number cannot hold as `NumberValue`; never an error, but slower
 * - `string`: as text
 */
export type Numbers = "number" | "bigint" | "exact" | "string";

interface NumberTypes {
  number: number;
  bigint: number | bigint;
  exact: number | bigint | NumberValue;
  string: string;
}

type NumberOf<N extends Numbers> = NumberTypes[N];

type AnyNumber = number | bigint | string | NumberValue;

interface ReadTypes<N> {
  S: string;
  N: N;
  B: Uint8Array;
  BOOL: boolean;
  NULL: null;
  M: Record<string, unknown>;
  L: unknown[];
  SS: Set<string>;
  NS: Set<N>;
  BS: Set<Uint8Array>;
}

interface WriteTypes {
  S: string | Date;
  N: AnyNumber | Date;
  B: Uint8Array | ArrayBuffer;
  BOOL: boolean;
  NULL: null;
  M: object;
  L: readonly unknown[];
  SS: ReadonlySet<string> | readonly string[];
  NS: ReadonlySet<AnyNumber> | readonly AnyNumber[];
  BS: ReadonlySet<Uint8Array> | readonly Uint8Array[];
}

type AttributesOf<M extends ModelDefinition> = M["attributes"][number];

type Named<A extends AttributeDefinition, K extends string> = Extract<A, { attribute: K }>;

type HasRole<A extends AttributeDefinition, Role extends string> = A extends {
  roles: infer R extends readonly string[];
}
  ? Role & R[number] extends never
    ? false
    : true
  : false;

type KeyRole = "pk" | "sk";
type LifecycleRole = "created_at" | "updated_at" | "version";

type NamesWith<A extends AttributeDefinition, Role extends string> = A extends AttributeDefinition
  ? HasRole<A, Role> extends true
    ? A["attribute"]
    : never
  : never;

type RequiredNames<A extends AttributeDefinition> =
  | (A extends { required: true } ? A["attribute"] : never)
  | NamesWith<A, KeyRole>;

type ReadType<A extends AttributeDefinition, N extends Numbers> = A extends { json: true }
  ? unknown
  : A extends { format: "decimal_string" }
    ? A["type"] extends "NS"
      ? Set<string>
      : string
    : A["type"] extends keyof ReadTypes<NumberOf<N>>
      ? ReadTypes<NumberOf<N>>[A["type"]]
      : unknown;

type WriteType<A extends AttributeDefinition> = A extends { json: true }
  ? unknown
  : A["type"] extends keyof WriteTypes
    ? WriteTypes[A["type"]]
    : unknown;

type Flat<T> = { [K in keyof T]: T[K] } & {};

/** The item of a model as it is read. Key, required and lifecycle attributes are there, others may be absent. */
export type InferItem<M extends ModelDefinition, N extends Numbers = "number"> = Flat<
  {
    [K in RequiredNames<AttributesOf<M>> | NamesWith<AttributesOf<M>, LifecycleRole>]: ReadType<
      Named<AttributesOf<M>, K>,
      N
    >;
  } & {
    [K in Exclude<
      AttributesOf<M>["attribute"],
      RequiredNames<AttributesOf<M>> | NamesWith<AttributesOf<M>, LifecycleRole>
    >]?: ReadType<Named<AttributesOf<M>, K>, N>;
  }
>;

/** The names of a model's indexes. */
export type IndexNames<M extends ModelDefinition> = M extends {
  indexes: infer X extends readonly IndexDefinition[];
}
  ? X[number]["name"]
  : never;

/** The item of a model as it is written. The library sets the lifecycle attributes: they may be left out. */
export type InferInput<M extends ModelDefinition> = Flat<
  {
    [K in Exclude<RequiredNames<AttributesOf<M>>, NamesWith<AttributesOf<M>, LifecycleRole>>]: WriteType<
      Named<AttributesOf<M>, K>
    >;
  } & {
    [K in
      | Exclude<AttributesOf<M>["attribute"], RequiredNames<AttributesOf<M>>>
      | NamesWith<AttributesOf<M>, LifecycleRole>]?: WriteType<Named<AttributesOf<M>, K>>;
  }
>;
