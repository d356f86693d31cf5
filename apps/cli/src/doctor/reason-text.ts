// Why something failed, in one line: the message of an error, with its code where that is not part of it.

export function reasonText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  // Several addresses were tried (localhost as ::1 and 127.0.0.1): the first says enough.
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return reasonText(error.errors[0]);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = 'message' in error ? String(error.message).split('\n')[0] : '';
  if (!message) return code || 'unknown';
  return code === '' || message.includes(code) ? message : `${code} ${message}`;
}
