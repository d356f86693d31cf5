// The name of an environment variable that holds a secret. What cannot be one is refused: often it is the secret itself.
import * as z from 'zod';

export const variableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'must be the name of an environment variable: letters, digits and _, no digit first',
  );
