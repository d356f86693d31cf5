// A trusted proxy as an operator writes it. A text that names no address is refused where it stands: left out silently, the
// proxy would count as the caller, and every key that is bound to its address would open through it.
import * as z from 'zod';
import { wrongWithCidr } from './cidr-schema.ts';
import { parseAddress } from './parse-address.ts';

/** One address, or a range by the rule of a key's scopes. */
export const proxyRangeSchema = z.string().superRefine((text, context) => {
  if (parseAddress(text) !== null) return;
  const wrong = text.includes('/')
    ? wrongWithCidr(text)
    : 'must be a range such as 10.0.0.0/8 or 2001:db8::/32, or an address such as 10.1.2.3';
  if (wrong !== null) context.addIssue({ code: 'custom', message: `${entryText(text)}${wrong}` });
});

/** Which entry: shown only where it is made of what addresses are made of, as it might be a URL with a password. */
function entryText(text: string): string {
  return /^[0-9a-f.:/ ]{1,64}$/i.test(text) ? `\`${text}\` ` : '';
}
