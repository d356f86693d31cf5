// Checks what the schema at a parameter says (@Body({ schema }), @Query({ schema }), @Param('id', { schema })) and names every
// field that is wrong by its path. A body that must be there and is not is told as such.
import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import { type FieldError, Problem } from './problem.ts';

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly keys?: readonly string[];
};

/** More than anyone mends at once; bounds the answer. */
const MOST_ERRORS = 50;

export class SchemaPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: refuse });
  }

  override transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (metadata.type === 'body' && metadata.schema && (value === undefined || value === null)) {
      throw new Problem('bad_request', 'A JSON body is needed (content-type: application/json).');
    }
    // A single path parameter has no path of its own: its name is it.
    if (metadata.type === 'param' && metadata.data !== undefined)
      return named(super.transform(value, metadata), metadata.data);
    return super.transform(value, metadata);
  }
}

async function named<T>(checked: Promise<T>, name: string): Promise<T> {
  try {
    return await checked;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw fieldsProblem(error.errors.map(({ message }) => ({ path: name, message })));
  }
}

function refuse(issues: readonly Issue[]): Problem {
  return fieldsProblem(issues.flatMap(fieldErrors).slice(0, MOST_ERRORS));
}

function fieldsProblem(errors: readonly FieldError[]): Problem {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = `${first?.path || 'The body'}: ${first?.message ?? 'is not valid'}${more}`;
  return new Problem('invalid_fields', detail, { errors });
}

/** zod reports unknown fields together, at the object that holds them; each is named by its own path here. */
function fieldErrors({ message, path = [], keys }: Issue): readonly FieldError[] {
  const at = path.map((part) => (typeof part === 'object' ? part.key : part));
  if (keys === undefined) return [{ path: pathText(at), message }];
  return keys.map((key) => ({ path: pathText([...at, key]), message: 'Unknown field' }));
}

/** Bounded: the names of unknown fields are the caller's own text. */
const MOST_PATH = 200;

function pathText(parts: readonly PropertyKey[]): string {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text.slice(0, MOST_PATH);
}
