// Databases come and go on a connection of their own, so that no pool of a test holds the one that is to go.
import pg from 'pg';

/** URL of a new, empty database on the server of `adminUrl`. */
export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  // template0: nobody can be connected to it, which a copy of template1 would have to wait for.
  await runStatement(adminUrl, `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`);
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

/** Cuts whoever is still connected to it. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await runStatement(adminUrl, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}

export async function runStatement(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  // A server that ends between two statements says so by event, too; the statement's rejection is enough.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
