// A key as people read it, and where the admin API has it.
import type { KeyAnswer } from '../admin/answers.ts';
import { grantLines, momentText } from '../output/words.ts';

export function keyFields(key: KeyAnswer): readonly (readonly [string, string])[] {
  return [
    ['id', key.id],
    ['tenant', key.tenant],
    ['name', key.name || '-'],
    ['environment', key.environment],
    ['state', key.state],
    ['expires', momentText(key.expiresAt, 'never')],
    ['last used', momentText(key.lastUsedAt, 'never')],
    ...(key.revokedAt === null ? [] : [['revoked', momentText(key.revokedAt)] as const]),
    ...(key.lineage === key.id ? [] : [['rotated from', key.lineage] as const]),
    ...(key.replacedBy === null ? [] : [['rotated to', key.replacedBy] as const]),
    ['own limits', grantLines(key.limits, 'none')],
    ['own scopes', grantLines(key.scopes, 'any')],
    ['created', momentText(key.createdAt)],
  ];
}

export function keyPath(id: string): string {
  return `/admin/keys/${encodeURIComponent(id)}`;
}
