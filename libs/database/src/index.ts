export * from './check-schema.ts';
export * from './database.ts';
export * from './database-problem.ts';
export * from './keep-partitions.ts';
export * from './lock-changes.ts';
export * from './migrate.ts';
export * from './open-database.ts';
export * from './schema.ts';
