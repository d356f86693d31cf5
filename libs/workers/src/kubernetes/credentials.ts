// Where the API server is and how we prove who we are; good for one request, since tokens rotate.
import type { Agent } from 'node:http';

export interface Access {
  /** `https://10.96.0.1:443`, perhaps with a path, without a slash at the end. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** A way through a proxy; null: straight. */
  readonly agent: Agent | null;
}

export interface Credentials {
  /** Where we live, if the credentials say so. */
  readonly namespace: string | null;
  /** May read files and run a plugin; rejects when they fail. */
  access(): Promise<Access>;
  /** The server did not take it: read everything anew next time. */
  forget(): void;
}
