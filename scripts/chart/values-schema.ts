// What may stand in the chart's values: helm/ropeway/values.schema.json is made from this (`npm run docs`), and Helm enforces
// it. Contradictions between values are refused by templates/_validate.tpl, each with a sentence.
import * as z from 'zod';
import { type JsonSchema, settingsJsonSchema } from '#config';
import { values } from './release-values.ts';
import type { Node } from './schema-node.ts';

/** Sections of ropeway.yaml that `config` may set; what the chart itself writes is not among them. */
const CONFIG_SECTIONS = [
  ...['log', 'keys', 'auth', 'limits', 'ledger', 'prices', 'bodies', 'waiting', 'relay', 'workers'],
  ...['tokenizer', 'metrics', 'tracing', 'server', 'database', 'redis', 'scaler'],
];
const OWNED: Readonly<Record<string, readonly string[]>> = {
  server: ['host', 'port'],
  ledger: ['outbox', 'handover'],
  database: ['url', 'urlFile', 'embedded'],
  redis: ['urls', 'isCluster', 'passwordFile', 'passwordEnv'],
  scaler: ['host', 'port', 'gateways', 'tls'],
};
const OWNED_OF_MODEL = ['id', 'aliases', 'profile', 'servedName', 'vocabulary'];

/** helm/ropeway/values.schema.json. */
export function valuesSchema(): JsonSchema {
  const schema = z.toJSONSchema(values, { target: 'draft-7', io: 'input' }) as Node;
  const settings = settingsJsonSchema() as Node;
  const properties = { ...(schema.properties as Node) };
  properties.config = { ...configOf(settings), description: descriptionOf(properties.config) };
  const modelOptions = properties.modelOptions as Node;
  properties.modelOptions = {
    ...modelOptions,
    properties: { ...(modelOptions.properties as Node), settings: modelSettingsOf(settings, modelOptions) },
  };
  return { ...schema, title: "Values of Ropeway's chart", properties };
}

function configOf(settings: Node): Node {
  const sections = settings.properties as Node;
  const properties = Object.fromEntries(
    CONFIG_SECTIONS.filter((name) => name in sections).map((name) => [
      name,
      without(sections[name] as Node, OWNED[name] ?? []),
    ]),
  );
  return { type: 'object', properties, additionalProperties: false };
}

function modelSettingsOf(settings: Node, modelOptions: Node): Node {
  const model = ((settings.properties as Node).models as Node).items as Node;
  const description = descriptionOf((modelOptions.properties as Node).settings);
  const { required: _, ...open } = without(model, OWNED_OF_MODEL);
  return { ...open, description };
}

function without(section: Node, owned: readonly string[]): Node {
  if (section.properties === undefined) return section;
  const kept = Object.entries(section.properties as Node).filter(([name]) => !owned.includes(name));
  return { ...section, properties: Object.fromEntries(kept) };
}

function descriptionOf(node: unknown): unknown {
  return (node as Node).description;
}
