// A JSON number as Python prints it after reading it: integers of any size exactly, all others as `repr(float)`.

/** Python refuses to read longer integers (sys.int_info.default_max_str_digits). */
const MAX_INTEGER_DIGITS = 4300;

/** From the spelling in the source (`1E5`, `-0`, `1e400`, `NaN`) to Python's (`100000.0`, `0`, `Infinity`, `NaN`). */
export function pythonNumber(source: string): string {
  if (/^-?\d+$/.test(source)) return integerText(source);
  const value = Number(source);
  return Number.isFinite(value) ? pythonFloat(value) : String(value);
}

function integerText(source: string): string {
  if (source.length > MAX_INTEGER_DIGITS && source.replace('-', '').length > MAX_INTEGER_DIGITS) {
    throw new RangeError(`an integer has more than ${MAX_INTEGER_DIGITS} digits`);
  }
  return source === '-0' ? '0' : source;
}

/**
 * `repr(float)`: the shortest digits that read back as the same number (as in JavaScript), with an exponent below
 * 1e-4 and from 1e16 (JavaScript: below 1e-6 and from 1e21), at least two digits in the exponent, else a point.
 */
function pythonFloat(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '0', power = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  return sign + placePoint(digits, Number(power));
}

function placePoint(digits: string, exponent: number): string {
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? '.' + digits.slice(1) : '';
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return '0.' + '0'.repeat(-exponent - 1) + digits;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${whole}.${digits.slice(exponent + 1) || '0'}`;
}
