// `node dist/apps/control/src/print-openapi.js > docs/openapi-admin.json` renews the committed copy of the API's description.
import { apiDocument } from './openapi/api-document.ts';

process.stdout.write(`${JSON.stringify(await apiDocument(), null, 2)}\n`);
