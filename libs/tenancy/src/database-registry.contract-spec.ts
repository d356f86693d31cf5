import { databaseRegistryContract } from './database-registry.contract.ts';

databaseRegistryContract();
