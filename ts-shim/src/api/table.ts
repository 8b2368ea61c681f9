/** What the table operations tell. */

/** Names of key attributes, in their order. */
export interface TableKeys {
  partition: string[];
  sort: string[];
}

/** A table as the service describes it. */
export interface TableDescription {
  /** Physical name. */
  name: string;
  /** For instance `ACTIVE`. */
  status: string;
  keys: TableKeys;
  indexes: { name: string; type: "GSI" | "LSI"; status?: string | null; keys: TableKeys }[];
  /** When it was made. */
  created?: string | null;
  /** Items, as of the service's last count. */
  items?: number | null;
  /** Bytes, as of the service's last count. */
  bytes?: number | null;
  /** The TTL attribute. */
  ttl?: string | null;
  arn?: string | null;
}
