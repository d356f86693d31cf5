// How values leave both databases, so that a row is the same whichever gave it: bigint as number, date as the text of a day
// (a Date would be midnight in some time zone), bytea as Buffer. timestamptz is a Date and jsonb is parsed on both already.
import pg from 'pg';

/** Object ids of types, from pg_type.dat of PostgreSQL; they never change. */
const BYTEA = 17;
const INT8 = 20;
const DATE = 1082;

/** Above 2^53 - 1 a number is rounded: no column of ours holds so much (constraints), a sum of years could. */
const parseNumber = (text: string): number => Number(text);
const parseText = (text: string): string => text;

/** For pg: our parsers before its own. */
export const postgresTypes: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (format !== 'binary' && oid === INT8) return parseNumber;
    if (format !== 'binary' && oid === DATE) return parseText;
    return pg.types.getTypeParser(oid, format);
  },
};

/** For PGlite. */
export const embeddedParsers = {
  [INT8]: parseNumber,
  [DATE]: parseText,
  // As `\x0102`: the only form PostgreSQL has sent since 9.0 unless told otherwise.
  [BYTEA]: (text: string): Buffer => Buffer.from(text.slice(2), 'hex'),
};

export const embeddedSerializers = {
  [BYTEA]: (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString('hex')}`,
};
