import { databaseKeysContract } from './database-keys.contract.ts';

databaseKeysContract();
