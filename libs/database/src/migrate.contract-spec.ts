import { migrateContract } from './migrate.contract.ts';

migrateContract();
